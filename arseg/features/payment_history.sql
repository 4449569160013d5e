-- block: payment_history
-- grain: customer
-- column: cleared_count_3m | count | invoices paid in the last 91 days
-- column: cleared_count_12m | count | invoices paid in the last 365 days
-- column: cleared_days_late_mean_3m | days | mean days late, last 91 days; of the invoices paid in them
-- column: cleared_days_late_mean_12m | days | mean days late, last 365 days; of the invoices paid in them
-- column: cleared_days_late_median_12m | days | median days late, last 365 days; of the invoices paid in them
-- column: cleared_days_late_p90_12m | days | 90th percentile of days late, last 365 days; of the invoices paid in them, interpolated
-- column: cleared_days_to_pay_mean_12m | days | mean days to pay, last 365 days; from document date to clearing, of the invoices paid in them
-- column: cleared_on_time_share_12m | share | invoices paid on time, last 365 days; by the due day, of the invoices paid in them
-- column: cleared_on_time_amount_share_12m | share | amount paid on time, last 365 days; by the due day, of the invoices paid in them
-- column: cleared_days_late_last | days | days late of the latest payment; of equal days the largest invoice_id
WITH paid AS (
    SELECT
        customer_id,
        invoice_id,
        cleared_on,
        amount,
        days_late,
        days_to_pay,
        days_between(cleared_on, key_date) AS days_ago
    FROM cleared_items
    WHERE event = 1
)
SELECT
    customer_id,
    COUNT(*) FILTER (WHERE days_ago < 91) AS cleared_count_3m,
    COUNT(*) FILTER (WHERE days_ago < 365) AS cleared_count_12m,
    AVG(days_late) FILTER (WHERE days_ago < 91) AS cleared_days_late_mean_3m,
    AVG(days_late) FILTER (WHERE days_ago < 365) AS cleared_days_late_mean_12m,
    percentile(CASE WHEN days_ago < 365 THEN days_late END, 0.5) AS cleared_days_late_median_12m,
    percentile(CASE WHEN days_ago < 365 THEN days_late END, 0.9) AS cleared_days_late_p90_12m,
    AVG(days_to_pay) FILTER (WHERE days_ago < 365) AS cleared_days_to_pay_mean_12m,
    CAST(COUNT(*) FILTER (WHERE days_ago < 365 AND days_late <= 0) AS DOUBLE)
        / NULLIF(CAST(COUNT(*) FILTER (WHERE days_ago < 365) AS DOUBLE), 0) AS cleared_on_time_share_12m,
    CAST(COALESCE(SUM(amount) FILTER (WHERE days_ago < 365 AND days_late <= 0), 0) AS DOUBLE)
        / CAST(SUM(amount) FILTER (WHERE days_ago < 365) AS DOUBLE) AS cleared_on_time_amount_share_12m,
    max_by(days_late, (cleared_on, invoice_id)) AS cleared_days_late_last
FROM paid
GROUP BY customer_id
