//! One request of a phone: proved, taken in, answered.

use std::sync::Arc;

use saldo_core::documents::unpack_bundle;
use saldo_core::gate::Writer;
use saldo_core::ids::ReadingId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    DocumentBundle, DocumentChange, DocumentSnapshot, Envelope, OLDEST_PROTOCOL, PROTOCOL,
    PushedChange, SyncRequest, SyncResponse, WholeDocument,
};
use tokio::time::Instant;

use super::chain::{self, Standing};
use super::packing::{packed, packed_here};
use super::prove::{self, Proved};
use super::pull::Answer;
use super::push::{self, Pusher, Taken};
use super::visit::{self, Visit};
use super::{returned, telling};
use crate::auth::{Principal, Remote};
use crate::error::ApiError;
use crate::flow::loans;
use crate::measure;
use crate::state::AppState;
use crate::store::devices::{self, DeviceRecord};
use crate::store::installs::Chain;
use crate::store::log;
use crate::store::security::{self, SecurityEvent};
use crate::store::{Key, Tx};

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
    let Proved { device, chain, body_hash, has_loans } =
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
        Standing::Pushes => {}
    }
    let picture = request.returned.is_empty().then_some(tx);
    let returned = returned::take_in(state, &pusher, &request.returned).await?;
    let advanced = Chain { number: envelope.push.number, hash: body_hash.to_vec() };
    let request = Arc::new(request);
    let hears_at_once = !has_loans && telling::is_plain(&request);
    let visit = Visit { request: Arc::clone(&request), chain: advanced, hears_at_once };
    let mut taken = if changes.is_empty() {
        drop(picture);
        Taken::nothing()
    } else {
        push::take_in(state, &pusher, changes, &visit, picture).await
    };
    let read = match &taken.read {
        Some(read) => read.clone(),
        None => visit::note(state, &pusher, &visit, &taken).await?,
    };
    if has_loans && taken.left_for_later() == 0 && request.unsent_after == 0 {
        loans::take_back(&state.db, device.id, &request.given_back, now).await?;
    }
    lend(state, &pusher, &request).await?;
    let was_numbered = taken.read.is_some() && state.db.has_one_writer();
    let answer = match taken.answer.take() {
        Some(told) => told,
        None if was_numbered && !has_loans && request.borrowing.is_empty() => {
            current_news(state, &pusher, &request, &taken).await?
        }
        None => numbered_news(state, &pusher, &request, &taken).await?,
    };
    let told = response(&request, now, &taken, read, answer);
    packed(SyncResponse { returned, ..told }, request.completes).await
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
            let answer = telling::news(&mut tx, &log, pusher, request, &taken).await?;
            drop(tx);
            answer
        }
        _ => {
            drop(tx);
            lend(state, pusher, request).await?;
            numbered_news(state, pusher, request, &taken).await?
        }
    };
    visit::note_asking(state, device, request, answer.is_empty(), pusher.now).await?;
    let says_nothing = answer.is_empty() && answer.difference.is_none();
    let told = response(request, pusher.now, &taken, Vec::new(), answer);
    if says_nothing { packed_here(&told) } else { packed(told, request.completes).await }
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
    current_news(state, pusher, request, taken).await
}

/// Tells what is new among what has numbers.
async fn current_news(
    state: &AppState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
) -> Result<Answer, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let log = log::state(&mut tx).await?.unwrap_or_default();
    telling::news(&mut tx, &log, pusher, request, taken).await
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
    let told = SyncResponse { fates: None, install_epoch: Some(install_epoch), ..told };
    packed(told, request.completes).await
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

fn snapshot(WholeDocument { subject, scope, saved, .. }: WholeDocument) -> DocumentSnapshot {
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
