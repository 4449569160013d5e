-- block: exposure
-- grain: customer
-- column: open_count | count | open items
-- column: open_balance | currency | open balance
-- column: open_overdue_balance | currency | open balance past due, from the day after the due day
-- column: open_disputed_balance | currency | open balance of items in dispute | disputes
SELECT
    customer_id,
    COUNT(*) AS open_count,
    SUM(balance) AS open_balance,
    COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 1), 0) AS open_overdue_balance,
    COALESCE(SUM(balance) FILTER (WHERE is_disputed), 0) AS open_disputed_balance
FROM open_items
GROUP BY customer_id
