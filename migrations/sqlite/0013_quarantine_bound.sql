-- How much of each phone lies in quarantine: a hostile phone must not fill the disk with what is
-- refused. What is beyond the bound is only counted; honest phones keep what was refused themselves.
CREATE TABLE quarantine_share (
    device_id    TEXT NOT NULL CONSTRAINT quarantine_share_pk PRIMARY KEY
                 CONSTRAINT quarantine_share_device_fk REFERENCES device (id),
    changes      INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    -- refused when there was no room left
    passed_over  INTEGER NOT NULL DEFAULT 0,
    passed_over_at INTEGER
) STRICT;
INSERT INTO quarantine_share (device_id, changes, bytes)
    SELECT device_id, count(*), sum(length(bytes)) FROM quarantine GROUP BY device_id;
