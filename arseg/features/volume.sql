-- block: volume
-- grain: customer
-- factor: transaction volume, value, frequency and its regularity (S23)
-- part: issued_12m
-- column: volume_invoice_count_3m | count | invoices issued in the last 91 days
-- column: volume_invoice_count_6m | count | invoices issued in the last 182 days
-- column: volume_sales_3m | currency | amount invoiced in the last 91 days
-- column: volume_sales_6m | currency | amount invoiced in the last 182 days
-- column: volume_amount_mean_3m | currency | mean invoice amount, last 91 days
-- column: volume_amount_mean_6m | currency | mean invoice amount, last 182 days
-- column: volume_amount_mean_12m | currency | mean invoice amount, last 365 days
-- column: volume_last_days | days | days since the last invoice; of those issued in the last 365 days
-- column: volume_gap_mean_12m | days | mean days between invoices, last 365 days; from one document date to the next
-- column: volume_gap_cv_12m | ratio | irregularity of invoicing, last 365 days; standard deviation of the days from one document date to the next over their mean, from three dates on
-- column: volume_pause_12m | ratio | pause since the last invoice against the usual gap; days since it over the mean days between invoices, last 365 days
-- column: volume_growth_3m_12m | ratio | sales of the last 91 days against the year; four times their amount over that of the last 365 days
-- column: volume_largest_share_12m | share | largest invoice in the year's sales; over the invoices above zero of the last 365 days
-- column: volume_credited_share_12m | share | credit notes in the year's sales; posted in the last 365 days, over the invoices above zero issued in them
-- Invoices of one day have a gap of zero between them, which is not counted.
WITH spaced AS (
    SELECT
        customer_id,
        amount,
        days_ago,
        LAG(days_ago) OVER (PARTITION BY customer_id ORDER BY days_ago DESC NULLS LAST) - days_ago AS gap
    FROM issued_12m
),
totals AS (
    SELECT
        customer_id,
        COUNT(*) FILTER (WHERE days_ago < 91) AS count_3m,
        COUNT(*) FILTER (WHERE days_ago < 182) AS count_6m,
        COUNT(*) AS count_12m,
        SUM(amount) FILTER (WHERE days_ago < 91) AS sales_3m,
        SUM(amount) FILTER (WHERE days_ago < 182) AS sales_6m,
        SUM(amount) AS sales_12m,
        -- Few: the sales less these are the invoices above zero.
        COALESCE(SUM(amount) FILTER (WHERE amount < 0), 0) AS credits_12m,
        MAX(amount) AS largest,
        MIN(days_ago) AS last_days,
        COUNT(*) FILTER (WHERE gap > 0) AS gaps,
        SUM(gap) AS gap_sum,
        SUM(gap * gap) AS gap_squares
    FROM spaced
    GROUP BY customer_id
),
credited AS (
    SELECT payer_id AS customer_id, SUM(amount) AS amount
    FROM postings
    WHERE
        value_date > key_date - 365
        AND kind = 'credit_note' AND payer_id IS NOT NULL
    GROUP BY payer_id
),
figures AS (
    SELECT
        customers.customer_id,
        COALESCE(totals.count_3m, 0) AS count_3m,
        COALESCE(totals.count_6m, 0) AS count_6m,
        COALESCE(totals.sales_3m, 0) AS sales_3m,
        COALESCE(totals.sales_6m, 0) AS sales_6m,
        CAST(totals.sales_12m AS DOUBLE) / CAST(totals.count_12m AS DOUBLE) AS amount_mean,
        CAST(totals.sales_12m AS DOUBLE) AS sales_12m,
        CASE WHEN totals.largest > 0 THEN CAST(totals.sales_12m - totals.credits_12m AS DOUBLE) END
            AS gross_12m,
        CAST(totals.largest AS DOUBLE) AS largest,
        CAST(COALESCE(credited.amount, 0) AS DOUBLE) AS credited,
        totals.last_days,
        CAST(totals.gaps AS DOUBLE) AS gaps,
        CAST(totals.gap_sum AS DOUBLE) / NULLIF(CAST(totals.gaps AS DOUBLE), 0) AS gap_mean,
        -- Of integers, so that equal gaps vary by exactly nothing.
        CAST(totals.gaps * totals.gap_squares - totals.gap_sum * totals.gap_sum AS DOUBLE) AS gap_spread
    FROM customers
    LEFT JOIN totals
        ON totals.customer_id = customers.customer_id
    LEFT JOIN credited
        ON credited.customer_id = customers.customer_id
)
SELECT
    customer_id,
    count_3m AS volume_invoice_count_3m,
    count_6m AS volume_invoice_count_6m,
    sales_3m AS volume_sales_3m,
    sales_6m AS volume_sales_6m,
    CAST(sales_3m AS DOUBLE) / NULLIF(CAST(count_3m AS DOUBLE), 0) AS volume_amount_mean_3m,
    CAST(sales_6m AS DOUBLE) / NULLIF(CAST(count_6m AS DOUBLE), 0) AS volume_amount_mean_6m,
    amount_mean AS volume_amount_mean_12m,
    last_days AS volume_last_days,
    gap_mean AS volume_gap_mean_12m,
    CASE WHEN gaps >= 2 THEN SQRT(gap_spread / (gaps * (gaps - 1))) / gap_mean END AS volume_gap_cv_12m,
    last_days / gap_mean AS volume_pause_12m,
    CASE WHEN sales_12m > 0 THEN 4 * CAST(sales_3m AS DOUBLE) / sales_12m END AS volume_growth_3m_12m,
    largest / gross_12m AS volume_largest_share_12m,
    credited / gross_12m AS volume_credited_share_12m
FROM figures
