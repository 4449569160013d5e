-- block: promises
-- grain: customer
-- factor: promises made and kept (S19)
-- needs: promises
-- column: promise_count_12m | count | promises to pay, last 365 days; made in them
-- column: promise_matured_count_12m | count | promises that could be judged, last 365 days; made in them, run out before the key date, with a promised amount: what was named, or else the invoice's whole balance of the evening before
-- column: promise_kept_count_12m | count | promises kept, last 365 days; 95 % of the promised amount paid, less reversals, from the day of the promise to three days from Monday to Friday after the promised day, or to the day before a later promise on the same invoice or account
-- column: promise_kept_rate_12m | share | promises kept, last 365 days; of those that could be judged, drawn to the rate of the book with the weight of 5 promises
-- column: promise_kept_amount_share_12m | share | promised amount paid in time, last 365 days; of the promises that could be judged, no more than was promised
-- column: promise_open | flag | open promise; 1 while one made in the last 365 days runs and is not kept yet
-- column: promise_open_amount | currency | promised amount still to come; of open promises, less what was paid since
-- column: promise_broken_last_days | days | days since the last broken promise ran out; of those made in the last 365 days
WITH made AS (
    SELECT
        promise_id,
        customer_id,
        invoice_id,
        amount,
        day_number(key_date) AS key_day,
        made_on,
        day_number(made_on) AS made_day,
        -- Three days from Monday to Friday later: over the weekend from Wednesday to Friday.
        day_number(due_on)
        + CASE
            WHEN weekday_number(due_on) IN (2, 3, 4) THEN 5
            WHEN weekday_number(due_on) = 5 THEN 4
            ELSE 3
        END AS deadline_day
    FROM promises
    WHERE days_between(made_on, key_date) < 365
),
renewed AS (
    SELECT
        promise_id,
        customer_id,
        invoice_id,
        amount,
        key_day,
        made_on,
        made_day,
        deadline_day,
        MIN(made_day) OVER (
            PARTITION BY customer_id, COALESCE(invoice_id, '')
            ORDER BY made_day ASC NULLS LAST
            RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS renewed_day
    FROM made
),
-- What a promise without an amount was about; nearly every book names amounts, and this is empty then.
whole AS (
    SELECT made.promise_id, invoices.amount, made.invoice_id, made.made_day
    FROM made
    INNER JOIN invoices
        ON invoices.invoice_id = made.invoice_id
    WHERE made.amount IS NULL
),
moved AS (
    SELECT
        whole.promise_id,
        SUM(
            CASE WHEN postings.kind IN ('recovery', 'reversal') THEN postings.amount ELSE -postings.amount END
        ) AS change
    FROM whole
    INNER JOIN postings
        ON postings.invoice_id = whole.invoice_id
    WHERE day_number(postings.value_date) < whole.made_day
    GROUP BY whole.promise_id
),
promised AS (
    SELECT
        renewed.promise_id,
        renewed.customer_id,
        renewed.invoice_id,
        renewed.key_day,
        renewed.made_on,
        LEAST(renewed.deadline_day, COALESCE(renewed.renewed_day - 1, renewed.deadline_day)) AS end_day,
        COALESCE(renewed.amount, whole.amount + COALESCE(moved.change, 0)) AS amount
    FROM renewed
    LEFT JOIN whole
        ON whole.promise_id = renewed.promise_id
    LEFT JOIN moved
        ON moved.promise_id = renewed.promise_id
),
-- Which postings are cash is asked of the few that fall into the days of a promise, not of all.
moves AS (
    SELECT promised.promise_id, postings.kind, postings.amount
    FROM promised
    INNER JOIN postings
        ON postings.invoice_id = promised.invoice_id
    WHERE
        postings.value_date > postings.key_date - 365
        AND postings.value_date >= promised.made_on
        AND day_number(postings.value_date) <= promised.end_day
    UNION ALL
    SELECT promised.promise_id, postings.kind, postings.amount
    FROM promised
    INNER JOIN postings
        ON postings.payer_id = promised.customer_id
    WHERE
        promised.invoice_id IS NULL
        AND postings.value_date > postings.key_date - 365
        AND postings.value_date >= promised.made_on
        AND day_number(postings.value_date) <= promised.end_day
),
received AS (
    SELECT promise_id, SUM(CASE kind WHEN 'payment' THEN amount WHEN 'reversal' THEN -amount END) AS amount
    FROM moves
    GROUP BY promise_id
),
judged AS (
    SELECT
        promised.customer_id,
        promised.key_day,
        promised.end_day,
        promised.amount > 0 AS has_amount,
        promised.end_day < promised.key_day AS has_ended,
        COALESCE(promised.amount > 0 AND received.amount >= 0.95 * promised.amount, FALSE) AS is_kept,
        promised.amount,
        LEAST(GREATEST(COALESCE(received.amount, 0), 0), promised.amount) AS received
    FROM promised
    LEFT JOIN received
        ON received.promise_id = promised.promise_id
),
totals AS (
    SELECT
        customer_id,
        COUNT(*) AS made_count,
        COUNT(*) FILTER (WHERE has_ended AND has_amount) AS matured,
        COUNT(*) FILTER (WHERE has_ended AND is_kept) AS kept,
        SUM(amount) FILTER (WHERE has_ended AND has_amount) AS matured_amount,
        SUM(received) FILTER (WHERE has_ended AND has_amount) AS received,
        COUNT(*) FILTER (WHERE NOT has_ended AND NOT is_kept) AS running,
        SUM(amount - received) FILTER (WHERE NOT has_ended AND NOT is_kept AND has_amount) AS running_amount,
        MIN(key_day - end_day) FILTER (WHERE has_ended AND has_amount AND NOT is_kept) AS broken_days
    FROM judged
    GROUP BY customer_id
),
book AS (
    SELECT CAST(SUM(kept) AS DOUBLE) / NULLIF(CAST(SUM(matured) AS DOUBLE), 0) AS kept_rate
    FROM totals
)
SELECT
    customers.customer_id,
    COALESCE(totals.made_count, 0) AS promise_count_12m,
    COALESCE(totals.matured, 0) AS promise_matured_count_12m,
    COALESCE(totals.kept, 0) AS promise_kept_count_12m,
    CASE
        WHEN totals.matured > 0
            THEN (CAST(totals.kept AS DOUBLE) + 5 * book.kept_rate) / (totals.matured + 5)
    END AS promise_kept_rate_12m,
    CAST(totals.received AS DOUBLE) / CAST(totals.matured_amount AS DOUBLE) AS promise_kept_amount_share_12m,
    CASE WHEN totals.running > 0 THEN 1 ELSE 0 END AS promise_open,
    CASE WHEN totals.running > 0 THEN totals.running_amount ELSE 0 END AS promise_open_amount,
    totals.broken_days AS promise_broken_last_days
FROM customers
CROSS JOIN book
LEFT JOIN totals
    ON totals.customer_id = customers.customer_id
