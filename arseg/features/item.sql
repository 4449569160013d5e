-- block: item
-- grain: invoice
-- factor: balance, aging and state of an item (S8, S11)
-- column: days_past_due | days | key date minus due date; zero or less is not yet late
-- column: age_days | days | key date minus document date
-- column: terms_days | days | due date minus document date
-- column: balance | currency | open balance of the item
-- column: balance_share | share | open balance over the invoice amount
-- column: key_day | day number | days from 1970-01-01 to the key date
-- column: due_weekday | weekday | weekday of the due date, 0 is Monday
-- column: due_month_day | day of month | day of the month on which the item falls due
-- column: item_disputed | flag | 1 while a dispute on the item is known to be open | disputes
-- column: item_amount | currency | amount of the invoice; as in its latest known version
-- column: item_part_paid | flag | 1 if part of the item is paid; its payments less its reversals are above zero
-- column: item_part_paid_share | share | part of the item that is paid; payments less reversals over the invoice amount, 0 where they are not above zero
-- column: item_last_posting_days | days | days since the last posting on the item; by value date, missing if there is none
-- column: item_restated | flag | 1 if the invoice was restated; more than one version of it is known
-- What was taken off an item and neither credited nor written off was paid: the few other postings tell.
WITH others AS (
    SELECT
        invoice_id,
        SUM(CASE kind WHEN 'recovery' THEN -amount ELSE amount END) AS taken_off
    FROM postings
    WHERE kind <> 'payment' AND kind <> 'reversal' AND invoice_id IS NOT NULL
    GROUP BY invoice_id
),
items AS (
    SELECT
        open_items.*,
        open_items.amount - open_items.balance - COALESCE(others.taken_off, 0) AS paid
    FROM open_items
    LEFT JOIN others
        ON others.invoice_id = open_items.invoice_id
)
SELECT
    items.invoice_id,
    items.days_past_due,
    items.age_days,
    items.terms_days,
    items.balance,
    CAST(items.balance AS DOUBLE) / CAST(items.amount AS DOUBLE) AS balance_share,
    day_number(items.key_date) AS key_day,
    -- 1970-01-01 was a Thursday; the second remainder keeps days before it positive.
    ((day_number(items.due_date) + 3) % 7 + 7) % 7 AS due_weekday,
    EXTRACT(DAY FROM items.due_date) AS due_month_day,
    CASE WHEN items.is_disputed THEN 1 ELSE 0 END AS item_disputed,
    items.amount AS item_amount,
    CASE WHEN items.paid > 0 THEN 1 ELSE 0 END AS item_part_paid,
    CASE WHEN items.paid > 0 THEN CAST(items.paid AS DOUBLE) / CAST(items.amount AS DOUBLE) ELSE 0 END
        AS item_part_paid_share,
    days_between(items.last_posted_on, items.key_date) AS item_last_posting_days,
    CASE WHEN items.first_known_on < items.known_on THEN 1 ELSE 0 END AS item_restated
FROM items
