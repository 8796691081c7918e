-- Which database server and which database the log was last served from: another one means that it was
-- restored from a copy, and a new epoch begins. Of a file it stays empty: `saldo restore` begins the epoch.
ALTER TABLE log_state ADD COLUMN home TEXT NOT NULL DEFAULT '';
