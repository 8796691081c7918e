-- R4, R7.8, R9: the papers that passed between client and company. Never deleted; one that was
-- recorded by mistake is withdrawn.
CREATE TABLE paper (
    id            TEXT NOT NULL CONSTRAINT paper_pk PRIMARY KEY,
    client_id     TEXT NOT NULL CONSTRAINT paper_client_fk REFERENCES client (id),
    kind          TEXT NOT NULL,
    dated_on      TEXT NOT NULL,
    delivered_on  TEXT,
    pay_by        TEXT,
    amount_minor  INTEGER CONSTRAINT paper_amount_positive CHECK (amount_minor > 0),
    note          TEXT NOT NULL,
    recorded_by   TEXT NOT NULL CONSTRAINT paper_person_fk REFERENCES person (id),
    recorded_at   INTEGER NOT NULL,
    -- the fact, where a phone told of it
    fact_id       TEXT CONSTRAINT paper_fact_unique UNIQUE CONSTRAINT paper_fact_fk REFERENCES fact (id),
    withdrawn_at  INTEGER
) STRICT;
CREATE INDEX paper_client ON paper (client_id, kind, dated_on);

-- R4.1: who of those who must approve an order demands the client's guarantee letter first.
CREATE TABLE letter_demand (
    fact_id      TEXT NOT NULL CONSTRAINT letter_demand_fact_fk REFERENCES fact (id),
    role         TEXT NOT NULL,
    person_id    TEXT NOT NULL CONSTRAINT letter_demand_person_fk REFERENCES person (id),
    demanded_at  INTEGER NOT NULL,
    CONSTRAINT letter_demand_pk PRIMARY KEY (fact_id, role)
) STRICT;

-- On which paper an approval was given.
ALTER TABLE decision ADD COLUMN paper_id TEXT CONSTRAINT decision_paper_fk REFERENCES paper (id);

-- R10.1: disputed parts of invoices, beside what the ledger itself marks as disputed.
CREATE TABLE dispute (
    fact_id         TEXT NOT NULL CONSTRAINT dispute_pk PRIMARY KEY CONSTRAINT dispute_fact_fk REFERENCES fact (id),
    client_id       TEXT NOT NULL CONSTRAINT dispute_client_fk REFERENCES client (id),
    invoice_id      TEXT NOT NULL CONSTRAINT dispute_invoice_fk REFERENCES invoice (id),
    kind            TEXT NOT NULL,
    amount_minor    INTEGER NOT NULL CONSTRAINT dispute_amount_positive CHECK (amount_minor > 0),
    note            TEXT NOT NULL,
    raised_by       TEXT NOT NULL CONSTRAINT dispute_raiser_fk REFERENCES person (id),
    raised_on       TEXT NOT NULL,
    -- 'open', 'credited', 'turned_down', 'withdrawn'
    state           TEXT NOT NULL DEFAULT 'open',
    resolved_on     TEXT,
    resolved_by     TEXT CONSTRAINT dispute_resolver_fk REFERENCES person (id),
    credited_minor  INTEGER NOT NULL DEFAULT 0 CONSTRAINT dispute_credit_in_range CHECK (credited_minor BETWEEN 0 AND amount_minor),
    answer          TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX dispute_client ON dispute (client_id);
CREATE INDEX dispute_open ON dispute (invoice_id) WHERE state = 'open';

-- R9: one case a client at a time. Where it stands follows from its events and the days.
CREATE TABLE enforcement_case (
    id         TEXT NOT NULL CONSTRAINT enforcement_case_pk PRIMARY KEY,
    client_id  TEXT NOT NULL CONSTRAINT enforcement_case_client_fk REFERENCES client (id),
    opened_on  TEXT NOT NULL,
    -- what failed, in words
    why        TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    ended_on   TEXT
) STRICT;
CREATE UNIQUE INDEX enforcement_case_one_open ON enforcement_case (client_id) WHERE ended_on IS NULL;
CREATE INDEX enforcement_case_client ON enforcement_case (client_id, opened_on);

-- What happened in a case, in the order in which it was heard. Never updated but to be withdrawn.
CREATE TABLE enforcement_event (
    id            INTEGER CONSTRAINT enforcement_event_pk PRIMARY KEY AUTOINCREMENT,
    case_id       TEXT NOT NULL CONSTRAINT enforcement_event_case_fk REFERENCES enforcement_case (id),
    -- what makes it the same event when it is told again
    event_key     TEXT NOT NULL,
    event         TEXT NOT NULL,
    -- the event with what belongs to it, as JSON
    body          TEXT NOT NULL,
    happened_on   TEXT NOT NULL,
    note          TEXT NOT NULL,
    recorded_by   TEXT CONSTRAINT enforcement_event_person_fk REFERENCES person (id),
    recorded_at   INTEGER NOT NULL,
    fact_id       TEXT CONSTRAINT enforcement_event_fact_fk REFERENCES fact (id),
    withdrawn_at  INTEGER,
    CONSTRAINT enforcement_event_once UNIQUE (case_id, event_key)
) STRICT;
CREATE INDEX enforcement_event_fact ON enforcement_event (fact_id) WHERE fact_id IS NOT NULL;
