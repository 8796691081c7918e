//! What the phone sends: the oldest unsent changes, who read which personal card, and the positions
//! it holds, sealed. A push that was not answered goes again as the very same bytes, so that the
//! server can tell a retry from a copy of the phone. A request that only asks is no push: it shows
//! the last one, and is nowhere kept.
#![forbid(unsafe_code)]

use saldo_core::documents::{Subject, change_hash, pack_bundle, unpack_bundle};
use saldo_core::ids::DocumentId;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{
    CardReading, Comparison, Envelope, LARGEST_REQUEST_BYTES, LARGEST_UNPACKED_BYTES, MOST_CHANGES,
    MOST_READINGS, PROTOCOL, PushNumber, PushedBundle, ScopeId, SyncRequest, ThingOfScope, digest,
    unpack,
};
use sha2::{Digest, Sha256};

use super::loans::{OfLoans, of_loans};
use super::transport::NoAnswer;
use crate::PhoneError;
use crate::store::{self, InFlight, OwnIdentity, Queued, Store, StoredReading};

/// What the changes of one push may weigh; the rest of the request is for names and positions.
const MOST_CHANGE_BYTES: usize = LARGEST_REQUEST_BYTES * 3 / 4;

/// What a change weighs in a request beside its own bytes.
const BYTES_AROUND_A_CHANGE: usize = 40;

/// How much of the last push's hash a request shows.
const SHOWN_HASH_BYTES: usize = 8;

/// Positions of phones that spoke an earlier protocol are read anew: their digests are unknown.
const READS: &str = "2";

/// What a request asks beside the news.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Questions {
    /// A scope that differs from the server's.
    pub(crate) compare: Option<ScopeId>,
    /// Things to be told anew.
    pub(crate) wanted: Vec<ThingOfScope>,
}

/// The bytes to send next. A push is on the disk before it is handed out.
pub(crate) fn prepare_push(
    store: &mut Store,
    app_version: &str,
    now: Instant,
    questions: &Questions,
) -> Result<Vec<u8>, PhoneError> {
    if let Some(push) = store::in_flight(store.read())? {
        return Ok(push.bytes);
    }
    let own = store::identity(store.read())?.ok_or(PhoneError::NotEnrolled)?;
    store.write(|tx| store::read_anew_with(tx, READS))?;
    let request = next_request(store, &own, app_version, now, questions)?;
    if request.is_push() {
        let push = seal_push(&own, &request)?;
        store.write(|tx| store::put_in_flight(tx, &push))?;
        return Ok(push.bytes);
    }
    sealed_question(&own, &request)
}

/// The bytes of a request that only asks.
pub(super) fn sealed_question(
    own: &OwnIdentity,
    request: &SyncRequest,
) -> Result<Vec<u8>, PhoneError> {
    let envelope = seal(own, own.push_number, request)?;
    envelope.to_bytes().map_err(PhoneError::damaged)
}

fn next_request(
    store: &mut Store,
    own: &OwnIdentity,
    app_version: &str,
    now: Instant,
    questions: &Questions,
) -> Result<SyncRequest, PhoneError> {
    let state = store::sync_state(store.read())?;
    let mut room = MOST_CHANGE_BYTES;
    let returned = if state.anew { Vec::new() } else { take_returning(store, &mut room)? };
    let changes = if state.anew { Vec::new() } else { take_changes(store, &mut room)? };
    let sent = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let unsent_after = store::count_unsent(store.read())?.saturating_sub(sent);
    let all_is_told = !state.anew && unsent_after == 0;
    let OfLoans { given_back, borrowing } = of_loans(store, own, now, all_is_told)?;
    let last_sent = changes.last().map_or(i64::MIN, |queued| queued.position);
    Ok(SyncRequest {
        protocol: PROTOCOL,
        app_version: app_version.to_owned(),
        phone_time: now,
        epoch: state.epoch,
        positions: store::positions(store.read())?,
        bundles: bundles(changes),
        returned,
        unsent_after,
        oldest_unsent_at: store::oldest_unsent_after(store.read(), last_sent)?.map(Instant),
        comparison: questions.compare.map(|scope| comparison(store, scope)).transpose()?,
        wanted: questions.wanted.clone(),
        readings: store::readings(store.read(), MOST_READINGS)?.into_iter().map(told).collect(),
        given_back,
        borrowing,
        completes: true,
        ..SyncRequest::default()
    })
}

/// The oldest unsent changes, as many as there is room for.
fn take_changes(store: &Store, room: &mut usize) -> Result<Vec<Queued>, PhoneError> {
    let mut taken: Vec<Queued> = Vec::new();
    for queued in store::unsent(store.read(), MOST_CHANGES)? {
        let weight = queued.bytes.len() + BYTES_AROUND_A_CHANGE;
        // The oldest always goes, or a huge one would wait for ever; the gate will say so.
        if weight > *room && !taken.is_empty() {
            break;
        }
        *room = room.saturating_sub(weight);
        taken.push(queued);
    }
    Ok(taken)
}

fn take_returning(store: &Store, room: &mut usize) -> Result<Vec<PushedBundle>, PhoneError> {
    let mut taken: Vec<PushedBundle> = Vec::new();
    for bundle in store::returning(store.read())? {
        let weight = bundle.changes.len();
        if weight > *room && !taken.is_empty() {
            break;
        }
        *room = room.saturating_sub(weight);
        taken.push(bundle);
    }
    Ok(taken)
}

/// The changes of each document together, in the order in which they were written.
fn bundles(changes: Vec<Queued>) -> Vec<PushedBundle> {
    let mut by_subject: Vec<(Subject, Vec<Vec<u8>>)> = Vec::new();
    for queued in changes {
        match by_subject.iter_mut().find(|(subject, _)| *subject == queued.subject) {
            Some((_, changes)) => changes.push(queued.bytes),
            None => by_subject.push((queued.subject, vec![queued.bytes])),
        }
    }
    by_subject
        .into_iter()
        .map(|(subject, changes)| PushedBundle {
            subject,
            changes: pack_bundle(changes.iter().map(Vec::as_slice)),
        })
        .collect()
}

fn comparison(store: &Store, scope: ScopeId) -> Result<Comparison, PhoneError> {
    let held = store::things_of_scope(store.read(), scope.0)?;
    let things = held.iter().map(|thing| (thing.kind.as_str(), thing.id.as_str(), thing.digest));
    Ok(Comparison { scope, buckets: digest::buckets(things) })
}

/// What a push carried.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// The documents and hashes of its changes, in the order of the push. The same words in two
    /// documents may be the same change.
    pub(super) changes: Vec<(DocumentId, [u8; 32])>,
    /// The documents of which it returned changes.
    pub(super) returned: Vec<Subject>,
}

/// Reads back what a push of this phone carried.
pub(super) fn sent(push: &InFlight) -> Result<Sent, PhoneError> {
    let envelope = Envelope::from_bytes(&push.bytes).map_err(PhoneError::damaged)?;
    let request: SyncRequest =
        unpack(&envelope.body, LARGEST_UNPACKED_BYTES).map_err(PhoneError::damaged)?;
    let mut changes = Vec::new();
    for bundle in &request.bundles {
        let unpacked = unpack_bundle(&bundle.changes, MOST_CHANGES).map_err(PhoneError::damaged)?;
        let document = bundle.subject.document();
        changes.extend(unpacked.iter().map(|change| (document, change_hash(change))));
    }
    Ok(Sent { changes, returned: request.returned.iter().map(|bundle| bundle.subject).collect() })
}

fn told(reading: StoredReading) -> CardReading {
    CardReading { id: reading.id, client: reading.client, read_at: reading.read_at }
}

fn seal_push(own: &OwnIdentity, request: &SyncRequest) -> Result<InFlight, PhoneError> {
    let number = own.push_number + 1;
    let envelope = seal(own, number, request)?;
    Ok(InFlight {
        body_hash: Sha256::digest(&envelope.body).to_vec(),
        bytes: envelope.to_bytes().map_err(PhoneError::damaged)?,
        number: i64::try_from(number).map_err(PhoneError::damaged)?,
    })
}

fn seal(own: &OwnIdentity, number: u64, request: &SyncRequest) -> Result<Envelope, PhoneError> {
    let previous = own.previous_hash.iter().copied().take(SHOWN_HASH_BYTES).collect();
    let push = PushNumber { number, previous };
    Envelope::seal(own.device, own.install_epoch, push, request, &own.secret_key)
        .map_err(PhoneError::damaged)
}

/// Whether the server said that it will never take these very bytes, so that other bytes may be
/// made in their place: badly formed, too large, or of a protocol it does not speak. Everything
/// else may have been taken and must be asked again.
pub(super) fn was_not_taken(answer: &NoAnswer) -> bool {
    matches!(answer, NoAnswer::Refused { status: 400 | 413 | 426, .. })
}
