//! Documents are saved whole again, without the changes that phones' pushes left behind them: so they
//! load quicker, weigh less on their way to a phone that holds nothing, and are proved once more.

use std::collections::HashMap;

use saldo_core::gate;
use saldo_core::ids::DocumentId;

use crate::error::ApiError;
use crate::store::documents::{self, SavedDocument};
use crate::store::{Db, StoreError};
use crate::sync::in_pool;

/// So many are read, and written, at a time: phones want to write meanwhile.
const AT_ONCE: usize = 100;

/// Saves whole what has changes behind it; gives how many documents. One that cannot be is left as it
/// is and told in the log: whatever reads it goes on doing so.
pub(super) async fn save_whole(db: &Db) -> Result<usize, ApiError> {
    let (mut saved, mut after) = (0, 0);
    loop {
        let mut tx = db.begin_read().await?;
        let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let found = documents::with_appended(&mut tx, after, most).await?;
        let was_last = found.len() < AT_ONCE;
        after = found.last().map_or(after, |(_, log_id)| *log_id);
        let read = documents::by_ids(&mut tx, found.into_iter().map(|(document, _)| document));
        let read = read.await?;
        drop(tx);
        saved += keep(db, &all_whole(read).await?).await?;
        if was_last {
            // What is written meanwhile is the next night's.
            return Ok(saved);
        }
    }
}

/// As many at once as there are cores.
async fn all_whole(
    read: HashMap<DocumentId, SavedDocument>,
) -> Result<Vec<(SavedDocument, Vec<u8>)>, ApiError> {
    let looks: Vec<_> =
        read.into_iter().map(|one| tokio::spawn(in_pool(move || whole(one)))).collect();
    let mut all = Vec::new();
    for look in looks {
        let look = look.await.map_err(|error| ApiError::Internal(error.to_string()))?;
        all.extend(look?);
    }
    Ok(all)
}

fn whole((document, read): (DocumentId, SavedDocument)) -> Option<(SavedDocument, Vec<u8>)> {
    gate::saved_whole(read.subject, &read.saved)
        .inspect_err(|error| tracing::error!(%document, %error, "a document cannot be saved whole"))
        .ok()
        .map(|whole| (read, whole))
}

async fn keep(db: &Db, whole: &[(SavedDocument, Vec<u8>)]) -> Result<usize, StoreError> {
    let mut kept = 0;
    if whole.is_empty() {
        return Ok(kept);
    }
    let mut tx = db.begin_write().await?;
    for (read, whole) in whole {
        kept += usize::from(documents::save_whole(&mut tx, read, whole).await?);
    }
    tx.commit().await?;
    Ok(kept)
}
