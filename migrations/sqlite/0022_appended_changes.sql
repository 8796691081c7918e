-- What phones write is appended to the saved document, and the night saves it whole again. How many changes
-- stand behind a document, so that the night finds them.
ALTER TABLE document ADD COLUMN appended INTEGER NOT NULL DEFAULT 0;
CREATE INDEX document_appended ON document (id) WHERE appended > 0;
