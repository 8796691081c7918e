-- The night finds the documents that have changes behind them in the order in which they were last written:
-- by their ids each push of a day wrote into as many pages of the index as it wrote documents.
DROP INDEX document_appended;
CREATE INDEX document_appended ON document (log_id) WHERE appended > 0;
