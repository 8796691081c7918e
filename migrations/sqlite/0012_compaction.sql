-- Compaction of the log: what a newer entry tells again goes every night; what no phone may need
-- any more (it was away for longer than phones may be) goes after that time.

-- Up to this number entries that a newer one tells again may be gone: numbers have no holes only
-- after it.
ALTER TABLE log_state ADD COLUMN compacted_seq INTEGER NOT NULL DEFAULT 0;

-- The newest number when a civil date began: what was numbered up to it is at least that old.
CREATE TABLE log_day (
    day       TEXT NOT NULL CONSTRAINT log_day_pk PRIMARY KEY,
    last_seq  INTEGER NOT NULL
) STRICT;
