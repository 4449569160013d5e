-- block: exposure
-- grain: customer
-- factor: exposure and balance (S7, S8)
-- part: credit_states
-- column: open_count | count | open items
-- column: open_balance | currency | open balance
-- column: open_overdue_balance | currency | open balance past due, from the day after the due day
-- column: open_disputed_balance | currency | open balance of items in dispute | disputes
-- column: open_not_due_balance | currency | open balance not past due; the due day itself is not
-- column: open_undisputed_overdue_balance | currency | open balance past due and not in dispute | disputes
-- column: open_overdue_share | share | share of the open balance that is past due
-- column: open_largest_item_share | share | share of the largest item in the open balance
-- column: exposure_unapplied_cash | currency | cash not yet applied to an invoice; payments less reversals of the customer without an invoice, netted nowhere else, missing where the book has such postings but none names its customer
-- column: exposure_net_balance | currency | open balance less unapplied cash; below zero where the cash is more
-- column: exposure_credit_balance | currency | credit the customer still holds; invoices with an amount below zero, less what was posted on them, netted nowhere
-- column: exposure_credit_note_amount_90d | currency | credit notes, last 90 days; on the customer's invoices or account, by value date; the customer is the posting's, where it names none the invoice's
-- column: exposure_insured_balance | currency | open balance that is insured; at most the sum insured that is in force, missing where that is unknown | credit
-- column: exposure_uninsured_balance | currency | open balance beyond the sum insured in force; missing where that is unknown | credit
-- column: exposure_open_orders | currency | ordered and not yet invoiced; as in the credit row in force | credit
-- column: exposure_total | currency | open balance and open orders; missing where the open orders are unknown | credit
WITH items AS (
    SELECT
        customer_id,
        COUNT(*) AS open_count,
        SUM(balance) AS open_balance,
        COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 1), 0) AS overdue,
        COALESCE(SUM(balance) FILTER (WHERE is_disputed), 0) AS disputed,
        COALESCE(SUM(balance) FILTER (WHERE is_disputed AND days_past_due >= 1), 0) AS disputed_overdue,
        MAX(balance) AS largest
    FROM open_items
    GROUP BY customer_id
),
-- The postings on account without a customer are a row here too, so that one can tell that there are some.
on_account AS (
    SELECT
        customer_id,
        COALESCE(SUM(amount) FILTER (WHERE kind = 'payment'), 0)
            - COALESCE(SUM(amount) FILTER (WHERE kind = 'reversal'), 0) AS cash
    FROM postings
    WHERE invoice_id IS NULL
    GROUP BY customer_id
),
naming AS (
    SELECT COUNT(*) = 0 OR COUNT(customer_id) > 0 AS is_known
    FROM on_account
),
credit_notes AS (
    SELECT payer_id AS customer_id, SUM(amount) AS credited
    FROM postings
    WHERE
        value_date > key_date - 90
        AND kind = 'credit_note' AND payer_id IS NOT NULL
    GROUP BY payer_id
),
credit_balances AS (
    SELECT customer_id, -SUM(LEAST(balance, 0)) AS credit_balance
    FROM invoices
    WHERE amount < 0
    GROUP BY customer_id
)
SELECT
    items.customer_id,
    items.open_count,
    items.open_balance,
    items.overdue AS open_overdue_balance,
    items.disputed AS open_disputed_balance,
    items.open_balance - items.overdue AS open_not_due_balance,
    items.overdue - items.disputed_overdue AS open_undisputed_overdue_balance,
    CAST(items.overdue AS DOUBLE) / CAST(items.open_balance AS DOUBLE) AS open_overdue_share,
    CAST(items.largest AS DOUBLE) / CAST(items.open_balance AS DOUBLE) AS open_largest_item_share,
    CASE WHEN naming.is_known THEN COALESCE(on_account.cash, 0) END AS exposure_unapplied_cash,
    CASE WHEN naming.is_known THEN items.open_balance - COALESCE(on_account.cash, 0) END
        AS exposure_net_balance,
    COALESCE(credit_balances.credit_balance, 0) AS exposure_credit_balance,
    COALESCE(credit_notes.credited, 0) AS exposure_credit_note_amount_90d,
    CASE WHEN facts.insured IS NOT NULL THEN LEAST(items.open_balance, facts.insured) END
        AS exposure_insured_balance,
    CASE WHEN facts.insured IS NOT NULL THEN GREATEST(items.open_balance - facts.insured, 0) END
        AS exposure_uninsured_balance,
    facts.open_orders AS exposure_open_orders,
    items.open_balance + facts.open_orders AS exposure_total
FROM items
CROSS JOIN naming
LEFT JOIN on_account
    ON on_account.customer_id = items.customer_id
LEFT JOIN credit_balances
    ON credit_balances.customer_id = items.customer_id
LEFT JOIN credit_notes
    ON credit_notes.customer_id = items.customer_id
LEFT JOIN credit_states AS facts
    ON facts.customer_id = items.customer_id
