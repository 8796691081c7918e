//! The same question as `convergence`, of core alone: documents, bundles and the gate, with as many
//! writers and as bad a network, but no database, no signature and no phone. Many times more
//! histories in the same time; what it cannot see is everything around the documents.

mod ends;

use std::collections::BTreeSet;
use std::time::Instant;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::documents::{Document, Subject, pack_bundle};
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::gate::Writer;
use saldo_core::ids::FactId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::RefusalCode;
use saldo_tests::inside::{client, rep, scale};
use uuid::Uuid;

use ends::{Replica, Says, Server};

/// Histories in every run.
const SHORT: u64 = 10_000;

struct History {
    subject: Subject,
    server: Server,
    replicas: Vec<Replica>,
    /// Pushes that are still on their way: by whom, which changes.
    late: Vec<(Writer, Vec<u8>)>,
    facts: BTreeSet<FactId>,
    words: Vec<String>,
    /// Somebody was copied: unsent words are written anew and take the place of others.
    forked: bool,
    epochs: u32,
    random: ChaCha8Rng,
}

#[test]
fn documents_converge_whatever_the_network_does() {
    let scale = scale("SALDO_MODEL", SHORT);
    let begun = Instant::now();
    let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let entries: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|worker| {
                let seeds = (scale.seed..scale.seed + scale.times).skip(worker as usize);
                scope.spawn(move || seeds.step_by(workers as usize).map(history).sum::<usize>())
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    let (times, seed) = (scale.times, scale.seed);
    println!(
        "model: {times} histories from seed {seed}, {entries} pushes, in {:?}",
        begun.elapsed()
    );
    assert!(entries as u64 > scale.times, "they hardly wrote anything");
}

/// How many pushes it took.
fn history(seed: u64) -> usize {
    let mut history = History::begin(seed);
    for _ in 0..history.random.random_range(10..30) {
        history.step();
    }
    history.come_to_rest(seed);
    history.server.log.len()
}

impl History {
    fn begin(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let subject = match random.random_range(0..2) {
            0 => Subject::RouteSheet { person: rep(0), day: "2026-03-11".parse().unwrap() },
            _ => Subject::ClientCard { client: client(0) },
        };
        let replicas = (0..random.random_range(2..=5)).map(|number| {
            let person = match subject {
                Subject::RouteSheet { person, .. } => person,
                _ => rep(usize::try_from(number % 3).unwrap()),
            };
            Replica::new(subject, number, person)
        });
        Self {
            subject,
            server: Server::default(),
            replicas: replicas.collect(),
            late: Vec::new(),
            facts: BTreeSet::new(),
            words: Vec::new(),
            forked: false,
            epochs: 1,
            random,
        }
    }

    fn step(&mut self) {
        let who = self.random.random_range(0..self.replicas.len());
        match self.random.random_range(0..20) {
            0..=9 => self.write(who),
            10..=13 => self.push(who),
            14..=16 => self.pull(who),
            17 => self.late_arrives(),
            18 => self.out_of_order(who),
            _ => self.copy(who),
        }
    }

    fn write(&mut self, who: usize) {
        let number: u64 = self.random.random();
        let says = match (self.subject, number % 3) {
            (Subject::RouteSheet { person, .. }, 0 | 1) => {
                let id = FactId(Uuid::from_u128(u128::from(number)));
                let body = FactBody::Note(Note { text: format!("heard {number}") });
                let (client, recorded_at) = (client(0), UtcMillis(0));
                self.facts.insert(id);
                Says::Fact(Fact { id, author: person, client, recorded_at, corrects: None, body })
            }
            (Subject::ClientCard { .. }, 0 | 1) => Says::Field(format!("{}", number % 10)),
            _ => {
                let word = format!("<{number:x}>");
                let note = self.replicas[who].shown.note();
                self.words.push(word.clone());
                let at = note.match_indices('<').nth(usize::try_from(number % 4).unwrap());
                let (before, after) = note.split_at(at.map_or(note.len(), |(at, _)| at));
                Says::Note(format!("{before}{word}{after}"))
            }
        };
        self.replicas[who].write(says);
    }

    fn push(&mut self, who: usize) {
        let replica = &self.replicas[who];
        let most = self.random.random_range(0..=replica.outbox.len());
        let changes = replica.outbox[..most].iter().map(|written| written.change.bytes.as_slice());
        let (writer, bundle) = (replica.writer, pack_bundle(changes));
        let twice = match self.random.random_range(0..6) {
            0 => return,
            1 => return self.late.push((writer, bundle)),
            2 => {
                // The answer is lost.
                self.server.take(self.subject, &writer, &bundle);
                return;
            }
            3 => true,
            _ => false,
        };
        if twice {
            self.server.take(self.subject, &writer, &bundle);
        }
        let fates = self.server.take(self.subject, &writer, &bundle);
        self.answered(who, &fates);
    }

    /// What a copy has brought already is left out, and what hung on it is written anew.
    fn answered(&mut self, who: usize, fates: &[Result<(), RefusalCode>]) {
        let replica = &mut self.replicas[who];
        if replica.answered(fates) {
            return;
        }
        assert!(self.forked, "{fates:?}");
        replica.hear(&self.server.log[replica.heard..], self.server.log.len());
        replica.write_anew();
        // An envelope of before would break the chain of pushes; the server does not open it.
        let device = replica.writer.device;
        self.late.retain(|(writer, _)| writer.device != device);
    }

    /// Some entries of the log, perhaps some that were heard before.
    fn pull(&mut self, who: usize) {
        let heard = self.replicas[who].heard;
        let from = heard.saturating_sub(self.random.random_range(0..2));
        let to = self.random.random_range(heard..=self.server.log.len());
        self.replicas[who].hear(&self.server.log[from..to], to);
    }

    fn late_arrives(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let number = self.random.random_range(0..self.late.len());
        let (writer, bundle) = self.late.swap_remove(number);
        self.server.take(self.subject, &writer, &bundle);
    }

    /// Changes arrive in a wrong order: the gate takes what it can place, and nothing breaks.
    fn out_of_order(&mut self, who: usize) {
        let replica = &self.replicas[who];
        let mut changes: Vec<_> =
            replica.outbox.iter().map(|written| written.change.bytes.as_slice()).collect();
        changes.shuffle(&mut self.random);
        let bundle = pack_bundle(changes);
        let writer = self.replicas[who].writer;
        let fates = self.server.take(self.subject, &writer, &bundle);
        let as_expected = |code: &RefusalCode| match code {
            RefusalCode::Sequence | RefusalCode::MissingDependency => true,
            RefusalCode::KnownFact => self.forked,
            _ => false,
        };
        assert!(fates.iter().filter_map(|fate| fate.as_ref().err()).all(as_expected), "{fates:?}");
    }

    /// A phone is copied; the copy goes on as a new installation.
    fn copy(&mut self, who: usize) {
        if self.replicas.len() > 6 {
            return;
        }
        self.epochs += 1;
        self.forked = true;
        let mut copy = self.replicas[who].clone();
        copy.begin_install(self.epochs);
        self.replicas.push(copy);
    }

    fn come_to_rest(&mut self, seed: u64) {
        while !self.late.is_empty() {
            self.late_arrives();
        }
        let mut rounds = 0;
        while self.replicas.iter().any(|one| one.heard < self.server.log.len() || one.waits()) {
            for who in 0..self.replicas.len() {
                let replica = &mut self.replicas[who];
                replica.hear(&self.server.log[replica.heard..], self.server.log.len());
                let changes = replica.outbox.iter().map(|written| written.change.bytes.as_slice());
                let (writer, bundle) = (replica.writer, pack_bundle(changes));
                let fates = self.server.take(self.subject, &writer, &bundle);
                self.answered(who, &fates);
            }
            rounds += 1;
            assert!(rounds < 10, "seed {seed}: it never comes to rest");
        }
        self.all_are_one(seed);
    }

    fn all_are_one(&mut self, seed: u64) {
        let Some(saved) = &self.server.saved else { return assert!(self.facts.is_empty()) };
        let mut kept = Document::load(self.subject.kind(), saved).unwrap();
        for replica in &mut self.replicas {
            for held in [&mut replica.shown, &mut replica.base] {
                assert_eq!(held.heads(), kept.heads(), "seed {seed}");
                assert_eq!(held.facts(), kept.facts(), "seed {seed}");
                assert_eq!(held.note(), kept.note(), "seed {seed}");
                assert_eq!(held.fields(), kept.fields(), "seed {seed}");
            }
        }
        let facts: Vec<FactId> = kept.facts().into_iter().map(|fact| fact.id).collect();
        assert_eq!(facts.len(), self.facts.len(), "seed {seed}: each fact once");
        assert_eq!(facts.into_iter().collect::<BTreeSet<_>>(), self.facts, "seed {seed}");
        for word in self.words.iter().filter(|_| !self.forked) {
            assert_eq!(kept.note().matches(word.as_str()).count(), 1, "seed {seed}: {word}");
        }
    }
}
