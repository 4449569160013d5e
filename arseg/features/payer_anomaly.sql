-- block: payer_anomaly
-- grain: customer
-- factor: irregular payment by a usually regular payer (S35)
-- part: payers_12m
-- column: payer_late_p_value | probability | chance that one of its items would be this late by its own habit; smallest item_late_p_value of its items past due with Sidak's correction for their number, 1 where none is past due, missing with fewer than 5 paid in the last 365 days
-- column: payer_late_q_value | probability | expected share of false alarms when every payer this unusual is listed; Benjamini and Hochberg's q over the customers with an item past due and 5 paid, 1 where none is past due, missing with fewer than 5 paid
-- column: payer_anomaly | flag | irregular payment by its own habit; payer_late_q_value below 0.10
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
tested AS (
    -- The later, the less likely: the smallest p of a customer is that of its oldest item past due.
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE days_past_due >= 1) AS items,
        MAX(days_past_due) FILTER (WHERE days_past_due >= 1) AS days_past_due
    FROM open_items
    GROUP BY customer_id
),
steps AS (
    SELECT
        predictions.customer_id,
        tested.items,
        predictions.freedom - 0.5e0 AS freedom,
        CAST(tested.days_past_due AS DOUBLE) - predictions.centre AS excess,
        -- Student's t brought to a standard normal (Hill 1970, as student_tail of the prelude, in steps).
        SQRT(
            (predictions.freedom - 0.5e0)
            * LN(
                1e0
                + power(CAST(tested.days_past_due AS DOUBLE) - predictions.centre, 2)
                / (predictions.variance * predictions.freedom)
            )
        ) AS h
    FROM predictions
    INNER JOIN tested
        ON tested.customer_id = predictions.customer_id
),
normals AS (
    SELECT
        customer_id,
        items,
        SIGN(excess) * (
            h
            + h * (h * h + 3e0) / (48e0 * freedom * freedom)
            - h * (855e0 + h * h * (240e0 + h * h * (33e0 + 4e0 * h * h)))
            / (480e0 * freedom * freedom * (48e0 * freedom * freedom + 0.8e0 * h * h * h * h + 100e0))
        ) AS z
    FROM steps
),
tails AS (
    -- Missing where nothing is past due.
    SELECT customer_id, 1e0 - power(1e0 - normal_tail(z), items) AS p
    FROM normals
),
ranked AS (
    SELECT
        customer_id,
        p,
        ROW_NUMBER() OVER (ORDER BY p ASC NULLS LAST, customer_id ASC NULLS LAST) AS place,
        COUNT(p) OVER () AS customers
    FROM tails
),
controlled AS (
    SELECT
        customer_id,
        p,
        MIN(p * CAST(customers AS DOUBLE) / CAST(place AS DOUBLE)) OVER (
            ORDER BY place DESC NULLS LAST ROWS UNBOUNDED PRECEDING
        ) AS q
    FROM ranked
)
SELECT
    customer_id,
    COALESCE(p, 1e0) AS payer_late_p_value,
    CASE WHEN p IS NULL THEN 1e0 ELSE q END AS payer_late_q_value,
    CASE WHEN p IS NOT NULL AND q < 0.1e0 THEN 1 ELSE 0 END AS payer_anomaly
FROM controlled
