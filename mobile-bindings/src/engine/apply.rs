//! What an answer changes on the phone, in one transaction.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Transaction};
use saldo_core::documents::{Document, unpack_bundle};
use saldo_core::facts::Fact;
use saldo_core::ids::DocumentId;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::wire::{
    Difference, DocumentBundle, LARGEST_UNPACKED_BYTES, PROTOCOL, PlacedDocument, RowChange,
    ScopeId, ScopePosition, SyncResponse, ThingOfScope, WholeDocument, digest, unpack,
};

use super::held::{change_both, forget_base_when_all_is_sent, let_go, let_go_of_leftovers};
use super::looked_through::{self, LookedThrough};
use super::quiet::is_learnt_anew;
use super::restored;
use super::rewrite::rewrite;
use crate::PhoneError;
use crate::store::{self, OwnIdentity, Store, StoredDocument};

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
    /// Changes were written anew, or found that go back to the server, and wait to be sent.
    pub(crate) rewritten: bool,
    /// Readings of personal cards were taken, and more wait to be told.
    pub(crate) more_readings: bool,
    /// Changes were taken, and more wait to be sent.
    pub(crate) more_changes: bool,
    /// The scopes that are not what the server says.
    pub(crate) differs: Vec<ScopeId>,
    /// What the phone lacks or holds otherwise than the server.
    pub(crate) wanted: Vec<ThingOfScope>,
}

impl Applied {
    /// Whether to ask again at once. The answer to a push brings what the server decided on it. A
    /// server that says "more" and moves nothing, or never stops asking for a refill, is left
    /// alone until the next sync.
    pub(crate) fn wants_more(&self, refills: u32) -> bool {
        (self.more && self.moved)
            || self.more_changes
            || (self.rewritten && self.moved)
            || self.more_readings
            || (self.refill && refills <= 2)
    }
}

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
    let (applied, to_rewrite) = (Applied::default(), BTreeSet::new());
    let is_learnt_anew = is_learnt_anew(store.read(), &response)?;
    let apply = |tx: &Transaction<'_>| Answer { tx, now, applied, to_rewrite }.apply(&response);
    if is_learnt_anew { store.note(apply) } else { store.write(apply) }
}

pub(super) struct Answer<'a> {
    pub(super) tx: &'a Connection,
    pub(super) now: Instant,
    pub(super) applied: Applied,
    /// Documents whose unsent changes must be written anew.
    to_rewrite: BTreeSet<DocumentId>,
}

impl Answer<'_> {
    fn apply(mut self, response: &SyncResponse) -> Result<Applied, PhoneError> {
        let own = store::identity(self.tx)?.ok_or(PhoneError::NotEnrolled)?;
        self.epoch(response.epoch)?;
        let ahead_millis = response.server_time.0.saturating_sub(self.now.0);
        store::set_server_ahead(self.tx, ahead_millis)?;
        let mut touched = self.answered(response)?;
        if !response.more {
            store::settle_facts(self.tx)?;
        }
        self.readings(&response.readings)?;
        let held = store::positions(self.tx)?;
        self.evict(&held, &response.positions)?;
        for (whole, read) in response.whole.iter().zip(looked_through::all(&response.whole)) {
            self.whole(whole, read)?;
        }
        for placed in &response.placed {
            self.placed(placed)?;
        }
        let refill = self.bundles(&response.bundles)?;
        for row in &response.rows {
            self.row(row)?;
        }
        store::forget_ended_loans(self.tx)?;
        self.positions(&held, &response.positions, &refill)?;
        touched.extend(std::mem::take(&mut self.to_rewrite).into_iter().map(|one| (one, true)));
        for (document, must_rewrite) in touched {
            if must_rewrite {
                rewrite(self.tx, &own, document)?;
                self.applied.rewritten = true;
            } else {
                forget_base_when_all_is_sent(self.tx, document)?;
            }
        }
        if let Some(difference) = &response.difference {
            self.difference(difference)?;
        }
        self.applied.more = response.more;
        self.applied.moved |= self.applied.rows + self.applied.documents > 0
            || self.applied.durable + self.applied.refused > 0;
        if !response.more && !self.applied.refill {
            self.complete(response)?;
            let_go_of_leftovers(self.tx, &own)?;
        }
        self.applied.more_changes = self.applied.durable > 0 && store::count_unsent(self.tx)? > 0;
        Ok(self.applied)
    }

    /// Everything that is new has come.
    fn complete(&mut self, response: &SyncResponse) -> Result<(), PhoneError> {
        store::set_completed(self.tx, Some(self.now.0))?;
        store::note_lending(self.tx)?;
        if store::sync_state(self.tx)?.anew {
            let own = store::identity(self.tx)?.ok_or(PhoneError::NotEnrolled)?;
            self.write_anew(&own)?;
        }
        for position in &response.positions {
            let Some(told) = position.digest else { continue };
            if store::digest_of_scope(self.tx, position.scope.0)? != told {
                self.applied.differs.push(position.scope);
            }
        }
        Ok(())
    }

    /// A new installation, or a server that was restored: what is unsent is written anew onto what
    /// the server has, and what the server lost goes back to it.
    fn write_anew(&mut self, own: &OwnIdentity) -> Result<(), PhoneError> {
        for document in store::unproven_documents(self.tx)? {
            restored::unknown_to_server(self.tx, own, document)?;
        }
        for document in store::documents_with_unsent(self.tx)? {
            rewrite(self.tx, own, document)?;
        }
        store::set_anew(self.tx, false)?;
        self.applied.rewritten =
            store::count_unsent(self.tx)? > 0 || !store::returning(self.tx)?.is_empty();
        self.applied.moved = true;
        Ok(())
    }

    /// A new epoch: the server's log was restored, so every scope is filled anew and rows that
    /// nobody will ever delete are dropped. Documents stay: they merge.
    fn epoch(&mut self, epoch: u64) -> Result<(), PhoneError> {
        let known = store::sync_state(self.tx)?.epoch;
        if known == Some(epoch) {
            return Ok(());
        }
        if known.is_some() {
            store::doubt_documents(self.tx)?;
            store::set_anew(self.tx, true)?;
            store::forget_rows(self.tx)?;
            for position in store::positions(self.tx)? {
                store::drop_scope(self.tx, position.scope.0)?;
            }
        }
        self.applied.moved = true;
        store::set_epoch(self.tx, Some(epoch))
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
    fn whole(
        &mut self,
        whole: &WholeDocument,
        read: Option<LookedThrough>,
    ) -> Result<(), PhoneError> {
        let Some(LookedThrough { digest, facts, saved }) = read else { return Ok(()) };
        let scope = Some(whole.scope.0);
        let stored = match store::load_document(self.tx, whole.subject.document())? {
            None => {
                let stored = StoredDocument {
                    subject: whole.subject,
                    scope,
                    saved,
                    base: None,
                    digest,
                    proven: true,
                };
                return self.keep_with(&stored, &facts);
            }
            Some(ours) if !ours.proven => {
                let mut theirs = Document::load(whole.subject.kind(), &saved)?;
                restored::known_to_server(self.tx, StoredDocument { scope, ..ours }, &mut theirs)?
            }
            Some(mut ours) => {
                ours.scope = scope;
                let must_rewrite = change_both(&mut ours, |document| document.merge_saved(&saved))?;
                self.rewrite_later(&ours, must_rewrite);
                ours
            }
        };
        self.keep(&stored)
    }

    /// A document that this phone opened belongs to a scope now.
    fn placed(&mut self, placed: &PlacedDocument) -> Result<(), PhoneError> {
        match store::load_document(self.tx, placed.document)? {
            Some(ours) => store::put_document(
                self.tx,
                &StoredDocument { scope: Some(placed.scope.0), ..ours },
            ),
            None => Ok(()),
        }
    }

    /// Changes of documents that are here; the scopes of those that need a whole document.
    fn bundles(&mut self, bundles: &[DocumentBundle]) -> Result<Refill, PhoneError> {
        let mut by_document: BTreeMap<DocumentId, Vec<Vec<u8>>> = BTreeMap::new();
        let mut refill = Refill::default();
        for bundle in bundles {
            match unpack_bundle(&bundle.changes, usize::MAX) {
                Ok(changes) => by_document.entry(bundle.document).or_default().extend(changes),
                Err(_) => refill.everything = true,
            }
        }
        for (document, changes) in by_document {
            let Some(mut ours) = store::load_document(self.tx, document)? else {
                refill.everything = true;
                continue;
            };
            let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
            match change_both(&mut ours, |document| document.apply(&changes)) {
                Ok(must_rewrite) => {
                    self.rewrite_later(&ours, must_rewrite);
                    self.keep(&ours)?;
                }
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

    fn rewrite_later(&mut self, stored: &StoredDocument, must_rewrite: bool) {
        if must_rewrite {
            self.to_rewrite.insert(stored.subject.document());
        }
    }

    fn keep(&mut self, stored: &StoredDocument) -> Result<(), PhoneError> {
        let facts = Document::load(stored.subject.kind(), &stored.saved)?.facts();
        self.keep_with(stored, &facts)
    }

    fn keep_with(&mut self, stored: &StoredDocument, facts: &[Fact]) -> Result<(), PhoneError> {
        store::put_document(self.tx, stored)?;
        store::index_facts(self.tx, stored.subject.document(), facts)?;
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
            None if row.kind == RowChange::DOCUMENT => self.document_left(row.scope, &row.id),
            None => store::delete_row(self.tx, row.scope.0, &row.kind, &row.id),
        }
    }

    /// A document left its scope. It goes, unless it is in another one by now, or holds something
    /// that the server does not have.
    fn document_left(&mut self, scope: ScopeId, id: &str) -> Result<(), PhoneError> {
        let Ok(document) = id.parse() else { return Ok(()) };
        match store::load_document(self.tx, document)? {
            Some(stored) if stored.scope == Some(scope.0) => self.let_go(document),
            _ => Ok(()),
        }
    }

    fn let_go(&mut self, document: DocumentId) -> Result<(), PhoneError> {
        let_go(self.tx, document)
    }

    /// Where a scope differs: what the server does not have goes, what it has otherwise is asked
    /// for.
    fn difference(&mut self, difference: &Difference) -> Result<(), PhoneError> {
        let scope = difference.scope;
        let theirs: BTreeMap<(&str, &str), u64> = difference
            .things
            .iter()
            .map(|thing| ((thing.kind.as_str(), thing.id.as_str()), thing.digest))
            .collect();
        let held = store::things_of_scope(self.tx, scope.0)?;
        let ours: BTreeMap<(&str, &str), u64> = held
            .iter()
            .map(|thing| ((thing.kind.as_str(), thing.id.as_str()), thing.digest))
            .collect();
        for (kind, id) in ours.keys().filter(|thing| !theirs.contains_key(*thing)) {
            let bucket = digest::bucket_of(kind, id);
            if !difference.buckets.iter().any(|differs| usize::from(*differs) == bucket) {
                continue;
            }
            match *kind {
                RowChange::DOCUMENT => self.document_left(scope, id)?,
                _ => store::delete_row(self.tx, scope.0, kind, id)?,
            }
            self.applied.moved = true;
        }
        let differ = theirs.iter().filter(|(thing, digest)| ours.get(*thing) != Some(*digest));
        self.applied.wanted = differ
            .map(|((kind, id), _)| ThingOfScope {
                scope,
                kind: (*kind).to_owned(),
                id: (*id).to_owned(),
            })
            .collect();
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
                let scope = position.scope;
                let empty = ScopePosition { scope, since: 0, filling: true, digest: None };
                store::put_position(self.tx, &empty)?;
                self.applied.refill = true;
            } else {
                let place = |held: &ScopePosition| (held.scope, held.since, held.filling);
                self.applied.moved |= !held.iter().any(|held| place(held) == place(position));
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
