-- block: early_signs
-- grain: customer
-- factor: early warning (S36)
-- part: credit_states
-- column: sign_overdue_balance_change_30d | currency | growth of the overdue balance in 30 days; then is read back from what is known now: the balance of an item and what was taken off it since, of one that is cleared at most its amount
-- column: sign_overdue_balance_change_90d | currency | growth of the overdue balance in 90 days; then is read back from what is known now: the balance of an item and what was taken off it since, of one that is cleared at most its amount
-- column: sign_part_payment_share_90d | share | share of part payments, last 90 days; open items that received more than was returned, over these and the invoices paid
-- column: sign_order_size_ratio_90d | ratio | invoice size, last 90 days against the 365 days before; mean amount over mean amount, credits apart, missing where either is without an invoice
-- column: sign_dispute_count_30d | count | new disputes, last 30 days; on items that are open, whether or not the dispute is closed by now | disputes
-- column: sign_limit_cut_90d | flag | 1 if the credit limit was cut, last 90 days; that in force is below one that a row of those days gives or that was in force at their start, missing without a limit in force | credit
-- column: sign_reversal_count_90d | count | returned payments, last 90 days; reversals by value date, the customer is the posting's, where it names none the invoice's
WITH items AS (
    SELECT
        invoice_id,
        customer_id,
        balance,
        -- LEAST passes over NULL: an open item has no bound.
        CAST(NULL AS DECIMAL(18, 2)) AS most,
        days_between(document_date, key_date) AS issued,
        days_past_due AS due,
        -1 AS cleared,
        days_between(last_posted_on, key_date) < 90 AS is_moved
    FROM open_items
    UNION ALL
    SELECT
        invoice_id,
        customer_id,
        0 AS balance,
        amount AS most,
        days_between(document_date, key_date) AS issued,
        days_between(due_date, key_date) AS due,
        days_between(cleared_on, key_date) AS cleared,
        TRUE AS is_moved
    FROM cleared_items
    -- Only those that were overdue 30 or 90 days ago.
    WHERE
        cleared_on > key_date - 90
        AND due_date < key_date - 30
        AND (cleared_on > key_date - 30 OR (due_date < key_date - 90 AND document_date <= key_date - 90))
),
recent AS (
    SELECT
        invoice_id,
        payer_id,
        kind,
        days_between(value_date, key_date) AS days_ago,
        amount
    FROM postings
    WHERE value_date > key_date - 90
),
moved AS (
    SELECT
        items.invoice_id,
        recent.days_ago,
        CASE WHEN recent.kind IN ('recovery', 'reversal') THEN recent.amount ELSE -recent.amount END
            AS change,
        CASE recent.kind WHEN 'payment' THEN recent.amount WHEN 'reversal' THEN -recent.amount ELSE 0 END
            AS cash
    FROM recent
    INNER JOIN items
        ON items.invoice_id = recent.invoice_id
    WHERE items.is_moved
),
moves AS (
    SELECT
        invoice_id,
        -- As narrow as a balance: a sum is wide, and to sum wide ones is dear.
        CAST(SUM(change) FILTER (WHERE days_ago < 30) AS DECIMAL(18, 2)) AS change_30,
        CAST(SUM(change) AS DECIMAL(18, 2)) AS change_90,
        SUM(cash) AS cash
    FROM moved
    GROUP BY invoice_id
),
earlier AS (
    SELECT
        items.customer_id,
        items.balance,
        items.issued,
        items.due,
        items.cleared,
        moves.cash,
        CAST(LEAST(items.most, GREATEST(0, items.balance - COALESCE(moves.change_30, 0))) AS DECIMAL(18, 2))
            AS balance_30,
        CAST(LEAST(items.most, GREATEST(0, items.balance - COALESCE(moves.change_90, 0))) AS DECIMAL(18, 2))
            AS balance_90
    FROM items
    LEFT JOIN moves
        ON moves.invoice_id = items.invoice_id
),
owed AS (
    SELECT
        customer_id,
        COALESCE(SUM(balance) FILTER (WHERE due >= 1), 0) AS overdue,
        COALESCE(SUM(balance_30) FILTER (WHERE due > 30 AND issued >= 30 AND cleared < 30), 0) AS overdue_30,
        COALESCE(SUM(balance_90) FILTER (WHERE due > 90 AND issued >= 90), 0) AS overdue_90,
        COUNT(*) FILTER (WHERE cleared < 0 AND cash > 0) AS part_count
    FROM earlier
    GROUP BY customer_id
    HAVING COUNT(*) FILTER (WHERE cleared < 0) > 0
),
returns AS (
    SELECT payer_id AS customer_id, COUNT(*) AS reversal_count
    FROM recent
    WHERE kind = 'reversal' AND payer_id IS NOT NULL
    GROUP BY payer_id
),
paid AS (
    SELECT customer_id, COUNT(*) AS paid_90
    FROM cleared_items
    WHERE event = 1 AND cleared_on > key_date - 90
    GROUP BY customer_id
),
issued AS (
    SELECT
        customer_id,
        COUNT(*) AS all_count,
        SUM(amount) AS all_amount,
        COUNT(*) FILTER (WHERE document_date > key_date - 90) AS new_count,
        SUM(amount) FILTER (WHERE document_date > key_date - 90) AS new_amount
    FROM invoices
    WHERE amount > 0 AND document_date > key_date - 455
    GROUP BY customer_id
),
dispute_counts AS (
    SELECT items.customer_id, COUNT(*) AS dispute_count
    FROM disputes
    INNER JOIN items
        ON items.invoice_id = disputes.invoice_id
    WHERE days_between(disputes.opened_on, disputes.key_date) < 30 AND items.cleared < 0
    GROUP BY items.customer_id
)
SELECT
    owed.customer_id,
    owed.overdue - owed.overdue_30 AS sign_overdue_balance_change_30d,
    owed.overdue - owed.overdue_90 AS sign_overdue_balance_change_90d,
    CAST(owed.part_count AS DOUBLE)
        / CAST(NULLIF(owed.part_count + COALESCE(paid.paid_90, 0), 0) AS DOUBLE)
        AS sign_part_payment_share_90d,
    CAST(issued.new_amount AS DOUBLE) / CAST(NULLIF(issued.new_count, 0) AS DOUBLE)
        * CAST(issued.all_count - issued.new_count AS DOUBLE)
        / CAST(NULLIF(issued.all_amount - issued.new_amount, 0) AS DOUBLE)
        AS sign_order_size_ratio_90d,
    COALESCE(dispute_counts.dispute_count, 0) AS sign_dispute_count_30d,
    CASE
        WHEN limits.limit_now < GREATEST(limits.limit_90, limits.limit_since_90) THEN 1
        WHEN limits.limit_now IS NOT NULL THEN 0
    END AS sign_limit_cut_90d,
    COALESCE(returns.reversal_count, 0) AS sign_reversal_count_90d
FROM owed
LEFT JOIN paid
    ON paid.customer_id = owed.customer_id
LEFT JOIN issued
    ON issued.customer_id = owed.customer_id
LEFT JOIN dispute_counts
    ON dispute_counts.customer_id = owed.customer_id
LEFT JOIN credit_states AS limits
    ON limits.customer_id = owed.customer_id
LEFT JOIN returns
    ON returns.customer_id = owed.customer_id
