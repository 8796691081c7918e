//! A PostgreSQL database, shared by any number of nodes.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{PgConnection, Postgres, Transaction};

use super::StoreError;

/// The lock that a writer of the company takes. Its number means nothing but must stay.
const COMPANY_LOCK: i64 = 0x5a1d_0001;

/// The oldest version that is tried and tested.
const OLDEST_VERSION: i32 = 150_000;

#[derive(Debug, Clone)]
pub(super) struct Pools {
    pool: PgPool,
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
                // A node whose machine vanished holds nobody up for long.
                ("idle_in_transaction_session_timeout", "60s"),
                ("tcp_keepalives_idle", "10"),
                ("tcp_keepalives_interval", "5"),
                ("tcp_keepalives_count", "3"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(16)
            // Waiting for one's turn to write is no fault.
            .acquire_slow_threshold(Duration::from_secs(15))
            .connect_with(options)
            .await?;
        assert_fit(&pool).await?;
        // Takes a lock of its own: of several nodes that start at once, one brings it up to date.
        sqlx::migrate!("../migrations/postgres").run(&pool).await?;
        Ok(Self { pool })
    }

    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut open = self.pool.begin().await?;
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(COMPANY_LOCK)
            .execute(&mut *open)
            .await?;
        Ok(open)
    }

    pub(super) async fn begin_read(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin_with("begin isolation level repeatable read read only").await?)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn assert_fit(pool: &PgPool) -> Result<(), StoreError> {
    let (version, encoding): (i32, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int, current_setting('server_encoding')",
    )
    .fetch_one(pool)
    .await?;
    if version < OLDEST_VERSION {
        return Err(StoreError::Unfit(format!(
            "PostgreSQL {}.{} is too old: at least version 15 is needed",
            version / 10_000,
            version % 10_000
        )));
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
