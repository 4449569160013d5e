-- What the credit table says of each customer: in force, and 30, 90 and 180 days ago.
WITH steps AS (
    SELECT
        customer_id,
        credit_limit,
        credit_score,
        open_orders,
        insured,
        margin,
        failure_risk,
        days_between(effective_on, key_date) AS begun,
        -- The last row has not ended.
        LEAD(days_between(effective_on, key_date), 1, -1) OVER (
            PARTITION BY customer_id ORDER BY effective_on NULLS FIRST, known_on NULLS FIRST
        ) AS ended,
        LEAD(credit_limit) OVER (
            PARTITION BY customer_id ORDER BY effective_on NULLS FIRST, known_on NULLS FIRST
        ) AS next_limit,
        LEAD(credit_score) OVER (
            PARTITION BY customer_id ORDER BY effective_on NULLS FIRST, known_on NULLS FIRST
        ) AS next_score
    FROM credit
)
SELECT
    customer_id,
    MAX(credit_limit) FILTER (WHERE ended < 0) AS limit_now,
    MAX(credit_limit) FILTER (WHERE begun >= 30 AND ended < 30) AS limit_30,
    MAX(credit_limit) FILTER (WHERE begun >= 90 AND ended < 90) AS limit_90,
    MAX(credit_limit) FILTER (WHERE begun >= 180 AND ended < 180) AS limit_180,
    MAX(credit_limit) FILTER (WHERE begun < 90) AS limit_since_90,
    MAX(credit_score) FILTER (WHERE ended < 0) AS score_now,
    MAX(credit_score) FILTER (WHERE begun >= 30 AND ended < 30) AS score_30,
    MAX(credit_score) FILTER (WHERE begun >= 90 AND ended < 90) AS score_90,
    MAX(credit_score) FILTER (WHERE begun >= 180 AND ended < 180) AS score_180,
    MAX(open_orders) FILTER (WHERE ended < 0) AS open_orders,
    MAX(insured) FILTER (WHERE ended < 0) AS insured,
    MIN(ended) FILTER (WHERE credit_score <> next_score) AS score_changed,
    MIN(ended) FILTER (WHERE credit_limit <> next_limit) AS limit_changed,
    min_by(margin, begun) FILTER (WHERE margin IS NOT NULL AND ended < begun) AS margin,
    min_by(failure_risk, begun) FILTER (WHERE failure_risk IS NOT NULL AND ended < begun) AS failure_risk
FROM steps
GROUP BY customer_id
