-- block: contacts
-- grain: customer
-- needs: contacts
-- column: contact_count_30d | count | contacts in the last 30 days
-- column: contact_count_90d | count | contacts in the last 90 days
SELECT
    customer_id,
    COUNT(*) FILTER (WHERE days_between(contacted_on, key_date) < 30) AS contact_count_30d,
    COUNT(*) FILTER (WHERE days_between(contacted_on, key_date) < 90) AS contact_count_90d
FROM contacts
GROUP BY customer_id
