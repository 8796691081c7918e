//! Documents are saved whole again, without the changes that phones' pushes left behind them: so they
//! load quicker, weigh less on their way to a phone that holds nothing, and are proved once more.

use saldo_core::gate;
use saldo_core::ids::DocumentId;

use crate::error::ApiError;
use crate::store::documents::{self, SavedDocument};
use crate::store::{Db, StoreError};
use crate::sync::in_pool;

/// So many are read, and written, at a time: phones want to write meanwhile.
const AT_ONCE: i64 = 100;

/// Saves whole what has changes behind it; gives how many documents. One that cannot be is left as it
/// is and told in the log: whatever reads it goes on doing so.
pub(super) async fn save_whole(db: &Db) -> Result<usize, ApiError> {
    let (mut saved, mut after) = (0, String::new());
    loop {
        let mut tx = db.begin_read().await?;
        let ids = documents::with_appended(&mut tx, &after, AT_ONCE).await?;
        let Some(last) = ids.last() else { return Ok(saved) };
        after = last.to_string();
        let read = documents::by_ids(&mut tx, ids).await?;
        drop(tx);
        let whole = in_pool(move || read.into_iter().filter_map(whole).collect::<Vec<_>>()).await?;
        saved += keep(db, &whole).await?;
    }
}

fn whole((document, read): (DocumentId, SavedDocument)) -> Option<(SavedDocument, Vec<u8>)> {
    gate::saved_whole(read.subject, &read.saved)
        .inspect_err(|error| tracing::error!(%document, %error, "a document cannot be saved whole"))
        .ok()
        .map(|whole| (read, whole))
}

async fn keep(db: &Db, whole: &[(SavedDocument, Vec<u8>)]) -> Result<usize, StoreError> {
    let mut kept = 0;
    let mut tx = db.begin_write().await?;
    for (read, whole) in whole {
        kept += usize::from(documents::save_whole(&mut tx, read, whole).await?);
    }
    tx.commit().await?;
    Ok(kept)
}
