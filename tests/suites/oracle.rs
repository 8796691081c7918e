//! The feed against an oracle: after any writes and any changes of rights each phone holds the rows
//! that plain SQL by rights finds in the server's file. The server is closed and opened, phones are
//! wiped and let in again, in between.

use std::sync::Arc;
use std::time::Instant;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::category::Category;
use saldo_core::feed::{FeedRow, PersonRow};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_mobile::{SyncReport, UtcMillis};
use saldo_server::flow::{Context, publish};
use saldo_server::store::{clients, feed, scopes};
use saldo_tests::inside::{
    CLIENTS, Company, Handset, REPS, SUPERVISOR, TERRITORIES, Weather, client, rep, scale,
    territory,
};
use uuid::Uuid;

use crate::truth::same_rows;

/// Rounds of writes in every run, each compared.
const SHORT: u64 = 75;

/// Rounds of one company.
const ROUNDS_OF_A_COMPANY: u64 = 25;

/// Writes of a round.
const WRITES: usize = 20;

/// Rows that come and go beside the company's own.
const STRANGERS: usize = 12;

struct World {
    company: Arc<Company>,
    phones: Vec<Handset>,
    random: ChaCha8Rng,
    wiped: u64,
    restarted: u64,
    compared: u64,
}

#[test]
fn phones_hold_what_plain_sql_by_rights_finds() {
    let scale = scale("SALDO_ORACLE", SHORT);
    let begun = Instant::now();
    let (mut wiped, mut restarted, mut compared) = (0, 0, 0);
    for seed in (scale.seed..).take(scale.times.div_ceil(ROUNDS_OF_A_COMPANY) as usize) {
        let mut world = World::new(seed);
        for _ in 0..ROUNDS_OF_A_COMPANY {
            for _ in 0..WRITES {
                world.something_happens();
            }
            world.compare(seed);
        }
        wiped += world.wiped;
        restarted += world.restarted;
        compared += world.compared;
    }
    println!(
        "oracle: {compared} comparisons from seed {}, {wiped} wiped phones, {restarted} restarts \
         of the server, in {:?}",
        scale.seed,
        begun.elapsed()
    );
    assert!(wiped > 0 && restarted > 0);
}

impl World {
    fn new(seed: u64) -> Self {
        let company = Company::new();
        let people = (0..REPS).map(rep).chain([SUPERVISOR, rep(0)]);
        let phones = people
            .enumerate()
            .map(|(number, person)| Handset::enrolled(&company, &format!("phone-{number}"), person))
            .collect();
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { company, phones, random, wiped: 0, restarted: 0, compared: 0 }
    }

    fn below(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    fn now(&self) -> UtcMillis {
        UtcMillis(self.company.now().0)
    }

    fn something_happens(&mut self) {
        match self.below(20) {
            0..=6 => self.row_comes_or_goes(),
            7..=9 => self.category_changes(),
            10..=11 => {
                let (territory, to) = (self.below(TERRITORIES), self.below(REPS + 1));
                self.company.assign(territory, (to < REPS).then(|| rep(to)));
            }
            12..=13 => {
                let (number, to) = (self.below(CLIENTS), self.below(TERRITORIES));
                self.company.move_client(number, to);
            }
            14 => {
                self.company.restart();
                self.restarted += 1;
            }
            15 => {
                let phone = self.below(self.phones.len());
                self.phones[phone].restore(None);
                self.phones[phone].enrol(&self.company);
                self.wiped += 1;
            }
            _ => {
                let (phone, bad) = (self.below(self.phones.len()), self.below(3));
                let weather = [Weather::Fine, Weather::LostReply, Weather::TwiceLastHeard][bad];
                let line = self.phones[phone].line();
                line.forecast([Weather::Fine, weather]);
                // In bad weather it does not come to its end; the comparison comes later.
                let _ = self.phones[phone].sync(self.now());
                self.phones[phone].line().forecast([]);
            }
        }
    }

    /// A row in any scope; now and then it waits for its number.
    fn row_comes_or_goes(&mut self) {
        let (place, number) = (self.below(1 + PEOPLE + TERRITORIES), self.below(STRANGERS));
        let (goes, numbered) = (self.below(3) == 0, self.below(3) > 0);
        let row = stranger(number, self.random.next_u32());
        let state = self.company.state();
        self.company.wait(async {
            let mut tx = state.db.begin_write().await.unwrap();
            let scope = match place {
                0 => scopes::company(&mut tx).await,
                place if place <= PEOPLE => scopes::person(&mut tx, person(place - 1)).await,
                place => scopes::territory(&mut tx, territory(place - 1 - PEOPLE)).await,
            };
            let scope = scope.unwrap();
            match goes {
                true => feed::delete(&mut tx, scope, row.kind(), &row.id()).await.unwrap(),
                false => feed::put(&mut tx, scope, &row).await.unwrap(),
            }
            tx.commit().await.unwrap();
            if numbered {
                state.sequencer.run(&state.db).await.unwrap();
            }
        });
    }

    fn category_changes(&mut self) {
        let (number, category) =
            (self.below(CLIENTS), Category::ALL[self.below(Category::ALL.len())]);
        let state = self.company.state();
        self.company.wait(async {
            let now = state.clock.now();
            let mut tx = state.db.begin_write().await.unwrap();
            let context = Context::load(&mut tx, now).await.unwrap();
            clients::set_category(&mut tx, client(number), category, now).await.unwrap();
            publish::client(&mut tx, &context, client(number)).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    /// Everybody syncs; a second sync is one round trip in which nothing moves.
    fn compare(&mut self, seed: u64) {
        let (now, server) = (self.now(), self.company.sql());
        for (number, phone) in self.phones.iter().enumerate() {
            let whose = format!("seed {seed}: phone {number}");
            phone.sync(now).unwrap();
            let again = phone.sync(now).unwrap();
            let quiet = SyncReport { round_trips: 1, ..SyncReport::default() };
            assert_eq!(again, quiet, "{whose}");
            same_rows(&whose, &phone.sql(), &server, phone.person());
            self.compared += 1;
        }
    }
}

const PEOPLE: usize = REPS + 1;

fn person(number: usize) -> PersonId {
    if number < REPS { rep(number) } else { SUPERVISOR }
}

fn stranger(number: usize, called: u32) -> FeedRow {
    let id = PersonId(Uuid::from_u128(0x900 + number as u128));
    FeedRow::Person(PersonRow { id, name: format!("Somebody {called}"), role: Role::Rep })
}
