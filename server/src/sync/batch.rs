//! The changes of documents: looked at (`look`) while no transaction is open, then stored and judged
//! (`storing`) in one for all documents of a push, provided that nobody else has written meanwhile.

use std::sync::Arc;

use saldo_core::documents::Subject;
use saldo_core::gate::{Refusal, Writer};
use saldo_core::ids::{DocumentId, ReadingId};
use saldo_core::wire::{PushedChange, RefusalCode};

use super::look::{self, Seen};
use super::pull::Answer;
use super::push::{Outcome, Pusher, Taken};
use super::rights;
use super::storing::Stored;
use super::visit::Visit;
use crate::error::ApiError;
use crate::flow::Context;
use crate::state::AppState;
use crate::store::documents::SavedDocument;
use crate::store::{Db, StoreError, Tx, documents, personal_cards};

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

/// A push that was looked at.
#[derive(Debug)]
pub(super) struct LookedAt {
    pub(super) pusher: Pusher,
    /// Each about another document.
    pub(super) batches: Vec<Batch>,
    /// What was seen of each batch, or why it was not looked at.
    pub(super) seen: Vec<Result<(Ground, Seen), Refusal>>,
    /// To be noted with it.
    pub(super) visit: Option<Visit>,
}

/// What became of a push.
pub(super) struct TakenIn {
    /// Of each batch the outcomes of its positions, or `None`: somebody else has written into the document
    /// meanwhile, or some of it is about clients out of sight, so it must be looked at again.
    pub(super) outcomes: Vec<Option<Vec<Outcome>>>,
    /// The readings that are durable; `None`: the visit is still to be noted.
    pub(super) read: Option<Vec<ReadingId>>,
    /// What is new for the phone, where it was told with it.
    pub(super) answer: Option<Answer>,
}

/// Takes in the batches of a push in one transaction, and notes the visit with them. They are looked at in
/// `picture`, or as everything stands.
///
/// # Errors
/// When they could not be looked at or stored; then nothing of them holds.
pub(super) async fn take_in_together(
    state: &AppState,
    pusher: &Pusher,
    batches: &[Batch],
    visit: Option<&Visit>,
    picture: Option<Tx>,
) -> Result<TakenIn, ApiError> {
    let grounds = grounds(&state.db, pusher, batches, picture).await?;
    let open = open(batches, &grounds);
    let seen = look::look_at(&open).await?;
    let push = LookedAt::of(pusher, batches, grounds, seen, visit);
    store(state, push).await
}

/// The same of one batch of which it is asked first whether all that it says is about clients in sight.
async fn take_in_what_is_in_sight(
    state: &AppState,
    pusher: &Pusher,
    batch: &Batch,
) -> Result<TakenIn, ApiError> {
    let batches = std::slice::from_ref(batch);
    let grounds = grounds(&state.db, pusher, batches, None).await?;
    let seen = look::look_at_what_is_in_sight(&state.db, pusher, &open(batches, &grounds)).await?;
    store(state, LookedAt::of(pusher, batches, grounds, seen, None)).await
}

async fn store(state: &AppState, push: LookedAt) -> Result<TakenIn, ApiError> {
    let push = Arc::new(push);
    if !push.brings_something() {
        let outcomes = push.outcomes(&vec![true; push.batches.len()]);
        return Ok(TakenIn { outcomes, read: None, answer: None });
    }
    let Stored { batches, read, answer } = state.storing.store(&state.db, &push).await?;
    Ok(TakenIn { outcomes: push.outcomes(&batches), read, answer })
}

/// What each batch is laid upon, or why it is not looked at.
type Grounds = Vec<Result<Ground, Refusal>>;

async fn grounds(
    db: &Db,
    pusher: &Pusher,
    batches: &[Batch],
    picture: Option<Tx>,
) -> Result<Grounds, StoreError> {
    let mut tx = match picture {
        Some(picture) => picture,
        None => db.begin_read().await?,
    };
    Ground::read(&mut tx, pusher, batches).await
}

/// The batches that are looked at.
fn open<'a>(batches: &'a [Batch], grounds: &'a Grounds) -> Vec<(&'a Batch, &'a Ground)> {
    let each = batches.iter().zip(grounds);
    each.filter_map(|(batch, ground)| Some((batch, ground.as_ref().ok()?))).collect()
}

impl LookedAt {
    fn of(
        pusher: &Pusher,
        batches: &[Batch],
        grounds: Grounds,
        seen: Vec<Seen>,
        visit: Option<&Visit>,
    ) -> Self {
        let mut seen = seen.into_iter();
        let seen = grounds.into_iter().map(|ground| {
            ground.and_then(|ground| Ok((ground, seen.next().ok_or_else(no_such_document)?)))
        });
        Self {
            pusher: pusher.clone(),
            batches: batches.to_vec(),
            seen: seen.collect(),
            visit: visit.cloned(),
        }
    }

    fn brings_something(&self) -> bool {
        self.seen.iter().flatten().any(|(_, seen)| seen.unknown().next().is_some())
    }

    /// How many changes it has.
    pub(super) fn changes(&self) -> usize {
        self.batches.iter().map(|batch| batch.positions.len()).sum()
    }

    /// Of each batch the outcomes of its positions, if it is `stored`.
    fn outcomes(&self, stored: &[bool]) -> Vec<Option<Vec<Outcome>>> {
        let batches = self.batches.iter().zip(&self.seen).zip(stored);
        let outcomes = batches.map(|((batch, seen), stored)| match seen {
            Ok((_, seen)) => stored.then(|| seen.outcomes()),
            Err(refusal) => Some(vec![Outcome::Refused(refusal.clone()); batch.positions.len()]),
        });
        outcomes.collect()
    }

    /// What becomes of it when every batch is stored.
    pub(super) fn taken(&self) -> Taken {
        let changes = self.batches.first().map(|batch| Arc::clone(&batch.changes));
        let outcomes = self.outcomes(&vec![true; self.batches.len()]);
        let positions = self.batches.iter().map(|batch| batch.positions.iter().copied());
        let outcomes = positions.zip(outcomes.into_iter().map(Option::unwrap_or_default));
        Taken::of(
            changes.unwrap_or_default(),
            outcomes.flat_map(|(positions, outcomes)| positions.zip(outcomes)),
        )
    }
}

/// Takes in a batch; gives the outcome of each of its positions.
///
/// # Errors
/// When it could not be looked at or stored; then nothing of it holds.
pub(super) async fn take_in(
    state: &AppState,
    pusher: &Pusher,
    batch: &Batch,
) -> Result<Vec<Outcome>, ApiError> {
    for _ in 0..MOST_TRIES {
        let mut taken = take_in_what_is_in_sight(state, pusher, batch).await?;
        if let Some(Some(outcomes)) = taken.outcomes.pop() {
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
pub(super) async fn not_erased(
    tx: &mut Tx,
    subject: Subject,
) -> Result<Result<(), Refusal>, StoreError> {
    let Subject::PersonalCard { client, generation } = subject else { return Ok(Ok(())) };
    let current = personal_cards::generation(tx, client).await?;
    Ok(match generation.cmp(&current) {
        std::cmp::Ordering::Less => Err(was_erased()),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(no_such_document()),
    })
}

/// What a batch is laid upon.
#[derive(Debug)]
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

    /// The newest entry of the log about it then; `None`: nobody had written it yet.
    pub(super) fn log_id(&self) -> Option<i64> {
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
