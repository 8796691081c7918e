//! What the phone sends: the oldest unsent changes, who read which personal card, and the positions
//! it holds, sealed. A push
//! that was not answered goes again as the very same bytes, so that the server can tell a retry
//! from a copy of the phone.
#![forbid(unsafe_code)]

use saldo_core::documents::DocumentKind;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{
    CardReading, Envelope, LARGEST_REQUEST_BYTES, MOST_CHANGES, MOST_READINGS, PROTOCOL,
    PushNumber, PushedChange, SyncRequest,
};
use sha2::{Digest, Sha256};

use super::transport::NoAnswer;
use crate::PhoneError;
use crate::store::{self, InFlight, OwnIdentity, Store, StoredReading};

/// What the changes of one push may weigh; the rest of the request is for names and positions.
const MOST_CHANGE_BYTES: usize = LARGEST_REQUEST_BYTES * 3 / 4;

/// What a change weighs in a request beside its own bytes: ids and field names.
const BYTES_AROUND_A_CHANGE: usize = 160;

/// The bytes to send next. They are on the disk before they are handed out.
pub(crate) fn prepare_push(
    store: &mut Store,
    app_version: &str,
    now: Instant,
) -> Result<Vec<u8>, PhoneError> {
    if let Some(push) = store::in_flight(store.read())? {
        return Ok(push.bytes);
    }
    let own = store::identity(store.read())?.ok_or(PhoneError::NotEnrolled)?;
    let kinds = DocumentKind::PersonalCard.name();
    store.write(|tx| store::read_anew_with(tx, kinds))?;
    let request = next_request(store, app_version, now)?;
    let push = seal(&own, &request)?;
    store.write(|tx| store::put_in_flight(tx, &push))?;
    Ok(push.bytes)
}

fn next_request(store: &Store, app_version: &str, now: Instant) -> Result<SyncRequest, PhoneError> {
    let mut weight = 0;
    let changes: Vec<PushedChange> = store::unsent(store.read(), MOST_CHANGES)?
        .into_iter()
        .enumerate()
        .take_while(|(index, queued)| {
            weight += queued.bytes.len() + BYTES_AROUND_A_CHANGE;
            // The oldest always goes, or a huge one would wait for ever; the gate will say so.
            *index == 0 || weight <= MOST_CHANGE_BYTES
        })
        .map(|(_, queued)| PushedChange {
            document: queued.subject.document(),
            subject: queued.subject,
            bytes: queued.bytes,
        })
        .collect();
    let waiting = store::count_unsent(store.read())?;
    let sent = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    Ok(SyncRequest {
        protocol: PROTOCOL,
        app_version: app_version.to_owned(),
        phone_time: now,
        epoch: store::sync_state(store.read())?.epoch,
        positions: store::positions(store.read())?,
        changes,
        unsent_after: waiting.saturating_sub(sent),
        kinds: vec![DocumentKind::PersonalCard.name().to_owned()],
        readings: store::readings(store.read(), MOST_READINGS)?.into_iter().map(told).collect(),
    })
}

fn told(reading: StoredReading) -> CardReading {
    CardReading { id: reading.id, client: reading.client, read_at: reading.read_at }
}

fn seal(own: &OwnIdentity, request: &SyncRequest) -> Result<InFlight, PhoneError> {
    let number = own.push_number + 1;
    let push = PushNumber { number, previous: own.previous_hash.clone() };
    let envelope = Envelope::seal(own.device, own.install_epoch, push, request, &own.secret_key)
        .map_err(PhoneError::damaged)?;
    Ok(InFlight {
        body_hash: Sha256::digest(&envelope.body).to_vec(),
        bytes: envelope.to_bytes().map_err(PhoneError::damaged)?,
        number: i64::try_from(number).map_err(PhoneError::damaged)?,
    })
}

/// Whether the server said that it will never take these very bytes, so that other bytes may be
/// made in their place: badly formed, too large, or of a protocol it does not speak. Everything
/// else may have been taken and must be asked again.
pub(super) fn was_not_taken(answer: &NoAnswer) -> bool {
    matches!(answer, NoAnswer::Refused { status: 400 | 413 | 426, .. })
}
