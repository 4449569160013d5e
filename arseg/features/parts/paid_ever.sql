-- What each customer ever paid.
SELECT
    customer_id,
    COUNT(*) AS paid_count,
    COUNT(*) FILTER (WHERE cleared_on > due_date) AS late_count,
    MIN(cleared_on) AS first_paid_on
FROM cleared_items
WHERE event = 1
GROUP BY customer_id
