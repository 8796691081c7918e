//! Changes that phones give back after the server was restored from a backup: it had them before.
//! Each is looked at by the gate as if its own writer had pushed it; whoever returns it must have
//! the document in sight. A server that was never restored takes nothing back.

use std::sync::Arc;

use saldo_core::documents::{unpack_bundle, writer_of};
use saldo_core::gate::{Refusal, Writer};
use saldo_core::wire::{PushedBundle, PushedChange, RefusalCode};

use super::batch::{self, Batch};
use super::push::{Outcome, Pusher};
use crate::error::ApiError;
use crate::measure;
use crate::state::AppState;
use crate::store::{Tx, devices, installs, log, quarantine};

/// The most changes of one document that come back at once: all that ever went into one, and more than
/// a phone writes at once. What a request may weigh bounds them too.
const MOST_RETURNED: usize = 10_000;

/// Takes in what a phone returns. What is durable or in quarantine when this returns `true` need
/// not be returned again.
///
/// # Errors
/// When the database fails.
pub(super) async fn take_in(
    state: &AppState,
    pusher: &Pusher,
    bundles: &[PushedBundle],
) -> Result<bool, ApiError> {
    if bundles.is_empty() {
        return Ok(false);
    }
    if !log::was_restored(&mut state.db.begin_read().await?).await? {
        tracing::warn!(device = %pusher.writer.device, "a phone returns changes; none were lost");
        return Ok(true);
    }
    let mut all = true;
    for PushedBundle { subject, changes } in bundles {
        let unpacked = unpack_bundle(changes, MOST_RETURNED)
            .map_err(|error| ApiError::BadRequest(error.to_string()))?;
        let document = subject.document();
        let changes = unpacked
            .into_iter()
            .map(|bytes| PushedChange { document, subject: *subject, bytes })
            .collect();
        all &= one_document(state, pusher, &Arc::new(changes)).await?;
    }
    Ok(all)
}

/// One change after the other, each as its own writer's.
async fn one_document(
    state: &AppState,
    pusher: &Pusher,
    changes: &Arc<Vec<PushedChange>>,
) -> Result<bool, ApiError> {
    let mut refused = Vec::new();
    for (position, change) in changes.iter().enumerate() {
        let writer = {
            let mut tx = state.db.begin_read().await?;
            original_writer(&mut tx, &change.bytes).await?
        };
        let outcome = match writer {
            Some(writer) => {
                let batch = Batch {
                    document: change.document,
                    subject: change.subject,
                    changes: Arc::clone(changes),
                    positions: vec![position],
                };
                let as_writer = Pusher { writer, ..pusher.clone() };
                batch::take_in(state, &as_writer, &batch).await?.pop()
            }
            None => Some(Outcome::Refused(Refusal {
                code: RefusalCode::ForeignActor,
                detail: "the phone that wrote this is not known here (any more)".to_owned(),
            })),
        };
        match outcome {
            Some(Outcome::Durable(_)) => {}
            Some(Outcome::Refused(refusal)) => refused.push((change, refusal)),
            Some(Outcome::Later) | None => return Ok(false),
        }
    }
    if !refused.is_empty() {
        let mut tx = state.db.begin_write().await?;
        for (change, refusal) in &refused {
            quarantine::keep(&mut tx, pusher.writer.device, change, refusal, pusher.now).await?;
        }
        tx.commit().await?;
    }
    measure::returned(changes.len());
    tracing::info!(device = %pusher.writer.device, changes = changes.len(), "changes came back");
    Ok(true)
}

/// Who wrote a change, by its actor; `None`: no device of ours.
async fn original_writer(tx: &mut Tx, change: &[u8]) -> Result<Option<Writer>, ApiError> {
    let Some((device, install_epoch)) = writer_of(change) else { return Ok(None) };
    let Some(record) = devices::by_id(tx, device).await? else { return Ok(None) };
    // An installation that began after the backup was made is not known; its device is.
    let known = installs::chain(tx, device, install_epoch).await?.is_some();
    if !known && install_epoch <= record.install_epoch {
        return Ok(None);
    }
    Ok(Some(Writer {
        device,
        install_epoch,
        person: record.person,
        role: record.role,
        home_phones: false,
    }))
}
