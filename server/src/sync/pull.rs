//! What is new for one phone: from the numbered log, in scopes that the phone may see, bounded.

use std::collections::{HashMap, HashSet};

use saldo_core::documents::DocumentKind;
use saldo_core::ids::DocumentId;
use saldo_core::wire::{
    DocumentChange, DocumentSnapshot, LARGEST_UNPACKED_BYTES, RowChange, ScopeId, ScopePosition,
};

use crate::store::log::{self, LogState};
use crate::store::news::{self, News, Reading, Tells};
use crate::store::{StoreError, Tx};

/// How much goes into one answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The bytes after which an answer ends (unpacked).
    pub(super) bytes: usize,
    /// The items after which an answer ends.
    pub(super) items: usize,
    /// How many entries are read at once: documents may be large.
    pub(super) entries_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 200 * 1024, items: 1_000, entries_at_once: 100 }
    }
}

/// What every item weighs besides its text or bytes: names of fields, ids, kinds.
const ITEM_BYTES: usize = 100;

/// The most that one item may weigh: an answer with it alone can still be read by the phone.
const LARGEST_ITEM_BYTES: usize = LARGEST_UNPACKED_BYTES - 64 * 1024;

/// What a phone says that it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The epoch of its positions.
    pub(super) epoch: Option<u64>,
    /// Its positions.
    pub(super) positions: &'a [ScopePosition],
    /// The changes that it has sent with this very request: it need not hear of them.
    pub(super) just_pushed: &'a HashSet<[u8; 32]>,
    /// The names of the kinds of documents that it can read beside the first two.
    pub(super) kinds: &'a [String],
}

/// What is new for it.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) epoch: u64,
    pub(super) positions: Vec<ScopePosition>,
    pub(super) documents: Vec<DocumentSnapshot>,
    pub(super) changes: Vec<DocumentChange>,
    pub(super) rows: Vec<RowChange>,
    pub(super) more: bool,
}

/// Gathers what is new in `sight`, in that order. `tx` must be one consistent picture; scopes the
/// phone holds that are not in `sight` are not in the answer, so the phone evicts them.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(super) async fn pull(
    tx: &mut Tx,
    sight: &[ScopeId],
    asked: &Asked<'_>,
    limits: Limits,
) -> Result<Answer, StoreError> {
    let state = log::state(tx).await?.unwrap_or_default();
    let epoch = u64::try_from(state.epoch).unwrap_or_default();
    // Positions of another epoch mean nothing: everything is filled anew.
    let held: HashMap<ScopeId, ScopePosition> = if asked.epoch == Some(epoch) {
        asked.positions.iter().map(|position| (position.scope, *position)).collect()
    } else {
        HashMap::new()
    };
    let mut gathering = Gathering {
        sight,
        just_pushed: asked.just_pushed,
        kinds: asked.kinds,
        limits,
        answer: Answer { epoch, ..Answer::default() },
        items: 0,
        bytes: 0,
        told_whole: HashSet::new(),
    };
    for scope in sight {
        let start = Start::of(held.get(scope), &state);
        gathering.scope(tx, *scope, start, state.last_seq).await?;
    }
    Ok(gathering.answer)
}

/// From where a scope is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Start {
    since: i64,
    reading: Reading,
    /// The phone holds nothing of the scope: what was deleted need not be told.
    fresh: bool,
}

impl Start {
    fn of(held: Option<&ScopePosition>, state: &LogState) -> Self {
        let Some(held) = held else {
            return Self { since: 0, reading: Reading::Filling, fresh: true };
        };
        let since = i64::try_from(held.since).unwrap_or(i64::MAX);
        if since > state.last_seq || since < state.pruned_seq && !held.filling {
            // From the future, or behind what the log still tells.
            return Self { since: 0, reading: Reading::Filling, fresh: false };
        }
        let reading = if held.filling { Reading::Filling } else { Reading::Following };
        Self { since, reading, fresh: false }
    }
}

struct Gathering<'a> {
    sight: &'a [ScopeId],
    just_pushed: &'a HashSet<[u8; 32]>,
    kinds: &'a [String],
    limits: Limits,
    answer: Answer,
    items: usize,
    bytes: usize,
    /// Documents that this answer tells whole: their changes are in them.
    told_whole: HashSet<DocumentId>,
}

impl Gathering<'_> {
    async fn scope(
        &mut self,
        tx: &mut Tx,
        scope: ScopeId,
        start: Start,
        head: i64,
    ) -> Result<(), StoreError> {
        let mut since = start.since;
        while since < head {
            if self.items >= self.limits.items || self.bytes >= self.limits.bytes {
                self.stop(scope, start, since);
                return Ok(());
            }
            let limit = i64::try_from(self.limits.entries_at_once).unwrap_or(i64::MAX);
            let entries = news::after(tx, scope, since, start.reading, limit).await?;
            let was_last = entries.len() < self.limits.entries_at_once;
            for entry in entries {
                let News { seq, tells } = entry;
                if self.needs_telling(&tells, start) && !self.tell(scope, tells) {
                    self.stop(scope, start, since);
                    return Ok(());
                }
                since = seq;
            }
            if was_last {
                break;
            }
        }
        let since = u64::try_from(head).unwrap_or_default();
        self.answer.positions.push(ScopePosition { scope, since, filling: false });
        Ok(())
    }

    /// The answer is full: the rest of the scope comes with the next one.
    fn stop(&mut self, scope: ScopeId, start: Start, since: i64) {
        self.answer.more = true;
        if start.fresh && since == 0 {
            // Not begun: the phone does not hold it yet.
            return;
        }
        let since = u64::try_from(since).unwrap_or_default();
        let filling = start.reading == Reading::Filling;
        self.answer.positions.push(ScopePosition { scope, since, filling });
    }

    fn needs_telling(&self, tells: &Tells, start: Start) -> bool {
        match tells {
            Tells::Row { body, .. } => body.is_some() || !start.fresh,
            Tells::Document { subject, .. } => {
                self.reads(subject.kind()) && !self.told_whole.contains(&subject.document())
            }
            Tells::Left { now_in, .. } => {
                !start.fresh && now_in.is_none_or(|now_in| !self.sight.contains(&now_in))
            }
            Tells::Change { subject, hash, .. } => {
                let is_own = <[u8; 32]>::try_from(hash.as_slice())
                    .is_ok_and(|hash| self.just_pushed.contains(&hash));
                let is_told = is_own || self.told_whole.contains(&subject.document());
                self.reads(subject.kind()) && !is_told
            }
        }
    }

    /// Whether the phone can read documents of this kind: one that it does not know would make the
    /// whole answer unreadable to it. An app that learns the kind asks for everything anew.
    fn reads(&self, kind: DocumentKind) -> bool {
        match kind {
            DocumentKind::RouteSheet | DocumentKind::ClientCard => true,
            DocumentKind::PersonalCard => self.kinds.iter().any(|known| known == kind.name()),
        }
    }

    /// Adds an item to the answer; `false`: it does not fit any more.
    fn tell(&mut self, scope: ScopeId, tells: Tells) -> bool {
        let weight = weight(&tells);
        if weight > LARGEST_ITEM_BYTES {
            // It would wedge the phone for ever; everything else still comes.
            tracing::error!(scope = scope.0, weight, "something is too large to be told to phones");
            return true;
        }
        if self.items >= self.limits.items
            || (self.items > 0 && self.bytes + weight > self.limits.bytes)
        {
            return false;
        }
        self.items += 1;
        self.bytes += weight;
        match tells {
            Tells::Row { kind, id, body } => {
                self.answer.rows.push(RowChange { scope, kind, id, body });
            }
            Tells::Left { document, .. } => self.answer.rows.push(RowChange {
                scope,
                kind: RowChange::DOCUMENT.to_owned(),
                id: document.to_string(),
                body: None,
            }),
            Tells::Document { subject, saved } => {
                let document = subject.document();
                self.told_whole.insert(document);
                self.answer.documents.push(DocumentSnapshot { document, subject, scope, saved });
            }
            Tells::Change { subject, bytes, .. } => {
                let document = subject.document();
                self.answer.changes.push(DocumentChange { document, bytes });
            }
        }
        true
    }
}

fn weight(tells: &Tells) -> usize {
    ITEM_BYTES
        + match tells {
            Tells::Row { body, .. } => body.as_ref().map_or(0, String::len),
            Tells::Document { saved, .. } => saved.len(),
            Tells::Left { .. } => 0,
            Tells::Change { bytes, .. } => bytes.len(),
        }
}
