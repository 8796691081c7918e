-- The planner's statistics were taken when a connection closed, most often right after a company was
-- set up: with one document and no invoice, so that later, with thousands, whole tables were read for
-- every row of the log. Without any the planner trusts the indexes, which are made for what is asked.
ANALYZE log_state;
DELETE FROM sqlite_stat1;
ANALYZE sqlite_schema;
