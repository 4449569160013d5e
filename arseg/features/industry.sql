-- block: industry
-- grain: customer
-- factor: industry risk (S15)
-- needs: customers
-- part: paid_ever, payers_12m
-- column: industry_late_rate | share | late share of the industry's other customers; of paid invoices, drawn to the rate of all other customers with the weight of 20 invoices
-- column: industry_late_rate_12m | share | late share of the industry's other customers, last 365 days; of the invoices paid in them, drawn to the rate of all other customers with the weight of 20 invoices
-- column: industry_days_late_mean_12m | days | mean days late of the industry's other customers, last 365 days; of the invoices paid in them, drawn to the mean of all other customers with the weight of 20 invoices
-- column: industry_customer_count | count | other customers of the industry with a paid invoice
-- column: industry_late_rate_gap_12m | share | late share against that of the industry, last 365 days; the customer's own less industry_late_rate_12m, positive is worse than its peers
WITH members AS (
    SELECT
        customers.customer_id,
        customers.industry,
        CASE WHEN paid_ever.paid_count > 0 THEN 1 ELSE 0 END AS has_paid,
        COALESCE(paid_ever.paid_count, 0) AS paid_count,
        COALESCE(paid_ever.late_count, 0) AS late_count,
        COALESCE(payers_12m.paid_count, 0) AS year_count,
        COALESCE(payers_12m.late_count, 0) AS year_late_count,
        COALESCE(payers_12m.late_days, 0) AS year_days_late
    FROM customers
    LEFT JOIN paid_ever
        ON paid_ever.customer_id = customers.customer_id
    LEFT JOIN payers_12m
        ON payers_12m.customer_id = customers.customer_id
),
industries AS (
    SELECT
        industry,
        SUM(has_paid) AS customer_count,
        SUM(paid_count) AS paid_count,
        SUM(late_count) AS late_count,
        SUM(year_count) AS year_count,
        SUM(year_late_count) AS year_late_count,
        SUM(year_days_late) AS year_days_late
    FROM members
    WHERE industry IS NOT NULL
    GROUP BY industry
),
book AS (
    SELECT
        SUM(paid_count) AS paid_count,
        SUM(late_count) AS late_count,
        SUM(year_count) AS year_count,
        SUM(year_late_count) AS year_late_count,
        SUM(year_days_late) AS year_days_late
    FROM members
),
-- Everything of the others: a customer must not be compared with itself.
others AS (
    SELECT
        members.customer_id,
        CAST(industries.customer_count - members.has_paid AS DOUBLE) AS customer_count,
        CAST(industries.paid_count - members.paid_count AS DOUBLE) AS paid_count,
        CAST(industries.late_count - members.late_count AS DOUBLE) AS late_count,
        CAST(industries.year_count - members.year_count AS DOUBLE) AS year_count,
        CAST(industries.year_late_count - members.year_late_count AS DOUBLE) AS year_late_count,
        CAST(industries.year_days_late - members.year_days_late AS DOUBLE) AS year_days_late,
        CAST(book.late_count - members.late_count AS DOUBLE)
            / NULLIF(CAST(book.paid_count - members.paid_count AS DOUBLE), 0) AS book_late_rate,
        CAST(book.year_late_count - members.year_late_count AS DOUBLE)
            / NULLIF(CAST(book.year_count - members.year_count AS DOUBLE), 0) AS book_year_late_rate,
        CAST(book.year_days_late - members.year_days_late AS DOUBLE)
            / NULLIF(CAST(book.year_count - members.year_count AS DOUBLE), 0) AS book_year_days_late_mean,
        CAST(members.year_late_count AS DOUBLE)
            / NULLIF(CAST(members.year_count AS DOUBLE), 0) AS own_late_rate
    FROM members
    LEFT JOIN industries
        ON industries.industry = members.industry
    CROSS JOIN book
),
rates AS (
    SELECT
        customer_id,
        customer_count,
        own_late_rate,
        (late_count + 20 * book_late_rate) / (paid_count + 20) AS late_rate,
        (year_late_count + 20 * book_year_late_rate) / (year_count + 20) AS year_late_rate,
        (year_days_late + 20 * book_year_days_late_mean) / (year_count + 20) AS year_days_late_mean
    FROM others
)
SELECT
    customer_id,
    late_rate AS industry_late_rate,
    year_late_rate AS industry_late_rate_12m,
    year_days_late_mean AS industry_days_late_mean_12m,
    customer_count AS industry_customer_count,
    own_late_rate - year_late_rate AS industry_late_rate_gap_12m
FROM rates
