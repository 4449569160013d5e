-- The invoices that customers with an open item were sent in the last 365 days, days as numbers.
SELECT
    customer_id,
    amount,
    CAST(days_between(document_date, key_date) AS INTEGER) AS days_ago,
    -- A row may name a day that has yet to come: until then it has not happened.
    CAST(CASE WHEN delivered_on <= key_date THEN days_between(document_date, delivered_on) END AS INTEGER)
        AS delivery_lag
FROM invoices
WHERE document_date > key_date - 365 AND customer_id IN (SELECT open_items.customer_id FROM open_items)
-- Rows of a customer side by side make percentiles and the days between invoices cheaper.
ORDER BY customer_id, document_date
