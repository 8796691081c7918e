-- A company's ERP tells what it ships, invoices, takes back and is paid (R4.7).

-- A program acts as a person, by a key of which only the hash is kept. A revoked key stays: what was
-- written by it names it.
CREATE TABLE api_key (
    id          TEXT NOT NULL CONSTRAINT api_key_pk PRIMARY KEY,
    token_hash  TEXT NOT NULL CONSTRAINT api_key_token_unique UNIQUE,
    person_id   TEXT NOT NULL CONSTRAINT api_key_person_fk REFERENCES person (id),
    name        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;

-- What was asked by a key, once: the same again gets the same answer, another content under the same id
-- is refused.
CREATE TABLE ledger_request (
    id              TEXT NOT NULL,
    -- 'made': the id became a shipment, an invoice, a return or a payment; 'shipped' or 'cancelled': what
    -- was told of the shipment with it
    step            TEXT NOT NULL,
    key_id          TEXT NOT NULL CONSTRAINT ledger_request_key_fk REFERENCES api_key (id),
    client_id       TEXT NOT NULL CONSTRAINT ledger_request_client_fk REFERENCES client (id),
    content_sha256  TEXT NOT NULL,
    at              INTEGER NOT NULL,
    -- JSON; empty only inside the transaction that makes it
    answer          TEXT NOT NULL,
    CONSTRAINT ledger_request_pk PRIMARY KEY (id, step)
) STRICT;

-- An order goes on: its state becomes 'shipped' when the goods left, which never expires, then 'invoiced'
-- or 'returned'. From now on amount_minor is what of it is neither invoiced nor returned.
ALTER TABLE client_order ADD COLUMN shipped_on TEXT;
-- how much left
ALTER TABLE client_order ADD COLUMN shipped_minor INTEGER;
-- the order that took its place: only one may
ALTER TABLE client_order ADD COLUMN replaced_by TEXT CONSTRAINT client_order_replaced_fk REFERENCES client_order (fact_id);
-- why it was cancelled
ALTER TABLE client_order ADD COLUMN why TEXT;
-- Of years of orders only few count.
CREATE INDEX client_order_counting ON client_order (client_id) WHERE state IN ('released', 'shipped');
CREATE INDEX client_order_released ON client_order (valid_until) WHERE state = 'released';

-- Which order an invoice bills, and what it took off its reservation.
CREATE TABLE order_invoice (
    invoice_id   TEXT NOT NULL CONSTRAINT order_invoice_pk PRIMARY KEY CONSTRAINT order_invoice_invoice_fk REFERENCES invoice (id),
    order_id     TEXT NOT NULL CONSTRAINT order_invoice_order_fk REFERENCES client_order (fact_id),
    taken_minor  INTEGER NOT NULL CONSTRAINT order_invoice_taken_not_negative CHECK (taken_minor >= 0)
) STRICT;
CREATE INDEX order_invoice_order ON order_invoice (order_id);

-- Returns (R4.1): what is credited is deducted in the month of the note. The rest of it lowered the
-- reservation of an order that was not invoiced yet, in the order's own month.
CREATE TABLE credit_note (
    id              TEXT NOT NULL CONSTRAINT credit_note_pk PRIMARY KEY,
    client_id       TEXT NOT NULL CONSTRAINT credit_note_client_fk REFERENCES client (id),
    number          TEXT NOT NULL,
    issued_on       TEXT NOT NULL,
    amount_minor    INTEGER NOT NULL CONSTRAINT credit_note_amount_positive CHECK (amount_minor > 0),
    credited_minor  INTEGER NOT NULL CONSTRAINT credit_note_credited_in_range CHECK (credited_minor BETWEEN 0 AND amount_minor),
    invoice_id      TEXT CONSTRAINT credit_note_invoice_fk REFERENCES invoice (id),
    order_id        TEXT CONSTRAINT credit_note_order_fk REFERENCES client_order (fact_id),
    CONSTRAINT credit_note_number_unique UNIQUE (client_id, number)
) STRICT;
CREATE INDEX credit_note_client ON credit_note (client_id, issued_on);
