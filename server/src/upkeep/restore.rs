//! Coming back from a copy. What stood there before is moved aside and never deleted; the log
//! begins a new epoch, so that every phone notices and tells what it has.

use std::fs;
use std::path::{Path, PathBuf};

use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis;

use super::UpkeepError;
use super::backup::{prove, remove_if_there, sync, sync_folder_of, with_suffix};
use crate::flow::{Context, personal_data};
use crate::serve::DataFile;
use crate::store::upkeep::{self, Contents, ShutOut};
use crate::store::{Db, StoreError, log, personal_cards};

/// A database that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What it holds.
    pub contents: Contents,
    /// Where the database of before is now, if there was one.
    pub moved_aside: Option<PathBuf>,
    /// What was done after the copy was made and must not come undone; `None`: the database of
    /// before could not be read, so it did.
    pub kept: Option<Kept>,
}

/// What a restore must not undo: whoever was shut out stays so, what was erased stays erased (R13.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Phones and people.
    pub shut_out: ShutOut,
    /// Clients whose persons were erased: the newest erased generation of the card, and why.
    pub erased: Vec<(ClientId, u32, String)>,
}

/// Puts the copy `backup` in the place of `database`. Everybody must sign in again, and enrolment
/// codes that were not used are void.
///
/// # Errors
/// [`UpkeepError::Serve`] while a server works on `database`; [`UpkeepError::NotWhole`] when the
/// copy is damaged, no database of ours, or of a newer version of this program;
/// [`UpkeepError::File`]. Then `database` is as it was.
pub async fn restore(
    backup: &Path,
    database: &Path,
    now: UtcMillis,
) -> Result<Restored, UpkeepError> {
    let _claimed = DataFile::claim(database)?;
    let incoming = with_suffix(database, ".restoring");
    for suffix in ["", "-wal", "-shm"] {
        remove_if_there(&with_suffix(&incoming, suffix))?;
    }
    fs::copy(backup, &incoming).map_err(UpkeepError::file(backup))?;
    let contents = match prove(&incoming).await {
        Err(UpkeepError::NotWhole { detail, .. }) => {
            remove_if_there(&incoming)?;
            return Err(UpkeepError::NotWhole { file: backup.to_owned(), detail });
        }
        proved => proved?,
    };
    let before = to_keep_of(database).await;
    begin_anew(&incoming, before.as_ref(), now).await?;
    sync(&incoming)?;
    let moved_aside = move_aside(database, "before", now)?;
    fs::rename(&incoming, database).map_err(UpkeepError::file(database))?;
    sync_folder_of(database)?;
    let kept = if moved_aside.is_some() { before } else { Some(Kept::default()) };
    Ok(Restored { contents, moved_aside, kept })
}

/// What must be kept of the database that is about to go; `None` when it cannot be read.
async fn to_keep_of(database: &Path) -> Option<Kept> {
    if !database.exists() {
        return None;
    }
    let db = Db::open_copy(database).await.ok()?;
    let read = read_kept(&db).await;
    db.close().await;
    read.ok()
}

async fn read_kept(db: &Db) -> Result<Kept, StoreError> {
    let mut tx = db.begin_read().await?;
    let shut_out = upkeep::shut_out(&mut tx).await?;
    Ok(Kept { shut_out, erased: personal_cards::last_erasures(&mut tx).await? })
}

/// Brings the copy up to date and makes it a new beginning. Closing leaves one whole file.
async fn begin_anew(
    incoming: &Path,
    kept: Option<&Kept>,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let db = Db::open_sqlite(incoming).await?;
    let mut tx = db.begin_write().await?;
    log::begin_epoch(&mut tx, now).await?;
    upkeep::end_sessions_and_codes(&mut tx, now).await?;
    if let Some(kept) = kept {
        upkeep::shut_out_again(&mut tx, &kept.shut_out, now).await?;
        let context = Context::load(&mut tx, now).await?;
        for (client, erased, why) in &kept.erased {
            personal_data::erase_again(&mut tx, &context, *client, *erased, why).await?;
        }
    }
    tx.commit().await?;
    db.close().await;
    Ok(())
}

/// Gives the database of before another name, its journal along with it.
pub(super) fn move_aside(
    database: &Path,
    what: &str,
    now: UtcMillis,
) -> Result<Option<PathBuf>, UpkeepError> {
    if !database.exists() {
        return Ok(None);
    }
    let aside = with_suffix(database, &format!(".{what}-{}", now.0));
    for suffix in ["-wal", "-shm", ""] {
        let file = with_suffix(database, suffix);
        if file.exists() {
            fs::rename(&file, with_suffix(&aside, suffix)).map_err(UpkeepError::file(&file))?;
        }
    }
    Ok(Some(aside))
}
