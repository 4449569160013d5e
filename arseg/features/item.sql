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
WITH posted AS (
    SELECT
        postings.invoice_id,
        MAX(postings.value_date) AS last_posted_on,
        COALESCE(SUM(postings.amount) FILTER (WHERE postings.kind = 'payment'), 0)
            - COALESCE(SUM(postings.amount) FILTER (WHERE postings.kind = 'reversal'), 0) AS paid
    FROM postings
    INNER JOIN open_items
        ON open_items.invoice_id = postings.invoice_id
    GROUP BY postings.invoice_id
)
SELECT
    open_items.invoice_id,
    open_items.days_past_due,
    open_items.age_days,
    open_items.terms_days,
    open_items.balance,
    CAST(open_items.balance AS DOUBLE) / CAST(open_items.amount AS DOUBLE) AS balance_share,
    day_number(open_items.key_date) AS key_day,
    -- 1970-01-01 was a Thursday; the second remainder keeps days before it positive.
    ((day_number(open_items.due_date) + 3) % 7 + 7) % 7 AS due_weekday,
    EXTRACT(DAY FROM open_items.due_date) AS due_month_day,
    CASE WHEN open_items.is_disputed THEN 1 ELSE 0 END AS item_disputed,
    open_items.amount AS item_amount,
    CASE WHEN posted.paid > 0 THEN 1 ELSE 0 END AS item_part_paid,
    CASE WHEN posted.paid > 0 THEN CAST(posted.paid AS DOUBLE) / CAST(open_items.amount AS DOUBLE) ELSE 0 END
        AS item_part_paid_share,
    days_between(posted.last_posted_on, open_items.key_date) AS item_last_posting_days,
    CASE WHEN open_items.first_known_on < open_items.known_on THEN 1 ELSE 0 END AS item_restated
FROM open_items
LEFT JOIN posted
    ON posted.invoice_id = open_items.invoice_id
