-- What each customer paid in the last 365 days: the sums that rates and means of the book are made of.
SELECT
    customer_id,
    COUNT(*) AS paid_count,
    CAST(SUM(CAST(days_late AS INTEGER)) AS BIGINT) AS late_days,
    CAST(SUM(CAST(days_to_pay AS INTEGER)) AS BIGINT) AS pay_days,
    CAST(SUM(CAST(days_late AS BIGINT) * days_late) AS BIGINT) AS late_squares,
    -- Days are compared as days: to count them first costs more.
    COUNT(*) FILTER (WHERE cleared_on < due_date) AS early_count,
    COUNT(*) FILTER (WHERE cleared_on > due_date) AS late_count,
    COUNT(*) FILTER (WHERE cleared_on > due_date + 30) AS over_30,
    CAST(
        SUM(
            CASE
                WHEN cleared_on > due_date + 30 THEN 4
                WHEN cleared_on > due_date + 15 THEN 3
                WHEN cleared_on > due_date + 8 THEN 2
                WHEN cleared_on > due_date + 1 THEN 1
                ELSE 0
            END
        ) AS BIGINT
    ) AS reminders
FROM cleared_items
WHERE event = 1 AND cleared_on > key_date - 365
GROUP BY customer_id
