//! What a phone is told in answer to a request.

use saldo_core::wire::SyncRequest;

use super::pull::{self, Answer, Asked, Limits};
use super::push::{Pusher, Taken};
use super::{compare, rights};
use crate::error::ApiError;
use crate::measure;
use crate::store::log::LogState;
use crate::store::scopes::Seen;
use crate::store::{StoreError, Tx};

/// What is new, in one consistent picture, and what else the phone asks about.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(super) async fn news(
    tx: &mut Tx,
    log: &LogState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
) -> Result<Answer, ApiError> {
    let limits = Limits::of_protocol(request.protocol);
    let (sight, mut answer) = pulled(tx, log, pusher, request, taken, limits).await?;
    if let Some(comparison) = &request.comparison {
        measure::comparison();
        let difference = compare::difference(tx, &sight, comparison).await?;
        answer.bytes += difference.as_ref().map_or(0, compare::weight);
        answer.difference = difference;
    }
    compare::tell(tx, &sight, &request.wanted, &mut answer).await?;
    Ok(answer)
}

/// Whether a request asks for nothing but what is new.
pub(super) const fn is_plain(request: &SyncRequest) -> bool {
    request.borrowing.is_empty() && request.wanted.is_empty() && request.comparison.is_none()
}

/// So much is told by whoever stores a push: a phone that was away for a day hears no more. Others wait for
/// the writer.
const AT_ONCE: Limits = Limits { bytes: 128 * 1024, items: 200, entries_at_once: 200 };

/// What is new, as far as that is little, for a phone whose push was stored and numbered in this very
/// transaction: what it tells was just written and need not be read from the file again. `None`: there is more,
/// or it cannot be read here.
pub(super) async fn at_once(
    tx: &mut Tx,
    log: &LogState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
) -> Option<Answer> {
    let told = pulled(tx, log, pusher, request, taken, AT_ONCE).await;
    // The push holds all the same: whoever reads it next says what is wrong.
    let told = told.inspect_err(|error| tracing::warn!(%error, "news were not told at once"));
    let (_, answer) = told.ok()?;
    (!answer.more).then_some(answer)
}

async fn pulled(
    tx: &mut Tx,
    log: &LogState,
    pusher: &Pusher,
    request: &SyncRequest,
    taken: &Taken,
    limits: Limits,
) -> Result<(Vec<Seen>, Answer), StoreError> {
    let sight = rights::scopes_of(tx, &pusher.principal).await?;
    let just_pushed = taken.durable();
    let asked = Asked {
        epoch: request.epoch,
        positions: &request.positions,
        just_pushed: &just_pushed,
        kinds: &request.kinds,
        protocol: request.protocol,
    };
    let answer = pull::pull(tx, log, &sight, &asked, limits).await?;
    Ok((sight, answer))
}
