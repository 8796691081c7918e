//! The database under the server, as whoever runs it sees it: made, copied, filled in bulk, counted in.
//! The server itself is never asked here.

use std::path::{Path, PathBuf};
use std::process::Command;

use saldo_server::store::Db;
use saldo_sync_bench::error::BenchError;
use saldo_sync_bench::process;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::error::OfficeError;

/// A company's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database, by URL.
    Url(String),
}

impl Database {
    /// Opens it as the server does.
    pub(crate) async fn open(&self) -> Result<Db, OfficeError> {
        Ok(match self {
            Self::File(file) => Db::open_sqlite(file).await?,
            Self::Url(url) => Db::connect_postgres(url).await?,
        })
    }

    /// Tells a command of ours to work on it.
    pub(crate) fn name_to(&self, command: &mut Command) {
        for name in ["SALDO_DB", "DATABASE_URL", "SALDO_BEHIND_PROXY", "RUST_LOG"] {
            command.env_remove(name);
        }
        match self {
            Self::File(file) => command.arg("--db").arg(file),
            Self::Url(url) => command.arg("--database-url").arg(url),
        };
    }

    /// Runs statements, each by itself.
    pub(crate) async fn run(&self, statements: &[String]) -> Result<(), OfficeError> {
        let mut bulk = self.connect().await?;
        for statement in statements {
            bulk.run(statement.clone()).await?;
        }
        bulk.close().await
    }

    /// The rows of a query of one whole number and one text.
    pub(crate) async fn rows(&self, query: &str) -> Result<Vec<(i64, String)>, OfficeError> {
        let mut bulk = self.connect().await?;
        let rows = bulk.rows(query.to_owned()).await?;
        bulk.close().await?;
        Ok(rows)
    }

    /// A count.
    pub(crate) async fn count(&self, query: &str) -> Result<u64, OfficeError> {
        let rows = self.rows(&format!("select ({query}), ''")).await?;
        let found = rows.first().map_or(0, |(count, _)| *count);
        Ok(u64::try_from(found).unwrap_or_default())
    }

    /// A connection of the bench's own.
    pub(crate) async fn connect(&self) -> Result<Bulk, OfficeError> {
        Ok(match self {
            Self::File(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                Bulk::Sqlite(SqliteConnection::connect_with(&options).await?)
            }
            Self::Url(url) => Bulk::Postgres(PgConnection::connect(url).await?),
        })
    }

    /// Another database of the same server or folder.
    pub(crate) fn beside(&self, name: &str) -> Self {
        match self {
            Self::File(file) => Self::File(file.with_file_name(format!("{name}.db"))),
            Self::Url(url) => Self::Url(url_of(url, &format!("saldo_bench_{name}"))),
        }
    }

    /// Whether it is there.
    pub(crate) async fn exists(&self) -> bool {
        match self {
            Self::File(file) => file.exists(),
            Self::Url(url) => PgConnection::connect(url).await.is_ok(),
        }
    }

    /// Makes it empty.
    pub(crate) async fn make(&self) -> Result<(), OfficeError> {
        self.remove().await?;
        match self {
            Self::File(_) => Ok(()),
            Self::Url(url) => on_server(url, format!("create database {}", name_of(url))).await,
        }
    }

    /// A copy of this one, which nobody may be connected to.
    pub(crate) async fn copy(&self, name: &str) -> Result<Self, OfficeError> {
        let copy = self.beside(name);
        copy.remove().await?;
        match (self, &copy) {
            (Self::File(from), Self::File(to)) => process::copy(from, to)?,
            (Self::Url(from), Self::Url(to)) => {
                let (from_name, to_name) = (name_of(from), name_of(to));
                on_server(from, format!("create database {to_name} template {from_name}")).await?;
            }
            _ => {}
        }
        Ok(copy)
    }

    /// Removes it, if it is there.
    pub(crate) async fn remove(&self) -> Result<(), OfficeError> {
        match self {
            Self::File(file) => {
                for end in ["db", "db-wal", "db-shm"] {
                    remove_file(&file.with_extension(end))?;
                }
                Ok(())
            }
            Self::Url(url) => {
                on_server(url, format!("drop database if exists {}", name_of(url))).await
            }
        }
    }

    /// What a database that has been there for a while has done by itself: statistics, visible pages.
    pub(crate) async fn settle(&self) -> Result<(), OfficeError> {
        match self {
            // By decision it has no statistics (migration 0015).
            Self::File(_) => Ok(()),
            Self::Url(_) => self.run(&["vacuum analyze".to_owned(), "checkpoint".to_owned()]).await,
        }
    }

    /// The processor time of the database's own processes in microseconds; nothing of a file, which
    /// the server itself reads and writes.
    pub(crate) async fn cpu_micros(&self) -> u64 {
        let Self::Url(url) = self else { return 0 };
        let found = Self::Url(url.clone())
            .rows(
                "select cast(0 as bigint), setting from pg_settings where name = 'data_directory'",
            )
            .await;
        let Ok(rows) = found else { return 0 };
        let Some((_, folder)) = rows.first() else { return 0 };
        let file = Path::new(folder).join("postmaster.pid");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let Some(postmaster) = text.lines().next() else { return 0 };
        children_of(postmaster).iter().map(|child| process::cpu_micros(child)).sum()
    }
}

/// A connection of the bench's own.
#[derive(Debug)]
pub(crate) enum Bulk {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bulk {
    pub(crate) async fn run(&mut self, statement: String) -> Result<(), OfficeError> {
        let statement = sqlx::raw_sql(AssertSqlSafe(statement));
        match self {
            Self::Sqlite(open) => {
                statement.execute(open).await?;
            }
            Self::Postgres(open) => {
                statement.execute(open).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn rows(&mut self, query: String) -> Result<Vec<(i64, String)>, OfficeError> {
        Ok(match self {
            Self::Sqlite(open) => sqlx::query_as(AssertSqlSafe(query)).fetch_all(open).await?,
            Self::Postgres(open) => sqlx::query_as(AssertSqlSafe(query)).fetch_all(open).await?,
        })
    }

    pub(crate) async fn close(self) -> Result<(), OfficeError> {
        match self {
            Self::Sqlite(open) => open.close().await?,
            Self::Postgres(open) => open.close().await?,
        }
        Ok(())
    }
}

async fn on_server(url: &str, statement: String) -> Result<(), OfficeError> {
    let mut connection = PgConnection::connect(&url_of(url, "postgres")).await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// The URL with another database's name: `postgres://user@host/NAME?parameters`.
fn url_of(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(a, p)| (a, Some(p)));
    let server = match address.split_once("://") {
        Some((scheme, rest)) => {
            format!("{scheme}://{}", rest.split_once('/').map_or(rest, |(server, _)| server))
        }
        None => address.to_owned(),
    };
    let parameters = parameters.map(|text| format!("?{text}")).unwrap_or_default();
    format!("{server}/{name}{parameters}")
}

fn name_of(url: &str) -> &str {
    let address = url.split_once('?').map_or(url, |(address, _)| address);
    address.rsplit_once('/').map_or("postgres", |(_, name)| name)
}

fn remove_file(file: &Path) -> Result<(), OfficeError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BenchError::io(format!("removing {}", file.display()))(error).into())
        }
        _ => Ok(()),
    }
}

/// The processes whose parent this is.
fn children_of(parent: &str) -> Vec<String> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let names = processes.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_child = |process: &String| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        line.is_some_and(|found| found.trim() == parent)
    };
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter(is_child).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_server_and_parameters() {
        let url = "postgres://me@localhost/first?host=/run/x";
        assert_eq!(url_of(url, "second"), "postgres://me@localhost/second?host=/run/x");
        assert_eq!(url_of("postgres://me@localhost", "second"), "postgres://me@localhost/second");
        assert_eq!(name_of(url), "first");
    }
}
