//! Where a company's database is, or a backup of it.

use std::ffi::OsStr;
use std::path::PathBuf;

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
}
