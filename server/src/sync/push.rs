//! Takes in what a phone wrote: everything in one transaction with the verdicts on its facts; where
//! that fails, document by document, so that one that cannot be stored never holds up the others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saldo_core::documents::{BadBundle, Subject, unpack_bundle};
use saldo_core::gate::{Refusal, Writer};
use saldo_core::ids::{DocumentId, ReadingId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    Ack, AckState, Fate, Fates, MOST_CHANGES, PushedBundle, PushedChange, RefusalCode,
};
use sha2::{Digest, Sha256};

use super::batch::{self, Batch, TakenIn};
use super::pull::Answer;
use super::visit::Visit;
use crate::auth::Principal;
use crate::measure;
use crate::state::AppState;
use crate::store::Tx;

/// Who pushes, and when.
#[derive(Debug, Clone)]
pub(super) struct Pusher {
    pub(super) writer: Writer,
    pub(super) principal: Principal,
    pub(super) now: UtcMillis,
    /// What its clock shows `now`.
    pub(super) phone_time: UtcMillis,
}

impl Pusher {
    /// An instant by the phone's clock, by ours: as far as that goes wrong now, it did so then.
    pub(super) fn by_our_clock(&self, at: UtcMillis) -> UtcMillis {
        let behind_millis = self.now.0.saturating_sub(self.phone_time.0);
        at.plus_millis(behind_millis).min(self.now)
    }
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// On disk, under this hash; just now or before.
    Durable([u8; 32]),
    /// To be kept in quarantine.
    Refused(Refusal),
    /// Not looked at.
    Later,
}

/// What became of a push.
#[derive(Debug)]
pub(super) struct Taken {
    /// The changes as they came.
    pub(super) changes: Arc<Vec<PushedChange>>,
    /// Of each, what became of it.
    pub(super) outcomes: Vec<Outcome>,
    /// The readings that are durable; `None`: the visit is still to be noted.
    pub(super) read: Option<Vec<ReadingId>>,
    /// What is new for the phone, where whoever stored the push has told it.
    pub(super) answer: Option<Answer>,
}

/// Takes in `changes`. What is said to be durable is committed when this returns; what could not
/// be looked at or stored is left for later and logged, and the phone still gets its news. `picture` is that in
/// which its phone was found, if nothing was written since.
pub(super) async fn take_in(
    state: &AppState,
    pusher: &Pusher,
    changes: Vec<PushedChange>,
    visit: &Visit,
    picture: Option<Tx>,
) -> Taken {
    let changes = Arc::new(changes);
    let batches = batches(&changes);
    let together = batch::take_in_together(state, pusher, &batches, Some(visit), picture).await;
    let TakenIn { outcomes, read, answer } = together.unwrap_or_else(|error| {
        error.log();
        TakenIn { outcomes: vec![None; batches.len()], read: None, answer: None }
    });
    let mut all = Vec::new();
    for (batch, outcomes) in batches.into_iter().zip(outcomes) {
        match outcomes {
            Some(outcomes) => all.extend(batch.positions.into_iter().zip(outcomes)),
            None => all.extend(as_far_as_possible(state, pusher, batch).await),
        }
    }
    let taken = Taken { read, answer, ..Taken::of(changes, all) };
    let (refused, later) = (taken.refused().len(), taken.later().count());
    measure::changes(taken.outcomes.len() - refused - later, refused, later);
    taken
}

/// Takes in a batch at once; where that fails, one change after the other up to the first that
/// fails alone: those behind it may build on it and must wait.
async fn as_far_as_possible(
    state: &AppState,
    pusher: &Pusher,
    batch: Batch,
) -> Vec<(usize, Outcome)> {
    let positions = batch.positions.clone();
    let error = match batch::take_in(state, pusher, &batch).await {
        Ok(outcomes) => return positions.into_iter().zip(outcomes).collect(),
        Err(error) => error,
    };
    error.log();
    let mut taken = Vec::new();
    if positions.len() < 2 {
        return taken;
    }
    for position in positions {
        let alone = Batch { positions: vec![position], ..batch.clone() };
        match batch::take_in(state, pusher, &alone).await {
            Ok(outcomes) => taken.extend(outcomes.into_iter().map(|outcome| (position, outcome))),
            Err(_) => break,
        }
    }
    taken
}

/// The changes of bundles, one after the other, as a phone of protocol 1 would have pushed them.
///
/// # Errors
/// When a bundle cannot be read, or there are more than [`MOST_CHANGES`].
pub(super) fn unpacked(bundles: &[PushedBundle]) -> Result<Vec<PushedChange>, BadBundle> {
    let mut changes = Vec::new();
    for PushedBundle { subject, changes: bundle } in bundles {
        let document = subject.document();
        for bytes in unpack_bundle(bundle, MOST_CHANGES - changes.len())? {
            changes.push(PushedChange { document, subject: *subject, bytes });
        }
    }
    Ok(changes)
}

/// A code that phones of protocol 1 know.
const fn known_to_1(code: RefusalCode) -> RefusalCode {
    match code {
        RefusalCode::KnownFact => RefusalCode::BadFact,
        other => other,
    }
}

/// The changes of each document, in the order in which the documents first appear. More than the
/// protocol allows are left for later.
fn batches(changes: &Arc<Vec<PushedChange>>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut place: HashMap<(DocumentId, Subject), usize> = HashMap::new();
    for (position, change) in changes.iter().take(MOST_CHANGES).enumerate() {
        let slot = *place.entry((change.document, change.subject)).or_insert_with(|| {
            batches.push(Batch {
                document: change.document,
                subject: change.subject,
                changes: Arc::clone(changes),
                positions: Vec::new(),
            });
            batches.len() - 1
        });
        if let Some(batch) = batches.get_mut(slot) {
            batch.positions.push(position);
        }
    }
    batches
}

impl Taken {
    /// Nothing was pushed, or nothing was looked at.
    pub(super) fn nothing() -> Self {
        Self::of(Arc::default(), [])
    }

    /// What became of some of these changes, by their places; the others are left for later.
    pub(super) fn of(
        changes: Arc<Vec<PushedChange>>,
        known: impl IntoIterator<Item = (usize, Outcome)>,
    ) -> Self {
        let mut outcomes = vec![Outcome::Later; changes.len()];
        for (position, outcome) in known {
            if let Some(slot) = outcomes.get_mut(position) {
                *slot = outcome;
            }
        }
        Self { changes, outcomes, read: None, answer: None }
    }

    /// What a phone of protocol 2 is told.
    pub(super) fn fates(&self) -> Fates {
        let others: Vec<Fate> = (0..)
            .zip(&self.outcomes)
            .filter_map(|(change, outcome)| {
                let state = match outcome {
                    Outcome::Durable(_) => return None,
                    Outcome::Refused(Refusal { code, detail }) => {
                        AckState::Refused { code: *code, detail: detail.clone() }
                    }
                    Outcome::Later => AckState::Later,
                };
                Some(Fate { change, state })
            })
            .collect();
        let durable = self.outcomes.len() - others.len();
        Fates { durable: u32::try_from(durable).unwrap_or(u32::MAX), others }
    }

    /// What a phone of protocol 1 is told.
    pub(super) fn acks(&self) -> Vec<Ack> {
        let acks = self.changes.iter().zip(&self.outcomes).map(|(change, outcome)| {
            let (hash, state) = match outcome {
                Outcome::Durable(hash) => (*hash, AckState::Durable),
                Outcome::Refused(Refusal { code, detail }) => (
                    Sha256::digest(&change.bytes).into(),
                    AckState::Refused { code: known_to_1(*code), detail: detail.clone() },
                ),
                Outcome::Later => (Sha256::digest(&change.bytes).into(), AckState::Later),
            };
            Ack { hash_prefix: hash.iter().copied().take(8).collect(), state }
        });
        acks.collect()
    }

    /// The hashes of what is durable.
    pub(super) fn durable(&self) -> HashSet<[u8; 32]> {
        let hashes = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Durable(hash) => Some(*hash),
            Outcome::Refused(_) | Outcome::Later => None,
        });
        hashes.collect()
    }

    /// What was refused, with why.
    pub(super) fn refused(&self) -> Vec<(&PushedChange, &Refusal)> {
        let pairs = self.changes.iter().zip(&self.outcomes);
        let refused = pairs.filter_map(|(change, outcome)| match outcome {
            Outcome::Refused(refusal) => Some((change, refusal)),
            Outcome::Durable(_) | Outcome::Later => None,
        });
        refused.collect()
    }

    /// How many wait for another try.
    pub(super) fn left_for_later(&self) -> u32 {
        u32::try_from(self.later().count()).unwrap_or(u32::MAX)
    }

    fn later(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| **outcome == Outcome::Later)
    }
}
