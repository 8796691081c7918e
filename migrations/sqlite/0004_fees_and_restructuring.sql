-- What ends a late fee (R8.2, R8.3): payments of it and waivers. The fee itself is never stored: it
-- is computed from dates and payments. And restructuring agreements (R8.5), with what they cover.

-- Money that pays a fee and not an invoice's principal.
CREATE TABLE fee_payment (
    id            TEXT NOT NULL CONSTRAINT fee_payment_pk PRIMARY KEY,
    -- what makes it the same booking when it comes again; one booking may take several payments
    booking_key   TEXT NOT NULL,
    part          INTEGER NOT NULL,
    client_id     TEXT NOT NULL CONSTRAINT fee_payment_client_fk REFERENCES client (id),
    invoice_id    TEXT NOT NULL CONSTRAINT fee_payment_invoice_fk REFERENCES invoice (id),
    paid_on       TEXT NOT NULL,
    amount_minor  INTEGER NOT NULL CONSTRAINT fee_payment_amount_positive CHECK (amount_minor > 0),
    -- the client's unallocated money it is taken from; null: money that is in no ledger here
    payment_id    TEXT CONSTRAINT fee_payment_payment_fk REFERENCES payment (id),
    booked_by     TEXT NOT NULL CONSTRAINT fee_payment_person_fk REFERENCES person (id),
    booked_at     INTEGER NOT NULL,
    CONSTRAINT fee_payment_once UNIQUE (booking_key, part)
) STRICT;
CREATE INDEX fee_payment_client ON fee_payment (client_id);
CREATE INDEX fee_payment_invoice ON fee_payment (invoice_id);
CREATE INDEX fee_payment_payment ON fee_payment (payment_id) WHERE payment_id IS NOT NULL;

-- Never deleted: one that was corrected away is withdrawn.
CREATE TABLE fee_waiver (
    id            TEXT NOT NULL CONSTRAINT fee_waiver_pk PRIMARY KEY,
    waiver_key    TEXT NOT NULL CONSTRAINT fee_waiver_key_unique UNIQUE,
    client_id     TEXT NOT NULL CONSTRAINT fee_waiver_client_fk REFERENCES client (id),
    invoice_id    TEXT NOT NULL CONSTRAINT fee_waiver_invoice_fk REFERENCES invoice (id),
    amount_minor  INTEGER NOT NULL CONSTRAINT fee_waiver_amount_positive CHECK (amount_minor > 0),
    waived_on     TEXT NOT NULL,
    why           TEXT NOT NULL,
    -- the fact that asked for it; null: waived in the office
    fact_id       TEXT CONSTRAINT fee_waiver_fact_fk REFERENCES fact (id),
    role          TEXT NOT NULL,
    waived_by     TEXT NOT NULL CONSTRAINT fee_waiver_person_fk REFERENCES person (id),
    waived_at     INTEGER NOT NULL,
    withdrawn_at  INTEGER
) STRICT;
CREATE INDEX fee_waiver_client ON fee_waiver (client_id);
CREATE INDEX fee_waiver_invoice ON fee_waiver (invoice_id);

CREATE TABLE restructuring (
    id            TEXT NOT NULL CONSTRAINT restructuring_pk PRIMARY KEY,
    client_id     TEXT NOT NULL CONSTRAINT restructuring_client_fk REFERENCES client (id),
    signed_on     TEXT NOT NULL,
    -- the client's written request; null: there is none yet
    requested_on  TEXT,
    -- the fee agreed, which may be zero; null: nothing was agreed
    fee_minor     INTEGER CONSTRAINT restructuring_fee_not_negative CHECK (fee_minor >= 0),
    -- in words, one a line
    guarantees    TEXT NOT NULL,
    drawn_up_by   TEXT NOT NULL CONSTRAINT restructuring_author_fk REFERENCES person (id),
    drawn_up_at   INTEGER NOT NULL,
    -- 'drawn_up', 'approved', 'rejected', 'withdrawn', 'replaced' by a later one
    state         TEXT NOT NULL DEFAULT 'drawn_up',
    decided_by    TEXT CONSTRAINT restructuring_decider_fk REFERENCES person (id),
    decided_at    INTEGER,
    why           TEXT NOT NULL DEFAULT '',
    -- what became of it as far as was told: null while it is kept, 'missed', 'fulfilled'
    told          TEXT,
    told_on       TEXT
) STRICT;
CREATE INDEX restructuring_client ON restructuring (client_id, drawn_up_at);
CREATE INDEX restructuring_approved ON restructuring (client_id) WHERE state = 'approved';

CREATE TABLE restructuring_invoice (
    restructuring_id  TEXT NOT NULL CONSTRAINT restructuring_invoice_agreement_fk REFERENCES restructuring (id),
    invoice_id        TEXT NOT NULL CONSTRAINT restructuring_invoice_invoice_fk REFERENCES invoice (id),
    -- what it owed on the day of the signatures, and what had been paid of it before
    principal_minor   INTEGER NOT NULL CONSTRAINT restructuring_invoice_principal_positive CHECK (principal_minor > 0),
    paid_before_minor INTEGER NOT NULL CONSTRAINT restructuring_invoice_paid_not_negative CHECK (paid_before_minor >= 0),
    -- its part of the fee agreed
    fee_minor         INTEGER NOT NULL CONSTRAINT restructuring_invoice_fee_not_negative CHECK (fee_minor >= 0),
    CONSTRAINT restructuring_invoice_pk PRIMARY KEY (restructuring_id, invoice_id)
) STRICT;
CREATE INDEX restructuring_invoice_invoice ON restructuring_invoice (invoice_id);

CREATE TABLE restructuring_instalment (
    restructuring_id  TEXT NOT NULL CONSTRAINT restructuring_instalment_agreement_fk REFERENCES restructuring (id),
    pay_on            TEXT NOT NULL,
    amount_minor      INTEGER NOT NULL CONSTRAINT restructuring_instalment_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT restructuring_instalment_pk PRIMARY KEY (restructuring_id, pay_on)
) STRICT;
