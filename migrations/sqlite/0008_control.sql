-- R7, R11: tasks that concern no client, decisions on the ladder, the month's plan, weekly control
-- and how the rules fare.

-- A supervisor's weekly analysis, the month's plan and a rep's weekly list concern no single
-- client. SQLite cannot take a NOT NULL away, so the table is made anew; what names its rows is
-- checked when the migration commits.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE task_kept AS SELECT * FROM task;
DROP TABLE task;
CREATE TABLE task (
    id          TEXT NOT NULL CONSTRAINT task_pk PRIMARY KEY,
    -- what makes it the same task when the job runs again
    task_key    TEXT NOT NULL CONSTRAINT task_key_unique UNIQUE,
    kind        TEXT NOT NULL,
    rule        TEXT NOT NULL,
    title       TEXT NOT NULL,
    -- none: it concerns no single client
    client_id   TEXT CONSTRAINT task_client_fk REFERENCES client (id),
    fact_id     TEXT CONSTRAINT task_fact_fk REFERENCES fact (id),
    -- whoever has this role may do it; where a person is named, only that person
    role        TEXT NOT NULL,
    person_id   TEXT CONSTRAINT task_person_fk REFERENCES person (id),
    due_on      TEXT,
    -- 'open', 'done', 'closed' (by payment or because it went elsewhere)
    state       TEXT NOT NULL DEFAULT 'open',
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    ended_by    TEXT CONSTRAINT task_ended_by_fk REFERENCES person (id),
    outcome     TEXT
) STRICT;
INSERT INTO task (id, task_key, kind, rule, title, client_id, fact_id, role, person_id, due_on,
        state, created_at, ended_at, ended_by, outcome)
    SELECT id, task_key, kind, rule, title, client_id, fact_id, role, person_id, due_on,
        state, created_at, ended_at, ended_by, outcome
    FROM task_kept;
DROP TABLE task_kept;
CREATE INDEX task_open ON task (role, person_id) WHERE state = 'open';
CREATE INDEX task_client ON task (client_id, state);
CREATE INDEX task_fact ON task (fact_id);
CREATE INDEX task_open_kind ON task (kind) WHERE state = 'open';
-- R11.3 counts what was given in a period.
CREATE INDEX task_created ON task (created_at);

-- What a task asks for, where a fact may show that it was done (R5.2 to R5.5): a letter, a word in
-- person. The task ends when every part is met.
CREATE TABLE task_duty (
    task_id  TEXT NOT NULL CONSTRAINT task_duty_task_fk REFERENCES task (id),
    duty     TEXT NOT NULL,
    -- the fact that shows it
    met_by   TEXT CONSTRAINT task_duty_fact_fk REFERENCES fact (id),
    CONSTRAINT task_duty_pk PRIMARY KEY (task_id, duty)
) STRICT;

-- R7.2 to R7.8: what the owner of a rung decided. Never updated, never deleted.
CREATE TABLE ladder_decision (
    id          TEXT NOT NULL CONSTRAINT ladder_decision_pk PRIMARY KEY,
    task_id     TEXT NOT NULL CONSTRAINT ladder_decision_task_fk REFERENCES task (id),
    client_id   TEXT NOT NULL CONSTRAINT ladder_decision_client_fk REFERENCES client (id),
    rung        TEXT NOT NULL,
    choice      TEXT NOT NULL,
    role        TEXT NOT NULL,
    person_id   TEXT NOT NULL CONSTRAINT ladder_decision_person_fk REFERENCES person (id),
    -- the day until which more time was given, or by which something is to be done
    until_on    TEXT,
    why         TEXT NOT NULL,
    decided_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX ladder_decision_client ON ladder_decision (client_id, decided_at);

-- R7.3: what a superior is told about a debt in one text, drafted from the log of contacts.
CREATE TABLE memo (
    id          TEXT NOT NULL CONSTRAINT memo_pk PRIMARY KEY,
    client_id   TEXT NOT NULL CONSTRAINT memo_client_fk REFERENCES client (id),
    -- to whom: 'head_of_sales' or 'director'
    reader      TEXT NOT NULL,
    written_by  TEXT NOT NULL CONSTRAINT memo_person_fk REFERENCES person (id),
    text        TEXT NOT NULL,
    sent_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX memo_client ON memo (client_id, sent_at);

-- R7.6, R7.8: invoices in the base of irrecoverable debt, and those written off. What is written
-- off leaves the ladder; neither leaves the books.
CREATE TABLE bad_debt (
    invoice_id  TEXT NOT NULL CONSTRAINT bad_debt_invoice_fk REFERENCES invoice (id),
    -- 'irrecoverable' or 'written_off'
    kind        TEXT NOT NULL,
    -- unpaid on that day
    open_minor  INTEGER NOT NULL,
    on_day      TEXT NOT NULL,
    decision_id TEXT NOT NULL CONSTRAINT bad_debt_decision_fk REFERENCES ladder_decision (id),
    CONSTRAINT bad_debt_pk PRIMARY KEY (invoice_id, kind)
) STRICT;

-- R7.9: the acceptable share of overdue receivables of a month. Planned by one, approved by another.
CREATE TABLE month_plan (
    id           TEXT NOT NULL CONSTRAINT month_plan_pk PRIMARY KEY,
    -- the first day of the month
    month        TEXT NOT NULL,
    percent      TEXT NOT NULL,
    why          TEXT NOT NULL,
    planned_by   TEXT NOT NULL CONSTRAINT month_plan_planner_fk REFERENCES person (id),
    planned_at   INTEGER NOT NULL,
    -- 'proposed', 'approved', 'returned', 'replaced'
    state        TEXT NOT NULL DEFAULT 'proposed',
    decided_by   TEXT CONSTRAINT month_plan_decider_fk REFERENCES person (id),
    decided_at   INTEGER,
    answer       TEXT,
    CONSTRAINT month_plan_two_people CHECK (decided_by IS NULL OR decided_by <> planned_by)
) STRICT;
CREATE INDEX month_plan_month ON month_plan (month, planned_at);

-- R7.9, R11.2: how much was overdue at the end of each night, by rep and currency.
CREATE TABLE overdue_day (
    on_day            TEXT NOT NULL,
    -- empty: of clients whom no rep serves
    rep_id            TEXT NOT NULL,
    currency          TEXT NOT NULL,
    receivable_minor  INTEGER NOT NULL,
    overdue_minor     INTEGER NOT NULL,
    CONSTRAINT overdue_day_pk PRIMARY KEY (on_day, rep_id, currency)
) STRICT;

-- R11.1: the list of overdue invoices as it went out.
CREATE TABLE weekly_list (
    list_on         TEXT NOT NULL,
    -- empty: nobody serves the client
    rep_id          TEXT NOT NULL,
    invoice_id      TEXT NOT NULL CONSTRAINT weekly_list_invoice_fk REFERENCES invoice (id),
    open_minor      INTEGER NOT NULL,
    disputed_minor  INTEGER NOT NULL,
    CONSTRAINT weekly_list_pk PRIMARY KEY (list_on, invoice_id)
) STRICT;
CREATE INDEX weekly_list_rep ON weekly_list (rep_id, list_on);

-- R11.1: what a rep said of an overdue invoice.
CREATE TABLE overdue_comment (
    fact_id       TEXT NOT NULL CONSTRAINT overdue_comment_pk PRIMARY KEY CONSTRAINT overdue_comment_fact_fk REFERENCES fact (id),
    invoice_id    TEXT NOT NULL CONSTRAINT overdue_comment_invoice_fk REFERENCES invoice (id),
    person_id     TEXT NOT NULL CONSTRAINT overdue_comment_person_fk REFERENCES person (id),
    -- the day on which it was said, by the phone's clock
    said_on       TEXT NOT NULL,
    recorded_at   INTEGER NOT NULL,
    is_standard   INTEGER NOT NULL
) STRICT;
CREATE INDEX overdue_comment_invoice ON overdue_comment (invoice_id, recorded_at);

-- R11.3: the rules that held or refused something when it was first judged.
CREATE TABLE rule_fired (
    fact_id    TEXT NOT NULL CONSTRAINT rule_fired_fact_fk REFERENCES fact (id),
    rule       TEXT NOT NULL,
    -- 'holds' or 'refuses'; 'lifted': a written order let it pass (R1.1)
    effect     TEXT NOT NULL,
    judged_at  INTEGER NOT NULL,
    CONSTRAINT rule_fired_pk PRIMARY KEY (fact_id, rule)
) STRICT;
CREATE INDEX rule_fired_judged ON rule_fired (judged_at);

-- What was judged before this table: of each fact the first verdict.
INSERT INTO rule_fired (fact_id, rule, effect, judged_at)
    SELECT first.fact_id,
        CASE WHEN json_extract(reason.value, '$.what') = 'exempted'
            THEN json_extract(reason.value, '$.lifted')
            ELSE json_extract(reason.value, '$.rule') END AS fired,
        max(CASE WHEN json_extract(reason.value, '$.what') = 'exempted' THEN 'lifted'
            ELSE json_extract(reason.value, '$.effect') END),
        first.judged_at
    FROM (SELECT fact_id, judged_at, body,
              row_number() OVER (PARTITION BY fact_id ORDER BY judged_at, id) AS place
          FROM verdict) AS first,
        json_each(first.body, '$.reasons') AS reason
    WHERE first.place = 1
        AND (json_extract(reason.value, '$.effect') IN ('holds', 'refuses')
            OR json_extract(reason.value, '$.what') = 'exempted')
        AND json_extract(reason.value, '$.what') NOT IN ('approved', 'turned', 'sent_up')
    GROUP BY first.fact_id, fired;
