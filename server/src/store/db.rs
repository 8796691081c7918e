//! The database, its transactions and its migrations.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqliteConnection, Transaction};

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored value cannot be read back: the file was changed by something else.
    #[error("the database holds something unreadable in {place}: {detail}")]
    Unreadable {
        /// Which table or column.
        place: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The linked SQLite is older than the first without the WAL-reset corruption.
    #[error(
        "SQLite {found} is linked, but at least 3.51.3 is needed (older ones can corrupt a WAL)"
    )]
    SqliteTooOld {
        /// The version linked.
        found: String,
    },
}

impl StoreError {
    /// Says where something unreadable stood.
    pub fn unreadable(place: &'static str) -> impl Fn(String) -> Self {
        move |detail| Self::Unreadable { place, detail }
    }

    /// Whether a unique constraint was hit.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// The company's database.
#[derive(Debug, Clone)]
pub struct Db {
    /// One connection: SQLite has one writer, and waiting in our queue is fairer than in its.
    writer: SqlitePool,
    readers: SqlitePool,
}

/// One transaction. Dropping it without [`Tx::commit`] undoes everything.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Sqlite>,
}

/// The connection of a transaction, by database.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
}

impl Db {
    /// Opens (or creates) the SQLite file and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or the schema cannot be brought up to date.
    pub async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
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

    /// Opens a copy to look at: nothing is made, brought up to date or written.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open_copy(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let readers = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { writer: readers.clone(), readers })
    }

    /// Copies the whole database, as it is at one instant, into a new file. Others go on reading
    /// and writing. Nothing is durable before the file was synced.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the database fails.
    pub async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.to_str().ok_or_else(|| StoreError::Unreadable {
            place: "the copy's name",
            detail: format!("{} is not UTF-8: choose another name", file.display()),
        })?;
        sqlx::query("vacuum into $1").bind(name).execute(&self.readers).await?;
        Ok(())
    }

    /// Begins a transaction that may write. There is one at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_write(&self) -> Result<Tx, StoreError> {
        Ok(Tx { inner: self.writer.begin_with("BEGIN IMMEDIATE").await? })
    }

    /// Begins a transaction that only reads: one consistent picture.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_read(&self) -> Result<Tx, StoreError> {
        Ok(Tx { inner: self.readers.begin().await? })
    }

    /// Empties the journal behind the file, so that what was erased does not go on lying there. Only
    /// a reader that is slow just now can keep it; then the next writer empties it.
    pub async fn truncate_wal(&self) {
        let emptied = sqlx::query("pragma wal_checkpoint(truncate)").execute(&self.writer).await;
        if let Err(error) = emptied {
            tracing::warn!(%error, "the database's journal could not be emptied");
        }
    }

    /// Closes every connection and leaves the file whole.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Tx {
    /// Makes everything durable.
    ///
    /// # Errors
    /// When the database fails; then nothing of it holds.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }

    pub(crate) fn connection(&mut self) -> Connection<'_> {
        Connection::Sqlite(&mut self.inner)
    }
}

/// SQLite before 3.51.3 can corrupt a WAL that several connections reset at once.
async fn assert_version(pool: &SqlitePool) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("select sqlite_version()").fetch_one(pool).await?;
    let number: Vec<u32> = found.split('.').filter_map(|part| part.parse().ok()).collect();
    if number.as_slice() < [3, 51, 3].as_slice() {
        return Err(StoreError::SqliteTooOld { found });
    }
    Ok(())
}
