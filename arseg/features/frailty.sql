-- block: frailty
-- grain: customer
-- factor: frailty: payments against what a model without the customer expects (S1)
-- column: frailty_payment | ratio | pays faster than expected of its items; 1 is as the book, 0.5 half as fast: (alpha + observed) / (alpha + expected payments), half-life 180 days, alpha by maximum likelihood over the book's customers
-- column: frailty_expected_count | payments | payments expected by now if the customer paid as the book does; cumulative hazard of the book's items of like terms, up to clearing or the key date, an item's weight halving every 180 days after its end, none after 720
-- column: frailty_observed | payments | payments seen, recent ones counting more; an invoice's weight halves every 180 days after it was cleared, none after 720
WITH exposures AS (
    -- A cell is a band of terms and an age in days, from 0 to "365 or more". Nine digits each for weight
    -- and hazard: their product is exact in eighteen.
    SELECT
        customer_id,
        CAST(
            CASE
                WHEN terms < 15 THEN 0
                WHEN terms < 31 THEN 1000
                WHEN terms < 46 THEN 2000
                WHEN terms < 61 THEN 3000
                ELSE 4000
            END + LEAST(GREATEST(age, 0), 365) AS INTEGER
        ) AS cell,
        event,
        CAST(power(0.5e0, CAST(days_ago AS DOUBLE) / 180e0) AS DECIMAL(9,8)) AS weight
    FROM (
        SELECT
            customer_id,
            days_to_pay AS age,
            terms_days AS terms,
            days_between(cleared_on, key_date) AS days_ago,
            event
        FROM cleared_items
        WHERE cleared_on > key_date - 721
        UNION ALL
        SELECT customer_id, age_days, terms_days, 0, 0
        FROM open_items
    ) AS items
),
cells AS (
    SELECT
        cell,
        SUM(weight) AS ended,
        COALESCE(SUM(weight) FILTER (WHERE event = 1), 0) AS paid
    FROM exposures
    GROUP BY cell
),
at_risk AS (
    -- Who ended at this age or later was at risk of payment on it.
    SELECT
        cell,
        paid,
        SUM(ended) OVER (
            PARTITION BY FLOOR(cell / 1000) ORDER BY cell DESC NULLS LAST ROWS UNBOUNDED PRECEDING
        ) AS exposed
    FROM cells
),
baseline AS (
    -- Nelson and Aalen's cumulative hazard of payment within each band of terms.
    SELECT
        cell,
        CAST(SUM(CAST(CAST(paid AS DOUBLE) / CAST(exposed AS DOUBLE) AS DECIMAL(18,12))) OVER (
            PARTITION BY FLOOR(cell / 1000) ORDER BY cell ASC NULLS FIRST ROWS UNBOUNDED PRECEDING
        ) AS DECIMAL(9,7)) AS hazard
    FROM at_risk
),
counts AS (
    SELECT
        exposures.customer_id,
        -- Small types, because rounding to one decimal below is dear from 128 bits.
        CAST(COALESCE(SUM(exposures.weight) FILTER (WHERE exposures.event = 1), 0) AS DECIMAL(18,8))
            AS observed,
        CAST(SUM(exposures.weight * baseline.hazard) AS DOUBLE) AS expected
    FROM exposures
    INNER JOIN baseline
        ON baseline.cell = exposures.cell
    GROUP BY exposures.customer_id
),
-- The likelihood falls into a part of the observed and a part of the expected, so that customers may be
-- counted at each value, to one decimal, instead of being asked one by one at every alpha.
grid AS (
    SELECT CAST(steps.alpha AS DOUBLE) AS alpha
    FROM (
        VALUES
            (0.1), (0.1334), (0.1778), (0.2371), (0.3162), (0.4217), (0.5623), (0.7499),
            (1), (1.334), (1.778), (2.371), (3.162), (4.217), (5.623), (7.499),
            (10), (13.34), (17.78), (23.71), (31.62), (42.17), (56.23), (74.99), (100)
    ) AS steps (alpha)
),
alphas AS (
    SELECT alpha, alpha * LN(alpha) - log_gamma(alpha) AS own
    FROM grid
),
observed_bins AS (
    SELECT CAST(observed AS DECIMAL(18,1)) AS observed, CAST(COUNT(*) AS DOUBLE) AS customers
    FROM counts
    GROUP BY CAST(observed AS DECIMAL(18,1))
),
expected_bins AS (
    SELECT
        CAST(expected AS DECIMAL(18,1)) AS expected,
        CAST(COUNT(*) AS DOUBLE) AS customers,
        CAST(SUM(observed) AS DOUBLE) AS observed
    FROM counts
    GROUP BY CAST(expected AS DECIMAL(18,1))
),
terms AS (
    SELECT
        alphas.alpha,
        bins.customers * (log_gamma(alphas.alpha + CAST(bins.observed AS DOUBLE)) + alphas.own) AS term
    FROM observed_bins AS bins
    CROSS JOIN alphas
    UNION ALL
    SELECT
        alphas.alpha,
        -(alphas.alpha * bins.customers + bins.observed) * LN(alphas.alpha + CAST(bins.expected AS DOUBLE))
    FROM expected_bins AS bins
    CROSS JOIN alphas
),
likelihoods AS (
    SELECT alpha, SUM(CAST(term AS DECIMAL(28,10))) AS likelihood
    FROM terms
    GROUP BY alpha
),
likeliest AS (
    SELECT max_by(alpha, (likelihood, -alpha)) AS alpha
    FROM likelihoods
)
SELECT
    counts.customer_id,
    (likeliest.alpha + CAST(counts.observed AS DOUBLE)) / (likeliest.alpha + counts.expected)
        AS frailty_payment,
    counts.expected AS frailty_expected_count,
    CAST(counts.observed AS DOUBLE) AS frailty_observed
FROM counts
CROSS JOIN likeliest
