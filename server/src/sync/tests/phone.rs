//! A phone as the protocol wants it, without Automerge: a document is a set of lines, its saved
//! form is all of them, a change is one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use saldo_core::documents::unpack_bundle;
use saldo_core::ids::DocumentId;
use saldo_core::wire::{RowChange, ScopeId, ScopePosition};

use super::world::World;
use crate::auth::Principal;
use crate::store::log;
use crate::sync::pull::{Answer, Asked, Limits, pull};
use crate::sync::rights;

/// What is held of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) scope: ScopeId,
    pub(super) lines: BTreeSet<String>,
}

/// A row's scope, kind and id.
pub(super) type RowKey = (ScopeId, String, String);

/// What a phone holds.
#[derive(Debug, Default)]
pub(super) struct Phone {
    pub(super) epoch: Option<u64>,
    pub(super) positions: Vec<ScopePosition>,
    pub(super) rows: BTreeMap<RowKey, String>,
    pub(super) documents: BTreeMap<DocumentId, Lines>,
}

impl Phone {
    /// One request; whether there is more.
    pub(super) async fn pull(&mut self, world: &World, who: &Principal, limits: Limits) -> bool {
        let answer = self.ask(world, who, limits).await;
        let more = answer.more;
        self.apply(answer);
        more
    }

    /// Requests until there is no more; how many.
    pub(super) async fn pull_all(
        &mut self,
        world: &World,
        who: &Principal,
        limits: Limits,
    ) -> usize {
        let mut requests = 1;
        while self.pull(world, who, limits).await {
            requests += 1;
            assert!(requests < 10_000, "it never ends");
        }
        requests
    }

    /// The answer to what this phone would ask.
    pub(super) async fn ask(&self, world: &World, who: &Principal, limits: Limits) -> Answer {
        let mut tx = world.db().begin_read().await.unwrap();
        let sight = rights::scopes_of(&mut tx, who).await.unwrap();
        let state = log::state(&mut tx).await.unwrap().unwrap_or_default();
        let just_pushed = HashSet::new();
        let asked = Asked {
            epoch: self.epoch,
            positions: &self.positions,
            just_pushed: &just_pushed,
            kinds: &[],
            protocol: 1,
        };
        pull(&mut tx, &state, &sight, &asked, limits).await.unwrap()
    }

    fn apply(&mut self, answer: Answer) {
        if self.epoch != Some(answer.epoch) {
            self.rows.clear();
            self.positions.clear();
            self.epoch = Some(answer.epoch);
        }
        let seen: BTreeSet<ScopeId> = answer.positions.iter().map(|held| held.scope).collect();
        self.rows.retain(|(scope, ..), _| seen.contains(scope));
        self.documents.retain(|_, held| seen.contains(&held.scope));
        for whole in answer.whole {
            let held = self
                .documents
                .entry(whole.subject.document())
                .or_insert_with(|| Lines { scope: whole.scope, lines: BTreeSet::new() });
            held.scope = whole.scope;
            let saved = String::from_utf8(whole.saved).unwrap();
            held.lines.extend(saved.lines().map(str::to_owned));
        }
        for bundle in answer.bundles {
            let held = self.documents.get_mut(&bundle.document);
            let held = held.expect("a change comes only for a document that is here");
            for change in unpack_bundle(&bundle.changes, 100).unwrap() {
                held.lines.insert(String::from_utf8(change).unwrap());
            }
        }
        for RowChange { scope, kind, id, body } in answer.rows {
            if kind == RowChange::DOCUMENT {
                let document: DocumentId = id.parse().unwrap();
                if self.documents.get(&document).is_some_and(|held| held.scope == scope) {
                    self.documents.remove(&document);
                }
                continue;
            }
            match body {
                Some(body) => self.rows.insert((scope, kind, id), body),
                None => self.rows.remove(&(scope, kind, id)),
            };
        }
        self.positions = answer.positions;
    }
}
