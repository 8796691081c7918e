//! `--db`: which company's database a command works on.

use std::path::PathBuf;

use saldo_core::time::UtcMillis;

use super::{CliError, default_database};
use crate::store::company::{self, Company};
use crate::store::{Db, policies};

/// Which company's database a command works on.
#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseArgs {
    /// The company's database
    #[arg(long, value_name = "FILE", env = "SALDO_DB", default_value_os_t = default_database())]
    pub db: PathBuf,
}

impl DatabaseArgs {
    /// Opens the database; makes it, its folder, the company and the default policy when they are
    /// missing.
    ///
    /// # Errors
    /// When folder or file cannot be written, or the database fails.
    pub async fn open(&self, now: UtcMillis) -> Result<Db, CliError> {
        if let Some(folder) = self.db.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| CliError::NotWritable { file: folder.to_owned(), error })?;
        }
        let db = Db::open_sqlite(&self.db).await?;
        let mut tx = db.begin_write().await?;
        policies::ensure_default(&mut tx, now).await?;
        let company = Company { name: "The company".to_owned(), is_demo: false, created_at: now };
        company::ensure(&mut tx, &company).await?;
        tx.commit().await?;
        Ok(db)
    }

    /// Opens a database that is there.
    ///
    /// # Errors
    /// When there is none, or it fails.
    pub async fn open_existing(&self) -> Result<Db, CliError> {
        if !self.db.exists() {
            return Err(CliError::NoDatabase(self.db.clone()));
        }
        Ok(Db::open_sqlite(&self.db).await?)
    }
}
