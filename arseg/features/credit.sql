-- block: credit
-- grain: customer
-- needs: credit
-- column: credit_limit | currency | credit limit in force
-- column: credit_utilisation | share | open balance over the credit limit; that in force, limit zero gives 1 with a balance and 0 without
-- column: credit_score | points | credit score in force; higher is safer
-- column: credit_score_change_90d | points | change of the credit score in 90 days; that in force minus that of 90 days before
WITH facts AS (
    SELECT
        customer_id,
        credit_limit,
        credit_score,
        effective_on,
        known_on,
        days_between(effective_on, key_date) AS days_ago
    FROM credit
),
newest_first AS (
    SELECT
        customer_id,
        credit_limit,
        credit_score,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY effective_on DESC NULLS LAST, known_on DESC NULLS LAST
        ) AS place
    FROM facts
),
newest_first_before AS (
    SELECT
        customer_id,
        credit_score,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY effective_on DESC NULLS LAST, known_on DESC NULLS LAST
        ) AS place
    FROM facts
    WHERE days_ago >= 90
),
balances AS (
    SELECT customer_id, SUM(balance) AS open_balance
    FROM open_items
    GROUP BY customer_id
)
SELECT
    latest.customer_id,
    latest.credit_limit,
    CASE
        WHEN latest.credit_limit > 0
            THEN CAST(COALESCE(balances.open_balance, 0) AS DOUBLE) / CAST(latest.credit_limit AS DOUBLE)
        WHEN latest.credit_limit <= 0
            THEN CASE WHEN COALESCE(balances.open_balance, 0) > 0 THEN 1.0 ELSE 0.0 END
    END AS credit_utilisation,
    latest.credit_score,
    latest.credit_score - earlier.credit_score AS credit_score_change_90d
FROM newest_first AS latest
LEFT JOIN newest_first_before AS earlier
    ON earlier.customer_id = latest.customer_id AND earlier.place = 1
LEFT JOIN balances
    ON balances.customer_id = latest.customer_id
WHERE latest.place = 1
