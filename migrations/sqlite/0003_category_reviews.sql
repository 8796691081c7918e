-- R2.6: categories are suggested, named by head of sales and finance control, approved by the
-- commercial director. What was suggested and who named what stays.
CREATE TABLE category_review (
    id         INTEGER CONSTRAINT category_review_pk PRIMARY KEY AUTOINCREMENT,
    -- the civil date as of which the past was judged
    as_of      TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    -- a later review takes the place of an earlier one
    closed_at  INTEGER
) STRICT;

CREATE TABLE category_proposal (
    review_id  INTEGER NOT NULL CONSTRAINT category_proposal_review_fk REFERENCES category_review (id),
    client_id  TEXT NOT NULL CONSTRAINT category_proposal_client_fk REFERENCES client (id),
    held       TEXT NOT NULL,
    suggested  TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    decided    TEXT,
    decided_at INTEGER,
    CONSTRAINT category_proposal_pk PRIMARY KEY (review_id, client_id)
) STRICT;

CREATE TABLE category_vote (
    review_id  INTEGER NOT NULL,
    client_id  TEXT NOT NULL,
    role       TEXT NOT NULL,
    person_id  TEXT NOT NULL CONSTRAINT category_vote_person_fk REFERENCES person (id),
    category   TEXT NOT NULL,
    why        TEXT NOT NULL,
    voted_at   INTEGER NOT NULL,
    CONSTRAINT category_vote_pk PRIMARY KEY (review_id, client_id, role),
    -- nobody counts twice, in whatever roles
    CONSTRAINT category_vote_person_unique UNIQUE (review_id, client_id, person_id),
    CONSTRAINT category_vote_proposal_fk FOREIGN KEY (review_id, client_id)
        REFERENCES category_proposal (review_id, client_id)
) STRICT;

-- R2.6, R7.6: the director overrides, with a reason.
CREATE TABLE category_override (
    id         INTEGER CONSTRAINT category_override_pk PRIMARY KEY AUTOINCREMENT,
    client_id  TEXT NOT NULL CONSTRAINT category_override_client_fk REFERENCES client (id),
    held       TEXT NOT NULL,
    category   TEXT NOT NULL,
    why        TEXT NOT NULL,
    person_id  TEXT NOT NULL CONSTRAINT category_override_person_fk REFERENCES person (id),
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX category_override_client ON category_override (client_id, at);
