-- R13.1: the persons of clients live in documents of their own, which are erased whole. Here stands
-- which generation of a client's card may be written, who read it, and what was erased; never what
-- stood in it.
CREATE TABLE personal_card (
    client_id   TEXT NOT NULL CONSTRAINT personal_card_pk PRIMARY KEY CONSTRAINT personal_card_client_fk REFERENCES client (id),
    -- every generation before this one is erased
    generation  INTEGER NOT NULL,
    -- when somebody wrote into it last; none: the generation is empty
    written_at  INTEGER
) STRICT;
CREATE INDEX personal_card_written ON personal_card (written_at) WHERE written_at IS NOT NULL;

-- Every reading, once: the id is made by whoever reads. Never updated, never deleted.
CREATE TABLE card_reading (
    id           TEXT NOT NULL CONSTRAINT card_reading_pk PRIMARY KEY,
    client_id    TEXT NOT NULL CONSTRAINT card_reading_client_fk REFERENCES client (id),
    person_id    TEXT NOT NULL CONSTRAINT card_reading_person_fk REFERENCES person (id),
    -- by the reader's clock
    read_at      INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    -- 'console', 'api', 'phone', 'command'
    place        TEXT NOT NULL,
    device_id    TEXT CONSTRAINT card_reading_device_fk REFERENCES device (id),
    purpose      TEXT NOT NULL
) STRICT;
CREATE INDEX card_reading_client ON card_reading (client_id, read_at);

-- Every erasure, without what was erased. Never updated, never deleted.
CREATE TABLE card_erasure (
    client_id   TEXT NOT NULL CONSTRAINT card_erasure_client_fk REFERENCES client (id),
    -- the one that was erased
    generation  INTEGER NOT NULL,
    erased_at   INTEGER NOT NULL,
    -- none: the nightly job, because the retention time ended
    erased_by   TEXT CONSTRAINT card_erasure_person_fk REFERENCES person (id),
    why         TEXT NOT NULL,
    CONSTRAINT card_erasure_pk PRIMARY KEY (client_id, generation)
) STRICT;
