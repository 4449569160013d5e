-- block: invoice_size
-- grain: invoice
-- factor: invoice size against the customer's own (S25)
-- part: issued_12m
-- column: item_amount_customer_percentile | share | size of the item among the customer's invoices, last 365 days; share of those issued in them that are smaller, equal ones counting half, missing with fewer than 3
-- column: item_amount_customer_mean_ratio | ratio | amount of the item over the customer's mean invoice, last 365 days; of the invoices issued in them
-- column: item_amount_book_percentile | share | size of the item among all open items; share of those whose amount is smaller, equal ones counting half
WITH items AS (
    SELECT invoice_id, customer_id, amount
    FROM open_items
),
-- Items of one customer and one amount compare alike: numbers are matched and no names of invoices.
asked AS (
    SELECT customer_id, amount, COUNT(*) AS items
    FROM items
    GROUP BY customer_id, amount
),
issued AS (
    SELECT customer_id, amount
    FROM issued_12m
    WHERE amount > 0
),
compared AS (
    SELECT
        asked.customer_id,
        asked.amount,
        COUNT(*) AS invoices,
        SUM(
            CASE
                WHEN issued.amount < asked.amount THEN 2
                WHEN issued.amount = asked.amount THEN 1
                ELSE 0
            END
        ) AS twice_rank,
        SUM(issued.amount) AS total
    FROM asked
    INNER JOIN issued
        ON issued.customer_id = asked.customer_id
    GROUP BY asked.customer_id, asked.amount
),
sizes AS (
    SELECT amount, SUM(items) AS items
    FROM asked
    GROUP BY amount
),
ranked AS (
    SELECT
        amount,
        items,
        SUM(items) OVER (ORDER BY amount NULLS FIRST ROWS UNBOUNDED PRECEDING) AS items_up_to,
        SUM(items) OVER () AS items_in_all
    FROM sizes
)
SELECT
    items.invoice_id,
    CASE
        WHEN compared.invoices >= 3
            THEN CAST(compared.twice_rank AS DOUBLE) / (2 * CAST(compared.invoices AS DOUBLE))
    END AS item_amount_customer_percentile,
    CAST(items.amount AS DOUBLE) * CAST(compared.invoices AS DOUBLE) / CAST(compared.total AS DOUBLE)
        AS item_amount_customer_mean_ratio,
    (CAST(ranked.items_up_to AS DOUBLE) - 0.5 * CAST(ranked.items AS DOUBLE))
        / CAST(ranked.items_in_all AS DOUBLE) AS item_amount_book_percentile
FROM items
INNER JOIN ranked
    ON ranked.amount = items.amount
LEFT JOIN compared
    ON compared.customer_id = items.customer_id AND compared.amount = items.amount
