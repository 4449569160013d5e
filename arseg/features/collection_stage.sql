-- block: collection_stage
-- grain: customer
-- factor: collection stage (S10)
-- column: stage | stage number | collection stage; of the undisputed open item longest past due: 0 not due, 1 due within 7 days, 2 1 to 30 days past due, 3 31 to 60, 4 61 to 90, 5 over 90, missing where every open item is in dispute
-- column: stage_days | days | days in the present collection stage; since the first of the items in it entered it
-- column: stage_disputed | flag | 1 if an open item is in dispute | disputes
-- column: stage_promised | flag | 1 while a promise stands; the last one made for an open item or the account, until 3 days after its day | promises
-- column: stage_written_off_12m | flag | 1 if an invoice was written off, last 365 days; and not recovered since
-- column: stage_legal_180d | flag | 1 if the matter went to law, last 180 days; a contact with channel or outcome 'legal' | contacts
WITH items AS (
    SELECT
        customer_id,
        age_days,
        CASE WHEN is_disputed THEN 1 ELSE 0 END AS disputed,
        CASE
            WHEN is_disputed THEN NULL
            WHEN days_past_due >= 91 THEN 5
            WHEN days_past_due >= 61 THEN 4
            WHEN days_past_due >= 31 THEN 3
            WHEN days_past_due >= 1 THEN 2
            WHEN days_past_due >= -7 THEN 1
            ELSE 0
        END AS stage,
        -- An item enters the stage before due with its issue, and no stage earlier than that.
        LEAST(
            age_days,
            CASE
                WHEN days_past_due >= 91 THEN days_past_due - 91
                WHEN days_past_due >= 61 THEN days_past_due - 61
                WHEN days_past_due >= 31 THEN days_past_due - 31
                WHEN days_past_due >= 1 THEN days_past_due - 1
                WHEN days_past_due >= -7 THEN days_past_due + 7
                ELSE age_days
            END
        ) AS held
    FROM open_items
),
stages AS (
    SELECT
        customer_id,
        MAX(stage) AS stage,
        -- Days stay far below a million, so that the largest of these lies in the highest stage.
        MAX(stage * 1000000 + held) AS stage_and_days,
        MAX(disputed) AS disputed
    FROM items
    GROUP BY customer_id
),
hopeful AS (
    SELECT DISTINCT customer_id
    FROM promises
    WHERE days_between(due_on, key_date) <= 3
),
-- Only a customer with a promise whose day is not over can have one that stands.
latest_promises AS (
    SELECT
        promises.customer_id,
        promises.invoice_id,
        max_by(days_between(promises.due_on, promises.key_date), (promises.made_on, promises.promise_id))
            AS days_over
    FROM promises
    INNER JOIN hopeful
        ON hopeful.customer_id = promises.customer_id
    GROUP BY promises.customer_id, promises.invoice_id
),
standing AS (
    SELECT DISTINCT latest_promises.customer_id
    FROM latest_promises
    LEFT JOIN open_items
        ON open_items.invoice_id = latest_promises.invoice_id
    WHERE
        latest_promises.days_over <= 3
        AND (latest_promises.invoice_id IS NULL OR open_items.invoice_id IS NOT NULL)
),
losses AS (
    SELECT DISTINCT customer_id
    FROM cleared_items
    WHERE event = 3 AND days_between(cleared_on, key_date) < 365
),
lawsuits AS (
    SELECT DISTINCT customer_id
    FROM contacts
    WHERE
        contacted_on > key_date - 180
        AND (channel = 'legal' OR outcome = 'legal')
)
SELECT
    stages.customer_id,
    stages.stage,
    stages.stage_and_days - stages.stage * 1000000 AS stage_days,
    stages.disputed AS stage_disputed,
    CASE WHEN standing.customer_id IS NULL THEN 0 ELSE 1 END AS stage_promised,
    CASE WHEN losses.customer_id IS NULL THEN 0 ELSE 1 END AS stage_written_off_12m,
    CASE WHEN lawsuits.customer_id IS NULL THEN 0 ELSE 1 END AS stage_legal_180d
FROM stages
LEFT JOIN standing
    ON standing.customer_id = stages.customer_id
LEFT JOIN losses
    ON losses.customer_id = stages.customer_id
LEFT JOIN lawsuits
    ON lawsuits.customer_id = stages.customer_id
