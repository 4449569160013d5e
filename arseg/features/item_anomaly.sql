-- block: item_anomaly
-- grain: invoice
-- factor: irregular payment by a usually regular payer (S35)
-- part: payers_12m
-- column: item_late_p_value | probability | chance that this customer would pay this late or later; Student's t prediction from its days late of invoices paid in the last 365 days, mean drawn to the book's with the weight of 5 invoices, variance to that within its customers with 4 degrees of freedom and at least 1; 1 while not past due, missing with fewer than 5 paid
WITH paid AS (
    -- Squares about the customer's own mean, from whole numbers: n times them is one.
    SELECT
        customer_id,
        paid_count,
        late_days AS days,
        CAST(paid_count AS DOUBLE) AS n,
        CAST(late_days AS DOUBLE) / CAST(paid_count AS DOUBLE) AS mean_days,
        CAST(paid_count * late_squares - late_days * late_days AS DOUBLE) / CAST(paid_count AS DOUBLE)
            AS own_squares
    FROM payers_12m
),
book AS (
    SELECT
        CAST(SUM(days) AS DOUBLE) / CAST(SUM(paid_count) AS DOUBLE) AS mean_days,
        CAST(SUM(CAST(own_squares AS DECIMAL(28,8))) AS DOUBLE)
            / NULLIF(CAST(SUM(paid_count - 1) AS DOUBLE), 0) AS variance
    FROM paid
),
predictions AS (
    -- The normal model with its conjugate prior: what the mean disagrees with the book widens the spread.
    SELECT
        paid.customer_id,
        4e0 + paid.n AS freedom,
        (5e0 * book.mean_days + paid.n * paid.mean_days) / (5e0 + paid.n) AS centre,
        GREATEST(
            1e0,
            (
                4e0 * book.variance
                + paid.own_squares
                + 5e0 * paid.n / (5e0 + paid.n) * power(paid.mean_days - book.mean_days, 2)
            ) / (4e0 + paid.n)
        ) * (1e0 + 1e0 / (paid.n + 5e0)) AS variance
    FROM paid
    CROSS JOIN book
    WHERE paid.n >= 5
),
steps AS (
    SELECT
        open_items.invoice_id,
        open_items.days_past_due >= 1 AS is_past_due,
        predictions.freedom - 0.5e0 AS freedom,
        CAST(open_items.days_past_due AS DOUBLE) - predictions.centre AS excess,
        -- Student's t brought to a standard normal (Hill 1970, as student_tail of the prelude, in steps).
        SQRT(
            (predictions.freedom - 0.5e0)
            * LN(
                1e0
                + power(CAST(open_items.days_past_due AS DOUBLE) - predictions.centre, 2)
                / (predictions.variance * predictions.freedom)
            )
        ) AS h
    FROM open_items
    INNER JOIN predictions
        ON predictions.customer_id = open_items.customer_id
),
normals AS (
    SELECT
        invoice_id,
        is_past_due,
        SIGN(excess) * (
            h
            + h * (h * h + 3e0) / (48e0 * freedom * freedom)
            - h * (855e0 + h * h * (240e0 + h * h * (33e0 + 4e0 * h * h)))
            / (480e0 * freedom * freedom * (48e0 * freedom * freedom + 0.8e0 * h * h * h * h + 100e0))
        ) AS z
    FROM steps
)
SELECT
    invoice_id,
    CASE WHEN is_past_due THEN normal_tail(z) ELSE 1e0 END AS item_late_p_value
FROM normals
