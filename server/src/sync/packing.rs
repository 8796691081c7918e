//! Packs answers, large ones beside the threads that serve.

use saldo_core::documents::{Document, appended, bare};
use saldo_core::wire::{SyncResponse, pack};

use super::gate_pool::in_pool;
use crate::error::ApiError;

/// So much is packed where it is: handing it to another thread takes about as long.
const LITTLE_BYTES: usize = 32 * 1024;

/// Packs an answer to a phone that `completes` documents, or does not.
///
/// # Errors
/// [`ApiError::Internal`], never for the answers there are.
pub(super) async fn packed(
    mut response: SyncResponse,
    completes: bool,
) -> Result<Vec<u8>, ApiError> {
    // Like beside like compresses better; in which order documents come means nothing.
    response.whole.sort_by_key(|whole| whole.subject.kind());
    let whole = response.whole.iter().map(|whole| &whole.saved);
    let documents = response.documents.iter().map(|document| &document.saved);
    let are_whole = whole.chain(documents).all(|saved| is_whole(saved));
    if are_whole && weight(&response) <= LITTLE_BYTES {
        if completes {
            make_bare(&mut response);
        }
        return packed_here(&response);
    }
    in_pool(move || {
        save_whole(&mut response);
        if completes {
            make_bare(&mut response);
        }
        packed_here(&response)
    })
    .await?
}

/// Packs an answer where it is.
///
/// # Errors
/// As [`packed`].
pub(super) fn packed_here(response: &SyncResponse) -> Result<Vec<u8>, ApiError> {
    pack(response)
        .map_err(|error| ApiError::Internal(format!("an answer could not be packed: {error}")))
}

fn is_whole(saved: &[u8]) -> bool {
    appended(saved) == 0
}

/// What is told whole is saved whole: as changes behind a document it would weigh several times as much.
fn save_whole(response: &mut SyncResponse) {
    let whole = response.whole.iter_mut().map(|whole| (whole.subject, &mut whole.saved));
    let documents = response.documents.iter_mut();
    let documents = documents.map(|document| (document.subject, &mut document.saved));
    for (subject, saved) in whole.chain(documents).filter(|(_, saved)| !is_whole(saved)) {
        match Document::load(subject.kind(), saved) {
            Ok(mut document) => *saved = document.save(),
            // As it is; the phone says so, and `saldo doctor` does.
            Err(error) => tracing::error!(?subject, %error, "a document cannot be read"),
        }
    }
}

/// About how many bytes an answer has.
fn weight(response: &SyncResponse) -> usize {
    let rows = response.rows.iter().map(|row| row.body.as_ref().map_or(0, String::len));
    let whole = response.whole.iter().map(|whole| whole.saved.len());
    let bundles = response.bundles.iter().map(|bundle| bundle.changes.len());
    let snapshots = response.documents.iter().map(|document| document.saved.len());
    let changes = response.changes.iter().map(|change| change.bytes.len());
    rows.chain(whole).chain(bundles).chain(snapshots).chain(changes).sum()
}

/// What a phone computes need not travel.
fn make_bare(response: &mut SyncResponse) {
    for whole in &mut response.whole {
        if let Some(bare) = bare(&whole.saved) {
            (whole.saved, whole.is_bare) = (bare, true);
        }
    }
}
