-- block: payment_history
-- grain: customer
-- factor: payment history (S1, S24)
-- part: paid_12m
-- column: cleared_count_3m | count | invoices paid in the last 91 days
-- column: cleared_days_late_mean_3m | days | mean days late, last 91 days; of the invoices paid in them
-- column: cleared_days_late_median_3m | days | median days late, last 91 days; of the invoices paid in them
-- column: cleared_days_late_p90_3m | days | 90th percentile of days late, last 91 days; of the invoices paid in them, interpolated
-- column: cleared_days_to_pay_mean_3m | days | mean days to pay, last 91 days; of the invoices paid in them, from document date to clearing
-- column: cleared_days_to_pay_median_3m | days | median days to pay, last 91 days; of the invoices paid in them, from document date to clearing
-- column: cleared_days_to_pay_p90_3m | days | 90th percentile of days to pay, last 91 days; of the invoices paid in them, from document date to clearing, interpolated
-- column: cleared_on_time_share_3m | share | invoices paid on time, last 91 days; by the due day, of the invoices paid in them
-- column: cleared_on_time_amount_share_3m | share | amount paid on time, last 91 days; by the due day, of the invoices paid in them
-- column: cleared_count_6m | count | invoices paid in the last 182 days
-- column: cleared_days_late_mean_6m | days | mean days late, last 182 days; of the invoices paid in them
-- column: cleared_days_late_median_6m | days | median days late, last 182 days; of the invoices paid in them
-- column: cleared_days_late_p90_6m | days | 90th percentile of days late, last 182 days; of the invoices paid in them, interpolated
-- column: cleared_days_to_pay_mean_6m | days | mean days to pay, last 182 days; of the invoices paid in them, from document date to clearing
-- column: cleared_days_to_pay_median_6m | days | median days to pay, last 182 days; of the invoices paid in them, from document date to clearing
-- column: cleared_days_to_pay_p90_6m | days | 90th percentile of days to pay, last 182 days; of the invoices paid in them, from document date to clearing, interpolated
-- column: cleared_on_time_share_6m | share | invoices paid on time, last 182 days; by the due day, of the invoices paid in them
-- column: cleared_on_time_amount_share_6m | share | amount paid on time, last 182 days; by the due day, of the invoices paid in them
-- column: cleared_count_12m | count | invoices paid in the last 365 days
-- column: cleared_days_late_mean_12m | days | mean days late, last 365 days; of the invoices paid in them
-- column: cleared_days_late_median_12m | days | median days late, last 365 days; of the invoices paid in them
-- column: cleared_days_late_p90_12m | days | 90th percentile of days late, last 365 days; of the invoices paid in them, interpolated
-- column: cleared_days_to_pay_mean_12m | days | mean days to pay, last 365 days; of the invoices paid in them, from document date to clearing
-- column: cleared_days_to_pay_median_12m | days | median days to pay, last 365 days; of the invoices paid in them, from document date to clearing
-- column: cleared_days_to_pay_p90_12m | days | 90th percentile of days to pay, last 365 days; of the invoices paid in them, from document date to clearing, interpolated
-- column: cleared_on_time_share_12m | share | invoices paid on time, last 365 days; by the due day, of the invoices paid in them
-- column: cleared_on_time_amount_share_12m | share | amount paid on time, last 365 days; by the due day, of the invoices paid in them
-- column: cleared_days_late_last | days | days late of the latest payment, last 365 days; of invoices paid on one day the latest in paying
WITH sums AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE days_ago < 91) AS count_3m,
        SUM(days_late) FILTER (WHERE days_ago < 91) AS late_3m,
        SUM(days_to_pay) FILTER (WHERE days_ago < 91) AS to_pay_3m,
        COUNT(*) FILTER (WHERE days_ago < 91 AND days_late <= 0) AS on_time_3m,
        SUM(cents) FILTER (WHERE days_ago < 91) AS amount_3m,
        COALESCE(SUM(cents) FILTER (WHERE days_ago < 91 AND days_late <= 0), 0) AS on_time_amount_3m,
        whole_percentile(CASE WHEN days_ago < 91 THEN days_late END, pair(0.5, 0.9)) AS late_percentiles_3m,
        whole_percentile(CASE WHEN days_ago < 91 THEN days_to_pay END, pair(0.5, 0.9)) AS to_pay_percentiles_3m,
        COUNT(*) FILTER (WHERE days_ago < 182) AS count_6m,
        SUM(days_late) FILTER (WHERE days_ago < 182) AS late_6m,
        SUM(days_to_pay) FILTER (WHERE days_ago < 182) AS to_pay_6m,
        COUNT(*) FILTER (WHERE days_ago < 182 AND days_late <= 0) AS on_time_6m,
        SUM(cents) FILTER (WHERE days_ago < 182) AS amount_6m,
        COALESCE(SUM(cents) FILTER (WHERE days_ago < 182 AND days_late <= 0), 0) AS on_time_amount_6m,
        whole_percentile(CASE WHEN days_ago < 182 THEN days_late END, pair(0.5, 0.9)) AS late_percentiles_6m,
        whole_percentile(CASE WHEN days_ago < 182 THEN days_to_pay END, pair(0.5, 0.9)) AS to_pay_percentiles_6m,
        COUNT(*) AS count_12m,
        SUM(days_late) AS late_12m,
        SUM(days_to_pay) AS to_pay_12m,
        COUNT(*) FILTER (WHERE days_late <= 0) AS on_time_12m,
        SUM(cents) AS amount_12m,
        COALESCE(SUM(cents) FILTER (WHERE days_late <= 0), 0) AS on_time_amount_12m,
        whole_percentile(days_late, pair(0.5, 0.9)) AS late_percentiles_12m,
        whole_percentile(days_to_pay, pair(0.5, 0.9)) AS to_pay_percentiles_12m,
        MIN(100000 * days_ago + 50000 - days_late) AS latest
    FROM paid_12m
    GROUP BY customer_id
)
SELECT
    customer_id,
    count_3m AS cleared_count_3m,
    CAST(late_3m AS DOUBLE) / NULLIF(count_3m, 0) AS cleared_days_late_mean_3m,
    element(late_percentiles_3m, 1) AS cleared_days_late_median_3m,
    element(late_percentiles_3m, 2) AS cleared_days_late_p90_3m,
    CAST(to_pay_3m AS DOUBLE) / NULLIF(count_3m, 0) AS cleared_days_to_pay_mean_3m,
    element(to_pay_percentiles_3m, 1) AS cleared_days_to_pay_median_3m,
    element(to_pay_percentiles_3m, 2) AS cleared_days_to_pay_p90_3m,
    CAST(on_time_3m AS DOUBLE) / NULLIF(count_3m, 0) AS cleared_on_time_share_3m,
    CAST(on_time_amount_3m AS DOUBLE) / NULLIF(CAST(amount_3m AS DOUBLE), 0) AS cleared_on_time_amount_share_3m,
    count_6m AS cleared_count_6m,
    CAST(late_6m AS DOUBLE) / NULLIF(count_6m, 0) AS cleared_days_late_mean_6m,
    element(late_percentiles_6m, 1) AS cleared_days_late_median_6m,
    element(late_percentiles_6m, 2) AS cleared_days_late_p90_6m,
    CAST(to_pay_6m AS DOUBLE) / NULLIF(count_6m, 0) AS cleared_days_to_pay_mean_6m,
    element(to_pay_percentiles_6m, 1) AS cleared_days_to_pay_median_6m,
    element(to_pay_percentiles_6m, 2) AS cleared_days_to_pay_p90_6m,
    CAST(on_time_6m AS DOUBLE) / NULLIF(count_6m, 0) AS cleared_on_time_share_6m,
    CAST(on_time_amount_6m AS DOUBLE) / NULLIF(CAST(amount_6m AS DOUBLE), 0) AS cleared_on_time_amount_share_6m,
    count_12m AS cleared_count_12m,
    CAST(late_12m AS DOUBLE) / NULLIF(count_12m, 0) AS cleared_days_late_mean_12m,
    element(late_percentiles_12m, 1) AS cleared_days_late_median_12m,
    element(late_percentiles_12m, 2) AS cleared_days_late_p90_12m,
    CAST(to_pay_12m AS DOUBLE) / NULLIF(count_12m, 0) AS cleared_days_to_pay_mean_12m,
    element(to_pay_percentiles_12m, 1) AS cleared_days_to_pay_median_12m,
    element(to_pay_percentiles_12m, 2) AS cleared_days_to_pay_p90_12m,
    CAST(on_time_12m AS DOUBLE) / NULLIF(count_12m, 0) AS cleared_on_time_share_12m,
    CAST(on_time_amount_12m AS DOUBLE) / NULLIF(CAST(amount_12m AS DOUBLE), 0) AS cleared_on_time_amount_share_12m,
    50000 - MOD(latest, 100000) AS cleared_days_late_last
FROM sums
