-- block: delivery
-- grain: customer
-- factor: mode of invoicing and delivery lag (S28, S29)
-- part: issued_12m, paid_12m
-- column: customer_delivery_paper | flag | invoices go out on paper; the mode in force, missing where unknown | customers
-- column: customer_delivery_email | flag | invoices go out by e-mail; the mode in force, missing where unknown | customers
-- column: customer_delivery_portal | flag | invoices go out through a portal; the mode in force, missing where unknown | customers
-- column: customer_delivery_edi | flag | invoices go out by EDI; the mode in force, missing where unknown | customers
-- column: customer_delivery_changed_12m | flag | way of sending invoices changed in the last 365 days; two known modes among those in force then, missing where none is known | customers
-- column: invoice_delivery_lag_mean_12m | days | mean days from issue to delivery, last 365 days; of the invoices issued in them and delivered
-- column: invoice_delivery_lag_p90_12m | days | 90th percentile of days from issue to delivery, last 365 days; of the invoices issued in them and delivered, interpolated
-- column: invoice_undelivered_share_12m | share | invoices not known to have been delivered, last 365 days; of those issued in them, missing where the book never records deliveries
-- column: cleared_days_from_delivery_mean_12m | days | mean days from delivery to payment, last 365 days; of the invoices paid in them whose delivery is known
-- column: cleared_days_from_issue_mean_12m | days | mean days from issue to payment of the same delivered invoices, last 365 days; beside that from delivery, of the invoices paid in them whose delivery is known
-- column: cleared_late_days_delivery_share_12m | share | late days explained by slow delivery, last 365 days; sum of the smaller of delivery lag and days late over the sum of days late, of the invoices paid late in them whose delivery is known
WITH first_delivery AS (
    -- MIN skips NULL: it is missing where the book never records the day.
    SELECT MIN(delivered_on) AS delivered_on
    FROM invoices
),
issued AS (
    SELECT
        customer_id,
        COUNT(*) AS invoices,
        COUNT(delivery_lag) AS delivered,
        AVG(delivery_lag) AS lag_mean,
        whole_percentile(delivery_lag, 0.9) AS lag_p90
    FROM issued_12m
    GROUP BY customer_id
),
paid AS (
    SELECT
        customer_id,
        AVG(days_to_pay - delivery_lag) AS days_from_delivery,
        AVG(days_to_pay) AS days_from_issue,
        SUM(LEAST(GREATEST(delivery_lag, 0), GREATEST(days_late, 0))) AS explained_days,
        SUM(GREATEST(days_late, 0)) AS late_days
    FROM paid_12m
    WHERE delivery_lag IS NOT NULL
    GROUP BY customer_id
),
-- Modes in force in the last 365 days: those known in them, and the one they began with.
starts AS (
    SELECT
        customer_id,
        MAX(known_on) FILTER (WHERE days_between(known_on, key_date) >= 365) AS known_on
    FROM customer_versions
    GROUP BY customer_id
),
modes AS (
    SELECT
        customer_versions.customer_id,
        CASE
            WHEN MIN(customer_versions.invoice_delivery) < MAX(customer_versions.invoice_delivery) THEN 1
            WHEN MIN(customer_versions.invoice_delivery) IS NOT NULL THEN 0
        END AS changed
    FROM customer_versions
    INNER JOIN starts
        ON starts.customer_id = customer_versions.customer_id
    WHERE starts.known_on IS NULL OR customer_versions.known_on >= starts.known_on
    GROUP BY customer_versions.customer_id
)
SELECT
    customers.customer_id,
    CAST(customers.invoice_delivery = 'paper' AS INTEGER) AS customer_delivery_paper,
    CAST(customers.invoice_delivery = 'email' AS INTEGER) AS customer_delivery_email,
    CAST(customers.invoice_delivery = 'portal' AS INTEGER) AS customer_delivery_portal,
    CAST(customers.invoice_delivery = 'edi' AS INTEGER) AS customer_delivery_edi,
    modes.changed AS customer_delivery_changed_12m,
    issued.lag_mean AS invoice_delivery_lag_mean_12m,
    issued.lag_p90 AS invoice_delivery_lag_p90_12m,
    CASE
        WHEN first_delivery.delivered_on <= customers.key_date
            THEN 1 - CAST(issued.delivered AS DOUBLE) / CAST(issued.invoices AS DOUBLE)
    END AS invoice_undelivered_share_12m,
    paid.days_from_delivery AS cleared_days_from_delivery_mean_12m,
    paid.days_from_issue AS cleared_days_from_issue_mean_12m,
    -- One who was never late has no late days to explain.
    CAST(paid.explained_days AS DOUBLE) / NULLIF(CAST(paid.late_days AS DOUBLE), 0)
        AS cleared_late_days_delivery_share_12m
FROM customers
CROSS JOIN first_delivery
LEFT JOIN modes
    ON modes.customer_id = customers.customer_id
LEFT JOIN issued
    ON issued.customer_id = customers.customer_id
LEFT JOIN paid
    ON paid.customer_id = customers.customer_id
