-- block: payment_run
-- grain: customer
-- factor: the calendar of the customer's payment runs (S23)
-- part: payments_12m
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
WITH snapshot_day AS (
    SELECT MAX(customers.key_date) AS day
    FROM customers
),
dates AS (
    SELECT DISTINCT days_ago
    FROM payments_12m
),
-- What a day is in the calendar is asked of each day once, not of each payment.
placed AS (
    SELECT
        dates.days_ago,
        weekday_number(snapshot_day.day - dates.days_ago) AS weekday,
        -- Three days after one of the last three of a month it is one of the first three.
        CASE WHEN EXTRACT(DAY FROM snapshot_day.day - dates.days_ago + 3) <= 3 THEN 1 ELSE 0 END AS month_end,
        CASE WHEN EXTRACT(DAY FROM snapshot_day.day - dates.days_ago) <= 5 THEN 1 ELSE 0 END AS month_start
    FROM dates
    CROSS JOIN snapshot_day
),
calendar AS (
    SELECT
        days_ago,
        month_end,
        month_start,
        -- One of seven counters of 7 bits each: a year has 53 of a weekday at most, and one sum counts them all.
        CAST(power(128, weekday) AS BIGINT) AS counter
    FROM placed
),
pay_days AS (
    SELECT payer_id, days_ago
    FROM payments_12m
    WHERE is_open
    GROUP BY payer_id, days_ago
    HAVING SUM(cents) > 0
),
spaced AS (
    SELECT
        pay_days.payer_id,
        pay_days.days_ago,
        calendar.month_end,
        calendar.month_start,
        calendar.counter,
        LAG(pay_days.days_ago) OVER (PARTITION BY pay_days.payer_id ORDER BY pay_days.days_ago DESC NULLS LAST)
        - pay_days.days_ago AS gap
    FROM pay_days
    INNER JOIN calendar
        ON calendar.days_ago = pay_days.days_ago
),
sums AS (
    SELECT
        payer_id,
        COUNT(*) AS days,
        MIN(days_ago) AS last_days,
        CAST(SUM(counter) AS DOUBLE) AS counters,
        SUM(month_end) AS month_ends,
        SUM(month_start) AS month_starts,
        SUM(gap) AS gap_sum,
        SUM(gap * gap) AS gap_squares
    FROM spaced
    GROUP BY payer_id
),
counts AS (
    SELECT
        payer_id,
        days,
        last_days,
        month_ends,
        month_starts,
        gap_sum,
        gap_squares,
        MOD(counters, 128) AS mondays,
        MOD(FLOOR(counters / 128), 128) AS tuesdays,
        MOD(FLOOR(counters / 16384), 128) AS wednesdays,
        MOD(FLOOR(counters / 2097152), 128) AS thursdays,
        MOD(FLOOR(counters / 268435456), 128) AS fridays,
        MOD(FLOOR(counters / 34359738368), 128) AS saturdays,
        MOD(FLOOR(counters / 4398046511104), 128) AS sundays
    FROM sums
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
        counts.last_days,
        CASE WHEN counts.days >= 3 THEN CAST(counts.days - 1 AS DOUBLE) END AS gaps,
        CAST(counts.gap_sum AS DOUBLE) AS gap_sum,
        -- Of integers, so that equal gaps vary by exactly nothing.
        CAST((counts.days - 1) * counts.gap_squares - counts.gap_sum * counts.gap_sum AS DOUBLE) AS gap_spread
    FROM counts
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
