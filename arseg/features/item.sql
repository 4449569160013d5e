-- block: item
-- grain: invoice
-- column: days_past_due | days | key date minus due date; zero or less is not yet late
-- column: age_days | days | key date minus document date
-- column: terms_days | days | due date minus document date
-- column: balance | currency | open balance of the item
-- column: balance_share | share | open balance over the invoice amount
-- column: key_day | day number | days from 1970-01-01 to the key date
-- column: due_weekday | weekday | weekday of the due date, 0 is Monday
-- column: due_month_day | day of month | day of the month on which the item falls due
-- column: item_disputed | flag | 1 while a dispute on the item is known to be open | disputes
SELECT
    invoice_id,
    days_past_due,
    age_days,
    terms_days,
    balance,
    CAST(balance AS DOUBLE) / CAST(amount AS DOUBLE) AS balance_share,
    day_number(key_date) AS key_day,
    -- 1970-01-01 was a Thursday; the second remainder keeps days before it positive.
    ((day_number(due_date) + 3) % 7 + 7) % 7 AS due_weekday,
    EXTRACT(DAY FROM due_date) AS due_month_day,
    CASE WHEN is_disputed THEN 1 ELSE 0 END AS item_disputed
FROM open_items
