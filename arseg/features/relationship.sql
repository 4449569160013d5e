-- block: relationship
-- grain: customer
-- column: customer_account_age_days | days | age of the account; since the first invoice or the onboarding, whichever came first
-- column: customer_invoice_count_12m | count | invoices issued in the last 365 days
-- column: customer_sales_12m | currency | amount invoiced in the last 365 days
WITH issued AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE days_between(document_date, key_date) < 365) AS invoices_12m,
        SUM(amount) FILTER (WHERE days_between(document_date, key_date) < 365) AS sales_12m,
        MAX(days_between(document_date, key_date)) AS first_invoice_days
    FROM invoices
    GROUP BY customer_id
)
SELECT
    issued.customer_id,
    GREATEST(
        issued.first_invoice_days,
        COALESCE(days_between(customers.onboarded_on, customers.key_date), issued.first_invoice_days)
    ) AS customer_account_age_days,
    issued.invoices_12m AS customer_invoice_count_12m,
    COALESCE(issued.sales_12m, 0) AS customer_sales_12m
FROM issued
LEFT JOIN customers
    ON customers.customer_id = issued.customer_id
