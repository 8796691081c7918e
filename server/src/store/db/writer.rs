//! The one writer of a SQLite file. Whoever writes waits for its turn; those who write beside others are
//! committed together where they wait for one another, so that they share the wait for the disk: that is
//! milliseconds, however little there is to write.
//!
//! Each transaction is all or nothing all the same: it lies in a savepoint of its own, nobody sees it
//! before the common commit, and nobody is told that it holds before that is durable.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::time::Instant;

/// So long after the first of them began, others may join: about as long as a disk takes. Who joins holds
/// up those before it, and longer than this would cost them more than it saves.
const JOINED_WITHIN: Duration = Duration::from_millis(4);

/// How long somebody waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a transaction stands to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// It is committed by itself: it may take long.
    Alone,
    /// It may be committed together with others.
    Beside,
}

/// Gives turns to write. Clones give turns at the same file.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    held: Arc<Mutex<Held>>,
    waiting: Arc<AtomicUsize>,
}

/// What whoever has the turn holds.
#[derive(Debug)]
struct Held {
    /// None: closed.
    connection: Option<SqliteConnection>,
    /// When the open transaction began; none is open.
    began_at: Option<Instant>,
    /// Who wrote in it and waits until it is durable.
    joined: Vec<oneshot::Sender<Result<(), sqlx::Error>>>,
    /// Somebody waits for a turn to commit it.
    is_awaited: bool,
    /// The last turn ended without a commit, and what it wrote is still there.
    is_abandoned: bool,
}

/// A turn: a transaction. Dropping it undoes what it wrote.
#[derive(Debug)]
pub(super) struct Turn {
    /// None: it ended.
    held: Option<OwnedMutexGuard<Held>>,
    company: Company,
    writer: Writer,
}

impl Writer {
    pub(super) fn on(connection: SqliteConnection) -> Self {
        let held = Held {
            connection: Some(connection),
            began_at: None,
            joined: Vec::new(),
            is_awaited: false,
            is_abandoned: false,
        };
        Self { held: Arc::new(Mutex::new(held)), waiting: Arc::default() }
    }

    pub(super) async fn begin(&self, company: Company) -> Result<Turn, sqlx::Error> {
        // To its end, even if whoever waits for it is given up: then the turn is dropped as any other.
        let begun = tokio::spawn(self.clone().take_turn(company));
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    async fn take_turn(self, company: Company) -> Result<Turn, sqlx::Error> {
        let mut held = self.turn().await?;
        if company == Company::Alone {
            held.commit().await;
        }
        held.begin(company).await?;
        Ok(Turn { held: Some(held), company, writer: self })
    }

    /// Runs a statement outside of any transaction.
    pub(super) async fn run(&self, statement: &'static str) -> Result<(), sqlx::Error> {
        let mut held = self.turn().await?;
        held.commit().await;
        held.run(statement).await
    }

    pub(super) async fn close(&self) {
        let mut held = Arc::clone(&self.held).lock_owned().await;
        held.clean().await;
        held.commit().await;
        if let Some(connection) = held.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database's writer could not be closed");
        }
    }

    async fn turn(&self) -> Result<OwnedMutexGuard<Held>, sqlx::Error> {
        let waits = Waits::among(&self.waiting);
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.held).lock_owned());
        let mut held = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        drop(waits);
        held.clean().await;
        Ok(held)
    }

    fn somebody_waits(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Cleans up and commits behind those who wait for a turn now.
    async fn commit_behind(self) {
        let mut held = Arc::clone(&self.held).lock_owned().await;
        held.is_awaited = false;
        held.clean().await;
        held.commit().await;
    }
}

impl Held {
    async fn run(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
        Ok(())
    }

    /// Whether the turn is one of several in a transaction.
    fn is_joining(&self) -> bool {
        !self.joined.is_empty()
    }

    async fn begin(&mut self, company: Company) -> Result<(), sqlx::Error> {
        if self.is_joining() {
            let begun = self.run("savepoint turn").await;
            if begun.is_err() {
                self.lose().await;
            }
            return begun;
        }
        self.run(match company {
            Company::Alone => "pragma temp_store = file; begin immediate",
            // What its statements would have to undo of themselves is kept in memory too: in a file nobody ever
            // reads it. It is little, most of all where a first ledger gets its numbers: some 8 kB for a hundred
            // entries. A long one may change more than there is memory.
            Company::Beside => "pragma temp_store = memory; begin immediate",
        })
        .await?;
        self.began_at = Some(Instant::now());
        Ok(())
    }

    /// Undoes what an abandoned turn wrote.
    async fn clean(&mut self) {
        if !self.is_abandoned {
            return;
        }
        if !self.is_joining() || self.run("rollback to turn; release turn").await.is_err() {
            self.lose().await;
        }
        self.is_abandoned = false;
    }

    /// Ends a turn that wrote what is to hold.
    async fn keep(&mut self) -> Result<(), sqlx::Error> {
        if !self.is_joining() {
            return Ok(());
        }
        let kept = self.run("release turn").await;
        if kept.is_err() {
            // The database has undone everything by itself: the savepoint was in it.
            self.lose().await;
        }
        kept
    }

    /// Makes durable what is open, and tells those who wait for it.
    async fn commit(&mut self) {
        if self.began_at.is_none() {
            return;
        }
        match self.run("commit").await {
            Ok(()) => {
                self.began_at = None;
                for waiting in self.joined.drain(..) {
                    // Who does not wait any more was given up, and holds all the same.
                    let _ = waiting.send(Ok(()));
                }
            }
            Err(error) => {
                let mut joined = std::mem::take(&mut self.joined).into_iter();
                if let Some(last) = joined.next_back() {
                    let _ = last.send(Err(error));
                }
                self.joined = joined.collect();
                self.lose().await;
            }
        }
    }

    /// Nothing of what is open holds.
    async fn lose(&mut self) {
        // Fails where the database has done so by itself.
        let _ = self.run("rollback").await;
        self.began_at = None;
        for waiting in self.joined.drain(..) {
            let words = "the transactions committed together with this one failed".to_owned();
            let _ = waiting.send(Err(sqlx::Error::Protocol(words)));
        }
    }
}

impl Turn {
    /// Makes it durable: at once, or with those who wait.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let Some(held) = self.held.take() else { return Err(sqlx::Error::PoolClosed) };
        let (tell, told) = oneshot::channel();
        // To its end, even if whoever waits for it is given up.
        tokio::spawn(finish(held, self.writer.clone(), self.company, tell));
        told.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

async fn finish(
    mut held: OwnedMutexGuard<Held>,
    writer: Writer,
    company: Company,
    tell: oneshot::Sender<Result<(), sqlx::Error>>,
) {
    if let Err(error) = held.keep().await {
        let _ = tell.send(Err(error));
        return;
    }
    held.joined.push(tell);
    let is_young = held.began_at.is_some_and(|began_at| began_at.elapsed() < JOINED_WITHIN);
    if company == Company::Alone || !is_young || !writer.somebody_waits() {
        held.commit().await;
    } else if !std::mem::replace(&mut held.is_awaited, true) {
        drop(held);
        tokio::spawn(writer.commit_behind());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        held.is_abandoned = true;
        drop(held);
        // Without a runtime the process ends, and the connection with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(self.writer.clone().commit_behind());
        }
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self.held.as_ref().and_then(|held| held.connection.as_ref()) {
            Some(connection) => connection,
            None => unreachable!("a turn holds the connection until it ends"),
        }
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self.held.as_mut().and_then(|held| held.connection.as_mut()) {
            Some(connection) => connection,
            None => unreachable!("a turn holds the connection until it ends"),
        }
    }
}

/// One of those who wait for a turn.
struct Waits(Arc<AtomicUsize>);

impl Waits {
    fn among(waiting: &Arc<AtomicUsize>) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(waiting))
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

    use super::*;

    async fn writer(folder: &tempfile::TempDir) -> Writer {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("a.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let writer = Writer::on(options.connect().await.unwrap());
        writer.run("create table thing (number integer primary key)").await.unwrap();
        writer
    }

    async fn insert(turn: &mut Turn, number: i64) -> Result<(), sqlx::Error> {
        let query = sqlx::query("insert into thing values ($1)").bind(number);
        query.execute(&mut **turn).await.map(drop)
    }

    async fn numbers(folder: &tempfile::TempDir) -> Vec<i64> {
        let options = SqliteConnectOptions::new().filename(folder.path().join("a.db"));
        let mut other = options.connect().await.unwrap();
        sqlx::query_scalar("select number from thing order by number")
            .fetch_all(&mut other)
            .await
            .unwrap()
    }

    /// The first turn waits for the disk together with the second, which began meanwhile.
    #[tokio::test]
    async fn who_waits_is_committed_together_and_seen_by_nobody_before() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let mut first = writer.begin(Company::Beside).await.unwrap();
        insert(&mut first, 1).await.unwrap();
        let second = tokio::spawn({
            let writer = writer.clone();
            async move { writer.begin(Company::Beside).await.unwrap() }
        });
        while !writer.somebody_waits() {
            tokio::task::yield_now().await;
        }
        let held = first.held.as_mut().unwrap();
        held.began_at = Some(Instant::now() + Duration::from_secs(60));
        let first = tokio::spawn(first.commit());
        let mut second = second.await.unwrap();
        insert(&mut second, 2).await.unwrap();
        assert_eq!(numbers(&folder).await, [0; 0]);
        assert!(!first.is_finished());
        second.commit().await.unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(numbers(&folder).await, [1, 2]);
    }

    /// One that is given up takes nobody along, whether it joined others or not.
    #[tokio::test]
    async fn who_is_given_up_is_undone_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let mut lone = writer.begin(Company::Beside).await.unwrap();
        insert(&mut lone, 9).await.unwrap();
        drop(lone);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..200 {
            let writer = writer.clone();
            tasks.spawn(async move {
                let company = if number % 11 == 0 { Company::Alone } else { Company::Beside };
                let mut turn = writer.begin(company).await.unwrap();
                insert(&mut turn, number).await.unwrap();
                if number % 3 == 0 {
                    // It fails, and whoever has it gives up.
                    assert!(insert(&mut turn, number).await.is_err());
                    return;
                }
                turn.commit().await.unwrap();
                // Told to hold: then it does, for everybody.
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        let kept: Vec<i64> = (0..200).filter(|number| number % 3 != 0).collect();
        assert_eq!(numbers(&folder).await, kept);
        writer.close().await;
        assert!(writer.begin(Company::Beside).await.is_err());
    }

    /// The caller of a commit may go; what it asked for is done.
    #[tokio::test]
    async fn a_commit_goes_on_without_its_caller() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let mut turn = writer.begin(Company::Beside).await.unwrap();
        insert(&mut turn, 1).await.unwrap();
        let commit = turn.commit();
        tokio::select! {
            biased;
            _ = commit => {}
            () = std::future::ready(()) => {}
        }
        drop(writer.begin(Company::Alone).await.unwrap());
        assert_eq!(numbers(&folder).await, [1]);
    }
}
