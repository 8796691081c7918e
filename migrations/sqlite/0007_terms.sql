-- Terms that change for a client: the prepayment list (R4.5) and new terms (R4.4), the history of
-- its category (R2.8), the package of documents and the contract (R3.2), checks after delivery (R5.2).

-- Terms stricter than the contract's. They hold from the day on which the notice reached the client
-- (R13.1) to `holds_until`, and end earlier on `ended_on`. A row is never deleted: it is the history.
CREATE TABLE stricter_terms (
    id                  TEXT NOT NULL CONSTRAINT stricter_terms_pk PRIMARY KEY,
    client_id           TEXT NOT NULL CONSTRAINT stricter_terms_client_fk REFERENCES client (id),
    -- 'prepayment_list' (R4.5) or 'new_terms' (R4.4)
    kind                TEXT NOT NULL,
    -- of the prepayment list: the first day of the month that was looked at
    month               TEXT,
    prepayment_percent  INTEGER,
    depth_minor         INTEGER,
    depth_days          INTEGER,
    months              INTEGER NOT NULL,
    -- what led to it, in words
    evidence            TEXT NOT NULL,
    -- of new terms: agreed with the client, or imposed
    agreed              INTEGER NOT NULL DEFAULT 0,
    proposed_at         INTEGER NOT NULL,
    decided_by          TEXT CONSTRAINT stricter_terms_decider_fk REFERENCES person (id),
    decided_at          INTEGER,
    -- decided against: why
    rejected_why        TEXT,
    noticed_on          TEXT,
    holds_until         TEXT,
    ended_on            TEXT,
    ended_by            TEXT CONSTRAINT stricter_terms_ender_fk REFERENCES person (id),
    ended_why           TEXT,
    CONSTRAINT stricter_terms_once_a_month UNIQUE (client_id, kind, month)
) STRICT;
CREATE INDEX stricter_terms_in_force ON stricter_terms (client_id)
    WHERE noticed_on IS NOT NULL AND ended_on IS NULL;

-- Which category held until when: one row a change. Never updated, never deleted.
CREATE TABLE category_change (
    id          INTEGER CONSTRAINT category_change_pk PRIMARY KEY AUTOINCREMENT,
    client_id   TEXT NOT NULL CONSTRAINT category_change_client_fk REFERENCES client (id),
    held        TEXT NOT NULL,
    held_since  INTEGER NOT NULL,
    category    TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX category_change_client ON category_change (client_id, at);
CREATE INDEX category_change_at ON category_change (at);

-- When a phone had nothing unsent left and had been told what was new: what it knew from then on.
ALTER TABLE device ADD COLUMN settled_at INTEGER;
UPDATE device SET settled_at = last_sync_at WHERE unsent = 0;

-- Which of the eight documents are there; the latest row on a document holds.
CREATE TABLE client_document (
    id         INTEGER CONSTRAINT client_document_pk PRIMARY KEY AUTOINCREMENT,
    client_id  TEXT NOT NULL CONSTRAINT client_document_client_fk REFERENCES client (id),
    document   TEXT NOT NULL,
    -- of the paper itself; null: it is not there (any more)
    dated_on   TEXT,
    noted_by   TEXT NOT NULL CONSTRAINT client_document_person_fk REFERENCES person (id),
    noted_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX client_document_client ON client_document (client_id, document, id);

-- The contract as it was concluded and changed, by whom. Never updated, never deleted.
CREATE TABLE contract_change (
    id                   INTEGER CONSTRAINT contract_change_pk PRIMARY KEY AUTOINCREMENT,
    client_id            TEXT NOT NULL CONSTRAINT contract_change_client_fk REFERENCES client (id),
    depth_minor          INTEGER,
    depth_days           INTEGER,
    safe_shipment_minor  INTEGER,
    -- which documents of the package were missing, in words
    lacking              TEXT NOT NULL,
    why                  TEXT NOT NULL,
    role                 TEXT NOT NULL,
    person_id            TEXT NOT NULL CONSTRAINT contract_change_person_fk REFERENCES person (id),
    at                   INTEGER NOT NULL
) STRICT;
CREATE INDEX contract_change_client ON contract_change (client_id, at);

-- R5.2 looks for what was issued in the last days.
CREATE INDEX invoice_issued ON invoice (issued_on);
