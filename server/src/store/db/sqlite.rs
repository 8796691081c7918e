//! One SQLite file: one writer, many readers.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::StoreError;

#[derive(Debug, Clone)]
pub(super) struct Pools {
    /// One connection: SQLite has one writer, and waiting in our queue is fairer than in its.
    writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl Pools {
    pub(super) async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is erased must not go on lying in the file's free pages (R13.1).
            .pragma("secure_delete", "ON")
            // No statistics for the planner: see the migration 0015.
            // As many as a connection ever runs: preparing one costs more than running it.
            .statement_cache_capacity(1_000)
            .busy_timeout(Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // Waiting for one's turn to write is no fault.
            .acquire_slow_threshold(Duration::from_secs(15))
            .connect_with(options.clone())
            .await?;
        assert_version(&writer).await?;
        sqlx::migrate!("../migrations/sqlite").run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { writer, readers })
    }

    pub(super) async fn open_copy(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let readers = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { writer: readers.clone(), readers })
    }

    pub(super) async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.to_str().ok_or_else(|| StoreError::Unreadable {
            place: "the copy's name",
            detail: format!("{} is not UTF-8: choose another name", file.display()),
        })?;
        sqlx::query("vacuum into $1").bind(name).execute(&self.readers).await?;
        Ok(())
    }

    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    pub(super) async fn begin_read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    /// Empties the journal behind the file, so that what was erased does not go on lying there. Only
    /// a reader that is slow just now can keep it; then the next writer empties it.
    pub(super) async fn truncate_wal(&self) {
        let emptied = sqlx::query("pragma wal_checkpoint(truncate)").execute(&self.writer).await;
        if let Err(error) = emptied {
            tracing::warn!(%error, "the database's journal could not be emptied");
        }
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// SQLite before 3.51.3 can corrupt a WAL that several connections reset at once.
async fn assert_version(pool: &SqlitePool) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("select sqlite_version()").fetch_one(pool).await?;
    let number: Vec<u32> = found.split('.').filter_map(|part| part.parse().ok()).collect();
    if number.as_slice() < [3, 51, 3].as_slice() {
        return Err(StoreError::Unfit(format!(
            "SQLite {found} is linked, but at least 3.51.3 is needed (older ones can corrupt a WAL)"
        )));
    }
    Ok(())
}

/// What SQLite's own checks find, and what names something that is not there.
pub(super) async fn faults(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut faults: Vec<String> =
        sqlx::query_scalar("pragma integrity_check(20)").fetch_all(&mut *connection).await?;
    faults.retain(|line| line != "ok");
    let orphans: Vec<(String, Option<i64>)> =
        sqlx::query_as("select \"table\", rowid from pragma_foreign_key_check limit 20")
            .fetch_all(connection)
            .await?;
    faults.extend(orphans.into_iter().map(|(table, row)| {
        format!("row {} of {table} names something that is not there", row.unwrap_or_default())
    }));
    Ok(faults)
}
