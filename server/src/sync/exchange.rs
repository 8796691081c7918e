//! One request of a phone: proved, taken in, answered.

use saldo_core::documents::persons::DEFAULT_PURPOSE;
use saldo_core::gate::Writer;
use saldo_core::ids::ReadingId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    CardReading, Envelope, EnvelopeError, MOST_READINGS, Opened, PROTOCOL, SyncRequest,
    SyncResponse, pack,
};

use super::gate_pool::in_pool;
use super::pull::{self, Answer, Asked, Limits};
use super::push::{self, Pusher, Taken};
use super::rights;
use crate::auth::{Principal, Remote};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::card_readings::{self, NewReading, Place};
use crate::store::devices::{self, DeviceRecord, Push};
use crate::store::quarantine;
use crate::store::security::{self, SecurityEvent};
use crate::store::{StoreError, Tx};

/// Answers one sync: takes in what the phone wrote, has it judged and tells what is new, the
/// verdicts on the very same push included. What it acknowledges as durable is on disk.
///
/// # Errors
/// [`ApiError::ForeignDevice`] for a phone that is unknown, shut out, not of this installation
/// or not signing with its own key; [`ApiError::Protocol`]; [`ApiError::TooMany`];
/// [`ApiError::BadRequest`]; [`ApiError::Store`] when the database fails (what was committed is
/// acknowledged when the phone tries again).
pub async fn exchange(state: &AppState, remote: Remote, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let now = state.clock.now();
    let envelope =
        Envelope::from_bytes(bytes).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    state.rate_limits.sync(envelope.device)?;
    let (device, opened) = prove(state, remote, &envelope, now).await?;
    let Opened { mut request, body_hash } = opened;
    if request.protocol != PROTOCOL {
        return Err(ApiError::Protocol { asked: request.protocol, spoken: PROTOCOL });
    }
    watch_chain(&device, &envelope, &body_hash);

    let principal =
        Principal { person: device.person, name: device.person_name.clone(), role: device.role };
    let writer = Writer {
        device: device.id,
        install_epoch: device.install_epoch,
        person: device.person,
        role: device.role,
        // Where it matters the policy is asked, change by change.
        home_phones: false,
    };
    let pusher = Pusher { writer, principal, now };
    let changes = std::mem::take(&mut request.changes);
    let taken = push::take_in(&state.db, &pusher, changes).await;
    let read = note(state, &pusher, &envelope, &request, &body_hash, &taken).await?;
    state.sequencer.run(&state.db).await?;
    let answer = news(state, &pusher, &request, &taken).await?;
    let response = response(now, &taken, read, answer);
    in_pool(move || pack(&response))
        .await?
        .map_err(|error| ApiError::Internal(format!("an answer could not be packed: {error}")))
}

/// Proves that the envelope is from a phone that is let in, and opens it.
async fn prove(
    state: &AppState,
    remote: Remote,
    envelope: &Envelope,
    now: UtcMillis,
) -> Result<(DeviceRecord, Opened), ApiError> {
    let device = devices::by_id(&mut state.db.begin_read().await?, envelope.device).await?;
    let Some(device) = device else {
        return Err(foreign(state, remote, envelope, None, "unknown device", now).await?);
    };
    if device.revoked_at.is_some() {
        return Err(foreign(state, remote, envelope, Some(&device), "shut out", now).await?);
    }
    let (sealed, public_key) = (envelope.clone(), device.public_key);
    match in_pool(move || sealed.open(&public_key)).await? {
        // Of an earlier installation: it must enrol again to learn which it is now.
        Ok(_) if envelope.install_epoch != device.install_epoch => {
            Err(foreign(state, remote, envelope, Some(&device), "another installation", now)
                .await?)
        }
        Ok(opened) => Ok((device, opened)),
        Err(EnvelopeError::Signature) => {
            Err(foreign(state, remote, envelope, Some(&device), "wrong signature", now).await?)
        }
        Err(EnvelopeError::Pack(error)) => Err(ApiError::BadRequest(error.to_string())),
    }
}

/// Notes a foreign device for the security-minded.
async fn foreign(
    state: &AppState,
    remote: Remote,
    envelope: &Envelope,
    device: Option<&DeviceRecord>,
    why: &'static str,
    now: UtcMillis,
) -> Result<ApiError, ApiError> {
    let person = device.map(|device| device.person);
    tracing::warn!(device = %envelope.device, %remote, why, "a foreign device was turned away");
    let detail = format!("device {}: {why}", envelope.device);
    let mut tx = state.db.begin_write().await?;
    let event = SecurityEvent::ForeignDevice;
    security::record(&mut tx, now, event, person, &remote.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(ApiError::ForeignDevice)
}

/// A push that does not follow the last one (and is not its retry) comes from a restored or
/// copied phone. It is served all the same: whatever it has not sent must not be lost, and the
/// gate refuses what another copy has written under the same numbers.
fn watch_chain(device: &DeviceRecord, envelope: &Envelope, body_hash: &[u8; 32]) {
    let push = &envelope.push;
    let is_retry = push.number == device.push_number && body_hash.as_slice() == device.push_hash;
    let follows = push.number > device.push_number && push.previous == device.push_hash;
    if !is_retry && !follows {
        tracing::warn!(
            device = %device.id,
            expected = device.push_number + 1,
            got = push.number,
            "a push breaks the chain of its phone: restored or copied"
        );
    }
}

/// Notes what the request tells about its phone and who read which personal card, and keeps what
/// was refused. Gives the readings that are durable.
async fn note(
    state: &AppState,
    pusher: &Pusher,
    envelope: &Envelope,
    request: &SyncRequest,
    body_hash: &[u8; 32],
    taken: &Taken,
) -> Result<Vec<ReadingId>, ApiError> {
    let device = pusher.writer.device;
    let mut tx = state.db.begin_write().await?;
    for (change, refusal) in taken.refused() {
        let document = change.document;
        if quarantine::keep(&mut tx, device, change, refusal, pusher.now).await? {
            tracing::warn!(%device, %document, code = ?refusal.code, "a change went to quarantine");
        }
    }
    let push = Push {
        number: envelope.push.number,
        hash: body_hash,
        app_version: &request.app_version,
        unsent: request.unsent_after.saturating_add(taken.left_for_later()),
        now: pusher.now,
    };
    devices::record_push(&mut tx, device, push).await?;
    let read = readings(&mut tx, pusher, &request.readings).await?;
    tx.commit().await?;
    Ok(read)
}

/// R13.1: every reading is logged, once, however often the phone tells of it.
async fn readings(
    tx: &mut Tx,
    pusher: &Pusher,
    told: &[CardReading],
) -> Result<Vec<ReadingId>, StoreError> {
    let mut durable = Vec::new();
    for reading in told.iter().take(MOST_READINGS) {
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
        durable.push(reading.id);
    }
    Ok(durable)
}

/// What is new, in one consistent picture.
async fn news(
    state: &AppState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
) -> Result<Answer, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let sight = rights::scopes_of(&mut tx, &pusher.principal).await?;
    let just_pushed = taken.durable();
    let asked = Asked {
        epoch: request.epoch,
        positions: &request.positions,
        just_pushed: &just_pushed,
        kinds: &request.kinds,
    };
    Ok(pull::pull(&mut tx, &sight, &asked, Limits::default()).await?)
}

fn response(
    now: UtcMillis,
    taken: &Taken,
    readings: Vec<ReadingId>,
    answer: Answer,
) -> SyncResponse {
    SyncResponse {
        protocol: PROTOCOL,
        server_time: now,
        epoch: answer.epoch,
        acks: taken.acks(),
        positions: answer.positions,
        documents: answer.documents,
        changes: answer.changes,
        rows: answer.rows,
        readings,
        more: answer.more,
    }
}
