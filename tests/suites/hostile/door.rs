//! Through the door: attackers who are let in and strangers, with honest phones in between.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

use rand::RngExt;
use rusqlite::{Connection, OptionalExtension};
use saldo_core::documents::{Document, Subject};
use saldo_core::gate::{Writer, admit};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::wire::{AckState, SyncRequest, SyncResponse};
use saldo_tests::inside::{Company, Handset, SUPERVISOR, client, rep, scale};

use super::attacker::{Attacker, Said, read};
use super::bytes::Forge;
use super::ground::{sheet_of, writer};
use super::{ONE_THROUGH_THE_DOOR, SHORT, Tally, requests, says_why};

/// Inputs of one push.
const TOGETHER: usize = 40;

/// After so many pushes the honest phones sync.
const HONEST_AFTER: u64 = 10;

struct Siege {
    company: Arc<Company>,
    sql: Connection,
    attackers: Vec<Attacker>,
    honest: Vec<Handset>,
    forge: Forge,
    tally: Tally,
    problems: u64,
    honest_syncs: u64,
}

/// Inputs of one siege: what attackers may write piles up, and a company is not besieged for ever.
const INPUTS_OF_A_SIEGE: u64 = 8_000;

#[test]
fn hostile_phones_at_the_door() {
    saldo_server::panics::say_only_what_is_unexpected();
    let scale = scale("SALDO_HOSTILE", SHORT);
    let inputs = scale.times / ONE_THROUGH_THE_DOOR;
    let (begun, mut tally, mut seed) = (Instant::now(), Tally::default(), scale.seed);
    let (mut left, mut turned_away, mut honest_syncs) = (inputs, 0, 0);
    while left > 0 {
        let of_this = left.min(INPUTS_OF_A_SIEGE);
        let mut siege = Siege::lay(seed);
        let lived = catch_unwind(AssertUnwindSafe(|| siege.go_on(of_this)));
        if let Err(panic) = lived {
            let times = of_this * ONE_THROUGH_THE_DOOR;
            println!("again with SALDO_SEED={seed} SALDO_HOSTILE={times}");
            resume_unwind(panic);
        }
        tally += siege.tally;
        turned_away += siege.problems;
        honest_syncs += siege.honest_syncs;
        left -= of_this;
        seed += 1;
    }
    println!(
        "hostile, through the door: {inputs} inputs from seed {}: {tally:?}; {turned_away} requests \
         turned away, {honest_syncs} honest syncs, in {:?}",
        scale.seed,
        begun.elapsed()
    );
    assert!(tally.admitted > inputs / 100 && tally.refusals() > inputs / 3, "{tally:?}");
}

impl Siege {
    fn lay(seed: u64) -> Self {
        let company = Company::new();
        let attackers = [rep(0), SUPERVISOR].map(|person| {
            let number = if person == SUPERVISOR { 0xa1 } else { 0xa0 };
            Attacker::enrolled(&company, person, number)
        });
        let honest = vec![
            // A second phone of the attacker's own person: it shares its documents.
            Handset::enrolled(&company, "same", rep(0)),
            Handset::enrolled(&company, "other", rep(1)),
            Handset::enrolled(&company, "boss", SUPERVISOR),
        ];
        for handset in &honest {
            handset.sync(saldo_mobile::UtcMillis(company.now().0)).unwrap();
        }
        let sql = company.sql();
        Self {
            company,
            sql,
            attackers: attackers.into(),
            honest,
            forge: Forge::new(seed),
            tally: Tally::default(),
            problems: 0,
            honest_syncs: 0,
        }
    }

    fn go_on(&mut self, inputs: u64) {
        let (mut pushed, mut pushes) = (0, 0);
        while pushed < inputs {
            pushed += self.push();
            self.hostile_request();
            pushes += 1;
            if pushes % HONEST_AFTER == 0 {
                self.honest_phones_work(pushes);
            }
        }
        self.end();
    }

    /// A document that an attacker writes into, or tries to.
    fn subject(&mut self, person: PersonId) -> Subject {
        match self.forge.below(10) {
            0..4 => sheet_of(person),
            4 => sheet_of(rep(1)),
            5 => Subject::ClientCard { client: client(1) },
            6 => Subject::ClientCard { client: client(999) },
            7 => Subject::PersonalCard { client: client(0), generation: 1 },
            8 => Subject::PersonalCard { client: client(0), generation: u32::MAX },
            _ => Subject::ClientCard { client: client(0) },
        }
    }

    /// As it stands at the server.
    fn at_server(&self, subject: Subject) -> Document {
        let id = subject.document().to_string();
        let saved: Option<Vec<u8>> = self
            .sql
            .query_row("select saved from document where id = ?1", [id], |row| row.get(0))
            .optional()
            .unwrap();
        match saved {
            Some(saved) => Document::load(subject.kind(), &saved).unwrap(),
            None => Document::genesis(subject.kind()),
        }
    }

    /// A push of many hostile changes; gives how many.
    fn push(&mut self) -> u64 {
        let which = self.forge.below(self.attackers.len());
        let Attacker { person, device, install_epoch, .. } = self.attackers[which];
        let subjects = [self.subject(person), self.subject(person), self.subject(person)];
        let mut now = subjects.map(|subject| self.at_server(subject));
        let role = if person == SUPERVISOR { Role::Supervisor } else { Role::Rep };
        let writer = Writer { install_epoch, ..writer(device, person, role) };
        let mut changes = Vec::new();
        let mut weight = 0;
        while changes.len() < TOGETHER && weight < 150_000 {
            let at = self.forge.below(subjects.len());
            let change = self.forge.change(subjects[at], &now[at], device, install_epoch, person);
            weight += change.len();
            // What will be taken, the attacker goes on from: so there are many absurd facts in a row.
            let saved = now[at].save();
            let passed = admit(subjects[at], Some(&saved), &writer, &[&change]).unwrap();
            if passed.changes[0].is_ok() {
                now[at] = Document::load(subjects[at].kind(), &passed.saved).unwrap();
            }
            // What is larger than an entry may be fails the bundle; the gate has met it.
            if change.len() < 120_000 {
                changes.push((subjects[at], change));
            }
        }
        let request = self.attackers[which].request(&changes);
        let attacker = &mut self.attackers[which];
        match attacker.push(&self.company, &request) {
            Said::Problem(status) => {
                assert_eq!(status, 400, "an enrolled phone with a chain in order");
                self.problems += 1;
            }
            Said::Answer(told) => self.count(&told, &request, changes.len()),
        }
        u64::try_from(changes.len()).unwrap()
    }

    fn count(&mut self, told: &SyncResponse, request: &SyncRequest, pushed: usize) {
        if told.install_epoch.is_some() {
            return;
        }
        assert!(!request.bundles.is_empty());
        let fates = told.fates.clone().unwrap();
        assert_eq!(
            fates.durable as usize + fates.others.len(),
            pushed,
            "every change has its fate"
        );
        for _ in 0..fates.durable {
            self.tally.count(Ok(()));
        }
        for fate in fates.others {
            match fate.state {
                AckState::Refused { code, detail } => {
                    says_why(&detail);
                    assert!(fate.change as usize <= pushed);
                    self.tally.count(Err(code));
                }
                AckState::Later => panic!("the server could not store or judge what it admitted"),
                AckState::Durable => panic!("durable, and among the others"),
            }
        }
    }

    /// One request that is hostile as a whole.
    fn hostile_request(&mut self) {
        let which = self.forge.below(self.attackers.len());
        let bytes = requests::request(&mut self.forge.random, &self.attackers[which]);
        match read(&self.company.answer("/v1/sync", &bytes).unwrap()) {
            Said::Problem(_) => self.problems += 1,
            Said::Answer(told) => {
                let attacker = &mut self.attackers[which];
                if let Some(epoch) = told.install_epoch {
                    (attacker.install_epoch, attacker.number) = (epoch, 0);
                    attacker.hash.clear();
                } else if self.forge.random.random_range(0..20) == 0 {
                    // It forgets its chain, as a copy of it would.
                    attacker.hash = vec![0; 32];
                }
            }
        }
    }

    /// Everybody honest records, syncs, and has nothing left unsent.
    fn honest_phones_work(&mut self, number: u64) {
        for (nth, handset) in self.honest.iter().enumerate() {
            let now = saldo_mobile::UtcMillis(self.company.now().0);
            let about = client(if nth == 1 { 1 } else { 0 }).to_string();
            let phone = handset.phone();
            phone.record_note(&about, &format!("honest {number}"), now).unwrap();
            phone.edit_card_field(&about, "stock", &format!("{number}"), now).unwrap();
            handset.sync(now).unwrap_or_else(|error| panic!("honest phone {nth}: {error}"));
            let unsent: i64 = handset
                .sql()
                .query_row("select count(*) from outbox", [], |row| row.get(0))
                .unwrap();
            assert_eq!(unsent, 0, "honest phone {nth} could not hand over what it wrote");
            let refused: i64 = handset
                .sql()
                .query_row("select count(*) from fact where state = 'refused'", [], |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(refused, 0, "honest phone {nth} was refused");
            self.honest_syncs += 1;
        }
    }

    /// The server comes up again, its doctor finds nothing, its night runs, a new phone is filled.
    fn end(&mut self) {
        self.company.restart();
        self.night();
        let ill: Vec<_> = self.company.examine().into_iter().filter(|one| one.is_ill()).collect();
        assert!(ill.is_empty(), "{ill:?}");
        self.honest_phones_work(0);
        for (name, person) in [("new", rep(0)), ("new boss", SUPERVISOR)] {
            let handset = Handset::enrolled(&self.company, name, person);
            handset.sync(saldo_mobile::UtcMillis(self.company.now().0)).unwrap();
        }
    }

    /// Facts that say absurd things are accepted and judged; the jobs of the night meet them too.
    fn night(&self) {
        let state = self.company.state();
        let now = self.company.now();
        let today = chrono::DateTime::from_timestamp_millis(now.0).unwrap().date_naive();
        for days in 0..3 {
            let date = today + chrono::Days::new(days);
            self.company.wait(saldo_server::jobs::run(&state.db, now, date)).unwrap();
        }
    }
}
