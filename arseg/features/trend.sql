-- block: trend
-- grain: customer
-- factor: payment trends: drift and jump (S2)
-- column: cleared_days_late_trend_3m_12m | days | change of mean days late, last 91 against last 365 days; positive is getting slower
-- column: cleared_days_late_slope | days per invoice | drift of days late from invoice to invoice; median slope between any two of the last 6 paid within 365 days, 4 at the least (Theil-Sen)
-- column: cleared_days_late_jump | spreads | jump of the latest payment; its days late minus the median of up to 7 paid before it within 365 days, in their spread: quartile range over 1.349, 5 days at the least; of 3 before it at the least
-- column: payer_drifts | flag | 1 where the payer gets slower step by step; drift of a day per invoice or more
-- column: payer_jumped | flag | 1 where the latest payment came out of the blue; jump of 3 spreads or more
WITH paid AS (
    SELECT
        customer_id,
        days_late,
        days_between(cleared_on, key_date) AS days_ago
    FROM cleared_items
    WHERE event = 1 AND days_between(cleared_on, key_date) < 365
),
means AS (
    SELECT
        customer_id,
        CAST(SUM(days_late) FILTER (WHERE days_ago < 91) AS DOUBLE)
            / NULLIF(COUNT(*) FILTER (WHERE days_ago < 91), 0) AS short_mean,
        CAST(SUM(days_late) AS DOUBLE) / COUNT(*) AS long_mean
    FROM paid
    GROUP BY customer_id
),
newest_first AS (
    SELECT
        customer_id,
        days_late,
        -- The later payment first, and of one day the later in paying; equal ones say the same.
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY days_ago ASC NULLS LAST, days_late DESC NULLS LAST
        ) AS step
    FROM paid
),
latest AS (
    SELECT customer_id, days_late, step
    FROM newest_first
    WHERE step <= 8
),
slopes AS (
    SELECT
        older.customer_id,
        COUNT(*) AS pair_count,
        percentile(
            CAST(newer.days_late - older.days_late AS DOUBLE) / (older.step - newer.step), 0.5
        ) AS slope
    FROM latest AS older
    INNER JOIN latest AS newer
        ON newer.customer_id = older.customer_id AND newer.step < older.step
    WHERE older.step <= 6
    GROUP BY older.customer_id
),
before AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE step > 1) AS before_count,
        MAX(CASE WHEN step = 1 THEN days_late END) AS last_late,
        whole_percentile(CASE WHEN step > 1 THEN days_late END, 0.5) AS middle,
        whole_percentile(CASE WHEN step > 1 THEN days_late END, pair(0.25, 0.75)) AS quartiles
    FROM latest
    GROUP BY customer_id
),
jumps AS (
    SELECT
        customer_id,
        CASE
            WHEN before_count >= 3
                THEN (last_late - middle) / GREATEST((element(quartiles, 2) - element(quartiles, 1)) / 1.349, 5)
        END AS jump
    FROM before
),
drifts AS (
    -- 6 pairs are 4 invoices.
    SELECT customer_id, CASE WHEN pair_count >= 6 THEN slope END AS slope
    FROM slopes
)
SELECT
    means.customer_id,
    means.short_mean - means.long_mean AS cleared_days_late_trend_3m_12m,
    drifts.slope AS cleared_days_late_slope,
    jumps.jump AS cleared_days_late_jump,
    CASE WHEN drifts.slope >= 1 THEN 1 WHEN drifts.slope < 1 THEN 0 END AS payer_drifts,
    CASE WHEN jumps.jump >= 3 THEN 1 WHEN jumps.jump < 3 THEN 0 END AS payer_jumped
FROM means
LEFT JOIN drifts
    ON drifts.customer_id = means.customer_id
LEFT JOIN jumps
    ON jumps.customer_id = means.customer_id
