-- block: economy
-- grain: customer
-- factor: economy and industry health, by day of release (S15, S17)
-- needs: indicators
-- column: economy_level | standard deviations | level of the economy; newest value of a macro series against the 36 months before it, mean over the series
-- column: economy_change_12m | standard deviations | change of the economy in a year; newest value of a macro series less that of the same period a year earlier, mean over the series
-- column: economy_age_days | days | age of what is known of the economy; since the first day of the newest period of a macro series, mean over the series
-- column: industry_climate_level | standard deviations | level of the customer's industry; newest value of a series of the industry against the 36 months before it, mean over the series | customers
-- column: industry_climate_change_12m | standard deviations | change of the customer's industry in a year; newest value of a series of the industry less that of the same period a year earlier, mean over the series | customers
-- column: industry_climate_age_days | days | age of what is known of the customer's industry; since the first day of the newest period of a series of the industry, mean over the series | customers
-- Whatever its unit, a series counts in its own standard deviations: those of the periods of the 36 months
-- before its newest one, from six periods on, and no further than ten of them. The value of a period is the
-- one known last.
WITH released AS (
    SELECT series, industry, period, key_date, max_by(value, known_on) AS value
    FROM indicators
    GROUP BY series, industry, period, key_date
),
placed AS (
    SELECT
        series,
        industry,
        period,
        key_date,
        MAX(period) OVER (PARTITION BY series, industry) AS newest,
        -- Divided by its largest value a series of any unit fits the decimals of the exact sums below.
        value / NULLIF(MAX(ABS(value)) OVER (PARTITION BY series, industry), 0) AS value
    FROM released
),
compared AS (
    SELECT
        series,
        industry,
        value,
        days_between(newest, key_date) AS age_days,
        period = newest AS is_newest,
        period < newest AND month_index(newest) - month_index(period) <= 36 AS is_before,
        month_index(newest) - month_index(period) = 12
        AND EXTRACT(DAY FROM period) = EXTRACT(DAY FROM newest) AS is_year_before
    FROM placed
),
centred AS (
    SELECT
        series,
        industry,
        value,
        age_days,
        is_newest,
        is_before,
        is_year_before,
        CAST(
            SUM(CASE WHEN is_before THEN CAST(value AS DECIMAL(28, 24)) END)
            OVER (PARTITION BY series, industry)
            AS DOUBLE
        )
        / NULLIF(
            CAST(COUNT(CASE WHEN is_before THEN value END) OVER (PARTITION BY series, industry) AS DOUBLE), 0
        ) AS mean
    FROM compared
),
measured AS (
    SELECT
        series,
        industry,
        MAX(age_days) AS age_days,
        MAX(value) FILTER (WHERE is_newest) AS newest_value,
        MAX(value) FILTER (WHERE is_year_before) AS earlier_value,
        MAX(mean) AS mean,
        CAST(COUNT(value) FILTER (WHERE is_before) AS DOUBLE) AS periods,
        CAST(
            SUM(CAST((value - mean) * (value - mean) AS DECIMAL(28, 24))) FILTER (WHERE is_before) AS DOUBLE
        ) AS squares
    FROM centred
    GROUP BY series, industry
),
standardised AS (
    SELECT
        industry,
        age_days,
        CASE WHEN periods >= 6 AND squares > 0 THEN (newest_value - mean) / SQRT(squares / (periods - 1)) END
            AS level,
        CASE
            WHEN periods >= 6 AND squares > 0
                THEN (newest_value - earlier_value) / SQRT(squares / (periods - 1))
        END AS change
    FROM measured
),
bounded AS (
    SELECT
        industry,
        age_days,
        CAST(
            CASE WHEN level > 10 THEN 10 WHEN level < -10 THEN -10 ELSE level END AS DECIMAL(28, 14)
        ) AS level,
        CAST(
            CASE WHEN change > 10 THEN 10 WHEN change < -10 THEN -10 ELSE change END AS DECIMAL(28, 14)
        ) AS change
    FROM standardised
),
climates AS (
    SELECT
        industry,
        CAST(SUM(level) AS DOUBLE) / NULLIF(CAST(COUNT(level) AS DOUBLE), 0) AS level,
        CAST(SUM(change) AS DOUBLE) / NULLIF(CAST(COUNT(change) AS DOUBLE), 0) AS change,
        AVG(age_days) AS age_days
    FROM bounded
    GROUP BY industry
)
SELECT
    customers.customer_id,
    macro.level AS economy_level,
    macro.change AS economy_change_12m,
    macro.age_days AS economy_age_days,
    own.level AS industry_climate_level,
    own.change AS industry_climate_change_12m,
    own.age_days AS industry_climate_age_days
FROM customers
LEFT JOIN climates AS macro
    ON macro.industry IS NULL
LEFT JOIN climates AS own
    ON own.industry = customers.industry
