//! The changes of documents: looked at (`look`) while no transaction is open, then stored and judged
//! in one for all documents of a push, provided that nobody else has written meanwhile.

use std::sync::Arc;

use saldo_core::documents::{Subject, WrittenChange};
use saldo_core::facts::Fact;
use saldo_core::gate::{Refusal, Writer};
use saldo_core::ids::DocumentId;
use saldo_core::wire::{PushedChange, RefusalCode};

use super::documents::scope_of;
use super::look::{self, Seen};
use super::push::{Outcome, Pusher};
use super::rights;
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::judge::{self, NewFact};
use crate::store::documents::{NewState, Place, SavedDocument, Written};
use crate::store::{Db, Key, StoreError, Tx, documents, personal_cards};

/// How often a document that others keep writing into is looked at again.
const MOST_TRIES: usize = 5;

/// The changes of one document.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) document: DocumentId,
    pub(super) subject: Subject,
    pub(super) changes: Arc<Vec<PushedChange>>,
    /// Which of `changes`.
    pub(super) positions: Vec<usize>,
}

/// Takes in the batches of a push in one transaction; of each the outcomes of its positions, or
/// `None`: somebody else has written into the document meanwhile, so it must be looked at again.
///
/// # Errors
/// When they could not be looked at or stored; then nothing of them holds.
pub(super) async fn take_in_together(
    db: &Db,
    pusher: &Pusher,
    batches: &[Batch],
) -> Result<Vec<Option<Vec<Outcome>>>, ApiError> {
    let mut tx = db.begin_read().await?;
    let grounds = Ground::read(&mut tx, pusher, batches).await?;
    drop(tx);
    let open = batches.iter().zip(&grounds);
    let open: Vec<_> =
        open.filter_map(|(batch, ground)| Some((batch, ground.as_ref().ok()?))).collect();
    let mut seen = look::look_at(db, pusher, &open).await?.into_iter();
    let looked_at: Vec<LookedAt> = grounds
        .into_iter()
        .map(|ground| {
            ground.and_then(|ground| Ok((ground, seen.next().ok_or_else(no_such_document)?)))
        })
        .collect();
    let stored = if looked_at.iter().flatten().any(|(_, seen)| seen.unknown().next().is_some()) {
        store(db, pusher, batches, &looked_at).await?
    } else {
        vec![true; batches.len()]
    };
    let outcomes =
        batches.iter().zip(looked_at).zip(stored).map(|((batch, seen), stored)| match seen {
            Ok((_, seen)) => stored.then(|| seen.outcomes()),
            Err(refusal) => Some(vec![Outcome::Refused(refusal); batch.positions.len()]),
        });
    Ok(outcomes.collect())
}

/// Takes in a batch; gives the outcome of each of its positions.
///
/// # Errors
/// When it could not be looked at or stored; then nothing of it holds.
pub(super) async fn take_in(
    db: &Db,
    pusher: &Pusher,
    batch: &Batch,
) -> Result<Vec<Outcome>, ApiError> {
    for _ in 0..MOST_TRIES {
        let mut taken = take_in_together(db, pusher, std::slice::from_ref(batch)).await?;
        if let Some(Some(outcomes)) = taken.pop() {
            return Ok(outcomes);
        }
    }
    tracing::warn!(document = %batch.document, "others keep writing into a document");
    Ok(vec![Outcome::Later; batch.positions.len()])
}

fn no_such_document() -> Refusal {
    Refusal {
        code: RefusalCode::NoSuchDocument,
        detail: "there is no such document, or it is not one that you may write into".to_owned(),
    }
}

/// R13.1: what was erased stays erased, whatever a phone still has to say about it.
fn was_erased() -> Refusal {
    Refusal {
        code: RefusalCode::Erased,
        detail: "the client's personal card was erased; what you wrote into it is gone too: write \
                 again only what is needed now"
            .to_owned(),
    }
}

/// Whether a document may be written into as far as erasures go.
async fn not_erased(tx: &mut Tx, subject: Subject) -> Result<Result<(), Refusal>, StoreError> {
    let Subject::PersonalCard { client, generation } = subject else { return Ok(Ok(())) };
    let current = personal_cards::generation(tx, client).await?;
    Ok(match generation.cmp(&current) {
        std::cmp::Ordering::Less => Err(was_erased()),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(no_such_document()),
    })
}

/// What a batch is laid upon.
pub(super) struct Ground {
    pub(super) kept: Option<Arc<SavedDocument>>,
    pub(super) writer: Writer,
}

impl Ground {
    /// Reads the documents, or says of each why the pusher may not write into it.
    async fn read(
        tx: &mut Tx,
        pusher: &Pusher,
        batches: &[Batch],
    ) -> Result<Vec<Result<Self, Refusal>>, StoreError> {
        let subjects = batches.iter().map(|batch| batch.subject);
        let writable = rights::writable(tx, &pusher.principal, subjects).await?;
        let is_writable = |batch: &Batch| {
            batch.subject.document() == batch.document && writable.contains(&batch.subject)
        };
        // Nothing is read of what the pusher may not see: it may name much.
        let named = batches.iter().filter(|batch| is_writable(batch)).map(|batch| batch.document);
        let mut kept = documents::by_ids(tx, named).await?;
        let mut grounds = Vec::new();
        for batch in batches {
            grounds.push(if is_writable(batch) {
                let kept = kept.remove(&batch.document).map(Arc::new);
                let writer = writer_of(tx, pusher, batch.subject).await?;
                not_erased(tx, batch.subject).await?.map(|()| Self { kept, writer })
            } else {
                Err(no_such_document())
            });
        }
        Ok(grounds)
    }

    fn log_id(&self) -> Option<i64> {
        self.kept.as_ref().map(|kept| kept.log_id)
    }
}

/// The pusher as the writer of a document; of personal data the policy has a say.
async fn writer_of(tx: &mut Tx, pusher: &Pusher, subject: Subject) -> Result<Writer, StoreError> {
    let mut writer = pusher.writer;
    if subject.kind().is_personal() {
        let context = Context::load(tx, pusher.now).await?;
        writer.home_phones = context.policy.personal_data().home_phones;
    }
    Ok(writer)
}

/// What was seen of a batch, or why it was not looked at.
type LookedAt = Result<(Ground, Seen), Refusal>;

/// Stores what is new and judges its facts; of each batch whether it is stored. One that is not met
/// somebody else who wrote meanwhile.
async fn store(
    db: &Db,
    pusher: &Pusher,
    batches: &[Batch],
    looked_at: &[LookedAt],
) -> Result<Vec<bool>, ApiError> {
    let mut tx = db.begin_write_beside().await?;
    tx.lock(keys(pusher, batches, looked_at)).await?;
    let places = documents::places(&mut tx, batches.iter().map(|batch| batch.document)).await?;
    let mut stored = Vec::new();
    let mut written = Vec::new();
    let mut facts = Vec::new();
    for (batch, seen) in batches.iter().zip(looked_at) {
        let Ok((ground, seen)) = seen else {
            stored.push(true);
            continue;
        };
        if seen.unknown().next().is_none() {
            stored.push(true);
            continue;
        }
        let place = places.get(&batch.document).copied();
        // A card that did not exist yet may have been erased meanwhile: its log id tells nothing then.
        if place.map(|place| place.log_id) != ground.log_id()
            || not_erased(&mut tx, batch.subject).await?.is_err()
        {
            stored.push(false);
            continue;
        }
        stored.push(true);
        written.push(batch.written(&mut tx, seen, place).await?);
        if let Subject::PersonalCard { client, generation } = batch.subject {
            personal_cards::written(&mut tx, client, generation, pusher.now).await?;
        }
        facts.extend(batch.new_facts(pusher, seen));
    }
    documents::write_all(&mut tx, &written, Some(pusher.writer.device)).await?;
    if !facts.is_empty() {
        let context = Context::load(&mut tx, pusher.now).await?;
        judge::new_facts(&mut tx, &context, &facts).await?;
    }
    tx.commit().await?;
    Ok(stored)
}

/// What a push writes about.
fn keys(pusher: &Pusher, batches: &[Batch], looked_at: &[LookedAt]) -> Vec<Key> {
    let mut keys = vec![Key::Person(pusher.writer.person), Key::Device(pusher.writer.device)];
    keys.extend(batches.iter().map(|batch| Key::Document(batch.document)));
    keys.extend(batches.iter().map(|batch| match batch.subject {
        Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => {
            Key::Client(client)
        }
        Subject::RouteSheet { person, .. } => Key::Person(person),
    }));
    let facts = looked_at.iter().flatten().flat_map(|(_, seen)| seen.unknown());
    let clients = facts.flat_map(|(_, admitted)| admitted.facts.iter().map(|fact| fact.client));
    keys.extend(clients.map(Key::Client));
    keys
}

impl Batch {
    /// What is to be kept of a batch.
    async fn written<'a>(
        &self,
        tx: &mut Tx,
        seen: &'a Seen,
        place: Option<Place>,
    ) -> Result<Written<'a>, ApiError> {
        let scope = match place {
            Some(place) => place.scope,
            None => scope_of(tx, self.subject).await?.ok_or(ApiError::NotFound("client"))?,
        };
        let changes = seen.unknown().filter_map(|(position, admitted)| {
            let bytes = self.changes.get(position)?.bytes.clone();
            Some(WrittenChange { hash: admitted.hash, bytes })
        });
        let state = NewState { subject: self.subject, saved: &seen.saved, heads: &seen.heads };
        Ok(Written { state, place, scope, changes: changes.collect() })
    }

    fn new_facts(&self, pusher: &Pusher, seen: &Seen) -> Vec<NewFact> {
        let (document, device) = (self.document, pusher.writer.device);
        let facts = seen.unknown().flat_map(|(_, admitted)| &admitted.facts);
        let new = |fact: &Fact| NewFact {
            document,
            device,
            taken_at: pusher.by_our_clock(fact.recorded_at),
            fact: fact.clone(),
        };
        facts.map(new).collect()
    }
}
