//! The phone's schema, by `user_version`. Forward only; a step once released never changes.

use rusqlite::{Connection, TransactionBehavior};

use crate::PhoneError;

const STEPS: &[&str] = &[
    // 1: whose phone it is, what it wrote, what it was told, how far it has come.
    "
    CREATE TABLE identity (
        id            INTEGER NOT NULL CONSTRAINT identity_pk PRIMARY KEY CONSTRAINT identity_is_one CHECK (id = 1),
        secret_key    BLOB NOT NULL,
        device        TEXT NOT NULL,
        person        TEXT NOT NULL,
        name          TEXT NOT NULL,
        role          TEXT NOT NULL,
        server_url    TEXT NOT NULL,
        time_zone     TEXT NOT NULL,
        install_epoch INTEGER NOT NULL,
        push_number   INTEGER NOT NULL DEFAULT 0,
        previous_hash BLOB NOT NULL DEFAULT x''
    ) STRICT;

    CREATE TABLE document (
        id      TEXT NOT NULL CONSTRAINT document_pk PRIMARY KEY,
        subject TEXT NOT NULL,
        -- none: opened by this phone, the server has not sent it
        scope   INTEGER,
        saved   BLOB NOT NULL,
        -- as the server knows it; none: as saved. Unsent facts are written anew onto it when the
        -- server cannot take a change, or the phone gets a new identity.
        base    BLOB
    ) STRICT;

    -- Every fact that stands in a document here, for the screens.
    CREATE TABLE fact (
        id          TEXT NOT NULL CONSTRAINT fact_pk PRIMARY KEY,
        document    TEXT NOT NULL,
        client      TEXT NOT NULL,
        kind        TEXT NOT NULL,
        author      TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        body        TEXT NOT NULL,
        -- 'unsent', 'sent' (durable at the server, its consequences not yet here), 'settled', 'refused'
        state       TEXT NOT NULL
    ) STRICT;
    CREATE INDEX fact_client ON fact (client, recorded_at);
    CREATE INDEX fact_document ON fact (document);
    CREATE INDEX fact_author ON fact (author, id);

    CREATE TABLE outbox (
        position   INTEGER CONSTRAINT outbox_pk PRIMARY KEY AUTOINCREMENT,
        hash       BLOB NOT NULL CONSTRAINT outbox_hash_unique UNIQUE,
        document   TEXT NOT NULL,
        subject    TEXT NOT NULL,
        bytes      BLOB NOT NULL,
        -- what the change says, to write it anew: a fact, or the whole text of the note
        fact       TEXT,
        note       TEXT,
        written_at INTEGER NOT NULL,
        rewrites   INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX outbox_document ON outbox (document, position);

    CREATE TABLE refused (
        hash       BLOB NOT NULL CONSTRAINT refused_pk PRIMARY KEY,
        document   TEXT NOT NULL,
        bytes      BLOB NOT NULL,
        fact       TEXT,
        note       TEXT,
        code       TEXT NOT NULL,
        detail     TEXT NOT NULL,
        refused_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE feed_row (
        scope   INTEGER NOT NULL,
        kind    TEXT NOT NULL,
        id      TEXT NOT NULL,
        body    TEXT NOT NULL,
        -- of two scopes that carry the same row, the one heard last is shown
        heard   INTEGER NOT NULL,
        CONSTRAINT feed_row_pk PRIMARY KEY (scope, kind, id)
    ) STRICT;
    CREATE INDEX feed_row_kind ON feed_row (kind, id);

    CREATE TABLE scope (
        id      INTEGER NOT NULL CONSTRAINT scope_pk PRIMARY KEY,
        since   INTEGER NOT NULL,
        filling INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE sync_state (
        id           INTEGER NOT NULL CONSTRAINT sync_state_pk PRIMARY KEY CONSTRAINT sync_state_is_one CHECK (id = 1),
        epoch        INTEGER,
        heard        INTEGER NOT NULL DEFAULT 0,
        completed_at INTEGER
    ) STRICT;
    INSERT INTO sync_state (id) VALUES (1);

    -- The push that was sent and not answered: the same bytes go again.
    CREATE TABLE in_flight (
        id        INTEGER NOT NULL CONSTRAINT in_flight_pk PRIMARY KEY CONSTRAINT in_flight_is_one CHECK (id = 1),
        bytes     BLOB NOT NULL,
        number    INTEGER NOT NULL,
        body_hash BLOB NOT NULL
    ) STRICT;
    ",
    // 2: fields of cards wait in the outbox (their text in `note`); readings of personal cards wait
    // to be told; which kinds of documents the positions were asked for.
    "
    ALTER TABLE outbox ADD COLUMN field TEXT;
    ALTER TABLE refused ADD COLUMN field TEXT;
    -- what its document is about; none: refused before this step
    ALTER TABLE refused ADD COLUMN subject TEXT;
    ALTER TABLE sync_state ADD COLUMN kinds TEXT NOT NULL DEFAULT '';
    CREATE TABLE reading (
        id      TEXT NOT NULL CONSTRAINT reading_pk PRIMARY KEY,
        client  TEXT NOT NULL,
        read_at INTEGER NOT NULL
    ) STRICT;
    ",
    // 3: protocol 2. What was sent by the protocol before is sent anew; the digests of what is held
    // are computed as everything is read anew.
    "
    DELETE FROM in_flight;
    ALTER TABLE document ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;
    -- 0: the server, restored from a backup, has not said yet what it has of it
    ALTER TABLE document ADD COLUMN proven INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE feed_row ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;
    -- 1: everything unsent is to be written anew as soon as everything that is new has come
    ALTER TABLE sync_state ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
    -- Changes that the server had before it was restored and does not have any more.
    CREATE TABLE to_return (
        document TEXT NOT NULL CONSTRAINT to_return_pk PRIMARY KEY,
        subject  TEXT NOT NULL,
        changes  BLOB NOT NULL
    ) STRICT;
    ",
    // 4: a hash names a change within its document: the same first words in two documents are the
    // same bytes.
    "
    ALTER TABLE outbox RENAME TO outbox_before;
    CREATE TABLE outbox (
        position   INTEGER NOT NULL CONSTRAINT outbox_pk PRIMARY KEY AUTOINCREMENT,
        hash       BLOB NOT NULL,
        document   TEXT NOT NULL,
        subject    TEXT NOT NULL,
        bytes      BLOB NOT NULL,
        fact       TEXT,
        note       TEXT,
        written_at INTEGER NOT NULL,
        rewrites   INTEGER NOT NULL DEFAULT 0,
        field      TEXT,
        CONSTRAINT outbox_hash_unique UNIQUE (document, hash)
    ) STRICT;
    INSERT INTO outbox (position, hash, document, subject, bytes, fact, note, written_at, rewrites, field)
        SELECT position, hash, document, subject, bytes, fact, note, written_at, rewrites, field
        FROM outbox_before;
    DROP TABLE outbox_before;
    CREATE INDEX outbox_document ON outbox (document, position);

    ALTER TABLE refused RENAME TO refused_before;
    CREATE TABLE refused (
        hash       BLOB NOT NULL,
        document   TEXT NOT NULL,
        bytes      BLOB NOT NULL,
        fact       TEXT,
        note       TEXT,
        code       TEXT NOT NULL,
        detail     TEXT NOT NULL,
        refused_at INTEGER NOT NULL,
        field      TEXT,
        subject    TEXT,
        CONSTRAINT refused_pk PRIMARY KEY (document, hash)
    ) STRICT;
    INSERT INTO refused (hash, document, bytes, fact, note, code, detail, refused_at, field, subject)
        SELECT hash, document, bytes, fact, note, code, detail, refused_at, field, subject
        FROM refused_before;
    DROP TABLE refused_before;
    ",
    // 5: loans of limit: which are closed, of whose limit the person wants some, when they were asked
    // for, and what time it is at the server.
    "
    ALTER TABLE sync_state ADD COLUMN server_ahead INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sync_state ADD COLUMN asked_for_loans_at INTEGER;
    CREATE TABLE closed_loan (
        id TEXT NOT NULL CONSTRAINT closed_loan_pk PRIMARY KEY
    ) STRICT;
    CREATE TABLE wanted_loan (
        client    TEXT NOT NULL CONSTRAINT wanted_loan_pk PRIMARY KEY,
        wanted_at INTEGER NOT NULL
    ) STRICT;
    ",
    // 6: the digests of a scope are found without reading what they are of.
    "
    CREATE INDEX document_digest ON document (scope, digest);
    CREATE INDEX feed_row_digest ON feed_row (scope, digest);
    ",
    // 7: what an answer that says nothing asks about is found at once: which facts wait for what
    // followed from them, and whether the policy lends.
    "
    CREATE INDEX fact_sent ON fact (id) WHERE state = 'sent';
    -- whether the policy lends limit (R4.9); none: to be read from it
    ALTER TABLE sync_state ADD COLUMN lends INTEGER;
    ",
];

/// Brings the file to the newest step.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), PhoneError> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > STEPS.len() {
        return Err(PhoneError::damaged("a newer version of the app wrote it: update the app"));
    }
    for (step, version) in STEPS.iter().zip(1_u32..).skip(done) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}
