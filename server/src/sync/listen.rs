//! A phone that listens whether there is news. It hears a number, never what the news is: it syncs
//! when it has not come so far yet.

use std::collections::HashMap;
use std::time::Duration;

use saldo_core::ids::DeviceId;
use saldo_core::wire::{Envelope, PROTOCOL, ScopeId, ScopePosition, SyncRequest};
use tokio::time::Instant;

use super::bell::{Heard, Seat};
use super::prove::{self, Proved};
use super::rights;
use crate::auth::{Principal, Remote};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::scopes::Seen;
use crate::store::{Db, StoreError, Tx, devices, log};

/// How often things happen while a phone listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Several rings in that time are told once.
    pub(super) gathered_for: Duration,
    /// How soon a phone that was shut out hears nothing more, and one whose sight has changed hears
    /// that there is news.
    pub(super) looks_at_rights_every: Duration,
    /// How long a phone listens before it must prove again who it is.
    pub(super) longest: Duration,
}

const PACE: Pace = Pace {
    gathered_for: Duration::from_secs(1),
    looks_at_rights_every: Duration::from_secs(60),
    longest: Duration::from_secs(60 * 60),
};

/// What a listening phone is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The log has something in its sight up to this number.
    UpTo(i64),
    /// What it sees is not what it saw, or nobody knows how far it is: it should sync in any case.
    Anew,
}

/// A phone that listens; dropped when it hangs up.
#[derive(Debug)]
pub struct Listener {
    db: Db,
    seat: Seat,
    device: DeviceId,
    principal: Principal,
    sight: Vec<ScopeId>,
    /// What it was not told yet when it sat down.
    first: Option<Told>,
    pace: Pace,
    looks_again_at: Instant,
    ends_at: Instant,
}

/// Lets a phone listen. `bytes` are the envelope of a request that only asks: its positions say
/// from where on there is news for it.
///
/// # Errors
/// As [`exchange`](super::exchange()); [`ApiError::BadRequest`] when the request carries something
/// to be kept; [`ApiError::TooMany`] when too many listen.
pub async fn listen(state: &AppState, remote: Remote, bytes: &[u8]) -> Result<Listener, ApiError> {
    listen_at(state, remote, bytes, PACE).await
}

/// [`listen`] at another pace.
pub(super) async fn listen_at(
    state: &AppState,
    remote: Remote,
    bytes: &[u8],
    pace: Pace,
) -> Result<Listener, ApiError> {
    let envelope =
        Envelope::from_bytes(bytes).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let now = state.clock.now();
    let mut tx = state.db.begin_read().await?;
    let Proved { device, .. } = prove::prove(state, remote, &envelope, now, &mut tx).await?;
    drop(tx);
    // After the proof: nobody else uses up what is the phone's.
    state.rate_limits.listen(device.id)?;
    let request = prove::opened(&envelope).await?;
    if request.protocol != PROTOCOL {
        return Err(ApiError::Protocol { asked: request.protocol, spoken: PROTOCOL });
    }
    if request.is_push() {
        return Err(ApiError::BadRequest(
            "who listens sends nothing: send it with /v1/sync".to_owned(),
        ));
    }
    let seat = state.bell.seat(device.id).ok_or(ApiError::TooMany { seconds: 60 })?;
    // After the seat was taken: what is numbered from now on rings.
    let principal =
        Principal { person: device.person, name: device.person_name, role: device.role };
    let mut tx = state.db.begin_read().await?;
    let sight = rights::scopes_of(&mut tx, &principal).await?;
    let first = missing(&mut tx, &sight, &request).await?;
    let started = Instant::now();
    // Not all at once, if all came at once.
    let share = u32::from(device.id.0.as_bytes().last().copied().unwrap_or_default());
    Ok(Listener {
        db: state.db.clone(),
        seat,
        device: device.id,
        principal,
        sight: ids(&sight),
        first,
        pace,
        looks_again_at: started + pace.looks_at_rights_every * share / 256,
        ends_at: started + pace.longest - pace.longest * share / 2_560,
    })
}

/// What the positions of a request lack of what is in sight.
async fn missing(
    tx: &mut Tx,
    sight: &[Seen],
    request: &SyncRequest,
) -> Result<Option<Told>, StoreError> {
    let state = log::state(tx).await?.unwrap_or_default();
    let held: HashMap<ScopeId, &ScopePosition> =
        request.positions.iter().map(|position| (position.scope, position)).collect();
    if request.epoch != u64::try_from(state.epoch).ok()
        || held.len() != sight.len()
        || held.values().any(|position| position.filling)
    {
        return Ok(Some(Told::Anew));
    }
    let mut up_to = None;
    for Seen { id, newest, .. } in sight {
        let Some(position) = held.get(id) else { return Ok(Some(Told::Anew)) };
        if u64::try_from(*newest).is_ok_and(|newest| newest > position.since) {
            up_to = up_to.max(Some(*newest));
        }
    }
    Ok(up_to.map(Told::UpTo))
}

fn ids(sight: &[Seen]) -> Vec<ScopeId> {
    sight.iter().map(|seen| seen.id).collect()
}

impl Listener {
    /// Waits until there is something to tell; `None`: the listening is over.
    pub async fn next(&mut self) -> Option<Told> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let mut gathered: Option<(Told, Instant)> = None;
        loop {
            let tell_at = gathered.map_or(self.ends_at, |(_, at)| at);
            let heard = tokio::select! {
                heard = self.seat.hear() => heard,
                () = tokio::time::sleep_until(tell_at) => match gathered {
                    Some((told, _)) => return Some(told),
                    None => return None,
                },
                () = tokio::time::sleep_until(self.looks_again_at) => {
                    self.looks_again_at += self.pace.looks_at_rights_every;
                    match self.look_at_rights().await {
                        Ok(Rights::Same) => continue,
                        Ok(Rights::Changed) => return Some(Told::Anew),
                        Ok(Rights::Gone) => return None,
                        Err(error) => {
                            tracing::error!(%error, "a listener could not be looked at");
                            return None;
                        }
                    }
                }
            };
            let told = match heard {
                Heard::End => return None,
                Heard::TooMuch => Some(Told::Anew),
                Heard::Ring(rung) => self
                    .sight
                    .iter()
                    .filter_map(|scope| rung.get(scope))
                    .max()
                    .copied()
                    .map(Told::UpTo),
            };
            gathered = match (gathered, told) {
                (before, None) => before,
                (None, Some(told)) => Some((told, Instant::now() + self.pace.gathered_for)),
                (Some((Told::UpTo(before), at)), Some(Told::UpTo(now))) => {
                    Some((Told::UpTo(before.max(now)), at))
                }
                (Some((_, at)), Some(_)) => Some((Told::Anew, at)),
            };
        }
    }

    async fn look_at_rights(&mut self) -> Result<Rights, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let device = devices::by_id(&mut tx, self.device).await?;
        let Some(device) = device.filter(|device| device.revoked_at.is_none()) else {
            return Ok(Rights::Gone);
        };
        self.principal =
            Principal { person: device.person, name: device.person_name, role: device.role };
        let sight = ids(&rights::scopes_of(&mut tx, &self.principal).await?);
        let before = std::mem::replace(&mut self.sight, sight);
        Ok(if before == self.sight { Rights::Same } else { Rights::Changed })
    }
}

enum Rights {
    Same,
    Changed,
    Gone,
}
