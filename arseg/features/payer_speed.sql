-- block: payer_speed
-- grain: customer
-- factor: fast and slow payers against terms (S3)
-- part: payers_12m
-- column: payer_days_late_shrunk | days | mean days late, drawn to the book's; of the invoices paid in the last 365 days, with the weight of 5 invoices for the book
-- column: payer_days_to_terms | ratio | days to pay over the agreed terms, drawn to the book's; sums over the invoices paid in the last 365 days, with the weight of 5 invoices for the book
-- column: payer_speed_class | class | speed of the payer; by mean days late drawn to the book's: 0 fast (3 days early or more), 1 at terms, 2 slow (more than 5 days), 3 very slow (more than 30 days)
-- column: payer_early_share_12m | share | invoices paid before the due day; of those paid in the last 365 days
-- column: payer_over_30_share_12m | share | invoices paid more than 30 days late; of those paid in the last 365 days
-- column: payer_reminders_mean_12m | reminders | reminders that an invoice needs; mean of how many of the days 1, 8, 15 and 30 after due passed before it was paid, last 365 days
WITH book AS (
    -- Days to pay less days late are the days of the terms.
    SELECT
        CAST(SUM(late_days) AS DOUBLE) / NULLIF(SUM(paid_count), 0) AS late_mean,
        CAST(SUM(pay_days) AS DOUBLE) / NULLIF(SUM(paid_count), 0) AS pay_mean,
        CAST(SUM(pay_days - late_days) AS DOUBLE) / NULLIF(SUM(paid_count), 0) AS terms_mean
    FROM payers_12m
),
payers AS (
    SELECT
        customers.customer_id,
        paid.paid_count,
        paid.early_count,
        paid.over_30,
        paid.reminders,
        (COALESCE(paid.late_days, 0) + 5 * book.late_mean) / (COALESCE(paid.paid_count, 0) + 5) AS late_shrunk,
        (COALESCE(paid.pay_days, 0) + 5 * book.pay_mean)
            / NULLIF(COALESCE(paid.pay_days - paid.late_days, 0) + 5 * book.terms_mean, 0) AS pay_to_terms
    FROM customers
    CROSS JOIN book
    LEFT JOIN payers_12m AS paid
        ON paid.customer_id = customers.customer_id
)
SELECT
    customer_id,
    late_shrunk AS payer_days_late_shrunk,
    pay_to_terms AS payer_days_to_terms,
    CASE
        WHEN late_shrunk <= -3 THEN 0
        WHEN late_shrunk <= 5 THEN 1
        WHEN late_shrunk <= 30 THEN 2
        WHEN late_shrunk > 30 THEN 3
    END AS payer_speed_class,
    CAST(early_count AS DOUBLE) / paid_count AS payer_early_share_12m,
    CAST(over_30 AS DOUBLE) / paid_count AS payer_over_30_share_12m,
    CAST(reminders AS DOUBLE) / paid_count AS payer_reminders_mean_12m
FROM payers
