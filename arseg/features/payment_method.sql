-- block: payment_method
-- grain: customer
-- factor: payment methods, and lag from initiation to posting (S31, S32, S33, S34)
-- part: payments_12m
-- column: payment_transfer_share_12m | share | paid by transfer, last 365 days; by amount, of the payments whose method is known
-- column: payment_check_share_12m | share | paid by check, last 365 days; by amount, of the payments whose method is known
-- column: payment_card_share_12m | share | paid by card, last 365 days; by amount, of the payments whose method is known
-- column: payment_direct_debit_share_12m | share | paid by direct debit, last 365 days; by amount, of the payments whose method is known
-- column: payment_other_method_share_12m | share | paid in another known way, last 365 days; by amount, of the payments whose method is known
-- column: payment_methods_12m | methods | payment methods used, last 365 days; known ones whose payments, less those cancelled, come to more than zero
-- column: payment_method_concentration_12m | share | how much one payment method prevails, last 365 days; sum of the squared shares by amount of the known methods, 1 where there is but one
-- column: payment_method_switched_12m | flag | latest payment by another method than usual, last 365 days; of the known methods, that with the largest amount before the day of the latest payment is not among those of that day, 0 with one method or nothing paid before
-- column: payment_posting_lag_mean_12m | days | mean days from initiating a payment to its posting, last 365 days; of the payments whose initiation is known, without cancellations and restatements
-- column: payment_posting_lag_p90_12m | days | 90th percentile of days from initiating a payment to its posting, last 365 days; interpolated, of the payments whose initiation is known, without cancellations and restatements
-- column: payment_value_lag_mean_12m | days | mean days from initiating a payment to its value date, last 365 days; of the same payments as the lag to posting
-- column: payment_check_posting_lag_mean_12m | days | mean days from initiating a check to its posting, last 365 days; as the mean of all payments
-- column: payment_transfer_posting_lag_mean_12m | days | mean days from initiating a transfer to its posting, last 365 days; as the mean of all payments
-- column: payment_reminder_offset_12m | days | remind so many days before the due day; 90th percentile of its days from initiating a payment to its posting, last 365 days, drawn to that of the book's payments by its usual method, that with the largest amount, with the weight of 5 payments for the book
WITH own_lags AS (
    SELECT payer_id, whole_percentile(posting_lag, 0.9) AS p90
    FROM payments_12m
    WHERE is_open AND posting_lag IS NOT NULL
    GROUP BY payer_id
),
-- Equal lags of a method are counted once, so that the percentile has less to sort.
book_cells AS (
    SELECT method, posting_lag, COUNT(*) AS lags
    FROM payments_12m
    WHERE method IS NOT NULL AND posting_lag IS NOT NULL
    GROUP BY method, posting_lag
),
-- The lag at a place of the sorted ones is the least one up to which there are more lags than that.
book_ladders AS (
    SELECT
        method,
        posting_lag,
        SUM(lags) OVER (PARTITION BY method ORDER BY posting_lag ASC NULLS LAST) AS lags_to,
        0.9e0 * (SUM(lags) OVER (PARTITION BY method) - 1) AS place
    FROM book_cells
),
book_steps AS (
    SELECT
        method,
        MIN(posting_lag) FILTER (WHERE lags_to > FLOOR(place)) AS lower_lag,
        MIN(posting_lag) FILTER (WHERE lags_to > CEIL(place)) AS upper_lag,
        MIN(place - FLOOR(place)) AS part
    FROM book_ladders
    GROUP BY method
),
book_lags AS (
    SELECT method, lower_lag + part * (upper_lag - lower_lag) AS p90
    FROM book_steps
),
-- Sums are 128 bits wide on DuckDB, which makes all that follows dear, so they are cast to what they need.
-- A method whose payments were all cancelled was not used; its lags are lags all the same.
methods AS (
    SELECT
        payer_id,
        method,
        CASE WHEN method IS NOT NULL AND cents > 0 THEN method END AS used,
        CASE WHEN method IS NOT NULL AND cents > 0 THEN cents END AS cents,
        CASE WHEN method IS NOT NULL AND cents > 0 THEN last_days END AS last_days,
        lags,
        posting_days,
        value_days
    FROM (
        SELECT
            payer_id,
            method,
            CAST(SUM(cents) AS BIGINT) AS cents,
            MIN(days_ago) FILTER (WHERE cents > 0) AS last_days,
            COUNT(posting_lag) AS lags,
            CAST(SUM(posting_lag) AS BIGINT) AS posting_days,
            CAST(SUM(value_lag) AS BIGINT) AS value_days
        FROM payments_12m
        WHERE is_open
        GROUP BY payer_id, method
    ) AS sums
),
totals AS (
    -- A customer has one row of a method, so that its greatest is its sum.
    SELECT
        payer_id,
        CAST(SUM(cents) AS DOUBLE) AS cents,
        COALESCE(MAX(cents) FILTER (WHERE method = 'transfer'), 0) AS by_transfer,
        COALESCE(MAX(cents) FILTER (WHERE method = 'check'), 0) AS by_check,
        COALESCE(MAX(cents) FILTER (WHERE method = 'card'), 0) AS by_card,
        COALESCE(MAX(cents) FILTER (WHERE method = 'direct_debit'), 0) AS by_direct_debit,
        NULLIF(COUNT(used), 0) AS methods,
        CAST(SUM(CAST(cents AS DECIMAL(18, 0)) * cents) AS DOUBLE) AS squares,
        max_by(used, (cents, used)) FILTER (WHERE used IS NOT NULL) AS usual,
        MIN(last_days) AS last_days,
        CAST(SUM(lags) AS DOUBLE) AS lags,
        CAST(SUM(posting_days) AS DOUBLE) AS posting_days,
        CAST(SUM(value_days) AS DOUBLE) AS value_days,
        CAST(MAX(lags) FILTER (WHERE method = 'check') AS DOUBLE) AS check_lags,
        CAST(MAX(posting_days) FILTER (WHERE method = 'check') AS DOUBLE) AS check_days,
        CAST(MAX(lags) FILTER (WHERE method = 'transfer') AS DOUBLE) AS transfer_lags,
        CAST(MAX(posting_days) FILTER (WHERE method = 'transfer') AS DOUBLE) AS transfer_days
    FROM methods
    GROUP BY payer_id
),
-- Only who uses several methods can have switched.
earlier AS (
    SELECT own.payer_id, own.method, SUM(own.cents) AS cents
    FROM payments_12m AS own
    INNER JOIN totals
        ON totals.payer_id = own.payer_id
    WHERE totals.methods > 1 AND own.days_ago > totals.last_days AND own.method IS NOT NULL
    GROUP BY own.payer_id, own.method
),
before AS (
    SELECT payer_id, max_by(method, (cents, method)) AS usual
    FROM earlier
    WHERE cents > 0
    GROUP BY payer_id
),
switches AS (
    SELECT before.payer_id
    FROM before
    INNER JOIN totals
        ON totals.payer_id = before.payer_id
    LEFT JOIN methods
        ON
            methods.payer_id = before.payer_id
            AND methods.used = before.usual
            AND methods.last_days = totals.last_days
    WHERE methods.payer_id IS NULL
)
SELECT
    totals.payer_id AS customer_id,
    totals.by_transfer / totals.cents AS payment_transfer_share_12m,
    totals.by_check / totals.cents AS payment_check_share_12m,
    totals.by_card / totals.cents AS payment_card_share_12m,
    totals.by_direct_debit / totals.cents AS payment_direct_debit_share_12m,
    (totals.cents - totals.by_transfer - totals.by_check - totals.by_card - totals.by_direct_debit) / totals.cents
        AS payment_other_method_share_12m,
    totals.methods AS payment_methods_12m,
    totals.squares / (totals.cents * totals.cents) AS payment_method_concentration_12m,
    CASE WHEN totals.methods > 0 THEN CASE WHEN switches.payer_id IS NULL THEN 0 ELSE 1 END END
        AS payment_method_switched_12m,
    totals.posting_days / NULLIF(totals.lags, 0) AS payment_posting_lag_mean_12m,
    own_lags.p90 AS payment_posting_lag_p90_12m,
    totals.value_days / NULLIF(totals.lags, 0) AS payment_value_lag_mean_12m,
    totals.check_days / NULLIF(totals.check_lags, 0) AS payment_check_posting_lag_mean_12m,
    totals.transfer_days / NULLIF(totals.transfer_lags, 0) AS payment_transfer_posting_lag_mean_12m,
    (COALESCE(totals.lags * own_lags.p90, 0) + 5 * book_lags.p90) / (totals.lags + 5)
        AS payment_reminder_offset_12m
FROM totals
LEFT JOIN own_lags
    ON own_lags.payer_id = totals.payer_id
LEFT JOIN book_lags
    ON book_lags.method = totals.usual
LEFT JOIN switches
    ON switches.payer_id = totals.payer_id
