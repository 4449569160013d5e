-- block: group_exposure
-- grain: customer
-- factor: exposure of the parent group (S7)
-- needs: customers
-- column: group_open_balance | currency | open balance of the customer's group; of all with the same parent and of that parent, one step up only, missing where the book names no parent at all
-- column: group_open_overdue_balance | currency | open balance past due of the customer's group
-- column: group_open_count | count | open items of the customer's group
-- column: group_open_customer_count | count | customers of the group that have open items; the customer itself is one
-- column: group_open_balance_share | share | customer's share of the open balance of its group
-- column: group_others_days_past_due_max | days | largest days past due of the others in the group; of their open items, negative before due, missing where no other has one
WITH owed AS (
    SELECT
        customer_id,
        COUNT(*) AS open_count,
        SUM(balance) AS open_balance,
        COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 1), 0) AS overdue,
        MAX(days_past_due) AS oldest
    FROM open_items
    GROUP BY customer_id
),
naming AS (
    SELECT COUNT(parent) > 0 AS is_known
    FROM customers
),
heads AS (
    SELECT DISTINCT parent AS head
    FROM customers
    WHERE parent IS NOT NULL
),
-- The few customers that have a parent or are one; every other is a group of its own.
members AS (
    SELECT
        owed.customer_id,
        -- A parent that has a parent itself belongs to that one: chains are not followed.
        COALESCE(customers.parent, owed.customer_id) AS head,
        owed.open_count,
        owed.open_balance,
        owed.overdue,
        owed.oldest,
        ROW_NUMBER() OVER (
            PARTITION BY COALESCE(customers.parent, owed.customer_id)
            ORDER BY owed.oldest DESC NULLS LAST, owed.customer_id NULLS LAST
        ) AS place
    FROM owed
    INNER JOIN customers
        ON customers.customer_id = owed.customer_id
    LEFT JOIN heads
        ON heads.head = owed.customer_id
    WHERE customers.parent IS NOT NULL OR heads.head IS NOT NULL
),
groups AS (
    SELECT
        head,
        SUM(open_count) AS open_count,
        SUM(open_balance) AS open_balance,
        SUM(overdue) AS overdue,
        COUNT(*) AS customer_count,
        MAX(oldest) FILTER (WHERE place = 1) AS oldest,
        MAX(oldest) FILTER (WHERE place = 2) AS second
    FROM members
    GROUP BY head
)
SELECT
    owed.customer_id,
    CASE WHEN naming.is_known THEN COALESCE(groups.open_balance, owed.open_balance) END AS group_open_balance,
    CASE WHEN naming.is_known THEN COALESCE(groups.overdue, owed.overdue) END AS group_open_overdue_balance,
    CASE WHEN naming.is_known THEN COALESCE(groups.open_count, owed.open_count) END AS group_open_count,
    CASE WHEN naming.is_known THEN COALESCE(groups.customer_count, 1) END AS group_open_customer_count,
    CASE
        WHEN naming.is_known
            THEN CAST(owed.open_balance AS DOUBLE)
                / CAST(COALESCE(groups.open_balance, owed.open_balance) AS DOUBLE)
    END AS group_open_balance_share,
    CASE WHEN members.place = 1 THEN groups.second ELSE groups.oldest END AS group_others_days_past_due_max
FROM owed
CROSS JOIN naming
LEFT JOIN members
    ON members.customer_id = owed.customer_id
LEFT JOIN groups
    ON groups.head = members.head
