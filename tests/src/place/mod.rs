//! Where a company's database is, or a backup of it.

mod plain;

use std::ffi::OsStr;
use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};

/// Where a company's database is, or a backup of it.
#[derive(Debug, Clone)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database, by its URL.
    Postgres(String),
}

impl Place {
    /// How a command of `saldo` names it.
    #[must_use]
    pub fn arguments(&self) -> [&OsStr; 2] {
        match self {
            Self::File(file) => [OsStr::new("--db"), file.as_os_str()],
            Self::Postgres(url) => [OsStr::new("--database-url"), OsStr::new(url)],
        }
    }

    /// The file, or what the PostgreSQL database holds now, for questions in plain SQL.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn sql(&self) -> Connection {
        match self {
            Self::File(file) => {
                Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
            }
            Self::Postgres(url) => tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(plain::copy_of_postgres(url)),
        }
    }
}
