-- What was decided about money, by rules and by people, as it was written: one row after the other, each
-- sealed with a hash over itself and the hash of the row before it. A row gets its number and its seal
-- after commit, from whoever numbers the log. Nothing sealed is ever changed.
CREATE TABLE audit (
    id      INTEGER CONSTRAINT audit_pk PRIMARY KEY AUTOINCREMENT,
    number  INTEGER CONSTRAINT audit_number_unique UNIQUE,
    at      INTEGER NOT NULL,
    -- 'verdict', 'decision', ...
    kind    TEXT NOT NULL,
    -- the row of the other table that it is about
    about   TEXT NOT NULL,
    body    TEXT NOT NULL,
    seal    BLOB
) STRICT;
CREATE INDEX audit_about ON audit (about);
CREATE INDEX audit_unsealed ON audit (id) WHERE number IS NULL;

-- The newest seal: who cuts the end off must change this too.
CREATE TABLE audit_head (
    id      INTEGER NOT NULL CONSTRAINT audit_head_pk PRIMARY KEY CONSTRAINT audit_head_is_one CHECK (id = 1),
    number  INTEGER NOT NULL,
    seal    BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit WHEN old.number IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
