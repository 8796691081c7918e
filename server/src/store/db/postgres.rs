//! A PostgreSQL database, shared by any number of nodes.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};

use super::{StoreError, Work};

/// The lock of the company: taken whole by who may write whatever it likes, shared by those who write
/// beside each other. Its number means nothing but must stay.
const COMPANY_LOCK: i64 = 0x5a1d_0001;

/// Begins alone. Who does may fill tables that were empty, as a company's first night does: a plan is made
/// for what is in them now, and not kept from when nothing was.
const BEGIN_ALONE: &str = "begin; select pg_advisory_xact_lock(1511849985), \
    set_config('plan_cache_mode', 'force_custom_plan', true), \
    set_config('max_parallel_workers_per_gather', '2', true)";

/// Begins beside others.
const BEGIN_BESIDE: &str = "begin; select pg_advisory_xact_lock_shared(1511849985)";

/// Who was used so lately is there: no question whether it is.
const RESTED: Duration = Duration::from_secs(1);

/// Held while the schema is looked at and brought up to date.
const SCHEMA_LOCK: i64 = COMPANY_LOCK + 3;

/// What is told to every node when the log has got numbers.
const NUMBERED: &str = "saldo_numbered";

/// The oldest version that is tried and tested.
const OLDEST_VERSION: i32 = 150_000;

#[derive(Debug, Clone)]
pub(super) struct Pools {
    pub(super) pool: PgPool,
}

impl Pools {
    pub(super) async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("saldo")
            // As many as a connection ever runs: preparing one costs more than running it.
            .statement_cache_capacity(1_000)
            .options([
                // What somebody set for the whole database must not change what is stored.
                ("timezone", "UTC"),
                // Many short statements, each of which finds a few rows by an index: compiling one, starting
                // others to help with it or planning it anew takes longer than any of them runs.
                ("jit", "off"),
                ("max_parallel_workers_per_gather", "0"),
                ("plan_cache_mode", "force_generic_plan"),
                // What it reads lies in memory, or on a disk that has no head to move.
                ("random_page_cost", "1.1"),
                // A node whose machine vanished holds nobody up for long.
                ("idle_in_transaction_session_timeout", "60s"),
                ("tcp_keepalives_idle", "10"),
                ("tcp_keepalives_interval", "5"),
                ("tcp_keepalives_count", "3"),
            ]);
        // By itself first: a pool would try again for long, and then not say why.
        bring_up_to_date(PgConnection::connect_with(&options).await?).await?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            // Waiting for one's turn to write is no fault.
            .acquire_slow_threshold(Duration::from_secs(15))
            .test_before_acquire(false)
            .before_acquire(|connection, last| {
                Box::pin(async move {
                    if last.idle_for >= RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin_with(BEGIN_ALONE).await?)
    }

    pub(super) async fn begin_write_beside(
        &self,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin_with(BEGIN_BESIDE).await?)
    }

    pub(super) async fn begin_read(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin_with("begin isolation level repeatable read read only").await?)
    }

    /// A transaction that does nothing but hold the lock of the work.
    pub(super) async fn claim(
        &self,
        work: Work,
    ) -> Result<Option<Transaction<'static, Postgres>>, StoreError> {
        let mut held = self.pool.begin().await?;
        let is_mine: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
            .bind(lock_of(work))
            .fetch_one(&mut *held)
            .await?;
        if !is_mine {
            return Ok(None);
        }
        // The work may take longer than any honest transaction idles; while it does, this one keeps
        // no old row alive: it has no snapshot.
        sqlx::query("set local idle_in_transaction_session_timeout = 0")
            .execute(&mut *held)
            .await?;
        Ok(Some(held))
    }

    pub(super) async fn listen(&self) -> Result<PgListener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(NUMBERED).await?;
        Ok(listener)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

const fn lock_of(work: Work) -> i64 {
    match work {
        Work::Jobs => COMPANY_LOCK + 1,
        Work::Alerts => COMPANY_LOCK + 2,
    }
}

/// Takes locks in the order given.
pub(super) async fn lock(connection: &mut PgConnection, numbers: &[i64]) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock(number) from unnest($1::bigint[]) as number")
        .bind(numbers)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn announce_numbers(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_notify($1, '')").bind(NUMBERED).execute(connection).await?;
    Ok(())
}

/// Takes statistics of the tables that an import fills.
pub(super) async fn learn_ledger(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("analyze client, invoice, payment, allocation").execute(connection).await?;
    Ok(())
}

/// The cluster's own number, its timeline (a new one with every recovery to a point in time and every
/// take-over by a standby) and the database's number in the cluster (a new one with every `create
/// database`, so with every `pg_restore`).
pub(super) async fn home(connection: &mut PgConnection) -> Result<String, StoreError> {
    Ok(sqlx::query_scalar(
        "select (select system_identifier from pg_control_system()) || '/'
             || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/'
             || (select oid from pg_database where datname = current_database())",
    )
    .fetch_one(connection)
    .await?)
}

/// Of several nodes that start at once, one brings the schema up to date; the others wait for it.
async fn bring_up_to_date(mut connection: PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_lock($1)").bind(SCHEMA_LOCK).execute(&mut connection).await?;
    assert_fit(&mut connection).await?;
    sqlx::migrate!("../migrations/postgres").run(&mut connection).await?;
    // The lock goes with the connection.
    Ok(connection.close().await?)
}

async fn assert_fit(connection: &mut PgConnection) -> Result<(), StoreError> {
    let (version, encoding): (i32, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int, current_setting('server_encoding')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if version < OLDEST_VERSION {
        return Err(StoreError::Unfit(format!(
            "PostgreSQL {}.{} is too old: at least version 15 is needed",
            version / 10_000,
            version % 10_000
        )));
    }
    let (tables, is_ours): (i64, bool) = sqlx::query_as(
        "select count(*), coalesce(bool_or(table_name = 'log_state'), false)
         from information_schema.tables where table_schema = current_schema()",
    )
    .fetch_one(&mut *connection)
    .await?;
    if tables > 0 && !is_ours {
        return Err(StoreError::Unfit(
            "the database holds tables that are not Saldo's: give Saldo one of its own".into(),
        ));
    }
    if encoding != "UTF8" {
        return Err(StoreError::Unfit(format!(
            "the database's texts are in {encoding}: create it with encoding UTF8"
        )));
    }
    Ok(())
}

/// Indexes and constraints that PostgreSQL does not hold for valid, and pages whose checksum failed. It
/// checks no file by itself: that is for `pg_amcheck`.
pub(super) async fn faults(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "select 'index ' || c.relname || ' is not valid: reindex it'
         from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid
         union all
         select 'constraint ' || conname || ' was never validated'
         from pg_constraint where not convalidated
         union all
         select checksum_failures || ' pages have a wrong checksum: restore from a backup'
         from pg_stat_database where datname = current_database() and checksum_failures > 0",
    )
    .fetch_all(connection)
    .await?)
}

#[cfg(test)]
impl Pools {
    pub(super) async fn rows_hold(&self, text: &str) -> bool {
        let tables: Vec<String> = sqlx::query_scalar(
            "select quote_ident(table_name) from information_schema.tables
             where table_schema = 'public' and table_type = 'BASE TABLE'",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        // Bytes are shown as hex.
        let (words, bytes) = (format!("%{text}%"), format!("%{}%", hex::encode(text)));
        for table in tables {
            let query = format!(
                "select exists (select 1 from {table} as row
                                where row::text like $1 or row::text like $2)"
            );
            let found: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .bind(&words)
                .bind(&bytes)
                .fetch_one(&self.pool)
                .await
                .unwrap();
            if found {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_begins_takes_the_lock_of_the_company() {
        for begin in [BEGIN_ALONE, BEGIN_BESIDE] {
            assert!(begin.contains(&format!("({COMPANY_LOCK}")), "{begin}");
        }
    }
}
