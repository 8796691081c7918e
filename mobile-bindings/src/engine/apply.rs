//! What an answer changes on the phone, in one transaction.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use saldo_core::documents::{Document, DocumentError};
use saldo_core::ids::{DocumentId, ReadingId};
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{
    Ack, AckState, DocumentChange, DocumentSnapshot, LARGEST_UNPACKED_BYTES, MOST_CHANGES,
    PROTOCOL, RefusalCode, RowChange, ScopeId, ScopePosition, SyncResponse, unpack,
};
use sha2::{Digest, Sha256};

use super::rewrite::rewrite;
use crate::PhoneError;
use crate::store::{self, Queued, Store, StoredDocument, StoredState, Waiting};

/// What an answer did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) durable: u32,
    pub(crate) refused: u32,
    pub(crate) rows: u32,
    pub(crate) documents: u32,
    pub(crate) verdicts: u32,
    /// The server has more.
    pub(crate) more: bool,
    /// A scope must be filled anew.
    pub(crate) refill: bool,
    /// Something moved: a position, a row, a document, a change.
    pub(crate) moved: bool,
    /// Changes were written anew and wait to be sent.
    pub(crate) rewritten: bool,
    /// Readings of personal cards were taken, and more wait to be told.
    pub(crate) more_readings: bool,
}

impl Applied {
    /// Whether to ask again at once. After a push one more pull brings what the server decided. A
    /// server that says "more" and moves nothing, or never stops asking for a refill, is left
    /// alone until the next sync.
    pub(crate) fn wants_more(&self, refills: u32) -> bool {
        (self.more && self.moved)
            || self.durable > 0
            || (self.rewritten && self.moved)
            || self.more_readings
            || (self.refill && refills <= 2)
    }
}

/// A change is kept trying under a new place in its document this often, then it counts as refused.
const MOST_REWRITES: u32 = 2;

/// Applies the server's answer. All of it or nothing; the same answer twice changes nothing more.
pub(crate) fn apply_response(
    store: &mut Store,
    bytes: &[u8],
    now: Instant,
) -> Result<Applied, PhoneError> {
    let response: SyncResponse = unpack(bytes, LARGEST_UNPACKED_BYTES)
        .map_err(|error| PhoneError::Offline { detail: format!("not Saldo's answer: {error}") })?;
    if response.protocol != PROTOCOL {
        return Err(PhoneError::ServerRefused {
            code: "protocol".to_owned(),
            detail: format!(
                "the server speaks protocol {}, this app {PROTOCOL}: update the older one; \
                 what is unsent stays on the phone",
                response.protocol
            ),
        });
    }
    store.write(|tx| Answer { tx, now, applied: Applied::default() }.apply(&response))
}

struct Answer<'a> {
    tx: &'a Connection,
    now: Instant,
    applied: Applied,
}

/// Documents whose unsent changes were answered: whether they must be written anew.
type Touched = BTreeMap<DocumentId, bool>;

impl Answer<'_> {
    fn apply(mut self, response: &SyncResponse) -> Result<Applied, PhoneError> {
        let own = store::identity(self.tx)?.ok_or(PhoneError::NotEnrolled)?;
        if let Some(push) = store::in_flight(self.tx)? {
            store::advance_push(self.tx, push.number, &push.body_hash)?;
            store::clear_in_flight(self.tx)?;
        }
        if !response.more {
            store::settle_facts(self.tx)?;
        }
        self.epoch(response.epoch)?;
        let touched = self.acks(&response.acks)?;
        self.readings(&response.readings)?;
        let held = store::positions(self.tx)?;
        self.evict(&held, &response.positions)?;
        for snapshot in &response.documents {
            self.snapshot(snapshot)?;
        }
        let refill = self.changes(&response.changes)?;
        for row in &response.rows {
            self.row(row)?;
        }
        self.positions(&held, &response.positions, &refill)?;
        for (document, must_rewrite) in touched {
            if must_rewrite {
                rewrite(self.tx, &own, document)?;
                self.applied.rewritten = true;
            } else {
                forget_base_when_all_is_sent(self.tx, document)?;
            }
        }
        self.applied.more = response.more;
        self.applied.moved |= self.applied.rows + self.applied.documents > 0
            || self.applied.durable + self.applied.refused > 0;
        if !response.more && !self.applied.refill {
            store::set_completed(self.tx, Some(self.now.0))?;
        }
        Ok(self.applied)
    }

    /// A new epoch: the server's log was restored, so every scope is filled anew and rows that
    /// nobody will ever delete are dropped. Documents stay: they merge.
    fn epoch(&mut self, epoch: u64) -> Result<(), PhoneError> {
        let known = store::sync_state(self.tx)?.epoch;
        if known == Some(epoch) {
            return Ok(());
        }
        if known.is_some() {
            store::forget_rows(self.tx)?;
            for position in store::positions(self.tx)? {
                store::drop_scope(self.tx, position.scope.0)?;
            }
        }
        self.applied.moved = true;
        store::set_epoch(self.tx, Some(epoch))
    }

    fn acks(&mut self, acks: &[Ack]) -> Result<Touched, PhoneError> {
        let waiting = store::unsent(self.tx, MOST_CHANGES)?;
        let mut by_prefix = BTreeMap::new();
        for queued in &waiting {
            by_prefix.insert(prefix(&queued.hash), queued);
            by_prefix.insert(prefix(&Sha256::digest(&queued.bytes)), queued);
        }
        let mut touched = Touched::new();
        let mut durable: BTreeMap<DocumentId, Vec<&Queued>> = BTreeMap::new();
        for ack in acks {
            // An ack of what is not in the outbox any more is a repeated answer.
            let Some(queued) = by_prefix.get(&prefix(&ack.hash_prefix)) else { continue };
            let document = queued.subject.document();
            match &ack.state {
                AckState::Durable => {
                    durable.entry(document).or_default().push(queued);
                    touched.entry(document).or_default();
                    self.took(queued)?;
                }
                AckState::Refused { code, detail } => {
                    touched.insert(document, true);
                    self.refused(queued, *code, detail)?;
                }
                AckState::Later => {}
            }
        }
        for (document, changes) in durable {
            advance_base(self.tx, document, &changes)?;
        }
        Ok(touched)
    }

    /// What is durable at the server leaves the phone.
    fn readings(&mut self, durable: &[ReadingId]) -> Result<(), PhoneError> {
        let mut taken = false;
        for reading in durable {
            taken |= store::drop_reading(self.tx, *reading)?;
        }
        self.applied.more_readings = taken && store::count_readings(self.tx)? > 0;
        Ok(())
    }

    fn took(&mut self, queued: &Queued) -> Result<(), PhoneError> {
        store::dequeue(self.tx, queued.position)?;
        if let Waiting::Fact(fact) = queued.says {
            store::set_fact_state(self.tx, fact, StoredState::Sent)?;
        }
        self.applied.durable += 1;
        Ok(())
    }

    /// What the server cannot place is written anew; what it will never take is kept aside. Of a
    /// personal card that was erased nothing stays.
    fn refused(
        &mut self,
        queued: &Queued,
        code: RefusalCode,
        detail: &str,
    ) -> Result<(), PhoneError> {
        let only_misplaced = match code {
            RefusalCode::Sequence
            | RefusalCode::MissingDependency
            | RefusalCode::ForeignActor
            | RefusalCode::OperationCounter => true,
            RefusalCode::Malformed
            | RefusalCode::TooLarge
            | RefusalCode::Forbidden
            | RefusalCode::BadFact
            | RefusalCode::NoSuchDocument
            | RefusalCode::Erased => false,
        };
        if only_misplaced && queued.rewrites < MOST_REWRITES {
            self.applied.moved = true;
            return Ok(());
        }
        let was_erased = code == RefusalCode::Erased;
        let code = serde_json::to_value(code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("refused");
        store::put_refused(self.tx, queued, code, detail, self.now.0)?;
        store::dequeue(self.tx, queued.position)?;
        if let Waiting::Fact(fact) = queued.says {
            store::set_fact_state(self.tx, fact, StoredState::Refused)?;
        }
        if was_erased {
            store::drop_document(self.tx, queued.subject.document())?;
        }
        self.applied.refused += 1;
        Ok(())
    }

    /// Sight was lost: what came with it goes, but never what the server does not have.
    fn evict(
        &mut self,
        held: &[ScopePosition],
        now_seen: &[ScopePosition],
    ) -> Result<(), PhoneError> {
        let seen: BTreeSet<ScopeId> = now_seen.iter().map(|position| position.scope).collect();
        for ScopePosition { scope, .. } in held.iter().filter(|held| !seen.contains(&held.scope)) {
            store::drop_rows_of_scope(self.tx, scope.0)?;
            for document in store::documents_of_scope(self.tx, Some(scope.0))? {
                self.let_go(document)?;
            }
            store::drop_scope(self.tx, scope.0)?;
            self.applied.moved = true;
        }
        Ok(())
    }

    /// A document that cannot be read is skipped: one damaged document must not stop the rest.
    fn snapshot(&mut self, snapshot: &DocumentSnapshot) -> Result<(), PhoneError> {
        let kind = snapshot.subject.kind();
        if snapshot.document != snapshot.subject.document()
            || Document::load(kind, &snapshot.saved).is_err()
        {
            return Ok(());
        }
        let stored = match store::load_document(self.tx, snapshot.document)? {
            None => StoredDocument {
                subject: snapshot.subject,
                scope: Some(snapshot.scope.0),
                saved: snapshot.saved.clone(),
                base: None,
            },
            Some(mut ours) => {
                ours.scope = Some(snapshot.scope.0);
                change_both(&mut ours, |document| document.merge_saved(&snapshot.saved))?;
                ours
            }
        };
        self.keep(&stored)
    }

    /// Changes of documents that are here; the scopes of those that need a whole document.
    fn changes(&mut self, changes: &[DocumentChange]) -> Result<Refill, PhoneError> {
        let mut by_document: BTreeMap<DocumentId, Vec<&[u8]>> = BTreeMap::new();
        for change in changes {
            by_document.entry(change.document).or_default().push(&change.bytes);
        }
        let mut refill = Refill::default();
        for (document, changes) in by_document {
            let Some(mut ours) = store::load_document(self.tx, document)? else {
                refill.everything = true;
                continue;
            };
            match change_both(&mut ours, |document| document.apply(&changes)) {
                Ok(()) => self.keep(&ours)?,
                Err(_) => match ours.scope {
                    Some(scope) => {
                        refill.scopes.insert(ScopeId(scope));
                    }
                    None => refill.everything = true,
                },
            }
        }
        Ok(refill)
    }

    fn keep(&mut self, stored: &StoredDocument) -> Result<(), PhoneError> {
        store::put_document(self.tx, stored)?;
        let facts = Document::load(stored.subject.kind(), &stored.saved)?.facts();
        store::index_facts(self.tx, stored.subject.document(), &facts)?;
        self.applied.documents += 1;
        Ok(())
    }

    fn row(&mut self, row: &RowChange) -> Result<(), PhoneError> {
        self.applied.rows += 1;
        match &row.body {
            Some(body) => {
                self.applied.verdicts += u32::from(row.kind == "verdict");
                store::put_row(self.tx, row.scope.0, &row.kind, &row.id, body)
            }
            None if row.kind == RowChange::DOCUMENT => self.document_left(row),
            None => store::delete_row(self.tx, row.scope.0, &row.kind, &row.id),
        }
    }

    /// A document left its scope. It goes, unless it is in another one by now, or holds something
    /// that the server does not have.
    fn document_left(&mut self, row: &RowChange) -> Result<(), PhoneError> {
        let Ok(document) = row.id.parse() else { return Ok(()) };
        match store::load_document(self.tx, document)? {
            Some(stored) if stored.scope == Some(row.scope.0) => self.let_go(document),
            _ => Ok(()),
        }
    }

    fn let_go(&mut self, document: DocumentId) -> Result<(), PhoneError> {
        if store::unsent_of_document(self.tx, document)?.is_empty() {
            store::drop_document(self.tx, document)?;
            store::forget_facts(self.tx, document)?;
        }
        Ok(())
    }

    fn positions(
        &mut self,
        held: &[ScopePosition],
        positions: &[ScopePosition],
        refill: &Refill,
    ) -> Result<(), PhoneError> {
        for position in positions {
            if refill.everything || refill.scopes.contains(&position.scope) {
                let empty = ScopePosition { scope: position.scope, since: 0, filling: true };
                store::put_position(self.tx, &empty)?;
                self.applied.refill = true;
            } else {
                self.applied.moved |= !held.contains(position);
                store::put_position(self.tx, position)?;
            }
        }
        Ok(())
    }
}

/// Scopes that must be filled anew.
#[derive(Debug, Default)]
struct Refill {
    scopes: BTreeSet<ScopeId>,
    /// A change came for a document that is not here: which scope it is in, nobody knows.
    everything: bool,
}

fn prefix(hash: &[u8]) -> Vec<u8> {
    hash.iter().copied().take(8).collect()
}

/// Does the same to the document as shown and to the document as the server knows it.
fn change_both(
    stored: &mut StoredDocument,
    change: impl Fn(&mut Document) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let kind = stored.subject.kind();
    let changed = |saved: &[u8]| {
        let mut document = Document::load(kind, saved)?;
        change(&mut document)?;
        Ok::<_, DocumentError>(document.save())
    };
    let base = stored.base.as_deref().map(&changed).transpose()?;
    stored.saved = changed(&stored.saved)?;
    stored.base = base;
    Ok(())
}

/// The server has these changes now: its picture of the document advances.
fn advance_base(
    tx: &Connection,
    document: DocumentId,
    durable: &[&Queued],
) -> Result<(), PhoneError> {
    let Some(mut stored) = store::load_document(tx, document)? else { return Ok(()) };
    let Some(base) = &stored.base else { return Ok(()) };
    let mut known = Document::load(stored.subject.kind(), base)?;
    for queued in durable {
        // What does not fit comes with the next pull; until then the old picture is safe to
        // build on, because a fact that exists already is never written twice.
        if known.apply(&[&queued.bytes]).is_err() {
            break;
        }
    }
    stored.base = Some(known.save());
    store::put_document(tx, &stored)
}

fn forget_base_when_all_is_sent(tx: &Connection, document: DocumentId) -> Result<(), PhoneError> {
    if !store::unsent_of_document(tx, document)?.is_empty() {
        return Ok(());
    }
    match store::load_document(tx, document)? {
        Some(stored) if stored.base.is_some() => {
            store::put_document(tx, &StoredDocument { base: None, ..stored })
        }
        _ => Ok(()),
    }
}
