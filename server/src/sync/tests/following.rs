//! Whatever is written while phones fill and follow in small steps, in the end each holds what
//! its person may see: not less, not more.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::documents::{Subject, WrittenChange};
use saldo_core::feed::{ClientRow, FeedRow};
use saldo_core::ids::{ClientId, DocumentId, TerritoryId};
use saldo_core::roles::Role;
use saldo_core::wire::{ScopeId, ScopePosition};
use uuid::Uuid;

use super::phone::{Lines, Phone, RowKey};
use super::world::{REPS, SUPERVISOR, TERRITORIES, World, named_row, person_row, principal};
use crate::store::documents::NewState;
use crate::store::{compaction, documents, feed, log, scopes};
use crate::sync::pull::Limits;
use crate::sync::{rights, scopes::move_client};

const SMALL: Limits = Limits { bytes: 2_000, items: 7, entries_at_once: 5 };

/// What is true, kept beside the database.
struct Truth {
    world: World,
    scopes: Vec<ScopeId>,
    rows: BTreeMap<RowKey, String>,
    cards: BTreeMap<DocumentId, Lines>,
    /// Of each client its territory.
    clients: Vec<TerritoryId>,
    /// Entries that went when the log was compacted.
    dropped: u64,
    random: ChaCha8Rng,
}

impl Truth {
    async fn new(seed: u64) -> Self {
        let world = World::new().await;
        let mut tx = world.db().begin_write().await.unwrap();
        let mut all = vec![scopes::company(&mut tx).await.unwrap()];
        for rep in REPS {
            all.push(scopes::person(&mut tx, rep).await.unwrap());
        }
        for territory in TERRITORIES {
            all.push(scopes::territory(&mut tx, territory).await.unwrap());
        }
        tx.commit().await.unwrap();
        Self {
            world,
            scopes: all,
            rows: BTreeMap::new(),
            cards: BTreeMap::new(),
            clients: vec![TERRITORIES[0]; 6],
            dropped: 0,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    fn scope_of(&self, territory: TerritoryId) -> ScopeId {
        let place = TERRITORIES.iter().position(|one| *one == territory).unwrap();
        self.scopes[3 + place]
    }

    /// Something happens; now and then it stays without a number for a while.
    async fn step(&mut self) {
        match self.pick(13) {
            0..=3 => self.put_row().await,
            4 => self.delete_row().await,
            5..=7 => self.write_card().await,
            8 => self.put_client().await,
            9 => self.move_client().await,
            10 => {
                let (territory, rep) = (TERRITORIES[self.pick(3)], REPS[self.pick(2)]);
                self.world.assign(territory, rep).await;
            }
            11 => self.compact().await,
            _ => self.world.number().await,
        }
    }

    /// The log is compacted: what is told again goes, and up to some number everything outdated.
    async fn compact(&mut self) {
        let mut tx = self.world.db().begin_write().await.unwrap();
        let state = log::state(&mut tx).await.unwrap().unwrap_or_default();
        let outdated = self.random.random_range(0..=state.last_seq);
        compaction::announce(&mut tx, state.last_seq, outdated).await.unwrap();
        let everything = i64::MAX;
        for (after, bound) in [(0, outdated), (outdated, state.last_seq)] {
            let piece = compaction::next_piece(&mut tx, after, bound, everything).await.unwrap();
            let Some(piece) = piece else { continue };
            self.dropped += match after < outdated {
                true => compaction::drop_outdated(&mut tx, piece).await.unwrap(),
                false => compaction::drop_told_again(&mut tx, piece).await.unwrap(),
            };
        }
        tx.commit().await.unwrap();
    }

    async fn put_row(&mut self) {
        let place = self.pick(6);
        let scope = self.scopes[place];
        let row = named_row(self.pick(8) as u128, &format!("name {}", self.random.next_u32()));
        self.put(scope, &row).await;
    }

    async fn put(&mut self, scope: ScopeId, row: &FeedRow) {
        let mut tx = self.world.db().begin_write().await.unwrap();
        feed::put(&mut tx, scope, row).await.unwrap();
        tx.commit().await.unwrap();
        let key = (scope, row.kind().to_owned(), row.id());
        self.rows.insert(key, serde_json::to_string(row).unwrap());
    }

    async fn delete_row(&mut self) {
        let place = self.pick(6);
        let scope = self.scopes[place];
        let id = person_row(self.pick(8) as u128).id();
        let mut tx = self.world.db().begin_write().await.unwrap();
        feed::delete(&mut tx, scope, "person", &id).await.unwrap();
        tx.commit().await.unwrap();
        self.rows.remove(&(scope, "person".to_owned(), id));
    }

    async fn put_client(&mut self) {
        let number = self.pick(6);
        let row = client_row(number, self.clients[number]);
        self.put(self.scope_of(self.clients[number]), &row).await;
    }

    async fn write_card(&mut self) {
        let number = self.pick(6);
        let subject = Subject::ClientCard { client: client(number) };
        let scope = self.scope_of(self.clients[number]);
        let line = format!("line {}", self.random.next_u64());
        let card = self
            .cards
            .entry(subject.document())
            .or_insert_with(|| Lines { scope, lines: BTreeSet::new() });
        card.lines.insert(line.clone());
        let saved = card.lines.iter().cloned().collect::<Vec<_>>().join("\n");
        let mut hash = [0; 32];
        self.random.fill_bytes(&mut hash);
        let change = WrittenChange { hash, bytes: line.into_bytes() };
        let mut tx = self.world.db().begin_write().await.unwrap();
        let state = NewState { subject, saved: saved.as_bytes(), heads: &[hash] };
        documents::write(&mut tx, state, scope, &[change], None).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn move_client(&mut self) {
        let (number, to) = (self.pick(6), TERRITORIES[self.pick(3)]);
        let from = std::mem::replace(&mut self.clients[number], to);
        let mut tx = self.world.db().begin_write().await.unwrap();
        move_client(&mut tx, client(number), from, to).await.unwrap();
        tx.commit().await.unwrap();
        let (old, new) = (self.scope_of(from), self.scope_of(to));
        let id = client(number).to_string();
        if self.rows.remove(&(old, "client".to_owned(), id.clone())).is_some() {
            let body = serde_json::to_string(&client_row(number, to)).unwrap();
            self.rows.insert((new, "client".to_owned(), id), body);
        }
        let document = Subject::ClientCard { client: client(number) }.document();
        if let Some(card) = self.cards.get_mut(&document) {
            card.scope = new;
        }
    }

    /// The phone of somebody holds what that person may see.
    async fn check(&self, phone: &Phone, who: &crate::auth::Principal) {
        let mut tx = self.world.db().begin_read().await.unwrap();
        let sight = rights::scopes_of(&mut tx, who).await.unwrap();
        let rows = self.rows.iter().filter(|((scope, ..), _)| rights::sees(&sight, *scope));
        assert_eq!(phone.rows, rows.map(|(key, body)| (key.clone(), body.clone())).collect());
        let cards = self.cards.iter().filter(|(_, card)| rights::sees(&sight, card.scope));
        assert_eq!(phone.documents, cards.map(|(id, card)| (*id, card.clone())).collect());
    }
}

fn client(number: usize) -> ClientId {
    ClientId(Uuid::from_u128(100 + number as u128))
}

fn client_row(number: usize, territory: TerritoryId) -> FeedRow {
    let (id, code) = (client(number), number.to_string());
    FeedRow::Client(ClientRow {
        id,
        code,
        name: "A shop".into(),
        territory,
        outlets: vec![],
        personal_card: None,
    })
}

#[tokio::test]
async fn phones_end_up_with_what_their_people_may_see() {
    for seed in 0..12 {
        let mut truth = Truth::new(seed).await;
        let people = [
            principal(REPS[0], Role::Rep),
            principal(REPS[1], Role::Rep),
            principal(SUPERVISOR, Role::Supervisor),
            principal(SUPERVISOR, Role::Director),
        ];
        let mut phones = [Phone::default(), Phone::default(), Phone::default(), Phone::default()];
        for _ in 0..6 {
            for _ in 0..25 {
                truth.step().await;
                let turn = truth.pick(8);
                if let (Some(phone), Some(who)) = (phones.get_mut(turn), people.get(turn)) {
                    phone.pull(&truth.world, who, SMALL).await;
                }
            }
            truth.world.number().await;
            for (phone, who) in phones.iter_mut().zip(&people) {
                phone.pull_all(&truth.world, who, SMALL).await;
                truth.check(phone, who).await;
            }
        }
        assert!(truth.dropped > 20, "only {} entries went", truth.dropped);
    }
}

/// A new phone fills in several answers while others write; nothing is lost and nothing of the
/// company comes after the accounts.
#[tokio::test]
async fn filling_in_pages_with_writes_in_between_loses_nothing() {
    let mut truth = Truth::new(77).await;
    for _ in 0..400 {
        truth.step().await;
    }
    truth.world.number().await;
    let who = principal(SUPERVISOR, Role::Director);
    let mut phone = Phone::default();
    let first = phone.ask(&truth.world, &who, SMALL).await;
    assert!(first.more);
    assert_eq!(first.positions[0].scope, truth.scopes[0], "the company comes first");
    let mut pages = 1;
    while phone.pull(&truth.world, &who, SMALL).await {
        for _ in 0..3 {
            truth.step().await;
        }
        truth.world.number().await;
        pages += 1;
        assert!(pages < 1_000, "it never ends");
    }
    truth.check(&phone, &who).await;
    assert!(pages > 5, "{pages} pages");
}

#[tokio::test]
async fn sight_gained_is_backfilled_and_sight_lost_is_evicted() {
    let mut truth = Truth::new(3).await;
    let (north, south) = (truth.scope_of(TERRITORIES[0]), truth.scope_of(TERRITORIES[2]));
    truth.put(north, &person_row(1)).await;
    truth.put(south, &person_row(2)).await;
    truth.world.number().await;
    let who = principal(REPS[0], Role::Rep);
    let mut phone = Phone::default();
    phone.pull_all(&truth.world, &who, Limits::of_protocol(1)).await;
    let held = |phone: &Phone| phone.rows.keys().map(|key| key.0).collect::<Vec<_>>();
    assert_eq!(held(&phone), vec![north]);
    truth.world.assign(TERRITORIES[2], REPS[0]).await;
    truth.world.assign(TERRITORIES[0], REPS[1]).await;
    phone.pull_all(&truth.world, &who, Limits::of_protocol(1)).await;
    assert_eq!(held(&phone), vec![south]);
    assert!(phone.positions.iter().all(|position| position.scope != north));
}

/// Positions of another epoch, from the future or from before what the log still tells mean that
/// the scope is filled anew, deletions included.
#[tokio::test]
async fn positions_that_mean_nothing_fill_anew() {
    let mut truth = Truth::new(4).await;
    let company = truth.scopes[0];
    for number in 0..3 {
        truth.put(company, &person_row(number)).await;
    }
    truth.world.number().await;
    let who = principal(REPS[0], Role::Rep);
    let mut phone = Phone::default();
    phone.pull_all(&truth.world, &who, SMALL).await;
    let good = phone.positions.clone();
    assert_eq!(phone.ask(&truth.world, &who, SMALL).await.rows.len(), 0);

    let mut tx = truth.world.db().begin_write().await.unwrap();
    feed::delete(&mut tx, company, "person", &person_row(0).id()).await.unwrap();
    tx.commit().await.unwrap();
    truth.world.number().await;
    let rows = async |phone: &Phone| phone.ask(&truth.world, &who, SMALL).await.rows;
    assert_eq!(rows(&phone).await.len(), 1, "the deletion");
    phone.positions =
        vec![ScopePosition { scope: company, since: 1_000, filling: false, digest: None }];
    let anew = rows(&phone).await;
    assert_eq!(anew.len(), 3, "two rows and the deletion");
    assert_eq!(anew.iter().filter(|row| row.body.is_none()).count(), 1);
    phone.positions = good;
    phone.epoch = Some(99);
    assert_eq!(rows(&phone).await.len(), 2, "another epoch: the phone dropped its rows");
    phone.epoch = None;
    assert_eq!(rows(&phone).await.len(), 2, "a new phone");
    let mut tx = truth.world.db().begin_read().await.unwrap();
    assert_eq!(log::state(&mut tx).await.unwrap().unwrap().last_seq, 4);
}
