-- block: trend
-- grain: customer
-- factor: payment trends: drift and jump (S2)
-- part: paid_12m
-- column: cleared_days_late_trend_3m_12m | days | change of mean days late, last 91 against last 365 days; positive is getting slower
-- column: cleared_days_late_slope | days per 30 days | drift of days late over 30 days; median slope between any two of the last 8 invoices paid within 365 days (Theil-Sen), of 6 pairs paid on different days at the least
-- column: cleared_days_late_jump | spreads | jump of the latest payment; its days late minus the median of up to 8 paid before it within 365 days, in their spread: quartile range over 1.349, 5 days at the least; of 3 before it at the least
-- column: payer_drifts | flag | 1 where the payer gets slower step by step; drift of 3 days per 30 days or more, and in 4 of 5 pairs the later one is the slower
-- column: payer_jumped | flag | 1 where the latest payment came out of the blue; jump of 3 spreads or more
WITH codes AS (
    -- The later payment is the smaller, and of one day the later in paying; equal ones say the same. One
    -- small whole number is what is quickest to sort.
    SELECT
        customer_id,
        100000 * days_ago + 50000 - days_late AS code
    FROM paid_12m
),
paid AS (
    -- The cast keeps DuckDB from a plan of its own for a top 8, which takes twice as long.
    SELECT
        customer_id,
        50000 - MOD(code, 100000) AS days_late,
        FLOOR(code / 1e5) AS days_ago,
        CAST(ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY code ASC NULLS LAST) AS INTEGER) AS step
    FROM codes
),
slopes AS (
    SELECT
        older.customer_id,
        COUNT(*) AS pair_count,
        COUNT(*) FILTER (WHERE newer.days_late > older.days_late) AS slower_count,
        percentile(
            30 * CAST(newer.days_late - older.days_late AS DOUBLE) / (older.days_ago - newer.days_ago), 0.5
        ) AS slope
    FROM paid AS older
    -- Of one payment run the older invoice is the later one, whatever the payer does: no pair within a day.
    INNER JOIN paid AS newer
        ON newer.customer_id = older.customer_id AND newer.days_ago < older.days_ago
    WHERE older.step <= 8 AND newer.step <= 8
    GROUP BY older.customer_id
),
sums AS (
    SELECT
        customer_id,
        COUNT(*) AS paid_count,
        CAST(SUM(days_late) FILTER (WHERE days_ago < 91) AS DOUBLE)
            / NULLIF(COUNT(*) FILTER (WHERE days_ago < 91), 0) AS short_mean,
        CAST(SUM(days_late) AS DOUBLE) / COUNT(*) AS long_mean,
        MAX(days_late) FILTER (WHERE step = 1) AS last_late,
        whole_percentile(CASE WHEN step BETWEEN 2 AND 9 THEN days_late END, 0.5) AS middle,
        whole_percentile(CASE WHEN step BETWEEN 2 AND 9 THEN days_late END, pair(0.25, 0.75)) AS quartiles
    FROM paid
    GROUP BY customer_id
),
figures AS (
    SELECT
        sums.customer_id,
        sums.short_mean - sums.long_mean AS mean_change,
        CASE WHEN slopes.pair_count >= 6 THEN slopes.slope END AS slope,
        CASE WHEN 5 * slopes.slower_count >= 4 * slopes.pair_count THEN 1 ELSE 0 END AS mostly_slower,
        CASE
            WHEN sums.paid_count >= 4
                THEN
                    (sums.last_late - sums.middle)
                    / GREATEST((element(sums.quartiles, 2) - element(sums.quartiles, 1)) / 1.349, 5)
        END AS jump
    FROM sums
    LEFT JOIN slopes
        ON slopes.customer_id = sums.customer_id
)
SELECT
    customer_id,
    mean_change AS cleared_days_late_trend_3m_12m,
    slope AS cleared_days_late_slope,
    jump AS cleared_days_late_jump,
    CASE WHEN slope >= 3 THEN mostly_slower WHEN slope < 3 THEN 0 END AS payer_drifts,
    CASE WHEN jump >= 3 THEN 1 WHEN jump < 3 THEN 0 END AS payer_jumped
FROM figures
