//! What the gate let in is stored and judged in one transaction with the verdicts on its facts. A file has
//! one writer: pushes that wait for its turn at the same time are stored together, since a statement about
//! three days of work costs little more than one about a day. Where they fail together, each is stored by
//! itself, so that none takes others along.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use saldo_core::documents::{Subject, WrittenChange};
use saldo_core::facts::Fact;
use saldo_core::ids::{DocumentId, ReadingId};
use tokio::sync::oneshot;

use super::batch::{self, Batch, LookedAt};
use super::documents::scope_of;
use super::look::{self, Seen};
use super::pull::Answer;
use super::push::Pusher;
use super::sequencer::Sequencer;
use super::telling;
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::judge::{self, NewFact};
use crate::measure;
use crate::store::documents::{self, NewState, Place, Written};
use crate::store::log::{LogState, Numbered};
use crate::store::{Db, Key, Tx, personal_cards};

/// So many changes are stored together at most (one push is always stored whole): whoever waits for a
/// verdict waits for all of them.
const MOST_TOGETHER: usize = 500;

/// What became of a push that was to be stored.
#[derive(Debug)]
pub(super) struct Stored {
    /// Of each batch whether it is stored. One that is not met somebody else who wrote meanwhile, or has facts about
    /// clients out of sight.
    pub(super) batches: Vec<bool>,
    /// The readings that are durable; `None`: the visit is still to be noted.
    pub(super) read: Option<Vec<ReadingId>>,
    /// What is new for the phone, where it was told with it.
    pub(super) answer: Option<Answer>,
}

/// The pushes that wait to be stored. Clones wait in the same line.
#[derive(Debug, Clone)]
pub struct Storing {
    line: Arc<Mutex<Line>>,
    sequencer: Sequencer,
}

#[derive(Debug, Default)]
struct Line {
    waiting: Vec<Waiting>,
    /// Somebody is storing, and goes on until nobody waits.
    is_served: bool,
}

#[derive(Debug)]
struct Waiting {
    push: Arc<LookedAt>,
    tell: oneshot::Sender<Result<Stored, ApiError>>,
}

impl Storing {
    /// An empty line.
    #[must_use]
    pub fn numbering_by(sequencer: Sequencer) -> Self {
        Self { line: Arc::default(), sequencer }
    }

    /// Stores what is new of a push, judges its facts and notes the visit.
    ///
    /// # Errors
    /// When the database fails; then nothing of it holds.
    pub(super) async fn store(&self, db: &Db, push: &Arc<LookedAt>) -> Result<Stored, ApiError> {
        if !db.has_one_writer() {
            let tx = db.begin_write_beside().await?;
            let mut stored = self.store_all(tx, std::slice::from_ref(push)).await?;
            return stored.pop().ok_or_else(given_up);
        }
        let (tell, told) = oneshot::channel();
        let is_served = {
            let mut line = self.line();
            line.waiting.push(Waiting { push: Arc::clone(push), tell });
            std::mem::replace(&mut line.is_served, true)
        };
        if !is_served {
            // To the end, even if the phone that began it hangs up: others wait in the same line.
            tokio::spawn(self.clone().serve(db.clone()));
        }
        told.await.unwrap_or_else(|_| Err(given_up()))
    }

    async fn serve(self, db: Db) {
        let mut serving = Serving { storing: self, has_ended: false };
        while serving.storing.somebody_waits() {
            // First the turn: meanwhile more of them come.
            match db.begin_write_beside().await {
                Ok(tx) => serving.storing.store_together(&db, tx, serving.storing.next()).await,
                Err(error) => {
                    let mut error = Some(ApiError::from(error));
                    for waiting in serving.storing.next() {
                        let _ = waiting.tell.send(Err(error.take().unwrap_or_else(given_up)));
                    }
                }
            }
        }
        serving.has_ended = true;
    }

    /// Whether there is something left to do; if not, the next who comes must see to it.
    fn somebody_waits(&self) -> bool {
        let mut line = self.line();
        line.is_served = !line.waiting.is_empty();
        line.is_served
    }

    /// Those who are stored next, in the order in which they came.
    fn next(&self) -> Vec<Waiting> {
        let mut line = self.line();
        let mut changes = 0;
        let together = line.waiting.iter().take_while(|waiting| {
            let is_first = changes == 0;
            changes += waiting.push.changes();
            is_first || changes <= MOST_TOGETHER
        });
        let together = together.count();
        line.waiting.drain(..together).collect()
    }

    /// How many wait, for the tests.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.line().waiting.len()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing panics while it is held.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever serves.
struct Serving {
    storing: Storing,
    has_ended: bool,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if !self.has_ended {
            // It was cut off: the next who comes serves.
            self.storing.line().is_served = false;
        }
    }
}

impl Storing {
    /// Stores pushes in this transaction or, where that fails, each in one of its own.
    async fn store_together(&self, db: &Db, tx: Tx, mut together: Vec<Waiting>) {
        let pushes: Vec<_> = together.iter().map(|waiting| Arc::clone(&waiting.push)).collect();
        let error = match self.caught(tx, &pushes).await {
            Ok(stored) => {
                for (waiting, stored) in together.into_iter().zip(stored) {
                    // Whoever does not wait any more asks again, and is told that it was here before.
                    let _ = waiting.tell.send(Ok(stored));
                }
                return;
            }
            Err(error) => error,
        };
        if together.len() == 1
            && let Some(waiting) = together.pop()
        {
            let _ = waiting.tell.send(Err(error));
            return;
        }
        error.log();
        for waiting in together {
            let _ = waiting.tell.send(self.alone(db, waiting.push).await);
        }
    }

    async fn alone(&self, db: &Db, push: Arc<LookedAt>) -> Result<Stored, ApiError> {
        let tx = db.begin_write_beside().await?;
        self.caught(tx, &[push]).await?.pop().ok_or_else(given_up)
    }

    /// A panic over one push must not end the line.
    async fn caught(&self, tx: Tx, pushes: &[Arc<LookedAt>]) -> Result<Vec<Stored>, ApiError> {
        // What it leaves half done is the transaction, which is undone.
        let stored = AssertUnwindSafe(self.store_all(tx, pushes)).catch_unwind().await;
        stored.unwrap_or_else(|_| Err(ApiError::Internal("storing a push panicked".to_owned())))
    }

    /// Stores what is new of pushes, as if one came after the other, and judges its facts.
    async fn store_all(
        &self,
        mut tx: Tx,
        pushes: &[Arc<LookedAt>],
    ) -> Result<Vec<Stored>, ApiError> {
        tx.lock(pushes.iter().flat_map(|push| keys(push))).await?;
        let named = pushes.iter().flat_map(|push| &push.batches).map(|batch| batch.document);
        let mut laid = Laid { places: documents::places(&mut tx, named).await?, ..Laid::default() };
        let mut stored = Vec::new();
        for push in pushes {
            stored.push(laid.lay(&mut tx, push).await?);
        }
        documents::write_all(&mut tx, &laid.written).await?;
        let now = pushes.iter().map(|push| push.pusher.now).max();
        if let Some(now) = now.filter(|_| !laid.facts.is_empty()) {
            let context = Context::load(&mut tx, now).await?;
            judge::new_facts(&mut tx, &context, &laid.facts).await?;
        }
        let mut all = Vec::new();
        for (push, batches) in pushes.iter().zip(stored) {
            let read = match &push.visit {
                Some(visit) if batches.iter().all(|stored| *stored) => {
                    Some(visit.note(&mut tx, &push.pusher, &push.taken()).await?)
                }
                _ => None,
            };
            all.push(Stored { batches, read, answer: None });
        }
        let numbered = self.sequencer.number(&mut tx).await?;
        if let ([push], [stored], Some(Numbered { state, .. })) = (pushes, &mut all[..], numbered) {
            stored.answer = self.tell(&mut tx, &state, push, stored).await;
        }
        self.sequencer.commit(tx, numbered).await?;
        measure::stored_together(all.len());
        Ok(all)
    }
}

impl Storing {
    /// Tells a phone what is new in the transaction that stores its push, unless others wait.
    async fn tell(
        &self,
        tx: &mut Tx,
        log: &LogState,
        push: &LookedAt,
        stored: &Stored,
    ) -> Option<Answer> {
        let visit = push.visit.as_ref().filter(|visit| visit.hears_at_once)?;
        if stored.read.is_none() || !self.line().waiting.is_empty() {
            return None;
        }
        telling::at_once(tx, log, &push.pusher, &visit.request, &push.taken()).await
    }
}

fn given_up() -> ApiError {
    ApiError::Internal("a push was not stored, because what went before it failed".to_owned())
}

/// What is to be written, one push laid onto the other.
#[derive(Default)]
struct Laid<'a> {
    /// Where the documents stood before.
    places: HashMap<DocumentId, Place>,
    /// Those that are written into.
    touched: HashSet<DocumentId>,
    written: Vec<Written<'a>>,
    facts: Vec<NewFact>,
}

impl<'a> Laid<'a> {
    /// Of each batch whether it is stored.
    async fn lay(&mut self, tx: &mut Tx, push: &'a LookedAt) -> Result<Vec<bool>, ApiError> {
        let LookedAt { pusher, batches, seen, .. } = push;
        // As rights stand now: who looked at the push did not ask.
        let unknown = seen.iter().flatten().flat_map(|(_, seen)| seen.unknown());
        let hidden = look::out_of_sight(tx, pusher, unknown).await?;
        let mut stored = Vec::new();
        for (batch, seen) in batches.iter().zip(seen) {
            let Ok((ground, seen)) = seen else {
                stored.push(true);
                continue;
            };
            if seen.unknown().next().is_none() {
                stored.push(true);
                continue;
            }
            let place = self.places.get(&batch.document).copied();
            // A card that did not exist yet may have been erased meanwhile: its log id tells nothing then.
            if self.touched.contains(&batch.document)
                || place.map(|place| place.log_id) != ground.log_id()
                || batch::not_erased(tx, batch.subject).await?.is_err()
                || seen.unknown().any(|(position, _)| hidden.contains_key(&position))
            {
                stored.push(false);
                continue;
            }
            stored.push(true);
            self.touched.insert(batch.document);
            self.written.push(written(tx, pusher, batch, seen, place).await?);
            if let Subject::PersonalCard { client, generation } = batch.subject {
                personal_cards::written(tx, client, generation, pusher.now).await?;
            }
            self.facts.extend(new_facts(pusher, batch, seen));
        }
        Ok(stored)
    }
}

/// What is to be kept of a batch.
async fn written<'a>(
    tx: &mut Tx,
    pusher: &Pusher,
    batch: &Batch,
    seen: &'a Seen,
    place: Option<Place>,
) -> Result<Written<'a>, ApiError> {
    let scope = match place {
        Some(place) => place.scope,
        None => scope_of(tx, batch.subject).await?.ok_or(ApiError::NotFound("client"))?,
    };
    let changes = seen.unknown().filter_map(|(position, admitted)| {
        let bytes = batch.changes.get(position)?.bytes.clone();
        Some(WrittenChange { hash: admitted.hash, bytes })
    });
    let (changes, device) = (changes.collect(), Some(pusher.writer.device));
    let state = NewState { subject: batch.subject, saved: &seen.saved, heads: &seen.heads };
    Ok(Written { state, place, scope, changes, device })
}

fn new_facts(pusher: &Pusher, batch: &Batch, seen: &Seen) -> Vec<NewFact> {
    let (document, device) = (batch.document, pusher.writer.device);
    let facts = seen.unknown().flat_map(|(_, admitted)| &admitted.facts);
    let new = |fact: &Fact| NewFact {
        document,
        device,
        taken_at: pusher.by_our_clock(fact.recorded_at),
        fact: fact.clone(),
    };
    facts.map(new).collect()
}

/// What a push writes about.
fn keys(push: &LookedAt) -> Vec<Key> {
    let LookedAt { pusher, batches, seen, .. } = push;
    let mut keys = vec![Key::Person(pusher.writer.person), Key::Device(pusher.writer.device)];
    keys.extend(batches.iter().map(|batch| Key::Document(batch.document)));
    keys.extend(batches.iter().map(|batch| match batch.subject {
        Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => {
            Key::Client(client)
        }
        Subject::RouteSheet { person, .. } => Key::Person(person),
    }));
    let facts = seen.iter().flatten().flat_map(|(_, seen)| seen.unknown());
    let clients = facts.flat_map(|(_, admitted)| admitted.facts.iter().map(|fact| fact.client));
    keys.extend(clients.map(Key::Client));
    keys
}
