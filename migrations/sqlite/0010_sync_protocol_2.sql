-- Protocol 2 of the sync. What one push adds to one document is one bundle and one entry of the log
-- instead of one for each change; what a phone must hold of a scope is proved by a digest; and each
-- installation of a device has a chain of pushes of its own, so that a copy of a phone goes on
-- beside the original instead of being mistaken for it.

-- 1: `bytes` is a bundle of changes, `hash` that of the last; 0: one change, as before this step.
ALTER TABLE document_change ADD COLUMN bundled INTEGER NOT NULL DEFAULT 0;

-- Of the document as it stands (its heads); 0: not computed since this step.
ALTER TABLE document ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;

-- How the entry changes the digest of its scope: the digest of the thing before, exclusive-or after.
ALTER TABLE log ADD COLUMN delta INTEGER NOT NULL DEFAULT 0;

-- Of everything in the scope as the numbered log tells it.
ALTER TABLE scope ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;

-- 1: the digests above are computed (of a new company from its first entry on).
ALTER TABLE log_state ADD COLUMN digested INTEGER NOT NULL DEFAULT 0;

CREATE TABLE device_install (
    device_id      TEXT NOT NULL CONSTRAINT device_install_device_fk REFERENCES device (id),
    install_epoch  INTEGER NOT NULL,
    -- of the last push; 0: none yet
    push_number    INTEGER NOT NULL DEFAULT 0,
    -- SHA-256 of its body, hexadecimal
    push_hash      TEXT NOT NULL DEFAULT '',
    begun_at       INTEGER NOT NULL,
    CONSTRAINT device_install_pk PRIMARY KEY (device_id, install_epoch)
) STRICT;
INSERT INTO device_install (device_id, install_epoch, push_number, push_hash, begun_at)
SELECT id, install_epoch, push_number, push_hash, enrolled_at FROM device;
ALTER TABLE device DROP COLUMN push_number;
ALTER TABLE device DROP COLUMN push_hash;
