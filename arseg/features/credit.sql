-- block: credit
-- grain: customer
-- factor: credit score, limit, their changes and utilisation; margin and failure risk where given (S4, S5, S6, S26, S27)
-- needs: credit
-- part: credit_states
-- column: credit_limit | currency | credit limit in force
-- column: credit_utilisation | share | open balance over the credit limit; that in force, limit zero gives 1 with a balance and 0 without
-- column: credit_score | points | credit score in force; higher is safer
-- column: credit_score_change_90d | points | change of the credit score in 90 days; that in force minus that of 90 days before
-- column: credit_score_change_30d | points | change of the credit score in 30 days; that in force minus that of 30 days before
-- column: credit_score_change_180d | points | change of the credit score in 180 days; that in force minus that of 180 days before
-- column: credit_limit_change_30d | currency | change of the credit limit in 30 days; that in force minus that of 30 days before
-- column: credit_limit_change_90d | currency | change of the credit limit in 90 days; that in force minus that of 90 days before
-- column: credit_limit_change_180d | currency | change of the credit limit in 180 days; that in force minus that of 180 days before
-- column: credit_limit_change_share_30d | share | change of the credit limit in 30 days as a share; of the limit of 30 days before, missing where that was zero
-- column: credit_limit_change_share_90d | share | change of the credit limit in 90 days as a share; of the limit of 90 days before, missing where that was zero
-- column: credit_limit_change_share_180d | share | change of the credit limit in 180 days as a share; of the limit of 180 days before, missing where that was zero
-- column: credit_score_changed_days | days | days since the credit score last changed; from one row to the next, both giving one, a correction counts from the day that it corrects, missing if it never did
-- column: credit_limit_changed_days | days | days since the credit limit last changed; from one row to the next, both giving one, a correction counts from the day that it corrects, missing if it never did
-- column: credit_score_missing | flag | 1 if the customer has no credit score; none in the row in force, or no row
-- column: credit_utilisation_with_orders | share | open balance and open orders over the credit limit; as the utilisation, missing where the open orders are unknown
-- column: credit_overlimit | flag | 1 if the open balance exceeds the credit limit; missing without a limit in force
-- column: credit_overlimit_balance | currency | open balance beyond the credit limit; missing without a limit in force
-- column: credit_margin | share | margin on the customer's sales; the latest given, which later rows need not repeat
-- column: credit_failure_risk | probability | probability of insolvency within a year; the latest given, which later rows need not repeat
-- column: credit_margin_at_stake_12m | currency | margin earned with the customer, last 365 days; margin times the amount invoiced
-- In one window, which is what costs most. A row holds from its day until that of the next; one that a later
-- word about the same day replaced holds on no day.
WITH balances AS (
    SELECT customer_id, SUM(balance) AS open_balance
    FROM open_items
    GROUP BY customer_id
),
sales AS (
    SELECT invoices.customer_id, SUM(invoices.amount) AS sales_12m
    FROM credit_states AS states
    INNER JOIN invoices
        ON invoices.customer_id = states.customer_id
    WHERE states.margin IS NOT NULL AND days_between(invoices.document_date, invoices.key_date) < 365
    GROUP BY invoices.customer_id
),
-- A customer of whom the table says nothing has no score either.
known AS (
    SELECT
        COALESCE(states.customer_id, balances.customer_id) AS customer_id,
        COALESCE(balances.open_balance, 0) AS open_balance,
        COALESCE(balances.open_balance, 0) + states.open_orders AS exposure,
        CASE WHEN states.limit_now > 0 THEN states.limit_now WHEN states.limit_now <= 0 THEN 0 END AS allowed,
        states.limit_now,
        states.limit_30,
        states.limit_90,
        states.limit_180,
        states.score_now,
        states.score_30,
        states.score_90,
        states.score_180,
        states.score_changed,
        states.limit_changed,
        states.margin,
        states.failure_risk
    FROM credit_states AS states
    FULL JOIN balances
        ON balances.customer_id = states.customer_id
)
SELECT
    known.customer_id,
    known.limit_now AS credit_limit,
    CASE
        WHEN known.allowed > 0 THEN CAST(known.open_balance AS DOUBLE) / CAST(known.allowed AS DOUBLE)
        WHEN known.allowed = 0 THEN CASE WHEN known.open_balance > 0 THEN 1 ELSE 0 END
    END AS credit_utilisation,
    known.score_now AS credit_score,
    known.score_now - known.score_90 AS credit_score_change_90d,
    known.score_now - known.score_30 AS credit_score_change_30d,
    known.score_now - known.score_180 AS credit_score_change_180d,
    known.limit_now - known.limit_30 AS credit_limit_change_30d,
    known.limit_now - known.limit_90 AS credit_limit_change_90d,
    known.limit_now - known.limit_180 AS credit_limit_change_180d,
    CAST(known.limit_now - known.limit_30 AS DOUBLE) / CAST(NULLIF(known.limit_30, 0) AS DOUBLE)
        AS credit_limit_change_share_30d,
    CAST(known.limit_now - known.limit_90 AS DOUBLE) / CAST(NULLIF(known.limit_90, 0) AS DOUBLE)
        AS credit_limit_change_share_90d,
    CAST(known.limit_now - known.limit_180 AS DOUBLE) / CAST(NULLIF(known.limit_180, 0) AS DOUBLE)
        AS credit_limit_change_share_180d,
    known.score_changed AS credit_score_changed_days,
    known.limit_changed AS credit_limit_changed_days,
    CASE WHEN known.score_now IS NULL THEN 1 ELSE 0 END AS credit_score_missing,
    CASE
        WHEN known.allowed > 0 THEN CAST(known.exposure AS DOUBLE) / CAST(known.allowed AS DOUBLE)
        WHEN known.allowed = 0 AND known.exposure > 0 THEN 1
        WHEN known.allowed = 0 AND known.exposure <= 0 THEN 0
    END AS credit_utilisation_with_orders,
    CASE
        WHEN known.open_balance > known.allowed THEN 1
        WHEN known.open_balance <= known.allowed THEN 0
    END AS credit_overlimit,
    CASE WHEN known.allowed IS NOT NULL THEN GREATEST(known.open_balance - known.allowed, 0) END
        AS credit_overlimit_balance,
    known.margin AS credit_margin,
    known.failure_risk AS credit_failure_risk,
    known.margin * CAST(COALESCE(sales.sales_12m, 0) AS DOUBLE) AS credit_margin_at_stake_12m
FROM known
LEFT JOIN sales
    ON sales.customer_id = known.customer_id
