-- A change is found by its log entry and in no other way. By its document and its hash each push wrote into a page of
-- the index for each of its documents, and nobody ever asked; whether a change is known, the document says.
ALTER TABLE document_change
    DROP CONSTRAINT document_change_pk,
    DROP CONSTRAINT document_change_log_unique,
    DROP CONSTRAINT document_change_document_fk,
    ADD CONSTRAINT document_change_pk PRIMARY KEY (log_id),
    -- of a personal card: it goes when that is erased (R13.1)
    ADD COLUMN is_personal BOOLEAN NOT NULL DEFAULT false;
UPDATE document_change SET is_personal = true
FROM document WHERE document.id = document_change.document_id AND document.kind = 'personal_card';
CREATE INDEX document_change_personal ON document_change (document_id) WHERE is_personal = true;

-- A client's last visit, or when somebody last spoke with it, is the end of a piece of this index: without the kind all
-- that was ever recorded about the client was read.
DROP INDEX fact_client;
CREATE INDEX fact_of_client ON fact (client_id, kind, recorded_at);

-- As SQLite calls the one of its own that need not write each item as text for it to be read again.
ALTER FUNCTION json_each(TEXT) RENAME TO jsonb_each;
