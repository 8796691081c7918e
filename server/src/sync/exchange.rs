//! One request of a phone: proved, taken in, answered.

use saldo_core::documents::persons::DEFAULT_PURPOSE;
use saldo_core::documents::{Document, appended, unpack_bundle};
use saldo_core::gate::Writer;
use saldo_core::ids::ReadingId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    CardReading, DocumentBundle, DocumentChange, DocumentSnapshot, Envelope, MOST_READINGS,
    OLDEST_PROTOCOL, PROTOCOL, PackError, PushedChange, SyncRequest, SyncResponse, WholeDocument,
    pack,
};
use tokio::time::Instant;

use super::chain::{self, Standing};
use super::gate_pool::in_pool;
use super::prove::{self, Proved};
use super::pull::{self, Answer, Asked, Limits};
use super::push::{self, Pusher, Taken};
use super::{compare, returned, rights};
use crate::auth::{Principal, Remote};
use crate::error::ApiError;
use crate::flow::loans;
use crate::measure;
use crate::state::AppState;
use crate::store::card_readings::{self, NewReading, Place};
use crate::store::devices::{self, DeviceRecord, Told};
use crate::store::installs::{self, Chain};
use crate::store::log::{self, LogState};
use crate::store::quarantine;
use crate::store::security::{self, SecurityEvent};
use crate::store::{Key, StoreError, Tx};

/// Answers one sync: takes in what the phone wrote, has it judged and tells what is new, the
/// verdicts on the very same push included. What it acknowledges as durable is on disk.
///
/// # Errors
/// [`ApiError::ForeignDevice`] for a phone that is unknown, shut out, not of this installation
/// or not signing with its own key; [`ApiError::Protocol`]; [`ApiError::TooMany`];
/// [`ApiError::BadRequest`]; [`ApiError::Store`] when the database fails (what was committed is
/// acknowledged when the phone tries again).
pub async fn exchange(state: &AppState, remote: Remote, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let began = Instant::now();
    let answer = answer(state, remote, bytes).await;
    measure::sync(&answer, bytes.len(), began.elapsed());
    answer
}

async fn answer(state: &AppState, remote: Remote, bytes: &[u8]) -> Result<Vec<u8>, ApiError> {
    let now = state.clock.now();
    let envelope =
        Envelope::from_bytes(bytes).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let mut tx = state.db.begin_read().await?;
    let Proved { device, chain, body_hash } =
        prove::prove(state, remote, &envelope, now, &mut tx).await?;
    // Not before: else whoever knows a phone's id could use up its tries.
    state.rate_limits.sync(device.id)?;
    let mut request = prove::opened(&envelope).await?;
    if !(OLDEST_PROTOCOL..=PROTOCOL).contains(&request.protocol) {
        return Err(ApiError::Protocol { asked: request.protocol, spoken: PROTOCOL });
    }
    let pushes = request.is_push();
    let changes = pushed(&mut request)?;
    let principal =
        Principal { person: device.person, name: device.person_name.clone(), role: device.role };
    let writer = Writer {
        device: device.id,
        install_epoch: envelope.install_epoch,
        person: device.person,
        role: device.role,
        // Where it matters the policy is asked, change by change.
        home_phones: false,
    };
    let pusher = Pusher { writer, principal, now, phone_time: request.phone_time };
    let standing = chain::standing(&chain, &envelope, &body_hash, request.protocol, pushes);
    match standing {
        Standing::Asks => return asks(state, tx, &device, &pusher, &request).await,
        Standing::Forked => {
            drop(tx);
            return begin_anew(state, remote, &device, &pusher, &request).await;
        }
        Standing::Pushes => drop(tx),
    }
    let returned = returned::take_in(state, &pusher, &request.returned).await?;
    let taken = if changes.is_empty() {
        Taken::nothing()
    } else {
        push::take_in(&state.db, &pusher, changes).await
    };
    let advanced = Chain { number: envelope.push.number, hash: body_hash.to_vec() };
    let read = note(state, &pusher, &device, &request, &advanced, &taken).await?;
    if taken.left_for_later() == 0 && request.unsent_after == 0 {
        loans::take_back(&state.db, device.id, &request.given_back, now).await?;
    }
    lend(state, &pusher, &request).await?;
    let answer = numbered_news(state, &pusher, &request, &taken).await?;
    let told = response(&request, now, &taken, read, answer);
    packed(SyncResponse { returned, ..told }).await
}

/// Answers a request that only asks: `tx` is the picture in which its phone was found.
async fn asks(
    state: &AppState,
    mut tx: Tx,
    device: &DeviceRecord,
    pusher: &Pusher,
    request: &SyncRequest,
) -> Result<Vec<u8>, ApiError> {
    let taken = Taken::nothing();
    let answer = match log::state(&mut tx).await? {
        Some(log) if !log.waiting && request.borrowing.is_empty() => {
            let answer = news(&mut tx, &log, pusher, request, &taken).await?;
            drop(tx);
            answer
        }
        _ => {
            drop(tx);
            lend(state, pusher, request).await?;
            numbered_news(state, pusher, request, &taken).await?
        }
    };
    if worth_noting(device, request, &answer, pusher.now) {
        note_visit(state, device, request, pusher.now).await?;
    }
    let says_nothing = answer.is_empty() && answer.difference.is_none();
    let told = response(request, pusher.now, &taken, Vec::new(), answer);
    if says_nothing { pack(&told).map_err(not_packed) } else { packed(told).await }
}

/// R4.9: lends the phone what it asks for.
async fn lend(state: &AppState, pusher: &Pusher, request: &SyncRequest) -> Result<(), ApiError> {
    if request.borrowing.is_empty() {
        return Ok(());
    }
    let Pusher { principal, writer, now, .. } = pusher;
    Ok(loans::lend(&state.db, principal, writer.device, &request.borrowing, *now).await?)
}

/// Numbers what was written, and tells what is new.
async fn numbered_news(
    state: &AppState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
) -> Result<Answer, ApiError> {
    state.sequencer.run(&state.db).await?;
    let mut tx = state.db.begin_read().await?;
    let log = log::state(&mut tx).await?.unwrap_or_default();
    news(&mut tx, &log, pusher, request, taken).await
}

/// The changes that a request carries, in whichever protocol.
fn pushed(request: &mut SyncRequest) -> Result<Vec<PushedChange>, ApiError> {
    if request.protocol < 2 {
        return Ok(std::mem::take(&mut request.changes));
    }
    push::unpacked(&std::mem::take(&mut request.bundles))
        .map_err(|error| ApiError::BadRequest(error.to_string()))
}

/// Another copy of the phone may have written under this installation's name, or the server was
/// restored: the phone begins a new installation. Nothing that it pushed was looked at; it gets the
/// news, so that it can write what is unsent anew onto what the server has.
async fn begin_anew(
    state: &AppState,
    remote: Remote,
    device: &DeviceRecord,
    pusher: &Pusher,
    request: &SyncRequest,
) -> Result<Vec<u8>, ApiError> {
    state.rate_limits.new_install(device.id)?;
    let before = pusher.writer.install_epoch;
    let mut tx = state.db.begin_write_beside().await?;
    tx.lock([Key::Device(device.id)]).await?;
    let install_epoch = devices::begin_install(&mut tx, device.id, pusher.now).await?;
    let detail = format!(
        "device {}: installation {before} was restored or copied, or the server was; it goes on as \
         {install_epoch}",
        device.id
    );
    let (event, whose) = (SecurityEvent::PhoneForked, Some(device.person));
    security::record(&mut tx, pusher.now, event, whose, &remote.to_string(), &detail).await?;
    tx.commit().await?;
    measure::new_installation();
    tracing::warn!(device = %device.id, before, install_epoch, "a phone begins a new installation");
    let taken = Taken::nothing();
    let answer = numbered_news(state, pusher, request, &taken).await?;
    let told = response(request, pusher.now, &taken, Vec::new(), answer);
    packed(SyncResponse { fates: None, install_epoch: Some(install_epoch), ..told }).await
}

/// So much is packed where it is: handing it to another thread takes about as long.
const LITTLE_BYTES: usize = 32 * 1024;

async fn packed(mut response: SyncResponse) -> Result<Vec<u8>, ApiError> {
    // Like beside like compresses better; in which order documents come means nothing.
    response.whole.sort_by_key(|whole| whole.subject.kind());
    let whole = response.whole.iter().map(|whole| &whole.saved);
    let documents = response.documents.iter().map(|document| &document.saved);
    let are_whole = whole.chain(documents).all(|saved| is_whole(saved));
    let packed = if are_whole && weight(&response) <= LITTLE_BYTES {
        pack(&response)
    } else {
        in_pool(move || {
            save_whole(&mut response);
            pack(&response)
        })
        .await?
    };
    packed.map_err(not_packed)
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

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn not_packed(error: PackError) -> ApiError {
    ApiError::Internal(format!("an answer could not be packed: {error}"))
}

/// How old the last note of a phone's visit may get while it only asks and hears nothing.
const NOTED_AT_LEAST_EVERY_MS: i64 = 60_000;

/// Whether a visit that wrote nothing is worth a write: not each of the many that only ask.
fn worth_noting(
    device: &DeviceRecord,
    request: &SyncRequest,
    answer: &Answer,
    now: UtcMillis,
) -> bool {
    !answer.is_empty()
        || device.unsent != request.unsent_after
        || device.app_version != request.app_version
        || device.last_sync_at.is_none_or(|last| now.0 - last.0 >= NOTED_AT_LEAST_EVERY_MS)
}

async fn note_visit(
    state: &AppState,
    device: &DeviceRecord,
    request: &SyncRequest,
    now: UtcMillis,
) -> Result<(), ApiError> {
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

/// Notes what the request tells about its phone and who read which personal card, and keeps what
/// was refused. Gives the readings that are durable.
async fn note(
    state: &AppState,
    pusher: &Pusher,
    device: &DeviceRecord,
    request: &SyncRequest,
    chain: &Chain,
    taken: &Taken,
) -> Result<Vec<ReadingId>, ApiError> {
    let device = device.id;
    let mut tx = state.db.begin_write_beside().await?;
    tx.lock([Key::Device(device)]).await?;
    for (change, refusal) in taken.refused() {
        let document = change.document;
        let kept = quarantine::keep(&mut tx, device, change, refusal, pusher.now).await?;
        if kept == quarantine::Kept::Now {
            tracing::warn!(%device, %document, code = ?refusal.code, "a change went to quarantine");
        }
    }
    let told = Told {
        app_version: &request.app_version,
        unsent: request.unsent_after.saturating_add(taken.left_for_later()),
        unsent_since: request.oldest_unsent_at,
        now: pusher.now,
    };
    devices::record(&mut tx, device, told).await?;
    installs::advance(&mut tx, device, pusher.writer.install_epoch, chain).await?;
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
    tx: &mut Tx,
    log: &LogState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
) -> Result<Answer, ApiError> {
    let sight = rights::scopes_of(tx, &pusher.principal).await?;
    let just_pushed = taken.durable();
    let asked = Asked {
        epoch: request.epoch,
        positions: &request.positions,
        just_pushed: &just_pushed,
        kinds: &request.kinds,
        protocol: request.protocol,
    };
    let limits = Limits::of_protocol(request.protocol);
    let mut answer = pull::pull(tx, log, &sight, &asked, limits).await?;
    if let Some(comparison) = &request.comparison {
        measure::comparison();
        let difference = compare::difference(tx, &sight, comparison).await?;
        answer.bytes += difference.as_ref().map_or(0, compare::weight);
        answer.difference = difference;
    }
    compare::tell(tx, &sight, &request.wanted, &mut answer).await?;
    Ok(answer)
}

fn response(
    request: &SyncRequest,
    now: UtcMillis,
    taken: &Taken,
    readings: Vec<ReadingId>,
    answer: Answer,
) -> SyncResponse {
    let common = SyncResponse {
        protocol: request.protocol,
        server_time: now,
        epoch: answer.epoch,
        positions: answer.positions,
        rows: answer.rows,
        readings,
        more: answer.more,
        ..SyncResponse::default()
    };
    if request.protocol < 2 {
        return SyncResponse {
            acks: taken.acks(),
            documents: answer.whole.into_iter().map(snapshot).collect(),
            changes: answer.bundles.iter().flat_map(one_by_one).collect(),
            ..common
        };
    }
    SyncResponse {
        fates: (!taken.changes.is_empty()).then(|| taken.fates()),
        whole: answer.whole,
        bundles: answer.bundles,
        placed: answer.placed,
        difference: answer.difference,
        ..common
    }
}

fn snapshot(WholeDocument { subject, scope, saved }: WholeDocument) -> DocumentSnapshot {
    DocumentSnapshot { document: subject.document(), subject, scope, saved }
}

/// The changes of a bundle of ours. One that could not be read would come out of a damaged file;
/// then the phone misses them and has its scope filled anew.
fn one_by_one(bundle: &DocumentBundle) -> Vec<DocumentChange> {
    let document = bundle.document;
    let changes = unpack_bundle(&bundle.changes, usize::MAX).unwrap_or_else(|error| {
        tracing::error!(%document, %error, "a bundle of the log cannot be read");
        Vec::new()
    });
    changes.into_iter().map(|bytes| DocumentChange { document, bytes }).collect()
}
