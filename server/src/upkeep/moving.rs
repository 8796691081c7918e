//! A company's way from its file into PostgreSQL.

use std::path::{Path, PathBuf};

use saldo_core::time::UtcMillis;

use super::{UpkeepError, digests};
use crate::serve::DataFile;
use crate::store::upkeep::{self, Balance, Contents};
use crate::store::{Db, MovedTable, StoreError, move_tables};

/// A company that was moved.
#[derive(Debug)]
pub struct Moved {
    /// Its tables, each row compared.
    pub tables: Vec<MovedTable>,
    /// What it holds.
    pub contents: Contents,
    /// What its clients owe, by currency.
    pub balances: Vec<Balance>,
    /// Scopes of the log whose digests were computed anew and are the same.
    pub scopes: usize,
    /// The file's new name: nobody should go on with it by mistake.
    pub aside: PathBuf,
}

/// Moves the company in `file` into the empty PostgreSQL database `to`, proves it, and gives the file
/// another name. Phones go on as if nothing had happened. No server may run on the file.
///
/// # Errors
/// When a server runs on the file, there is a company in `to` already, something did not come over as it
/// was (then nothing was moved), or a database fails.
pub async fn move_to_postgres(file: &Path, to: &Db, now: UtcMillis) -> Result<Moved, UpkeepError> {
    let claimed = DataFile::claim(file)?;
    let from = claimed.open().await?;
    let tables = move_tables(&from, to).await;
    let proved = match &tables {
        Ok(_) => prove(&from, to).await,
        Err(_) => Ok((Contents::default(), Vec::new(), 0)),
    };
    from.close().await;
    let (tables, (contents, balances, scopes)) = (tables?, proved?);
    let aside = super::restore::move_aside(file, "moved", now)?.unwrap_or_else(|| file.to_owned());
    drop(claimed);
    Ok(Moved { tables, contents, balances, scopes, aside })
}

/// What people compare, asked of both databases by themselves.
async fn prove(from: &Db, to: &Db) -> Result<(Contents, Vec<Balance>, usize), StoreError> {
    let mut there = from.begin_read().await?;
    let mut here = to.begin_read().await?;
    let contents = upkeep::contents(&mut here).await?;
    let balances = upkeep::balances(&mut here).await?;
    let digests = digests::of_every_scope(&mut here).await?;
    let same = contents == upkeep::contents(&mut there).await?
        && balances == upkeep::balances(&mut there).await?
        && digests == digests::of_every_scope(&mut there).await?;
    if same {
        Ok((contents, balances, digests.len()))
    } else {
        Err(StoreError::Unfit(
            "counts, balances or digests differ after moving: drop the PostgreSQL database, go on with \
             the file, and please report it"
                .to_owned(),
        ))
    }
}
