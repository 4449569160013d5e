-- The payments of the last 365 days, amounts in cents, days as numbers; is_open: of a customer with an open item.
WITH payers AS (
    SELECT DISTINCT customer_id
    FROM open_items
)
SELECT
    postings.payer_id,
    payers.customer_id IS NOT NULL AS is_open,
    postings.method,
    CAST(100 * postings.amount AS BIGINT) AS cents,
    CAST(days_between(postings.value_date, postings.key_date) AS INTEGER) AS days_ago,
    -- Only the first booking of a payment tells when it was posted: its cancellation and what replaces it
    -- became known for other reasons.
    CAST(
        CASE
            WHEN postings.amount > 0 AND postings.restates IS NULL
                THEN days_between(postings.initiated_on, postings.known_on)
        END AS INTEGER
    ) AS posting_lag,
    CAST(
        CASE
            WHEN postings.amount > 0 AND postings.restates IS NULL
                THEN days_between(postings.initiated_on, postings.value_date)
        END AS INTEGER
    ) AS value_lag
FROM postings
LEFT JOIN payers
    ON payers.customer_id = postings.payer_id
WHERE postings.kind = 'payment' AND postings.value_date > postings.key_date - 365
