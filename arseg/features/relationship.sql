-- block: relationship
-- grain: customer
-- factor: account age and relationship (S18, S22)
-- part: issued_12m, paid_ever
-- column: customer_account_age_days | days | age of the account; since the first invoice or the onboarding, whichever came first
-- column: customer_invoice_count_12m | count | invoices issued in the last 365 days
-- column: customer_sales_12m | currency | amount invoiced in the last 365 days
-- column: customer_relationship_days | days | days since the onboarding; 0 while it is to come | customers
-- column: customer_new | flag | new customer; 1 while the account is younger than 180 days
-- column: customer_first_paid_days | days | days since an invoice was first paid
-- column: customer_paid_count | count | invoices ever paid
-- column: customer_prior_only | flag | too little history to judge by; 1 with fewer than 3 invoices ever paid
-- column: customer_is_company | flag | business type company | customers
-- column: customer_is_sole_trader | flag | business type sole trader | customers
-- column: customer_is_public | flag | business type public body | customers
WITH issued AS (
    SELECT
        customer_id,
        MIN(document_date) AS first_issued_on
    FROM invoices
    GROUP BY customer_id
),
sold AS (
    SELECT
        customer_id,
        COUNT(*) AS invoices_12m,
        SUM(amount) AS sales_12m
    FROM issued_12m
    GROUP BY customer_id
),
joined AS (
    SELECT
        issued.customer_id,
        COALESCE(sold.invoices_12m, 0) AS invoices_12m,
        COALESCE(sold.sales_12m, 0) AS sales_12m,
        days_between(customers.onboarded_on, customers.key_date) AS onboarded_days,
        GREATEST(
            days_between(issued.first_issued_on, customers.key_date),
            days_between(customers.onboarded_on, customers.key_date)
        ) AS age_days,
        COALESCE(paid.paid_count, 0) AS paid_count,
        days_between(paid.first_paid_on, customers.key_date) AS first_paid_days,
        customers.business_type
    FROM issued
    INNER JOIN customers
        ON customers.customer_id = issued.customer_id
    LEFT JOIN sold
        ON sold.customer_id = issued.customer_id
    LEFT JOIN paid_ever AS paid
        ON paid.customer_id = issued.customer_id
)
SELECT
    customer_id,
    age_days AS customer_account_age_days,
    invoices_12m AS customer_invoice_count_12m,
    sales_12m AS customer_sales_12m,
    CASE WHEN onboarded_days IS NOT NULL THEN GREATEST(onboarded_days, 0) END AS customer_relationship_days,
    CASE WHEN age_days < 180 THEN 1 ELSE 0 END AS customer_new,
    first_paid_days AS customer_first_paid_days,
    paid_count AS customer_paid_count,
    CASE WHEN paid_count < 3 THEN 1 ELSE 0 END AS customer_prior_only,
    -- Never the person behind it: neither age nor anything protected is a feature.
    CASE WHEN business_type IS NOT NULL THEN CASE WHEN business_type = 'company' THEN 1 ELSE 0 END END
        AS customer_is_company,
    CASE WHEN business_type IS NOT NULL THEN CASE WHEN business_type = 'sole_trader' THEN 1 ELSE 0 END END
        AS customer_is_sole_trader,
    CASE WHEN business_type IS NOT NULL THEN CASE WHEN business_type = 'public' THEN 1 ELSE 0 END END
        AS customer_is_public
FROM joined
