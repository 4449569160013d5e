-- block: payment_method
-- grain: customer
-- factor: payment methods, and lag from initiation to posting (S31, S32, S33, S34)
-- column: payment_transfer_share_12m | share | paid by transfer, last 365 days; by amount, of the payments whose method is known
-- column: payment_check_share_12m | share | paid by check, last 365 days; by amount, of the payments whose method is known
-- column: payment_card_share_12m | share | paid by card, last 365 days; by amount, of the payments whose method is known
-- column: payment_direct_debit_share_12m | share | paid by direct debit, last 365 days; by amount, of the payments whose method is known
-- column: payment_other_method_share_12m | share | paid in another known way, last 365 days; by amount, of the payments whose method is known
-- column: payment_methods_12m | methods | payment methods used, last 365 days; known ones whose payments, less those cancelled, come to more than zero
-- column: payment_method_concentration_12m | share | how much one payment method prevails, last 365 days; sum of the squared shares by amount of the known methods, 1 where there is but one
-- column: payment_method_switched_12m | flag | latest payment by another method than usual, last 365 days; latest by value date among the known methods, the usual one has the largest amount of the year and wins a tie of days
-- column: payment_posting_lag_mean_12m | days | mean days from initiating a payment to its posting, last 365 days; of the payments whose initiation is known, without cancellations and restatements
-- column: payment_posting_lag_p90_12m | days | 90th percentile of days from initiating a payment to its posting, last 365 days; interpolated, of the payments whose initiation is known, without cancellations and restatements
-- column: payment_value_lag_mean_12m | days | mean days from initiating a payment to its value date, last 365 days; of the same payments as the lag to posting
-- column: payment_check_posting_lag_mean_12m | days | mean days from initiating a check to its posting, last 365 days; as the mean of all payments
-- column: payment_transfer_posting_lag_mean_12m | days | mean days from initiating a transfer to its posting, last 365 days; as the mean of all payments
-- column: payment_reminder_offset_12m | days | remind so many days before the due day; 90th percentile of days from initiating a payment to its posting, of the payments of the whole book in the last 365 days by the customer's usual method
WITH paid AS (
    -- Only the first booking of a payment tells when it was posted: its cancellation and what replaces it
    -- became known for other reasons.
    SELECT
        payer_id,
        method,
        amount,
        value_date,
        known_on,
        CASE WHEN amount > 0 AND restates IS NULL THEN initiated_on END AS begun_on
    FROM postings
    WHERE kind = 'payment' AND value_date > key_date - 365
),
-- Equal lags of a customer and a method are counted once: the percentiles below then have less to sort. Sums
-- are 128 bits wide on DuckDB, which makes all that follows dear, so they are cast to what they need.
cells AS (
    SELECT
        payer_id,
        method,
        CAST(days_between(begun_on, known_on) AS INTEGER) AS posting_lag,
        CAST(COUNT(begun_on) AS INTEGER) AS lags,
        CAST(SUM(days_between(begun_on, value_date)) AS BIGINT) AS value_days,
        CAST(SUM(amount) AS DECIMAL(18,2)) AS amount,
        MAX(value_date) FILTER (WHERE amount > 0) AS last_paid
    FROM paid
    GROUP BY payer_id, method, days_between(begun_on, known_on)
),
-- The lag at a place of the sorted ones is the least one up to which there are more lags than that.
own_ladders AS (
    SELECT
        payer_id,
        posting_lag,
        SUM(lags) OVER (PARTITION BY payer_id ORDER BY posting_lag ASC NULLS LAST) AS lags_to,
        0.9e0 * (SUM(lags) OVER (PARTITION BY payer_id) - 1) AS place
    FROM cells
    WHERE posting_lag IS NOT NULL
),
own_lags AS (
    SELECT
        payer_id,
        MIN(posting_lag) FILTER (WHERE lags_to > FLOOR(place)) AS lower_lag,
        MIN(posting_lag) FILTER (WHERE lags_to > CEIL(place)) AS upper_lag,
        MIN(place - FLOOR(place)) AS part
    FROM own_ladders
    GROUP BY payer_id
),
book_cells AS (
    SELECT method, posting_lag, SUM(lags) AS lags
    FROM cells
    WHERE method IS NOT NULL AND posting_lag IS NOT NULL
    GROUP BY method, posting_lag
),
book_ladders AS (
    SELECT
        method,
        posting_lag,
        SUM(lags) OVER (PARTITION BY method ORDER BY posting_lag ASC NULLS LAST) AS lags_to,
        0.9e0 * (SUM(lags) OVER (PARTITION BY method) - 1) AS place
    FROM book_cells
),
book_lags AS (
    SELECT
        method,
        MIN(posting_lag) FILTER (WHERE lags_to > FLOOR(place)) AS lower_lag,
        MIN(posting_lag) FILTER (WHERE lags_to > CEIL(place)) AS upper_lag,
        MIN(place - FLOOR(place)) AS part
    FROM book_ladders
    GROUP BY method
),
sums AS (
    SELECT
        payer_id,
        method,
        CAST(SUM(amount) AS DECIMAL(18,2)) AS amount,
        MAX(last_paid) AS last_paid,
        CAST(SUM(lags) AS BIGINT) AS lags,
        CAST(SUM(CAST(lags AS BIGINT) * posting_lag) AS BIGINT) AS posting_days,
        CAST(SUM(value_days) AS BIGINT) AS value_days
    FROM cells
    WHERE payer_id IS NOT NULL
    GROUP BY payer_id, method
),
-- A method whose payments were all cancelled was not used; its lags are lags all the same.
methods AS (
    SELECT
        payer_id,
        method,
        CASE WHEN method IS NOT NULL AND amount > 0 THEN amount END AS amount,
        CASE WHEN method IS NOT NULL AND amount > 0 THEN CAST(amount AS DOUBLE) END AS share,
        CASE WHEN method IS NOT NULL AND amount > 0 THEN method END AS used,
        last_paid,
        lags,
        posting_days,
        value_days
    FROM sums
),
totals AS (
    -- A customer has one row of a method, so that its greatest is its sum.
    SELECT
        payer_id,
        CAST(SUM(amount) AS DOUBLE) AS amount,
        COALESCE(MAX(share) FILTER (WHERE method = 'transfer'), 0) AS by_transfer,
        COALESCE(MAX(share) FILTER (WHERE method = 'check'), 0) AS by_check,
        COALESCE(MAX(share) FILTER (WHERE method = 'card'), 0) AS by_card,
        COALESCE(MAX(share) FILTER (WHERE method = 'direct_debit'), 0) AS by_direct_debit,
        CAST(
            COALESCE(
                SUM(amount) FILTER (WHERE method NOT IN ('transfer', 'check', 'card', 'direct_debit')), 0
            ) AS DOUBLE
        ) AS by_other,
        NULLIF(COUNT(used), 0) AS methods,
        CAST(SUM(amount * amount) AS DOUBLE) AS squares,
        max_by(used, (amount, used)) FILTER (WHERE used IS NOT NULL) AS usual,
        max_by(used, (last_paid, amount, used)) FILTER (WHERE used IS NOT NULL) AS latest,
        CAST(SUM(lags) AS DOUBLE) AS lags,
        CAST(SUM(posting_days) AS DOUBLE) AS posting_days,
        CAST(SUM(value_days) AS DOUBLE) AS value_days,
        CAST(MAX(lags) FILTER (WHERE method = 'check') AS DOUBLE) AS check_lags,
        CAST(MAX(posting_days) FILTER (WHERE method = 'check') AS DOUBLE) AS check_days,
        CAST(MAX(lags) FILTER (WHERE method = 'transfer') AS DOUBLE) AS transfer_lags,
        CAST(MAX(posting_days) FILTER (WHERE method = 'transfer') AS DOUBLE) AS transfer_days
    FROM methods
    GROUP BY payer_id
)
SELECT
    totals.payer_id AS customer_id,
    totals.by_transfer / totals.amount AS payment_transfer_share_12m,
    totals.by_check / totals.amount AS payment_check_share_12m,
    totals.by_card / totals.amount AS payment_card_share_12m,
    totals.by_direct_debit / totals.amount AS payment_direct_debit_share_12m,
    totals.by_other / totals.amount AS payment_other_method_share_12m,
    totals.methods AS payment_methods_12m,
    totals.squares / (totals.amount * totals.amount) AS payment_method_concentration_12m,
    CAST(totals.latest <> totals.usual AS INTEGER) AS payment_method_switched_12m,
    totals.posting_days / NULLIF(totals.lags, 0) AS payment_posting_lag_mean_12m,
    own_lags.lower_lag + own_lags.part * (own_lags.upper_lag - own_lags.lower_lag)
        AS payment_posting_lag_p90_12m,
    totals.value_days / NULLIF(totals.lags, 0) AS payment_value_lag_mean_12m,
    totals.check_days / NULLIF(totals.check_lags, 0) AS payment_check_posting_lag_mean_12m,
    totals.transfer_days / NULLIF(totals.transfer_lags, 0) AS payment_transfer_posting_lag_mean_12m,
    book_lags.lower_lag + book_lags.part * (book_lags.upper_lag - book_lags.lower_lag)
        AS payment_reminder_offset_12m
FROM totals
LEFT JOIN own_lags
    ON own_lags.payer_id = totals.payer_id
LEFT JOIN book_lags
    ON book_lags.method = totals.usual
