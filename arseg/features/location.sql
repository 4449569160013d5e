-- block: location
-- grain: customer
-- factor: location (S22, S25)
-- needs: customers
-- part: payers_12m
-- column: country_late_rate_12m | share | late share of the country's other customers, last 365 days; of the invoices paid in them, drawn to the rate of all other customers with the weight of 20 invoices
-- column: region_late_rate_12m | share | late share of the region's other customers, last 365 days; of the invoices paid in them, a region within its country, drawn to country_late_rate_12m with the weight of 20 invoices
-- column: country_main | flag | customer of the book's main country; 1 in the country of most customers, of equal ones the last by name
WITH members AS (
    SELECT
        customers.customer_id,
        customers.country,
        customers.region,
        COALESCE(paid.paid_count, 0) AS paid_count,
        COALESCE(paid.late_count, 0) AS late_count
    FROM customers
    LEFT JOIN payers_12m AS paid
        ON paid.customer_id = customers.customer_id
),
regions AS (
    SELECT
        country,
        region,
        SUM(paid_count) AS paid_count,
        SUM(late_count) AS late_count
    FROM members
    WHERE country IS NOT NULL AND region IS NOT NULL
    GROUP BY country, region
),
countries AS (
    SELECT
        country,
        COUNT(*) AS customer_count,
        SUM(paid_count) AS paid_count,
        SUM(late_count) AS late_count
    FROM members
    WHERE country IS NOT NULL
    GROUP BY country
),
main AS (
    SELECT max_by(country, (customer_count, country)) AS country
    FROM countries
),
book AS (
    SELECT SUM(paid_count) AS paid_count, SUM(late_count) AS late_count
    FROM members
),
-- Everything of the others: a customer must not be compared with itself.
others AS (
    SELECT
        members.customer_id,
        CASE
            WHEN members.country = main.country THEN 1
            WHEN members.country <> main.country THEN 0
        END AS is_main,
        CAST(regions.paid_count - members.paid_count AS DOUBLE) AS region_paid,
        CAST(regions.late_count - members.late_count AS DOUBLE) AS region_late,
        CAST(countries.paid_count - members.paid_count AS DOUBLE) AS country_paid,
        CAST(countries.late_count - members.late_count AS DOUBLE) AS country_late,
        CAST(book.late_count - members.late_count AS DOUBLE)
            / NULLIF(CAST(book.paid_count - members.paid_count AS DOUBLE), 0) AS book_rate
    FROM members
    CROSS JOIN book
    CROSS JOIN main
    LEFT JOIN countries
        ON countries.country = members.country
    LEFT JOIN regions
        ON regions.country = members.country AND regions.region = members.region
),
rates AS (
    SELECT
        customer_id,
        is_main,
        region_paid,
        region_late,
        (country_late + 20 * book_rate) / (country_paid + 20) AS country_rate
    FROM others
)
SELECT
    customer_id,
    country_rate AS country_late_rate_12m,
    (region_late + 20 * country_rate) / (region_paid + 20) AS region_late_rate_12m,
    is_main AS country_main
FROM rates
