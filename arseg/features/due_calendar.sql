-- block: due_calendar
-- grain: invoice
-- factor: the calendar of the due date (S1)
-- column: due_month | month | month in which the item falls due; 1 is January
-- column: due_days_to_month_end | days | days from the due day to the end of its month; 0 on the last day
-- column: due_month_end | flag | falls due at the end of a month; on one of its last 3 days
-- column: due_quarter_end | flag | falls due at the end of a quarter; on one of the last 3 days of March, June, September or December
-- column: due_weekend | flag | falls due on a weekend; Saturday or Sunday
-- column: due_holiday | flag | falls due on a public holiday in the customer's country; missing where its calendar is unknown | customers, holidays
-- column: due_business_shift_days | days | days from the due day to the next business day; 0 if it is one: no Saturday, Sunday or public holiday of the customer's country; missing where its calendar is unknown or none follows within 10 days | customers, holidays
WITH calendars AS (
    SELECT DISTINCT country
    FROM holidays
),
items AS (
    SELECT
        open_items.invoice_id,
        open_items.due_date,
        days_between(open_items.due_date, last_day(open_items.due_date)) AS days_to_month_end,
        calendars.country
    FROM open_items
    LEFT JOIN customers
        ON customers.customer_id = open_items.customer_id
    LEFT JOIN calendars
        ON calendars.country = customers.country
),
days AS (
    SELECT DISTINCT country, day_number(due_date) AS due_day
    FROM items
    WHERE country IS NOT NULL
),
closed AS (
    SELECT country, day_number(day) AS closed_day
    FROM holidays
),
business AS (
    SELECT
        days.country,
        days.due_day,
        -- 1970-01-01 was a Thursday: Monday is 0; the second remainder keeps days before it positive.
        MIN(shifts.days) FILTER (
            WHERE closed.country IS NULL AND ((days.due_day + shifts.days + 3) % 7 + 7) % 7 < 5
        ) AS shift_days,
        MAX(CASE WHEN shifts.days = 0 AND closed.country IS NOT NULL THEN 1 ELSE 0 END) AS holiday
    FROM days
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS shifts (days)
    LEFT JOIN closed
        ON closed.country = days.country AND closed.closed_day = days.due_day + shifts.days
    GROUP BY days.country, days.due_day
)
SELECT
    items.invoice_id,
    EXTRACT(MONTH FROM items.due_date) AS due_month,
    items.days_to_month_end AS due_days_to_month_end,
    CAST(items.days_to_month_end < 3 AS INTEGER) AS due_month_end,
    CAST(items.days_to_month_end < 3 AND EXTRACT(MONTH FROM items.due_date) % 3 = 0 AS INTEGER)
        AS due_quarter_end,
    CAST(weekday_number(items.due_date) >= 5 AS INTEGER) AS due_weekend,
    business.holiday AS due_holiday,
    business.shift_days AS due_business_shift_days
FROM items
LEFT JOIN business
    ON business.country = items.country AND business.due_day = day_number(items.due_date)
