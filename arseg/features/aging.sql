-- block: aging
-- grain: customer
-- factor: aging buckets that partition the balance (S11, S12)
-- column: open_balance_current | currency | open balance not past due; the due day itself is current
-- column: open_balance_1_30 | currency | open balance 1 to 30 days past due
-- column: open_balance_31_60 | currency | open balance 31 to 60 days past due
-- column: open_balance_61_90 | currency | open balance 61 to 90 days past due
-- column: open_balance_over_90 | currency | open balance more than 90 days past due
-- column: open_oldest_days_past_due | days | largest days past due of an open item; negative before due
-- column: open_days_past_due_mean | days | days past due of the open items, weighted by balance
-- column: open_share_current | share | share of the open balance not past due
-- column: open_share_1_30 | share | share of the open balance 1 to 30 days past due
-- column: open_share_31_60 | share | share of the open balance 31 to 60 days past due
-- column: open_share_61_90 | share | share of the open balance 61 to 90 days past due
-- column: open_share_over_90 | share | share of the open balance more than 90 days past due
-- column: open_count_current | count | open items not past due
-- column: open_count_1_30 | count | open items 1 to 30 days past due
-- column: open_count_31_60 | count | open items 31 to 60 days past due
-- column: open_count_61_90 | count | open items 61 to 90 days past due
-- column: open_count_over_90 | count | open items more than 90 days past due
-- column: open_oldest_age_days | days | age of the oldest open item; days since its document date
WITH items AS (
    SELECT
        customer_id,
        balance,
        days_past_due,
        age_days,
        CASE
            WHEN days_past_due < 1 THEN 0
            WHEN days_past_due < 31 THEN 1
            WHEN days_past_due < 61 THEN 2
            WHEN days_past_due < 91 THEN 3
            ELSE 4
        END AS bucket
    FROM open_items
),
totals AS (
    SELECT
        customer_id,
        COALESCE(SUM(balance) FILTER (WHERE bucket = 0), 0) AS balance_0,
        COALESCE(SUM(balance) FILTER (WHERE bucket = 1), 0) AS balance_1,
        COALESCE(SUM(balance) FILTER (WHERE bucket = 2), 0) AS balance_2,
        COALESCE(SUM(balance) FILTER (WHERE bucket = 3), 0) AS balance_3,
        COALESCE(SUM(balance) FILTER (WHERE bucket = 4), 0) AS balance_4,
        COUNT(*) FILTER (WHERE bucket = 0) AS count_0,
        COUNT(*) FILTER (WHERE bucket = 1) AS count_1,
        COUNT(*) FILTER (WHERE bucket = 2) AS count_2,
        COUNT(*) FILTER (WHERE bucket = 3) AS count_3,
        COUNT(*) FILTER (WHERE bucket = 4) AS count_4,
        CAST(SUM(balance) AS DOUBLE) AS balance,
        CAST(SUM(balance * days_past_due) AS DOUBLE) AS balance_days,
        MAX(days_past_due) AS oldest_days_past_due,
        MAX(age_days) AS oldest_age_days
    FROM items
    GROUP BY customer_id
)
SELECT
    customer_id,
    balance_0 AS open_balance_current,
    balance_1 AS open_balance_1_30,
    balance_2 AS open_balance_31_60,
    balance_3 AS open_balance_61_90,
    balance_4 AS open_balance_over_90,
    oldest_days_past_due AS open_oldest_days_past_due,
    balance_days / balance AS open_days_past_due_mean,
    CAST(balance_0 AS DOUBLE) / balance AS open_share_current,
    CAST(balance_1 AS DOUBLE) / balance AS open_share_1_30,
    CAST(balance_2 AS DOUBLE) / balance AS open_share_31_60,
    CAST(balance_3 AS DOUBLE) / balance AS open_share_61_90,
    CAST(balance_4 AS DOUBLE) / balance AS open_share_over_90,
    count_0 AS open_count_current,
    count_1 AS open_count_1_30,
    count_2 AS open_count_31_60,
    count_3 AS open_count_61_90,
    count_4 AS open_count_over_90,
    oldest_age_days AS open_oldest_age_days
FROM totals
