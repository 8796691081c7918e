-- R1.1: written orders that lift rules for one client until a day. Never updated, never deleted;
-- an order ends by its date.
CREATE TABLE exemption (
    id          TEXT NOT NULL CONSTRAINT exemption_pk PRIMARY KEY,
    client_id   TEXT NOT NULL CONSTRAINT exemption_client_fk REFERENCES client (id),
    -- the R-numbers it lifts, joined by commas
    rules       TEXT NOT NULL,
    holds_from  TEXT NOT NULL,
    holds_until TEXT NOT NULL,
    why         TEXT NOT NULL,
    ordered_by  TEXT NOT NULL CONSTRAINT exemption_person_fk REFERENCES person (id),
    ordered_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX exemption_client ON exemption (client_id, holds_until);

-- A changed policy is tried on what was judged in a period (R14.2).
CREATE INDEX verdict_judged ON verdict (judged_at, id);
