//! What a request tells about the phone that sent it: how far the chain of its pushes has come, what it has
//! unsent, which app it runs, which personal cards were read on it. The operator sees it of every phone.

use std::sync::Arc;

use saldo_core::documents::persons::DEFAULT_PURPOSE;
use saldo_core::ids::ReadingId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{MOST_READINGS, SyncRequest};

use super::push::{Pusher, Taken};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::card_readings::{self, NewReading, Place};
use crate::store::devices::{self, DeviceRecord, Told};
use crate::store::installs::{self, Chain};
use crate::store::{Key, StoreError, Tx, quarantine};

/// What a push tells beside its changes.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) request: Arc<SyncRequest>,
    /// Where the chain stands with this push.
    pub(super) chain: Chain,
    /// Nothing else is to be done before the phone is told what is new.
    pub(super) hears_at_once: bool,
}

impl Visit {
    /// Notes all of it, and keeps what was refused. Gives the readings that are recorded.
    pub(super) async fn note(
        &self,
        tx: &mut Tx,
        pusher: &Pusher,
        taken: &Taken,
    ) -> Result<Vec<ReadingId>, StoreError> {
        let device = pusher.writer.device;
        for (change, refusal) in taken.refused() {
            let document = change.document;
            let kept = quarantine::keep(tx, device, change, refusal, pusher.now).await?;
            if kept == quarantine::Kept::Now {
                tracing::warn!(%device, %document, code = ?refusal.code, "a change went to quarantine");
            }
        }
        let told = Told {
            app_version: &self.request.app_version,
            unsent: self.request.unsent_after.saturating_add(taken.left_for_later()),
            unsent_since: self.request.oldest_unsent_at,
            now: pusher.now,
        };
        devices::record(tx, device, told).await?;
        installs::advance(tx, device, pusher.writer.install_epoch, &self.chain).await?;
        self.readings(tx, pusher).await
    }

    /// R13.1: every reading is logged, once, however often the phone tells of it.
    async fn readings(&self, tx: &mut Tx, pusher: &Pusher) -> Result<Vec<ReadingId>, StoreError> {
        let readings = || self.request.readings.iter().take(MOST_READINGS);
        for reading in readings() {
            let new = NewReading {
                id: reading.id,
                client: reading.client,
                person: pusher.writer.person,
                read_at: reading.read_at,
                place: Place::Phone(pusher.writer.device),
                purpose: DEFAULT_PURPOSE,
            };
            if !card_readings::record(tx, new, pusher.now).await? {
                // Nobody's card: there is nothing to protect, and the phone must not ask for ever.
                tracing::warn!(device = %pusher.writer.device, "a reading names no client of ours");
            }
        }
        Ok(readings().map(|reading| reading.id).collect())
    }
}

/// Notes a push of which nothing was stored, or not all. Gives the readings that are durable.
pub(super) async fn note(
    state: &AppState,
    pusher: &Pusher,
    visit: &Visit,
    taken: &Taken,
) -> Result<Vec<ReadingId>, ApiError> {
    let mut tx = state.db.begin_write_beside().await?;
    tx.lock([Key::Device(pusher.writer.device)]).await?;
    let read = visit.note(&mut tx, pusher, taken).await?;
    tx.commit().await?;
    Ok(read)
}

/// How old the last note of a phone's visit may get while it only asks and hears nothing.
const NOTED_AT_LEAST_EVERY_MS: i64 = 60_000;

/// Notes the visit of a phone that only asks. Not each of the many that hear nothing is worth a write.
pub(super) async fn note_asking(
    state: &AppState,
    device: &DeviceRecord,
    request: &SyncRequest,
    heard_nothing: bool,
    now: UtcMillis,
) -> Result<(), ApiError> {
    let is_noted = heard_nothing
        && device.unsent == request.unsent_after
        && device.app_version == request.app_version
        && device.last_sync_at.is_some_and(|last| now.0 - last.0 < NOTED_AT_LEAST_EVERY_MS);
    if is_noted {
        return Ok(());
    }
    let mut tx = state.db.begin_write_beside().await?;
    tx.lock([Key::Device(device.id)]).await?;
    let told = Told {
        app_version: &request.app_version,
        unsent: request.unsent_after,
        unsent_since: request.oldest_unsent_at,
        now,
    };
    devices::record(&mut tx, device.id, told).await?;
    Ok(tx.commit().await?)
}
