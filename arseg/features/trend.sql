-- block: trend
-- grain: customer
-- column: cleared_days_late_trend_3m_12m | days | change of mean days late, last 91 against last 365 days; positive is getting slower
WITH paid AS (
    SELECT customer_id, days_late, days_between(cleared_on, key_date) AS days_ago
    FROM cleared_items
    WHERE event = 1
)
SELECT
    customer_id,
    AVG(days_late) FILTER (WHERE days_ago < 91)
        - AVG(days_late) FILTER (WHERE days_ago < 365) AS cleared_days_late_trend_3m_12m
FROM paid
GROUP BY customer_id
