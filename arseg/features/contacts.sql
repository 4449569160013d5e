-- block: contacts
-- grain: customer
-- factor: history of contacts and response to them (S19, S20)
-- needs: contacts
-- column: contact_count_7d | count | contacts in the last 7 days
-- column: contact_count_30d | count | contacts in the last 30 days
-- column: contact_count_90d | count | contacts in the last 90 days
-- column: contact_call_count_30d | count | calls in the last 30 days
-- column: contact_email_count_30d | count | e-mails in the last 30 days
-- column: contact_letter_count_30d | count | letters in the last 30 days
-- column: contact_portal_count_30d | count | portal messages in the last 30 days
-- column: contact_call_count_90d | count | calls in the last 90 days
-- column: contact_email_count_90d | count | e-mails in the last 90 days
-- column: contact_letter_count_90d | count | letters in the last 90 days
-- column: contact_portal_count_90d | count | portal messages in the last 90 days
-- column: contact_last_days | days | days since the last contact; of those in the last 365 days
-- column: contact_reached_last_days | days | days since the customer was last reached; by a contact with outcome reached, promise or dispute, of those in the last 365 days
-- column: contact_response_share_90d | share | contacts answered, last 90 days; outcome reached, promise or dispute, of the contacts with an outcome other than sent
-- column: contact_paid_7d_share_90d | share | contacts followed by a payment within 7 days, last 90 days; descriptive, no effect of the contact: a payment of the customer booked 1 to 7 days after it, of the contacts 7 to 89 days old
-- column: contact_minutes_90d | minutes | collectors' minutes spent in the last 90 days; missing where no contact of the book tells them
WITH latest AS (
    SELECT
        customer_id,
        MIN(days_between(contacted_on, key_date)) AS last_days,
        MIN(days_between(contacted_on, key_date)) FILTER (WHERE outcome IN ('reached', 'promise', 'dispute'))
            AS reached_last_days
    FROM contacts
    WHERE contacted_on > key_date - 365
    GROUP BY customer_id
),
touches AS (
    SELECT
        customer_id,
        channel,
        outcome,
        CAST(minutes AS DECIMAL(18, 4)) AS minutes,
        days_between(contacted_on, key_date) AS days_ago
    FROM contacts
    WHERE contacted_on > key_date - 90
),
totals AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE days_ago < 7) AS count_7d,
        COUNT(*) FILTER (WHERE days_ago < 30) AS count_30d,
        COUNT(*) AS count_90d,
        COUNT(*) FILTER (WHERE days_ago < 30 AND channel = 'call') AS call_30d,
        COUNT(*) FILTER (WHERE days_ago < 30 AND channel = 'email') AS email_30d,
        COUNT(*) FILTER (WHERE days_ago < 30 AND channel = 'letter') AS letter_30d,
        COUNT(*) FILTER (WHERE days_ago < 30 AND channel = 'portal') AS portal_30d,
        COUNT(*) FILTER (WHERE channel = 'call') AS call_90d,
        COUNT(*) FILTER (WHERE channel = 'email') AS email_90d,
        COUNT(*) FILTER (WHERE channel = 'letter') AS letter_90d,
        COUNT(*) FILTER (WHERE channel = 'portal') AS portal_90d,
        COUNT(*) FILTER (WHERE outcome IN ('reached', 'promise', 'dispute')) AS answered,
        COUNT(*) FILTER (WHERE outcome <> 'sent') AS answerable,
        COUNT(*) FILTER (WHERE days_ago >= 7) AS settled,
        SUM(minutes) AS minutes_90d
    FROM touches
    GROUP BY customer_id
),
days AS (
    SELECT customer_id, days_between(contacted_on, key_date) AS days_ago, COUNT(*) AS contact_count
    FROM contacts
    WHERE
        contacted_on > key_date - 90
        AND days_between(contacted_on, key_date) >= 7
    GROUP BY customer_id, days_between(contacted_on, key_date)
),
-- By the day on which the desk saw the payment, so that a share once settled stays as it is.
booked AS (
    SELECT payer_id, kind, amount, days_between(known_on, key_date) AS days_ago
    FROM postings
    WHERE known_on > key_date - 89
),
-- Which postings are payments is asked of the few that follow a contact, not of all.
answered AS (
    SELECT
        days.customer_id,
        days.contact_count,
        MAX(CASE WHEN booked.kind = 'payment' AND booked.amount > 0 THEN 1 ELSE 0 END) AS is_paid
    FROM days
    INNER JOIN booked
        ON booked.payer_id = days.customer_id
    WHERE days.days_ago - booked.days_ago BETWEEN 1 AND 7
    GROUP BY days.customer_id, days.days_ago, days.contact_count
),
followed AS (
    SELECT customer_id, SUM(contact_count) AS paid_count
    FROM answered
    WHERE is_paid = 1
    GROUP BY customer_id
),
book AS (
    SELECT COUNT(minutes) AS minutes_told
    FROM contacts
)
SELECT
    customers.customer_id,
    COALESCE(totals.count_7d, 0) AS contact_count_7d,
    COALESCE(totals.count_30d, 0) AS contact_count_30d,
    COALESCE(totals.count_90d, 0) AS contact_count_90d,
    COALESCE(totals.call_30d, 0) AS contact_call_count_30d,
    COALESCE(totals.email_30d, 0) AS contact_email_count_30d,
    COALESCE(totals.letter_30d, 0) AS contact_letter_count_30d,
    COALESCE(totals.portal_30d, 0) AS contact_portal_count_30d,
    COALESCE(totals.call_90d, 0) AS contact_call_count_90d,
    COALESCE(totals.email_90d, 0) AS contact_email_count_90d,
    COALESCE(totals.letter_90d, 0) AS contact_letter_count_90d,
    COALESCE(totals.portal_90d, 0) AS contact_portal_count_90d,
    latest.last_days AS contact_last_days,
    latest.reached_last_days AS contact_reached_last_days,
    CAST(totals.answered AS DOUBLE)
        / NULLIF(CAST(totals.answerable AS DOUBLE), 0) AS contact_response_share_90d,
    CAST(COALESCE(followed.paid_count, 0) AS DOUBLE)
        / NULLIF(CAST(totals.settled AS DOUBLE), 0) AS contact_paid_7d_share_90d,
    CASE WHEN book.minutes_told > 0 THEN COALESCE(totals.minutes_90d, 0) END AS contact_minutes_90d
FROM customers
CROSS JOIN book
LEFT JOIN latest
    ON latest.customer_id = customers.customer_id
LEFT JOIN totals
    ON totals.customer_id = customers.customer_id
LEFT JOIN followed
    ON followed.customer_id = customers.customer_id
