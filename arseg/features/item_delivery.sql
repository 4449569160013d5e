-- block: item_delivery
-- grain: invoice
-- factor: how and when the invoice reached the customer (S28, S29, S30)
-- column: item_delivery_lag_days | days | days from issue to delivery; delivered_on minus document_date, missing until it is delivered
-- column: item_days_since_delivery | days | days since the invoice was delivered; missing until then
-- column: item_undelivered | flag | invoice not known to have been delivered; 1 or 0 where the book records deliveries at all, missing where it never does
-- column: item_viewed | flag | invoice opened by the customer; 1 or 0 where the book records openings at all, missing where it never does
-- column: item_delivery_to_viewing_days | days | days from delivery to the customer opening the invoice; missing until both are known
-- column: item_terms_after_delivery_days | days | terms left when the invoice was delivered; due_date minus delivered_on, below zero if delivered after the due day
WITH book AS (
    -- MIN skips NULL: it is missing where the book never records the day.
    SELECT MIN(delivered_on) AS first_delivered_on, MIN(viewed_on) AS first_viewed_on
    FROM invoices
),
items AS (
    -- A row may name a day that has yet to come: until then it has not happened.
    SELECT
        invoice_id,
        document_date,
        due_date,
        key_date,
        CASE WHEN delivered_on <= key_date THEN delivered_on END AS delivered_on,
        CASE WHEN viewed_on <= key_date THEN viewed_on END AS viewed_on
    FROM open_items
)
SELECT
    items.invoice_id,
    days_between(items.document_date, items.delivered_on) AS item_delivery_lag_days,
    days_between(items.delivered_on, items.key_date) AS item_days_since_delivery,
    CASE
        WHEN book.first_delivered_on <= items.key_date THEN CAST(items.delivered_on IS NULL AS INTEGER)
    END AS item_undelivered,
    CASE
        WHEN book.first_viewed_on <= items.key_date THEN CAST(items.viewed_on IS NOT NULL AS INTEGER)
    END AS item_viewed,
    days_between(items.delivered_on, items.viewed_on) AS item_delivery_to_viewing_days,
    days_between(items.delivered_on, items.due_date) AS item_terms_after_delivery_days
FROM items
CROSS JOIN book
