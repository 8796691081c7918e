//! The phone's own database: one file, one connection, one process. SQL lives here and nowhere
//! else; what a row means for credit never does.
//!
//! Everything that one action of the user writes is one transaction, and it is on the disk
//! (`synchronous = FULL`) before the call returns.
#![forbid(unsafe_code)]

mod documents;
mod facts;
mod feed;
mod identity;
mod loans;
mod outbox;
mod policy;
mod readings;
mod returning;
mod schema;
mod sync_state;
mod things;

use std::fs::{File, TryLockError};
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::PhoneError;

pub(crate) use documents::{
    StoredDocument, documents_left_over, documents_of_scope, doubt_documents, drop_document,
    load_document, put_document, unproven_documents,
};
pub(crate) use facts::{
    StoredFact, StoredState, fact, facts_of_client, facts_of_document, forget_facts, index_facts,
    last_fact_id, own_facts_of_kind, own_facts_to_watch, put_fact, set_fact_state, settle_facts,
};
pub(crate) use feed::{delete_row, drop_rows_of_scope, forget_rows, put_row, row, rows};
pub(crate) use identity::{OwnIdentity, advance_push, begin_install, identity, put_identity};
pub(crate) use loans::{
    LoanInHand, close_loans, closed_loans, drawn_minor, forget_ended_loans, loans, loans_in_hand,
    server_time, set_asked_for_loans, want_loan, want_no_loan, wanted_loans,
};
pub(crate) use outbox::{
    Queued, RefusedRow, Waiting, count_unsent, dequeue, documents_with_unsent, enqueue,
    forget_refused, oldest_unsent, oldest_unsent_after, put_refused, refused, replace_queued,
    unsent, unsent_of_document,
};
pub(crate) use policy::{lends, note_lending, policy};
pub(crate) use readings::{StoredReading, count_readings, drop_reading, put_reading, readings};
pub(crate) use returning::{drop_returning, put_returning, returning};
pub(crate) use sync_state::{
    InFlight, clear_in_flight, drop_scope, in_flight, next_heard, positions, put_in_flight,
    put_position, read_anew_with, set_anew, set_completed, set_epoch, set_server_ahead, sync_state,
};
pub(crate) use things::{digest_of_scope, things_of_scope};

/// The open store.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    /// How the connection commits now.
    commit: Commit,
    /// Drawn at random when it was opened; no other opening, of this folder or a copy, has the same.
    drawn: [u8; 8],
    // After the connection: fields are dropped in their order.
    _lock: Lock,
}

/// The folder is this process's alone, until the value is dropped or the process dies.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    /// Lets go by name: a program that the app is just starting holds a copy of every open file for
    /// a moment, so that closing alone would not end the lock.
    fn drop(&mut self) {
        // Where it fails, the end of the process ends the lock.
        let _ = self.0.unlock();
    }
}

impl Store {
    /// Opens the store in `folder`, making both if they do not exist.
    pub(crate) fn open(folder: &Path) -> Result<Self, PhoneError> {
        let cannot =
            |error: std::io::Error| PhoneError::damaged(format!("{}: {error}", folder.display()));
        make_private(folder).map_err(cannot)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("saldo.lock"))
            .map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(PhoneError::InUse { folder: folder.display().to_string() });
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let mut connection = Connection::open(folder.join("saldo.db"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let commit = Commit::OnDisk;
        connection.pragma_update(None, "synchronous", commit.synchronous())?;
        // Evicted clients are gone from the file too (R13.1).
        connection.pragma_update(None, "secure_delete", "ON")?;
        schema::migrate(&mut connection)?;
        Ok(Self { connection, commit, drawn: crate::engine::random()?, _lock: Lock(lock) })
    }

    /// What this opening drew at random.
    pub(crate) const fn drawn(&self) -> [u8; 8] {
        self.drawn
    }

    /// For reading.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Does `work` in one transaction: all of it is on the disk, or nothing.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, PhoneError>,
    ) -> Result<T, PhoneError> {
        self.transact(Commit::OnDisk, work)
    }

    /// As [`Store::write`], but nobody waits for the disk: what is written is in the file, whole, for this
    /// process and the next one, and a loss of power may undo it. Only for what is learnt anew by itself.
    /// What is written afterwards takes it along.
    pub(crate) fn note<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, PhoneError>,
    ) -> Result<T, PhoneError> {
        self.transact(Commit::InFile, work)
    }

    fn transact<T>(
        &mut self,
        commit: Commit,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, PhoneError>,
    ) -> Result<T, PhoneError> {
        // Before the transaction, whatever became of the one before: none waits less than it should.
        if self.commit != commit {
            self.connection.pragma_update(None, "synchronous", commit.synchronous())?;
            self.commit = commit;
        }
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }
}

/// When a transaction is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commit {
    /// When it is on the disk.
    OnDisk,
    /// When it is in the file.
    InFile,
}

impl Commit {
    /// As SQLite calls it, with a write-ahead log.
    const fn synchronous(self) -> &'static str {
        match self {
            Self::OnDisk => "FULL",
            Self::InFile => "NORMAL",
        }
    }
}

/// Makes the folder, for this user alone: the device's key and the clients' figures are in it.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Reads what this phone itself wrote as JSON; anything else is damage.
fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, PhoneError> {
    serde_json::from_str(text).map_err(PhoneError::damaged)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, PhoneError> {
    serde_json::to_string(value).map_err(PhoneError::damaged)
}

/// Reads an id that this phone itself wrote.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, PhoneError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(PhoneError::damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite would go about a statement in an empty store, step by step.
    pub(super) fn plan_of(statement: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("opens");
        let explained = format!("EXPLAIN QUERY PLAN {statement}");
        let mut explained = store.read().prepare(&explained).expect("is a statement");
        // What its parameters are does not matter.
        explained.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().expect("explains")
    }

    #[test]
    fn a_second_process_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Store::open(folder.path()).expect("opens");
        assert!(matches!(Store::open(folder.path()), Err(PhoneError::InUse { .. })));
        drop(first);
        Store::open(folder.path()).expect("opens again");
    }

    #[test]
    fn a_program_being_started_does_not_keep_the_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Store::open(folder.path()).expect("opens");
        // What a started program has of it before it runs its own code.
        let _inherited = first._lock.0.try_clone().expect("a copy");
        drop(first);
        Store::open(folder.path()).expect("opens again");
    }

    #[test]
    fn a_damaged_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("saldo.db"), vec![7; 8192]).expect("writes");
        assert!(matches!(Store::open(folder.path()), Err(PhoneError::StorageDamaged { .. })));
    }

    /// By SQLite's numbers: 1 is NORMAL, 2 is FULL.
    fn synchronous(tx: &Transaction<'_>) -> Result<u8, PhoneError> {
        Ok(tx.query_row("PRAGMA synchronous", [], |row| row.get(0))?)
    }

    #[test]
    fn after_a_note_commits_wait_for_the_disk_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("opens");
        assert_eq!(store.write(synchronous), Ok(2));
        assert_eq!(store.note(synchronous), Ok(1));
        assert_eq!(store.write(synchronous), Ok(2));
        let failed: Result<(), _> = store.note(|_| Err(PhoneError::NotEnrolled));
        assert_eq!((failed, store.write(synchronous)), (Err(PhoneError::NotEnrolled), Ok(2)));
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.note(|_| -> Result<(), PhoneError> { panic!("in the middle") })
        }));
        assert!(broken.is_err());
        assert_eq!(store.write(synchronous), Ok(2));
    }

    #[test]
    fn a_note_is_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("opens");
        store.note(|tx| put_row(tx, 1, "client", "noted", "{}")).expect("notes");
        drop(store);
        assert_eq!(rows_of(&Store::open(folder.path()).expect("opens again")), 1);
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("opens");
        store.read().pragma_update(None, "user_version", 999).expect("sets");
        drop(store);
        let error = Store::open(folder.path()).expect_err("newer").to_string();
        assert!(error.contains("update the app"), "{error}");
    }

    #[test]
    fn a_full_disk_is_told_and_nothing_is_half_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("opens");
        let pages: i64 =
            store.read().query_row("PRAGMA page_count", [], |row| row.get(0)).expect("pages");
        store
            .read()
            .query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |row| {
                row.get::<_, i64>(0)
            })
            .expect("bound");
        let full = store.write(|tx| {
            put_row(tx, 1, "client", "small", "{}")?;
            put_row(tx, 1, "client", "large", &"x".repeat(1_000_000))
        });
        assert_eq!(full, Err(PhoneError::StorageFull));
        assert_eq!(rows_of(&store), 0, "all or nothing");
        store.write(|tx| put_row(tx, 1, "client", "small", "{}")).expect("small still fits");
        assert_eq!(rows_of(&store), 1);
    }

    fn rows_of(store: &Store) -> i64 {
        store
            .read()
            .query_row("SELECT count(*) FROM feed_row", [], |row| row.get(0))
            .expect("counts")
    }
}
