//! A PostgreSQL database that was restored from a copy, by whatever program: noticed when a server
//! starts on it, because it is not where it was.

use saldo_core::time::UtcMillis;

use crate::store::{Db, StoreError, log};

/// Begins a new epoch of the log if the database was restored since a server last started on it: every
/// phone then tells what it has, and nothing that was on any device is lost. `true`: so it was.
///
/// # Errors
/// When the database fails.
pub async fn notice_restored(db: &Db, now: UtcMillis) -> Result<bool, StoreError> {
    let Some(home) = db.begin_read().await?.home().await? else { return Ok(false) };
    let mut tx = db.begin_write().await?;
    let was_elsewhere = match log::move_home(&mut tx, &home).await? {
        None => return Ok(false),
        Some(before) => !before.is_empty() && before != home,
    };
    if was_elsewhere {
        log::begin_epoch(&mut tx, now).await?;
        tracing::warn!(
            "the database was restored from a copy, or a standby took over: every phone will tell what \
             it has; take the ledger files of the days since the copy in again"
        );
    }
    tx.commit().await?;
    Ok(was_elsewhere)
}
