//! What is new for one phone: from the numbered log, in scopes that the phone may see, bounded.

use std::collections::{HashMap, HashSet};

use saldo_core::documents::DocumentKind;
use saldo_core::ids::DocumentId;
use saldo_core::wire::{
    Difference, DocumentBundle, LARGEST_UNPACKED_BYTES, LogEnds, PlacedDocument, RowChange,
    ScopeId, ScopePosition, Start, WholeDocument,
};

use super::rights;
use crate::store::log::LogState;
use crate::store::news::{self, News, Reading, Tells};
use crate::store::scopes::Seen;
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

impl Limits {
    /// For phones of this protocol. Packed, an answer stays near 256 kB at the most: what a bad line
    /// carries before it breaks.
    pub(super) const fn of_protocol(protocol: u16) -> Self {
        match protocol {
            0 | 1 => Self { bytes: 200 * 1024, items: 1_000, entries_at_once: 100 },
            _ => Self { bytes: 1536 * 1024, items: 10_000, entries_at_once: 200 },
        }
    }
}

/// What every item weighs besides its text or bytes: names of fields, ids, kinds.
pub(super) const ITEM_BYTES: usize = 100;

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
    /// The names of the kinds of documents that it can read beside those of its protocol.
    pub(super) kinds: &'a [String],
    /// The protocol that it speaks.
    pub(super) protocol: u16,
}

impl Asked<'_> {
    /// Whether the phone can read documents of this kind: one that it does not know would make the
    /// whole answer unreadable to it. An app that learns the kind asks for everything anew.
    fn reads(&self, kind: DocumentKind) -> bool {
        match kind {
            DocumentKind::RouteSheet | DocumentKind::ClientCard => true,
            DocumentKind::PersonalCard => {
                self.protocol >= 2 || self.kinds.iter().any(|known| known == kind.name())
            }
        }
    }
}

/// What is new for it.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) epoch: u64,
    pub(super) positions: Vec<ScopePosition>,
    pub(super) whole: Vec<WholeDocument>,
    pub(super) bundles: Vec<DocumentBundle>,
    pub(super) placed: Vec<PlacedDocument>,
    pub(super) rows: Vec<RowChange>,
    /// Where a scope differs that the phone compared.
    pub(super) difference: Option<Difference>,
    pub(super) more: bool,
    /// What it weighs, unpacked.
    pub(super) bytes: usize,
}

impl Answer {
    /// Whether an item of this weight still fits, so that the phone can read the answer.
    pub(super) fn has_room(&self, weight: usize) -> bool {
        self.bytes.saturating_add(weight) <= LARGEST_ITEM_BYTES
    }

    /// Whether it says nothing new.
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_empty()
            && self.bundles.is_empty()
            && self.placed.is_empty()
            && self.rows.is_empty()
    }
}

/// Gathers what is new in `sight`, in that order. `state` and `sight` were read in `tx`, which must be
/// one consistent picture; scopes the
/// phone holds that are not in `sight` are not in the answer, so the phone evicts them.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub(super) async fn pull(
    tx: &mut Tx,
    state: &LogState,
    sight: &[Seen],
    asked: &Asked<'_>,
    limits: Limits,
) -> Result<Answer, StoreError> {
    let epoch = u64::try_from(state.epoch).unwrap_or_default();
    let ends = LogEnds { last_seq: state.last_seq, pruned_seq: state.pruned_seq };
    // Positions of another epoch mean nothing: everything is filled anew.
    let held: HashMap<ScopeId, ScopePosition> = if asked.epoch == Some(epoch) {
        asked.positions.iter().map(|position| (position.scope, *position)).collect()
    } else {
        HashMap::new()
    };
    let mut gathering = Gathering {
        sight,
        asked,
        limits,
        answer: Answer { epoch, ..Answer::default() },
        items: 0,
        told_whole: HashSet::new(),
    };
    for seen in sight {
        let start = Start::of(held.get(&seen.id), ends);
        if asked.protocol < 2 && held.get(&seen.id).is_some_and(|held| Start::is_behind(held, ends))
        {
            // It holds what is gone, and no digest tells it so: it drops the scope and asks anew.
            gathering.answer.more = true;
            continue;
        }
        gathering.scope(tx, seen, start, state.last_seq).await?;
    }
    Ok(gathering.answer)
}

struct Gathering<'a> {
    sight: &'a [Seen],
    asked: &'a Asked<'a>,
    limits: Limits,
    answer: Answer,
    items: usize,
    /// Documents that this answer tells whole: their changes are in them.
    told_whole: HashSet<DocumentId>,
}

impl Gathering<'_> {
    async fn scope(
        &mut self,
        tx: &mut Tx,
        seen: &Seen,
        start: Start,
        head: i64,
    ) -> Result<(), StoreError> {
        let scope = seen.id;
        let mut since = start.since;
        let reading = if start.filling { Reading::Filling } else { Reading::Following };
        while since < seen.newest {
            if self.items >= self.limits.items || self.answer.bytes >= self.limits.bytes {
                self.stop(scope, start, since);
                return Ok(());
            }
            let limit = i64::try_from(self.limits.entries_at_once).unwrap_or(i64::MAX);
            let entries = news::after(tx, scope, since, reading, limit).await?;
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
        let digest = match self.asked.protocol {
            0 | 1 => None,
            _ => seen.digest,
        };
        self.answer.positions.push(ScopePosition { scope, since, filling: false, digest });
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
        let filling = start.filling;
        self.answer.positions.push(ScopePosition { scope, since, filling, digest: None });
    }

    fn needs_telling(&self, tells: &Tells, start: Start) -> bool {
        match tells {
            Tells::Row { body, .. } => body.is_some() || !start.fresh,
            Tells::Document { subject, .. } => {
                self.asked.reads(subject.kind()) && !self.told_whole.contains(&subject.document())
            }
            Tells::Left { now_in, .. } => {
                !start.fresh && now_in.is_none_or(|now_in| !rights::sees(self.sight, now_in))
            }
            Tells::Change { subject, hash, .. } => {
                let is_told = self.is_own(hash) || self.told_whole.contains(&subject.document());
                self.asked.reads(subject.kind()) && !is_told
            }
        }
    }

    /// Whether the phone has sent the change with this very request.
    fn is_own(&self, hash: &[u8]) -> bool {
        <[u8; 32]>::try_from(hash).is_ok_and(|hash| self.asked.just_pushed.contains(&hash))
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
            || (self.items > 0 && self.answer.bytes + weight > self.limits.bytes)
        {
            return false;
        }
        self.items += 1;
        self.answer.bytes += weight;
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
            Tells::Document { subject, opened_with: Some(hash), .. }
                if self.asked.protocol >= 2 && self.is_own(&hash) =>
            {
                let document = subject.document();
                self.answer.placed.push(PlacedDocument { document, scope });
            }
            Tells::Document { subject, saved, .. } => {
                self.told_whole.insert(subject.document());
                self.answer.whole.push(WholeDocument { subject, scope, saved, is_bare: false });
            }
            Tells::Change { subject, bundle, .. } => {
                let document = subject.document();
                self.answer.bundles.push(DocumentBundle { document, changes: bundle });
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
            Tells::Change { bundle, .. } => bundle.len(),
        }
}
