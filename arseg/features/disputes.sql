-- block: disputes
-- grain: customer
-- factor: disputes (S19)
-- needs: disputes
-- part: issued_12m
-- column: dispute_open_count | count | disputes not closed
-- column: dispute_open_item_share | share | open items in dispute; of the customer's open items, by number
-- column: dispute_count_90d | count | disputes opened in the last 90 days
-- column: dispute_count_12m | count | disputes opened in the last 365 days
-- column: dispute_rate_12m | ratio | disputes per invoice, last 365 days; opened in them over invoices issued in them
-- column: dispute_close_days_mean_12m | days | mean days until a dispute is closed, last 365 days; of those closed in them
-- column: dispute_last_days | days | days since a dispute was last opened
WITH opened AS (
    SELECT
        customer_id,
        closed_on,
        key_date,
        days_between(opened_on, key_date) AS days_ago,
        days_between(opened_on, closed_on) AS close_days,
        days_between(closed_on, key_date) AS closed_days_ago
    FROM disputes
    WHERE customer_id IS NOT NULL
),
totals AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE closed_on IS NULL OR closed_on > key_date) AS open_count,
        COUNT(*) FILTER (WHERE days_ago < 90) AS count_90d,
        COUNT(*) FILTER (WHERE days_ago < 365) AS count_12m,
        AVG(close_days) FILTER (WHERE closed_days_ago >= 0 AND closed_days_ago < 365) AS close_days_mean,
        MIN(days_ago) AS last_days
    FROM opened
    GROUP BY customer_id
),
items AS (
    SELECT
        customer_id,
        COUNT(*) AS open_items,
        COUNT(*) FILTER (WHERE is_disputed) AS disputed_items
    FROM open_items
    GROUP BY customer_id
),
issued AS (
    SELECT customer_id, COUNT(*) AS invoice_count
    FROM issued_12m
    GROUP BY customer_id
)
SELECT
    items.customer_id,
    COALESCE(totals.open_count, 0) AS dispute_open_count,
    CAST(items.disputed_items AS DOUBLE) / CAST(items.open_items AS DOUBLE) AS dispute_open_item_share,
    COALESCE(totals.count_90d, 0) AS dispute_count_90d,
    COALESCE(totals.count_12m, 0) AS dispute_count_12m,
    -- Without an invoice in the window the rate is undefined, with none disputed it is zero.
    CAST(COALESCE(totals.count_12m, 0) AS DOUBLE) / CAST(issued.invoice_count AS DOUBLE) AS dispute_rate_12m,
    totals.close_days_mean AS dispute_close_days_mean_12m,
    totals.last_days AS dispute_last_days
FROM items
LEFT JOIN totals
    ON totals.customer_id = items.customer_id
LEFT JOIN issued
    ON issued.customer_id = items.customer_id
