-- The invoices that customers with an open item paid in the last 365 days, amounts in cents, days as numbers.
SELECT
    customer_id,
    CAST(days_between(cleared_on, key_date) AS INTEGER) AS days_ago,
    CAST(days_late AS INTEGER) AS days_late,
    CAST(days_to_pay AS INTEGER) AS days_to_pay,
    -- A row may name a day that has yet to come: until then it has not happened.
    CAST(CASE WHEN delivered_on <= key_date THEN days_between(document_date, delivered_on) END AS INTEGER)
        AS delivery_lag,
    CAST(100 * amount AS BIGINT) AS cents
FROM cleared_items
WHERE
    event = 1
    AND cleared_on > key_date - 365
    AND customer_id IN (SELECT open_items.customer_id FROM open_items)
-- Rows of a customer side by side halve the cost of percentiles.
ORDER BY customer_id
