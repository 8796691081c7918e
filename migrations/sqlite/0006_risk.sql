-- R12: credit scores of providers, risk events that no rule computes, the assessments that follow
-- from them and from the client's payments, and who is told of a worsening.

-- What a provider said of a client on a day. Never updated, never deleted: of the same client,
-- provider and day the last row is the correction that holds.
CREATE TABLE external_score (
    id          INTEGER CONSTRAINT external_score_pk PRIMARY KEY AUTOINCREMENT,
    client_id   TEXT NOT NULL CONSTRAINT external_score_client_fk REFERENCES client (id),
    provider    TEXT NOT NULL,
    rated_on    TEXT NOT NULL,
    -- 0 (good) to 10000 (bad)
    score       INTEGER NOT NULL CONSTRAINT external_score_range CHECK (score BETWEEN 0 AND 10000),
    -- the months to come in the same parts, the next one first, joined by commas; often empty
    forecast    TEXT NOT NULL,
    -- who gave it; a file that the operator imported names nobody
    recorded_by TEXT CONSTRAINT external_score_person_fk REFERENCES person (id),
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX external_score_client ON external_score (client_id, provider, rated_on, id);

-- R12.1 (8): what worsens a client and no rule computes. Never updated, never deleted.
CREATE TABLE risk_event (
    id          TEXT NOT NULL CONSTRAINT risk_event_pk PRIMARY KEY,
    client_id   TEXT NOT NULL CONSTRAINT risk_event_client_fk REFERENCES client (id),
    -- board_change, tax_debt
    kind        TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    note        TEXT NOT NULL,
    recorded_by TEXT CONSTRAINT risk_event_person_fk REFERENCES person (id),
    recorded_at INTEGER NOT NULL,
    -- the same fact is told once, whoever brings it
    CONSTRAINT risk_event_once UNIQUE (client_id, kind, happened_on)
) STRICT;

-- A row whenever a client's class or its deciding score (to the hundredth) became another.
CREATE TABLE risk_assessment (
    id             INTEGER CONSTRAINT risk_assessment_pk PRIMARY KEY AUTOINCREMENT,
    client_id      TEXT NOT NULL CONSTRAINT risk_assessment_client_fk REFERENCES client (id),
    assessed_on    TEXT NOT NULL,
    class          TEXT NOT NULL,
    -- the deciding score, 0 to 10000; none where an unknown external score decided
    score          INTEGER,
    -- class, both scores and what made them
    assessment     TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    assessed_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX risk_assessment_client ON risk_assessment (client_id, id);

-- Where a client stands now: its latest assessment, and the class and category that were last told.
-- Class and category together set its terms (R12.3), so a worse pair is news, once (R12.2).
CREATE TABLE client_risk (
    client_id     TEXT NOT NULL CONSTRAINT client_risk_pk PRIMARY KEY
                  CONSTRAINT client_risk_client_fk REFERENCES client (id),
    assessment_id INTEGER NOT NULL
                  CONSTRAINT client_risk_assessment_fk REFERENCES risk_assessment (id),
    class         TEXT NOT NULL,
    score         INTEGER,
    told_class    TEXT NOT NULL,
    told_category TEXT NOT NULL
) STRICT;
CREATE INDEX client_risk_class ON client_risk (class);

-- For whom an alert was meant. Many at once are one push, so the outbox no longer says so.
CREATE TABLE alert_reader (
    alert_id  TEXT NOT NULL CONSTRAINT alert_reader_alert_fk REFERENCES alert (id),
    person_id TEXT NOT NULL CONSTRAINT alert_reader_person_fk REFERENCES person (id),
    CONSTRAINT alert_reader_pk PRIMARY KEY (alert_id, person_id)
) STRICT;
CREATE INDEX alert_reader_person ON alert_reader (person_id);
INSERT INTO alert_reader (alert_id, person_id) SELECT alert_id, person_id FROM outbox;

-- R12.4: who is on the way to the client today hears first: lower goes out before.
ALTER TABLE outbox ADD COLUMN turn INTEGER NOT NULL DEFAULT 1;
