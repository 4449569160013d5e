-- block: payment_run
-- grain: customer
-- factor: the calendar of the customer's payment runs (S23)
-- column: payment_run_days_12m | count | days on which it paid, last 365 days; value dates on which its payments, less those cancelled, come to more than zero
-- column: payment_run_weekday_12m | weekday | weekday on which it mostly pays, last 365 days; 0 is Monday, of the pay days, the earlier in the week of two with as many
-- column: payment_run_weekday_share_12m | share | pay days on the main weekday, last 365 days
-- column: payment_run_month_end_share_12m | share | pay days at the end of a month, last 365 days; on one of its last 3 days
-- column: payment_run_month_start_share_12m | share | pay days at the beginning of a month, last 365 days; on one of its first 5 days
-- column: payment_run_gap_mean_12m | days | mean days between pay days, last 365 days; from one pay day to the next, from three pay days on
-- column: payment_run_gap_cv_12m | ratio | irregularity of pay days, last 365 days; standard deviation of the days from one pay day to the next over their mean, from three pay days on
-- column: payment_run_last_days | days | days since the last pay day; of those in the last 365 days
-- column: payment_run_pause_12m | ratio | pause since the last pay day against the usual gap; days since it over the mean days between pay days, last 365 days
-- column: payment_run_next_days_12m | days | expected days to the next pay day; mean days between pay days of the last 365 days less those since the last, 0 where it is overdue
WITH pay_days AS (
    SELECT payer_id, value_date
    FROM postings
    WHERE kind = 'payment' AND payer_id IS NOT NULL AND value_date > key_date - 365
    GROUP BY payer_id, value_date
    HAVING SUM(amount) > 0
),
spaced AS (
    SELECT
        payer_id,
        value_date,
        weekday_number(value_date) AS weekday,
        days_between(
            LAG(value_date) OVER (PARTITION BY payer_id ORDER BY value_date ASC NULLS LAST), value_date
        ) AS gap
    FROM pay_days
),
counts AS (
    SELECT
        payer_id,
        COUNT(*) AS days,
        MAX(value_date) AS last_paid,
        COUNT(*) FILTER (WHERE weekday = 0) AS mondays,
        COUNT(*) FILTER (WHERE weekday = 1) AS tuesdays,
        COUNT(*) FILTER (WHERE weekday = 2) AS wednesdays,
        COUNT(*) FILTER (WHERE weekday = 3) AS thursdays,
        COUNT(*) FILTER (WHERE weekday = 4) AS fridays,
        COUNT(*) FILTER (WHERE weekday = 5) AS saturdays,
        COUNT(*) FILTER (WHERE weekday = 6) AS sundays,
        -- Three days after one of the last three of a month it is one of the first three.
        COUNT(*) FILTER (WHERE EXTRACT(DAY FROM value_date + 3) <= 3) AS month_ends,
        COUNT(*) FILTER (WHERE EXTRACT(DAY FROM value_date) <= 5) AS month_starts,
        SUM(gap) AS gap_sum,
        SUM(gap * gap) AS gap_squares
    FROM spaced
    GROUP BY payer_id
),
snapshot_day AS (
    SELECT MAX(key_date) AS key_date
    FROM customers
),
figures AS (
    SELECT
        counts.payer_id AS customer_id,
        CAST(counts.days AS DOUBLE) AS days,
        counts.mondays,
        counts.tuesdays,
        counts.wednesdays,
        counts.thursdays,
        counts.fridays,
        counts.saturdays,
        counts.sundays,
        GREATEST(
            counts.mondays,
            counts.tuesdays,
            counts.wednesdays,
            counts.thursdays,
            counts.fridays,
            counts.saturdays,
            counts.sundays
        ) AS main_weekday,
        CAST(counts.month_ends AS DOUBLE) AS month_ends,
        CAST(counts.month_starts AS DOUBLE) AS month_starts,
        days_between(counts.last_paid, snapshot_day.key_date) AS last_days,
        CASE WHEN counts.days >= 3 THEN CAST(counts.days - 1 AS DOUBLE) END AS gaps,
        CAST(counts.gap_sum AS DOUBLE) AS gap_sum,
        -- Of integers, so that equal gaps vary by exactly nothing.
        CAST((counts.days - 1) * counts.gap_squares - counts.gap_sum * counts.gap_sum AS DOUBLE) AS gap_spread
    FROM counts
    CROSS JOIN snapshot_day
)
SELECT
    customer_id,
    days AS payment_run_days_12m,
    CASE main_weekday
        WHEN mondays THEN 0
        WHEN tuesdays THEN 1
        WHEN wednesdays THEN 2
        WHEN thursdays THEN 3
        WHEN fridays THEN 4
        WHEN saturdays THEN 5
        ELSE 6
    END AS payment_run_weekday_12m,
    main_weekday / days AS payment_run_weekday_share_12m,
    month_ends / days AS payment_run_month_end_share_12m,
    month_starts / days AS payment_run_month_start_share_12m,
    gap_sum / gaps AS payment_run_gap_mean_12m,
    SQRT(gap_spread / (gaps * (gaps - 1))) / (gap_sum / gaps) AS payment_run_gap_cv_12m,
    last_days AS payment_run_last_days,
    last_days / (gap_sum / gaps) AS payment_run_pause_12m,
    CASE WHEN gaps IS NOT NULL THEN GREATEST(gap_sum / gaps - last_days, 0) END AS payment_run_next_days_12m
FROM figures
