//! The look at a push: the gate first, then whether the facts are about clients in sight. Nothing is
//! written here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saldo_core::documents::{DocumentError, Subject};
use saldo_core::gate::{self, Admitted, Passed, Refusal, Writer};
use saldo_core::ids::ClientId;
use saldo_core::wire::{PushedChange, RefusalCode};
use tokio::time::Instant;

use super::batch::{Batch, Ground};
use super::gate_pool::in_pool;
use super::push::{Outcome, Pusher};
use super::rights;
use crate::error::ApiError;
use crate::measure;
use crate::store::documents::SavedDocument;
use crate::store::{Db, StoreError, Tx};

/// What the gate and the rights say of a batch.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) saved: Vec<u8>,
    pub(super) heads: Vec<[u8; 32]>,
    /// In the order of the batch.
    verdicts: Vec<(usize, Result<Admitted, Refusal>)>,
}

impl Seen {
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        let outcomes = self.verdicts.iter().map(|(_, verdict)| match verdict {
            Ok(admitted) => Outcome::Durable(admitted.hash),
            Err(refusal) => Outcome::Refused(refusal.clone()),
        });
        outcomes.collect()
    }

    pub(super) fn unknown(&self) -> impl Iterator<Item = (usize, &Admitted)> {
        self.verdicts.iter().filter_map(|(position, verdict)| match verdict {
            Ok(admitted) if !admitted.known => Some((*position, admitted)),
            _ => None,
        })
    }
}

/// Lets the gate look at batches; gives what was seen of each. Whether the clients of their facts are in sight
/// is still to be asked ([`out_of_sight`]).
///
/// # Errors
/// When a stored document cannot be read.
pub(super) async fn look_at(batches: &[(&Batch, &Ground)]) -> Result<Vec<Seen>, ApiError> {
    let nothing = HashMap::new();
    let looks = batches.iter().map(|(batch, ground)| Look::at(batch, ground, &nothing)).collect();
    let passed = pass(looks).await?.into_iter();
    Ok(passed.map(|(look, passed)| look.seen(passed, &nothing)).collect())
}

/// Looks at batches; gives what was seen of each. A change that falls because of a client out of
/// sight takes those that build on it along, so the gate looks at its batch again without it.
///
/// # Errors
/// When the database fails or a stored document cannot be read.
pub(super) async fn look_at_what_is_in_sight(
    db: &Db,
    pusher: &Pusher,
    batches: &[(&Batch, &Ground)],
) -> Result<Vec<Seen>, ApiError> {
    let mut hidden: HashMap<usize, Refusal> = HashMap::new();
    let mut seen: Vec<Option<Seen>> = batches.iter().map(|_| None).collect();
    while seen.iter().any(Option::is_none) {
        let left = batches.iter().zip(&mut seen).filter(|(_, seen)| seen.is_none());
        let (looks, slots): (Vec<Look>, Vec<&mut Option<Seen>>) =
            left.map(|((batch, ground), slot)| (Look::at(batch, ground, &hidden), slot)).unzip();
        let passed = pass(looks).await?;
        let unknown = passed.iter().flat_map(|(look, passed)| look.unknown(passed));
        let mut tx = db.begin_read().await?;
        let found = out_of_sight(&mut tx, pusher, unknown).await?;
        drop(tx);
        for ((look, passed), slot) in passed.into_iter().zip(slots) {
            if !look.positions.iter().any(|position| found.contains_key(position)) {
                *slot = Some(look.seen(passed, &hidden));
            }
        }
        hidden.extend(found);
    }
    Ok(seen.into_iter().flatten().collect())
}

/// What the gate looks at of one document.
struct Look {
    subject: Subject,
    writer: Writer,
    kept: Option<Arc<SavedDocument>>,
    changes: Arc<Vec<PushedChange>>,
    /// Those of the batch, without what is out of sight.
    positions: Vec<usize>,
    /// All of the batch.
    batch: Vec<usize>,
}

impl Look {
    fn at(batch: &Batch, ground: &Ground, without: &HashMap<usize, Refusal>) -> Self {
        let positions = batch.positions.iter().filter(|position| !without.contains_key(position));
        Self {
            subject: batch.subject,
            writer: ground.writer,
            kept: ground.kept.clone(),
            changes: Arc::clone(&batch.changes),
            positions: positions.copied().collect(),
            batch: batch.positions.clone(),
        }
    }

    fn bytes(&self) -> Vec<&[u8]> {
        let changes = self.positions.iter().filter_map(|position| self.changes.get(*position));
        changes.map(|change| change.bytes.as_slice()).collect()
    }

    fn weight(&self) -> usize {
        let changes: usize = self.bytes().into_iter().map(<[u8]>::len).sum();
        self.kept.as_ref().map_or(0, |kept| kept.saved.len()) + changes
    }

    fn admit(&self) -> Result<Passed, DocumentError> {
        let began = Instant::now();
        let saved = self.kept.as_ref().map(|kept| kept.saved.as_slice());
        let passed = gate::admit(self.subject, saved, &self.writer, &self.bytes());
        measure::gate(began.elapsed());
        passed
    }

    /// What the gate lets in and nobody has yet, by position.
    fn unknown<'a>(&self, passed: &'a Passed) -> impl Iterator<Item = (usize, &'a Admitted)> {
        let verdicts = self.positions.iter().copied().zip(&passed.changes);
        verdicts.filter_map(|(position, verdict)| {
            Some((position, verdict.as_ref().ok().filter(|admitted| !admitted.known)?))
        })
    }

    fn seen(&self, passed: Passed, out_of_sight: &HashMap<usize, Refusal>) -> Seen {
        let mut verdicts: HashMap<usize, Result<Admitted, Refusal>> =
            self.positions.iter().copied().zip(passed.changes).collect();
        let hidden = self.batch.iter().filter_map(|at| Some((*at, out_of_sight.get(at)?.clone())));
        verdicts.extend(hidden.map(|(at, refusal)| (at, Err(refusal))));
        // What is behind comes again.
        let ordered = self.batch.iter().map_while(|at| verdicts.remove_entry(at));
        Seen { saved: passed.saved, heads: passed.heads, verdicts: ordered.collect() }
    }
}

/// How much is looked at in one go, in bytes of documents and changes: a day of a rep, so that whoever
/// came first is done first; not more, so that a huge push does not keep others waiting.
const MOST_AT_ONCE_BYTES: usize = 256 * 1024;

fn portions(looks: Vec<Look>) -> Vec<Vec<Look>> {
    let mut portions: Vec<Vec<Look>> = Vec::new();
    let mut weight: usize = 0;
    for look in looks {
        let more = look.weight();
        match portions.last_mut() {
            Some(portion) if weight.saturating_add(more) <= MOST_AT_ONCE_BYTES => {
                weight += more;
                portion.push(look);
            }
            _ => {
                weight = more;
                portions.push(vec![look]);
            }
        }
    }
    portions
}

async fn pass(looks: Vec<Look>) -> Result<Vec<(Look, Passed)>, ApiError> {
    let mut passed = Vec::new();
    for portion in portions(looks) {
        passed.extend(admit(portion).await?);
    }
    Ok(passed)
}

async fn admit(looks: Vec<Look>) -> Result<Vec<(Look, Passed)>, ApiError> {
    let passed: Result<_, DocumentError> = in_pool(move || {
        looks.into_iter().map(|look| look.admit().map(|passed| (look, passed))).collect()
    })
    .await?;
    passed.map_err(|error| StoreError::unreadable("document.saved")(error.to_string()).into())
}

/// The changes that bring facts about clients whom the pusher does not see (any more).
///
/// # Errors
/// When the database fails.
pub(super) async fn out_of_sight(
    tx: &mut Tx,
    pusher: &Pusher,
    unknown: impl Iterator<Item = (usize, &Admitted)>,
) -> Result<HashMap<usize, Refusal>, StoreError> {
    let clients_of: Vec<(usize, HashSet<ClientId>)> = unknown
        .map(|(position, admitted)| {
            (position, admitted.facts.iter().map(|fact| fact.client).collect())
        })
        .collect();
    let named: HashSet<ClientId> =
        clients_of.iter().flat_map(|(_, clients)| clients).copied().collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let seen = rights::seen(tx, &pusher.principal, named).await?;
    let hidden = clients_of.into_iter().filter(|(_, clients)| !clients.is_subset(&seen));
    let refusals = hidden.map(|(position, _)| {
        let detail = "a fact in it is about a client that is not (any more) one of yours";
        (position, Refusal { code: RefusalCode::Forbidden, detail: detail.to_owned() })
    });
    Ok(refusals.collect())
}
