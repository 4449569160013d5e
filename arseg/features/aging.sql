-- block: aging
-- grain: customer
-- column: open_balance_current | currency | open balance not past due; the due day itself is current
-- column: open_balance_1_30 | currency | open balance 1 to 30 days past due
-- column: open_balance_31_60 | currency | open balance 31 to 60 days past due
-- column: open_balance_61_90 | currency | open balance 61 to 90 days past due
-- column: open_balance_over_90 | currency | open balance more than 90 days past due
-- column: open_oldest_days_past_due | days | largest days past due of an open item; negative before due
-- column: open_days_past_due_mean | days | days past due of the open items, weighted by balance
SELECT
    customer_id,
    COALESCE(SUM(balance) FILTER (WHERE days_past_due < 1), 0) AS open_balance_current,
    COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 1 AND days_past_due < 31), 0) AS open_balance_1_30,
    COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 31 AND days_past_due < 61), 0) AS open_balance_31_60,
    COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 61 AND days_past_due < 91), 0) AS open_balance_61_90,
    COALESCE(SUM(balance) FILTER (WHERE days_past_due >= 91), 0) AS open_balance_over_90,
    MAX(days_past_due) AS open_oldest_days_past_due,
    CAST(SUM(balance * days_past_due) AS DOUBLE) / CAST(SUM(balance) AS DOUBLE) AS open_days_past_due_mean
FROM open_items
GROUP BY customer_id
