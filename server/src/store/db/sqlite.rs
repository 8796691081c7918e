//! One SQLite file: one writer, many readers.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Sqlite, SqliteConnection, Transaction};

use super::StoreError;
use super::writer::{Company, Turn, Writer};

#[derive(Debug, Clone)]
pub(super) struct Pools {
    /// One connection: SQLite has one writer, and waiting in our queue is fairer than in its. A copy to
    /// look at has none.
    writer: Option<Writer>,
    pub(super) readers: SqlitePool,
}

/// A transaction.
#[derive(Debug)]
pub(super) enum Open {
    Reading(Transaction<'static, Sqlite>),
    Writing(Turn),
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
            // 16 MB of journal before it is written into the file: the pages into which every push writes go there
            // once for a dozen pushes and not for three.
            .pragma("wal_autocheckpoint", "4000")
            // No statistics for the planner: see the migration 0015.
            // As many as a connection ever runs: preparing one costs more than running it.
            .statement_cache_capacity(1_000)
            // Else whoever finds more rows stops after every fifty, until they were taken over: we take all.
            .row_buffer_size(1_000)
            .busy_timeout(Duration::from_secs(10));
        let mut writer = options.clone().pragma("cache_size", WRITER_KEEPS).connect().await?;
        assert_version(&mut writer).await?;
        sqlx::migrate!("../migrations/sqlite").run(&mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            // A file does not hang up: asking before each use is a walk to the connection's thread and back.
            .test_before_acquire(false)
            .connect_with(options.read_only(true).pragma("cache_size", READER_KEEPS))
            .await?;
        Ok(Self { writer: Some(Writer::on(writer)), readers })
    }

    pub(super) async fn open_copy(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let readers = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { writer: None, readers })
    }

    pub(super) async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.to_str().ok_or_else(|| StoreError::Unreadable {
            place: "the copy's name",
            detail: format!("{} is not UTF-8: choose another name", file.display()),
        })?;
        sqlx::query("vacuum into $1").bind(name).execute(&self.readers).await?;
        Ok(())
    }

    pub(super) async fn begin_write(&self, company: Company) -> Result<Open, StoreError> {
        match &self.writer {
            Some(writer) => Ok(Open::Writing(writer.begin(company).await?)),
            None => Err(StoreError::Unfit("a copy to look at is not written into".into())),
        }
    }

    pub(super) async fn begin_read(&self) -> Result<Open, StoreError> {
        Ok(Open::Reading(self.readers.begin().await?))
    }

    /// Empties the journal behind the file, so that what was erased does not go on lying there. Only
    /// a reader that is slow just now can keep it; then the next writer empties it.
    pub(super) async fn truncate_wal(&self) {
        let Some(writer) = &self.writer else { return };
        if let Err(error) = writer.run("pragma wal_checkpoint(truncate)").await {
            tracing::warn!(%error, "the database's journal could not be emptied");
        }
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

impl Open {
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Reading(open) => open.commit().await?,
            Self::Writing(turn) => turn.commit().await?,
        }
        Ok(())
    }
}

impl Deref for Open {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Reading(open) => open,
            Self::Writing(turn) => turn,
        }
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reading(open) => open,
            Self::Writing(turn) => turn,
        }
    }
}

/// Pages that a connection keeps, in kB. SQLite's own 2 MB do not hold the upper pages of a large company's
/// indexes, and much of a night would go into reading them again and again; of what the writer keeps it looks
/// through every page at a commit, so that 64 MB took a tenth of its time.
const WRITER_KEEPS: &str = "-16384";
const READER_KEEPS: &str = "-8192";

/// SQLite before 3.51.3 can corrupt a WAL that several connections reset at once.
async fn assert_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("select sqlite_version()").fetch_one(connection).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    type Document = (String, String, i64, Vec<u8>, i64, i64, i64);
    type Change = (i64, String, Vec<u8>, i64, i64, Vec<u8>);

    /// Both tables are copied: nothing of them may get lost or into another column.
    #[tokio::test]
    async fn step_25_keeps_documents_and_their_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db");
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut before = options.clone().foreign_keys(true).connect().await.unwrap();
        sqlx::migrate!("../migrations/sqlite").run_to(24, &mut before).await.unwrap();
        sqlx::raw_sql(
            "insert into scope (id, kind, about) values (7, 'territory', 't');
             insert into document (id, kind, subject, scope_id, saved, log_id, digest, appended) values
                 ('a', 'route_sheet', '{}', 7, x'0102', 11, -5, 3),
                 ('b', 'personal_card', '{}', 7, x'', 12, 6, 0);
             insert into document_change (document_id, hash, log_id, bytes, bundled) values
                 ('b', x'bb', 12, x'03', 0), ('a', x'aa', 9, x'0405', 1), ('a', x'ac', 11, x'06', 1);",
        )
        .execute(&mut before)
        .await
        .unwrap();
        sqlx::Connection::close(before).await.unwrap();
        Pools::open(&file).await.unwrap().close().await;
        let mut after = options.connect().await.unwrap();
        let documents: Vec<Document> = sqlx::query_as(
            "select id, kind, scope_id, saved, log_id, digest, appended from document order by id",
        )
        .fetch_all(&mut after)
        .await
        .unwrap();
        let sheet = ("a".to_owned(), "route_sheet".to_owned(), 7, vec![1, 2], 11, -5, 3);
        let card = ("b".to_owned(), "personal_card".to_owned(), 7, vec![], 12, 6, 0);
        assert_eq!(documents, [sheet, card]);
        let changes: Vec<Change> = sqlx::query_as(
            "select log_id, document_id, hash, bundled, is_personal, bytes from document_change
             order by log_id",
        )
        .fetch_all(&mut after)
        .await
        .unwrap();
        let change = |log_id, document: &str, hash, bundled, is_personal, bytes: &[u8]| {
            (log_id, document.to_owned(), vec![hash], bundled, is_personal, bytes.to_vec())
        };
        assert_eq!(
            changes,
            [
                change(9, "a", 0xaa, 1, 0, &[4, 5]),
                change(11, "a", 0xac, 1, 0, &[6]),
                change(12, "b", 0xbb, 0, 1, &[3])
            ]
        );
        assert_eq!(faults(&mut after).await.unwrap(), [""; 0]);
    }
}
