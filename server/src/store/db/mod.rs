//! The database and its transactions: SQLite (`sqlite`) or PostgreSQL (`postgres`).

mod locks;
mod moving;
#[cfg(test)]
mod parity;
mod postgres;
mod sqlite;
mod writer;

use std::collections::HashMap;
use std::path::Path;

use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::wire::ScopeId;
use sqlx::{PgConnection, Postgres, SqliteConnection, Transaction};

use super::unwritten::{self, Unwritten};
pub use locks::Key;
pub use moving::{MovedTable, move_tables};
use writer::Company;

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
    /// The database's program is another than Saldo can work with.
    #[error("{0}")]
    Unfit(String),
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
pub struct Db(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Sqlite(sqlite::Pools),
    Postgres(postgres::Pools),
}

/// One transaction. Dropping it without [`Tx::commit`] undoes everything.
#[derive(Debug)]
pub struct Tx {
    open: Open,
    unwritten: Unwritten,
    /// Those that were asked for: a scope stays what it is.
    scopes: HashMap<(&'static str, String), ScopeId>,
    /// The active people with a role, until somebody of them changes.
    holders: HashMap<Role, Vec<PersonId>>,
}

#[derive(Debug)]
enum Open {
    Sqlite(sqlite::Open),
    Postgres(Transaction<'static, Postgres>),
}

/// What one node at a time does for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The night's jobs, and what else is looked after by the hour.
    Jobs,
    /// Handing out alerts.
    Alerts,
}

/// The right to do some [`Work`], as long as it is held. It ends with the value, or with the process,
/// however that dies; a node whose machine vanishes loses it within half a minute.
#[derive(Debug)]
pub struct Claim {
    _held: Option<Transaction<'static, Postgres>>,
}

/// Tells when another node may have given the log numbers.
#[derive(Debug)]
pub struct NewsOfOthers(Option<sqlx::postgres::PgListener>);

/// The connection of a transaction, by database.
pub(super) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Db {
    /// Opens (or creates) the SQLite file and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or the schema cannot be brought up to date.
    pub async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        Ok(Self(Kind::Sqlite(sqlite::Pools::open(file).await?)))
    }

    /// Opens a copy of a SQLite file to look at: nothing is made, brought up to date or written.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open_copy(file: &Path) -> Result<Self, StoreError> {
        Ok(Self(Kind::Sqlite(sqlite::Pools::open_copy(file).await?)))
    }

    /// Connects to the PostgreSQL database of this URL and brings its schema up to date; several nodes
    /// may do so at once.
    ///
    /// # Errors
    /// When it cannot be reached, is older than version 15 or not in UTF-8, or the schema cannot be
    /// brought up to date.
    pub async fn connect_postgres(url: &str) -> Result<Self, StoreError> {
        Ok(Self(Kind::Postgres(postgres::Pools::connect(url).await?)))
    }

    /// Copies the whole database, as it is at one instant, into a new file. Others go on reading
    /// and writing. Nothing is durable before the file was synced.
    ///
    /// # Errors
    /// When the file exists or cannot be written, the database fails, or it is no SQLite file.
    pub async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        match &self.0 {
            Kind::Sqlite(pools) => pools.copy_into(file).await,
            Kind::Postgres(_) => Err(StoreError::Unfit(
                "a PostgreSQL database is copied by its own programs: pg_dump, pg_basebackup"
                    .into(),
            )),
        }
    }

    /// Whether one transaction writes at a time, whatever it writes about: then it may be worth doing much in
    /// it. PostgreSQL has many writers.
    #[must_use]
    pub const fn has_one_writer(&self) -> bool {
        matches!(self.0, Kind::Sqlite(_))
    }

    /// Begins a transaction that may write whatever it likes: nobody else writes meanwhile, however many
    /// nodes there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_write(&self) -> Result<Tx, StoreError> {
        Ok(Tx::of(match &self.0 {
            Kind::Sqlite(pools) => Open::Sqlite(pools.begin_write(Company::Alone).await?),
            Kind::Postgres(pools) => Open::Postgres(pools.begin_write().await?),
        }))
    }

    /// Begins a transaction that may write while others do, on any node. Before it reads what it will
    /// write about it must lock that ([`Tx::lock`]). A file has one writer all the same, but those who wait
    /// for one another are made durable together: it should be short.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_write_beside(&self) -> Result<Tx, StoreError> {
        Ok(Tx::of(match &self.0 {
            Kind::Sqlite(pools) => Open::Sqlite(pools.begin_write(Company::Beside).await?),
            Kind::Postgres(pools) => Open::Postgres(pools.begin_write_beside().await?),
        }))
    }

    /// Begins a transaction that only reads: one consistent picture.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_read(&self) -> Result<Tx, StoreError> {
        Ok(Tx::of(match &self.0 {
            Kind::Sqlite(pools) => Open::Sqlite(pools.begin_read().await?),
            Kind::Postgres(pools) => Open::Postgres(pools.begin_read().await?),
        }))
    }

    /// The right to do this work; `None`: another node is at it. A file has one node, which always may.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self, work: Work) -> Result<Option<Claim>, StoreError> {
        match &self.0 {
            Kind::Sqlite(_) => Ok(Some(Claim { _held: None })),
            Kind::Postgres(pools) => {
                let held = pools.claim(work).await?;
                Ok(held.map(|held| Claim { _held: Some(held) }))
            }
        }
    }

    /// Listens to what other nodes announce ([`Tx::announce_numbers`]).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listen(&self) -> Result<NewsOfOthers, StoreError> {
        match &self.0 {
            Kind::Sqlite(_) => Ok(NewsOfOthers(None)),
            Kind::Postgres(pools) => Ok(NewsOfOthers(Some(pools.listen().await?))),
        }
    }

    /// Drives what was erased out of the database's own files, as far as it is in our hands: SQLite's
    /// journal is emptied; PostgreSQL does so by its own `vacuum` and the recycling of its journal.
    pub async fn truncate_wal(&self) {
        if let Kind::Sqlite(pools) = &self.0 {
            pools.truncate_wal().await;
        }
    }

    /// Closes every connection; a file is left whole.
    pub async fn close(&self) {
        match &self.0 {
            Kind::Sqlite(pools) => pools.close().await,
            Kind::Postgres(pools) => pools.close().await,
        }
    }
}

#[cfg(test)]
impl Db {
    /// Whether a row of any table of a PostgreSQL database holds this text; of a file `None`.
    pub(crate) async fn rows_hold(&self, text: &str) -> Option<bool> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(pools) => Some(pools.rows_hold(text).await),
        }
    }
}

#[cfg(test)]
impl Tx {
    /// Does by hand what no code of ours does. Bytes are written as SQLite does, `x'00ff'`.
    pub(crate) async fn run_raw(&mut self, statements: String) -> Result<(), StoreError> {
        match &mut self.open {
            Open::Sqlite(open) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut **open).await?;
            }
            Open::Postgres(open) => {
                let statements = statements.replace("x'", "'\\x");
                sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut **open).await?;
            }
        }
        Ok(())
    }

    /// As somebody would who may change the schema.
    pub(crate) async fn take_audit_guards_away(&mut self) -> Result<(), StoreError> {
        let table = match &self.open {
            Open::Sqlite(_) => "",
            Open::Postgres(_) => " on audit",
        };
        let drop = |name: &str| format!("drop trigger {name}{table}");
        let statements = ["audit_is_not_changed", "audit_is_not_deleted"].map(drop).join(";");
        self.run_raw(statements).await
    }
}

impl Tx {
    fn of(open: Open) -> Self {
        Self {
            open,
            unwritten: Unwritten::default(),
            scopes: HashMap::new(),
            holders: HashMap::new(),
        }
    }

    /// Whether no other transaction can write before this one ends ([`Db::has_one_writer`]).
    #[must_use]
    pub const fn writes_alone(&self) -> bool {
        matches!(self.open, Open::Sqlite(_))
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// When the database fails; then nothing of it holds.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        unwritten::write(&mut self).await?;
        match self.open {
            Open::Sqlite(open) => open.commit().await?,
            Open::Postgres(open) => open.commit().await?,
        }
        Ok(())
    }

    /// Locks what the transaction will write about, until it ends: all of it at once, so that nobody
    /// waits in a circle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), StoreError> {
        match &mut self.open {
            Open::Sqlite(_) => Ok(()),
            Open::Postgres(open) => postgres::lock(open, &locks::in_order(keys)).await,
        }
    }

    /// Tells every node, once this is committed, that the log has got numbers. The process that works on
    /// a file is alone and knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announce_numbers(&mut self) -> Result<(), StoreError> {
        match &mut self.open {
            Open::Sqlite(_) => Ok(()),
            Open::Postgres(open) => postgres::announce_numbers(open).await,
        }
    }

    /// Which server and database this is: another one after it was restored from a copy, or after a
    /// standby took over. `None` of a file, which may lie anywhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn home(&mut self) -> Result<Option<String>, StoreError> {
        match &mut self.open {
            Open::Sqlite(_) => Ok(None),
            Open::Postgres(open) => postgres::home(open).await.map(Some),
        }
    }

    /// After so much was written into the ledger that what the planner believes of it is wrong, in this
    /// very transaction: PostgreSQL learns by itself, but only of what was committed. A file has no
    /// statistics by decision (migration 0015).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn learn_ledger(&mut self) -> Result<(), StoreError> {
        match &mut self.open {
            Open::Sqlite(_) => Ok(()),
            Open::Postgres(open) => postgres::learn_ledger(open).await,
        }
    }

    /// What is broken in the database itself, as far as it can tell.
    pub(super) async fn faults(&mut self) -> Result<Vec<String>, StoreError> {
        match &mut self.open {
            Open::Sqlite(open) => sqlite::faults(open).await,
            Open::Postgres(open) => postgres::faults(open).await,
        }
    }

    /// What waits for the end of the transaction.
    pub(super) const fn unwritten(&mut self) -> &mut Unwritten {
        &mut self.unwritten
    }

    /// The scopes that the transaction has asked for, by kind and what they are about.
    pub(super) const fn scopes(&mut self) -> &mut HashMap<(&'static str, String), ScopeId> {
        &mut self.scopes
    }

    /// The people that the transaction has asked for, by role.
    pub(super) const fn holders(&mut self) -> &mut HashMap<Role, Vec<PersonId>> {
        &mut self.holders
    }

    pub(super) fn connection(&mut self) -> Connection<'_> {
        match &mut self.open {
            Open::Sqlite(open) => Connection::Sqlite(open),
            Open::Postgres(open) => Connection::Postgres(open),
        }
    }
}

impl NewsOfOthers {
    /// Waits until some node has given the log numbers; for ever where there are no others. What was
    /// missed while the connection was down is told as well: then numbers may have been given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hear(&mut self) -> Result<(), StoreError> {
        match &mut self.0 {
            None => std::future::pending().await,
            // `None` after a lost connection, which is there again.
            Some(listener) => Ok(listener.try_recv().await.map(drop)?),
        }
    }
}
