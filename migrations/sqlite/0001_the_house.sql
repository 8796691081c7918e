-- The first schema: the company, its people and phones, the ledger, the facts and what was
-- decided on them, the ladder, the documents and the log that phones read.
-- Ids are UUID texts; instants are milliseconds since 1970 UTC; dates are ISO texts; amounts are
-- minor units of the client's currency.

CREATE TABLE company (
    id          INTEGER NOT NULL CONSTRAINT company_pk PRIMARY KEY CONSTRAINT company_is_one CHECK (id = 1),
    name        TEXT NOT NULL,
    is_demo     INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE policy (
    version      INTEGER NOT NULL CONSTRAINT policy_pk PRIMARY KEY,
    toml         TEXT NOT NULL,
    holds_from   TEXT NOT NULL,
    activated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
    id             TEXT NOT NULL CONSTRAINT person_pk PRIMARY KEY,
    login          TEXT NOT NULL CONSTRAINT person_login_unique UNIQUE,
    name           TEXT NOT NULL,
    role           TEXT NOT NULL,
    supervisor_id  TEXT CONSTRAINT person_supervisor_fk REFERENCES person (id),
    password_hash  TEXT NOT NULL,
    active         INTEGER NOT NULL DEFAULT 1,
    created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE web_session (
    token_hash  TEXT NOT NULL CONSTRAINT web_session_pk PRIMARY KEY,
    person_id   TEXT NOT NULL CONSTRAINT web_session_person_fk REFERENCES person (id),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE enrolment_code (
    code_hash   TEXT NOT NULL CONSTRAINT enrolment_code_pk PRIMARY KEY,
    person_id   TEXT NOT NULL CONSTRAINT enrolment_code_person_fk REFERENCES person (id),
    created_by  TEXT CONSTRAINT enrolment_code_creator_fk REFERENCES person (id),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT;

CREATE TABLE device (
    id             TEXT NOT NULL CONSTRAINT device_pk PRIMARY KEY,
    person_id      TEXT NOT NULL CONSTRAINT device_person_fk REFERENCES person (id),
    name           TEXT NOT NULL,
    public_key     TEXT NOT NULL CONSTRAINT device_key_unique UNIQUE,
    install_epoch  INTEGER NOT NULL DEFAULT 1,
    push_number    INTEGER NOT NULL DEFAULT 0,
    push_hash      TEXT NOT NULL DEFAULT '',
    app_version    TEXT NOT NULL,
    enrolled_at    INTEGER NOT NULL,
    last_sync_at   INTEGER,
    unsent         INTEGER NOT NULL DEFAULT 0,
    revoked_at     INTEGER
) STRICT;

-- What the security-minded want to read later: wrong passwords, expired codes, foreign devices.
CREATE TABLE security_event (
    id      INTEGER CONSTRAINT security_event_pk PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    event   TEXT NOT NULL,
    person_id TEXT,
    remote  TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;

CREATE TABLE territory (
    id      TEXT NOT NULL CONSTRAINT territory_pk PRIMARY KEY,
    name    TEXT NOT NULL CONSTRAINT territory_name_unique UNIQUE,
    rep_id  TEXT CONSTRAINT territory_rep_fk REFERENCES person (id)
) STRICT;
CREATE INDEX territory_rep ON territory (rep_id);

CREATE TABLE client (
    id                  TEXT NOT NULL CONSTRAINT client_pk PRIMARY KEY,
    code                TEXT NOT NULL CONSTRAINT client_code_unique UNIQUE,
    name                TEXT NOT NULL,
    country             TEXT NOT NULL DEFAULT '',
    currency            TEXT NOT NULL,
    territory_id        TEXT NOT NULL CONSTRAINT client_territory_fk REFERENCES territory (id),
    category            TEXT NOT NULL,
    category_since      INTEGER NOT NULL,
    mark                TEXT,
    depth_minor         INTEGER,
    depth_days          INTEGER,
    safe_shipment_minor INTEGER,
    prepayment_percent  INTEGER,
    created_at          INTEGER NOT NULL
) STRICT;
CREATE INDEX client_territory ON client (territory_id);

CREATE TABLE outlet (
    id         TEXT NOT NULL CONSTRAINT outlet_pk PRIMARY KEY,
    client_id  TEXT NOT NULL CONSTRAINT outlet_client_fk REFERENCES client (id),
    name       TEXT NOT NULL,
    address    TEXT NOT NULL
) STRICT;
CREATE INDEX outlet_client ON outlet (client_id);

CREATE TABLE import_run (
    id           TEXT NOT NULL CONSTRAINT import_run_pk PRIMARY KEY,
    file_name    TEXT NOT NULL,
    file_sha256  TEXT NOT NULL,
    imported_at  INTEGER NOT NULL,
    summary      TEXT NOT NULL
) STRICT;

CREATE TABLE invoice (
    id              TEXT NOT NULL CONSTRAINT invoice_pk PRIMARY KEY,
    client_id       TEXT NOT NULL CONSTRAINT invoice_client_fk REFERENCES client (id),
    number          TEXT NOT NULL,
    issued_on       TEXT,
    due_on          TEXT NOT NULL,
    amount_minor    INTEGER NOT NULL CONSTRAINT invoice_amount_positive CHECK (amount_minor > 0),
    open_minor      INTEGER NOT NULL CONSTRAINT invoice_open_in_range CHECK (open_minor BETWEEN 0 AND amount_minor),
    disputed_minor  INTEGER NOT NULL DEFAULT 0 CONSTRAINT invoice_disputed_not_negative CHECK (disputed_minor >= 0),
    was_disputed    INTEGER NOT NULL DEFAULT 0,
    import_id       TEXT CONSTRAINT invoice_import_fk REFERENCES import_run (id),
    CONSTRAINT invoice_number_unique UNIQUE (client_id, number)
) STRICT;
CREATE INDEX invoice_open ON invoice (client_id, due_on) WHERE open_minor > 0;

CREATE TABLE payment (
    id            TEXT NOT NULL CONSTRAINT payment_pk PRIMARY KEY,
    client_id     TEXT NOT NULL CONSTRAINT payment_client_fk REFERENCES client (id),
    paid_on       TEXT NOT NULL,
    amount_minor  INTEGER NOT NULL CONSTRAINT payment_amount_positive CHECK (amount_minor > 0),
    -- 'ledger': imported; 'cash': a rep's receipt
    source        TEXT NOT NULL,
    -- what makes it the same payment when it comes again
    source_key    TEXT NOT NULL CONSTRAINT payment_source_unique UNIQUE,
    import_id     TEXT CONSTRAINT payment_import_fk REFERENCES import_run (id)
) STRICT;
CREATE INDEX payment_client ON payment (client_id, paid_on);

CREATE TABLE allocation (
    payment_id    TEXT NOT NULL CONSTRAINT allocation_payment_fk REFERENCES payment (id),
    invoice_id    TEXT NOT NULL CONSTRAINT allocation_invoice_fk REFERENCES invoice (id),
    amount_minor  INTEGER NOT NULL CONSTRAINT allocation_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT allocation_pk PRIMARY KEY (payment_id, invoice_id)
) STRICT;
CREATE INDEX allocation_invoice ON allocation (invoice_id);

-- What people wrote. Never updated, never deleted.
CREATE TABLE fact (
    id           TEXT NOT NULL CONSTRAINT fact_pk PRIMARY KEY,
    document_id  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    client_id    TEXT NOT NULL CONSTRAINT fact_client_fk REFERENCES client (id),
    author_id    TEXT NOT NULL CONSTRAINT fact_author_fk REFERENCES person (id),
    recorded_at  INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    body         TEXT NOT NULL
) STRICT;
CREATE INDEX fact_client ON fact (client_id, received_at);

-- What the rules said, with the basis from which it can be said again. Never updated.
CREATE TABLE verdict (
    id              TEXT NOT NULL CONSTRAINT verdict_pk PRIMARY KEY,
    fact_id         TEXT NOT NULL CONSTRAINT verdict_fact_fk REFERENCES fact (id),
    client_id       TEXT NOT NULL CONSTRAINT verdict_client_fk REFERENCES client (id),
    outcome         TEXT NOT NULL,
    policy_version  INTEGER NOT NULL CONSTRAINT verdict_policy_fk REFERENCES policy (version),
    judged_at       INTEGER NOT NULL,
    body            TEXT NOT NULL,
    basis           TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_fact ON verdict (fact_id, judged_at);

-- An order and what holds for it now. Released and held-then-released orders count in R4.1 and R4.2.
CREATE TABLE client_order (
    fact_id       TEXT NOT NULL CONSTRAINT client_order_pk PRIMARY KEY CONSTRAINT client_order_fact_fk REFERENCES fact (id),
    client_id     TEXT NOT NULL CONSTRAINT client_order_client_fk REFERENCES client (id),
    amount_minor  INTEGER NOT NULL,
    prepaid       INTEGER NOT NULL DEFAULT 0,
    ordered_on    TEXT NOT NULL,
    -- 'released', 'held', 'refused', 'invoiced', 'cancelled', 'expired'
    state         TEXT NOT NULL,
    valid_until   TEXT
) STRICT;
CREATE INDEX client_order_client ON client_order (client_id, ordered_on);

CREATE TABLE promise (
    fact_id    TEXT NOT NULL CONSTRAINT promise_pk PRIMARY KEY CONSTRAINT promise_fact_fk REFERENCES fact (id),
    client_id  TEXT NOT NULL CONSTRAINT promise_client_fk REFERENCES client (id),
    agreed_on  TEXT NOT NULL,
    pay_by     TEXT NOT NULL,
    -- whether the deferral holds: 'pending', 'accepted', 'rejected'
    deferral   TEXT NOT NULL,
    -- what became of it: 'open', 'kept', 'partly_kept', 'broken', 'superseded'
    state      TEXT NOT NULL DEFAULT 'open'
) STRICT;
CREATE INDEX promise_open ON promise (pay_by) WHERE state = 'open';
CREATE INDEX promise_client ON promise (client_id);

CREATE TABLE promise_invoice (
    promise_id  TEXT NOT NULL CONSTRAINT promise_invoice_promise_fk REFERENCES promise (fact_id),
    invoice_id  TEXT NOT NULL CONSTRAINT promise_invoice_invoice_fk REFERENCES invoice (id),
    -- what a rep granted on its own authority (R6.4); zero while pending or when approved above
    rep_days    INTEGER NOT NULL DEFAULT 0,
    -- unpaid when the promise was made
    open_minor  INTEGER NOT NULL,
    CONSTRAINT promise_invoice_pk PRIMARY KEY (promise_id, invoice_id)
) STRICT;
CREATE INDEX promise_invoice_invoice ON promise_invoice (invoice_id);

CREATE TABLE task (
    id          TEXT NOT NULL CONSTRAINT task_pk PRIMARY KEY,
    -- what makes it the same task when the job runs again
    task_key    TEXT NOT NULL CONSTRAINT task_key_unique UNIQUE,
    kind        TEXT NOT NULL,
    rule        TEXT NOT NULL,
    title       TEXT NOT NULL,
    client_id   TEXT NOT NULL CONSTRAINT task_client_fk REFERENCES client (id),
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
CREATE INDEX task_open ON task (role, person_id) WHERE state = 'open';
CREATE INDEX task_client ON task (client_id, state);
CREATE INDEX task_fact ON task (fact_id);

-- Who decided what on a fact that waited. Nobody counts twice (R2.6, R4.1).
CREATE TABLE decision (
    id          TEXT NOT NULL CONSTRAINT decision_pk PRIMARY KEY,
    task_id     TEXT NOT NULL CONSTRAINT decision_task_unique UNIQUE CONSTRAINT decision_task_fk REFERENCES task (id),
    fact_id     TEXT NOT NULL CONSTRAINT decision_fact_fk REFERENCES fact (id),
    role        TEXT NOT NULL,
    person_id   TEXT NOT NULL CONSTRAINT decision_person_fk REFERENCES person (id),
    -- 'approve', 'reject', 'send_up'
    choice      TEXT NOT NULL,
    why         TEXT NOT NULL,
    guarantee_letter INTEGER NOT NULL DEFAULT 0,
    decided_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_fact ON decision (fact_id);

-- R7: a rung once reached is recorded with its date.
CREATE TABLE rung (
    invoice_id   TEXT NOT NULL CONSTRAINT rung_invoice_fk REFERENCES invoice (id),
    rung         TEXT NOT NULL,
    reached_on   TEXT NOT NULL,
    recorded_at  INTEGER NOT NULL,
    closed_on    TEXT,
    CONSTRAINT rung_pk PRIMARY KEY (invoice_id, rung)
) STRICT;

CREATE TABLE standing (
    client_id   TEXT NOT NULL CONSTRAINT standing_pk PRIMARY KEY CONSTRAINT standing_client_fk REFERENCES client (id),
    rung        TEXT,
    rung_since  TEXT,
    stop_level  TEXT NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE alert (
    id         TEXT NOT NULL CONSTRAINT alert_pk PRIMARY KEY,
    -- one step of worsening is one alert, however often the job runs (R12.2)
    alert_key  TEXT NOT NULL CONSTRAINT alert_key_unique UNIQUE,
    client_id  TEXT NOT NULL CONSTRAINT alert_client_fk REFERENCES client (id),
    rule       TEXT NOT NULL,
    text       TEXT NOT NULL,
    raised_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_client ON alert (client_id, raised_at);

-- What waits to be pushed to somebody. The push itself names no person and no amount (R12.2).
CREATE TABLE outbox (
    id          INTEGER CONSTRAINT outbox_pk PRIMARY KEY AUTOINCREMENT,
    alert_id    TEXT NOT NULL CONSTRAINT outbox_alert_fk REFERENCES alert (id),
    person_id   TEXT NOT NULL CONSTRAINT outbox_person_fk REFERENCES person (id),
    push_text   TEXT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL,
    sent_at     INTEGER,
    last_error  TEXT,
    CONSTRAINT outbox_once UNIQUE (alert_id, person_id)
) STRICT;
CREATE INDEX outbox_unsent ON outbox (next_try_at) WHERE sent_at IS NULL;

CREATE TABLE job_run (
    job          TEXT NOT NULL,
    run_on       TEXT NOT NULL,
    finished_at  INTEGER NOT NULL,
    summary      TEXT NOT NULL,
    CONSTRAINT job_run_pk PRIMARY KEY (job, run_on)
) STRICT;

-- The unit of sight: 'company', 'territory' or 'person'.
CREATE TABLE scope (
    id    INTEGER CONSTRAINT scope_pk PRIMARY KEY AUTOINCREMENT,
    kind  TEXT NOT NULL,
    about TEXT NOT NULL,
    CONSTRAINT scope_unique UNIQUE (kind, about)
) STRICT;

CREATE TABLE document (
    id          TEXT NOT NULL CONSTRAINT document_pk PRIMARY KEY,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    scope_id    INTEGER NOT NULL CONSTRAINT document_scope_fk REFERENCES scope (id),
    saved       BLOB NOT NULL,
    -- the newest log entry about it
    log_id      INTEGER NOT NULL
) STRICT;
CREATE INDEX document_scope ON document (scope_id, log_id);

-- A hash names a change within its document: the same words in two documents give the same bytes.
CREATE TABLE document_change (
    document_id  TEXT NOT NULL CONSTRAINT document_change_document_fk REFERENCES document (id),
    hash         BLOB NOT NULL,
    device_id    TEXT CONSTRAINT document_change_device_fk REFERENCES device (id),
    log_id       INTEGER NOT NULL CONSTRAINT document_change_log_unique UNIQUE,
    bytes        BLOB NOT NULL,
    CONSTRAINT document_change_pk PRIMARY KEY (document_id, hash)
) STRICT;

CREATE TABLE feed_row (
    scope_id  INTEGER NOT NULL CONSTRAINT feed_row_scope_fk REFERENCES scope (id),
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    -- the newest log entry about it
    log_id    INTEGER NOT NULL,
    body      TEXT,
    CONSTRAINT feed_row_pk PRIMARY KEY (scope_id, kind, id)
) STRICT;

-- What phones read, in order. `id` is drawn when written, `seq` is given after commit by the one
-- sequencer: phones see only entries with a `seq`, and those have no holes.
CREATE TABLE log (
    id        INTEGER CONSTRAINT log_pk PRIMARY KEY AUTOINCREMENT,
    seq       INTEGER CONSTRAINT log_seq_unique UNIQUE,
    scope_id  INTEGER NOT NULL CONSTRAINT log_scope_fk REFERENCES scope (id),
    -- 'row', 'change', 'document'
    entry     TEXT NOT NULL,
    -- of a row its kind, else empty
    row_kind  TEXT NOT NULL,
    -- the row's or the document's id
    about     TEXT NOT NULL
) STRICT;
CREATE INDEX log_scope_seq ON log (scope_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX log_unsequenced ON log (id) WHERE seq IS NULL;

CREATE TABLE log_state (
    id        INTEGER NOT NULL CONSTRAINT log_state_pk PRIMARY KEY CONSTRAINT log_state_is_one CHECK (id = 1),
    epoch     INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    -- changes up to this number may be gone from the log
    pruned_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the gate refused: kept, so that nothing anybody wrote is gone.
CREATE TABLE quarantine (
    id           INTEGER CONSTRAINT quarantine_pk PRIMARY KEY AUTOINCREMENT,
    device_id    TEXT NOT NULL CONSTRAINT quarantine_device_fk REFERENCES device (id),
    document_id  TEXT NOT NULL,
    refused_at   INTEGER NOT NULL,
    code         TEXT NOT NULL,
    detail       TEXT NOT NULL,
    bytes_hash   BLOB NOT NULL CONSTRAINT quarantine_once UNIQUE,
    bytes        BLOB NOT NULL
) STRICT;
