-- A push reads and writes fewer pages. A row is read from its beginning, so what stands behind a large value is
-- reached over all the pages of it: large values stand last.

CREATE TABLE document_new (
    id          TEXT NOT NULL CONSTRAINT document_pk PRIMARY KEY,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    scope_id    INTEGER NOT NULL CONSTRAINT document_scope_fk REFERENCES scope (id),
    -- the newest log entry about it
    log_id      INTEGER NOT NULL,
    -- of its heads; 0: not computed since step 10
    digest      INTEGER NOT NULL DEFAULT 0,
    -- how many changes stand behind the saved document
    appended    INTEGER NOT NULL DEFAULT 0,
    saved       BLOB NOT NULL
) STRICT;
INSERT INTO document_new (id, kind, subject, scope_id, log_id, digest, appended, saved)
SELECT id, kind, subject, scope_id, log_id, digest, appended, saved FROM document;

-- A change is found by its log entry and in no other way. By its document and its hash each push wrote into a page of
-- the index for each of its documents, and nobody ever asked; whether a change is known, the document says.
CREATE TABLE document_change_new (
    log_id       INTEGER NOT NULL CONSTRAINT document_change_pk PRIMARY KEY,
    document_id  TEXT NOT NULL,
    device_id    TEXT CONSTRAINT document_change_device_fk REFERENCES device (id),
    -- of the last change in `bytes`
    hash         BLOB NOT NULL,
    -- 1: `bytes` is a bundle of changes; 0: one change, as before step 10
    bundled      INTEGER NOT NULL DEFAULT 0,
    -- of a personal card: it goes when that is erased (R13.1)
    is_personal  INTEGER NOT NULL DEFAULT 0,
    bytes        BLOB NOT NULL
) STRICT;
INSERT INTO document_change_new (log_id, document_id, device_id, hash, bundled, is_personal, bytes)
SELECT c.log_id, c.document_id, c.device_id, c.hash, c.bundled, d.kind = 'personal_card', c.bytes
FROM document_change c JOIN document d ON d.id = c.document_id;

DROP TABLE document_change;
DROP TABLE document;
ALTER TABLE document_new RENAME TO document;
ALTER TABLE document_change_new RENAME TO document_change;
CREATE INDEX document_scope ON document (scope_id, log_id);
CREATE INDEX document_appended ON document (log_id) WHERE appended > 0;
CREATE INDEX document_change_personal ON document_change (document_id) WHERE is_personal = true;

-- A client's last visit, or when somebody last spoke with it, is the end of a piece of this index: without the kind all
-- that was ever recorded about the client was read.
DROP INDEX fact_client;
CREATE INDEX fact_of_client ON fact (client_id, kind, recorded_at);
