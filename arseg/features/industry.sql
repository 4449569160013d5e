-- block: industry
-- grain: customer
-- needs: customers
-- column: industry_late_rate | share | late share of the industry's other customers; of paid invoices, drawn to the rate of all other customers with the weight of 20 invoices
WITH paid AS (
    SELECT
        customer_id,
        COUNT(*) AS paid_count,
        COUNT(*) FILTER (WHERE days_late >= 1) AS late_count
    FROM cleared_items
    WHERE event = 1
    GROUP BY customer_id
),
members AS (
    SELECT
        customers.customer_id,
        customers.industry,
        COALESCE(paid.paid_count, 0) AS paid_count,
        COALESCE(paid.late_count, 0) AS late_count
    FROM customers
    LEFT JOIN paid
        ON paid.customer_id = customers.customer_id
),
industries AS (
    SELECT industry, SUM(paid_count) AS paid_count, SUM(late_count) AS late_count
    FROM members
    WHERE industry IS NOT NULL
    GROUP BY industry
),
book AS (
    SELECT SUM(paid_count) AS paid_count, SUM(late_count) AS late_count
    FROM members
),
others AS (
    SELECT
        members.customer_id,
        CAST(industries.paid_count - members.paid_count AS DOUBLE) AS industry_paid,
        CAST(industries.late_count - members.late_count AS DOUBLE) AS industry_late,
        CAST(book.paid_count - members.paid_count AS DOUBLE) AS book_paid,
        CAST(book.late_count - members.late_count AS DOUBLE) AS book_late
    FROM members
    INNER JOIN industries
        ON industries.industry = members.industry
    CROSS JOIN book
)
SELECT
    customer_id,
    (industry_late + 20 * book_late / NULLIF(book_paid, 0)) / (industry_paid + 20) AS industry_late_rate
FROM others
