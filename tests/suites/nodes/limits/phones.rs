//! The phones: each orders offline, then syncs until the server has everything.

use std::sync::Arc;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::time::HOUR_MILLIS;
use saldo_mobile::{Money, NewOrder, PhoneError, UtcMillis};
use saldo_tests::inside::{
    Company, Handset, LIMIT_MINOR, PEOPLE, REPS, SUPERVISOR, TERRITORIES, Weather, client, rep,
    solvent,
};

/// Of these so many share a sheet.
const PHONES_OF_A_SHEET: usize = 3;

const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// A phone that finds others writing into its sheet is told to come again.
const MOST_SYNCS: usize = 60;

/// So many times the limits are asked for in each round.
const TIMES_THE_LIMIT: usize = 3;

/// An order as the phone wrote it.
pub(super) struct Ordered {
    pub(super) fact: String,
    pub(super) is_firm: bool,
}

/// The phones of everybody, each with what its person may see: a rep orders for the client of its own, the
/// supervisor for all of them.
pub(super) struct Phones {
    company: Arc<Company>,
    all: Vec<Handset>,
    /// How many rounds have begun.
    rounds: u64,
}

impl Phones {
    pub(super) fn enrolled(company: &Arc<Company>, of_a_person: usize) -> Self {
        let people = (0..REPS).map(rep).chain([SUPERVISOR]).cycle().take(PEOPLE * of_a_person);
        let phone = |(number, who)| Handset::enrolled(company, &format!("phone-{number}"), who);
        let all = people.enumerate().map(phone).collect();
        Self { company: Arc::clone(company), all, rounds: 0 }
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The next round begins, a day after the one before: everybody hears what is so.
    pub(super) fn begin_round(&mut self) {
        if self.rounds > 0 {
            self.company.pass(DAY_MILLIS);
        }
        self.rounds += 1;
        for (number, phone) in self.all.iter().enumerate() {
            phone.sync(self.clock_of(number)).unwrap();
        }
    }

    /// Each phone borrows of the limit of each client that it sees.
    pub(super) fn borrow(&self) {
        for (number, phone) in self.all.iter().enumerate() {
            let now = self.clock_of(number);
            for client in solvent().map(|id| id.to_string()) {
                // A rep knows its own client only.
                let _ = phone.phone().borrow_limit(&client, now);
            }
            phone.sync(now).unwrap();
        }
    }

    /// Each phone gives back what is lent to it. It hears first what that is: a request that came twice may
    /// have been lent something the second time, when nobody listened.
    pub(super) fn give_back(&self) {
        for (number, phone) in self.all.iter().enumerate() {
            phone.sync(self.clock_of(number)).unwrap();
            for client in solvent().map(|id| id.to_string()) {
                let _ = phone.phone().return_limit(&client);
            }
            phone.sync(self.clock_of(number)).unwrap();
        }
    }

    /// Each phone orders so many times; then all sync at once.
    pub(super) fn order_all_at_once(&self, orders: usize, seed: u64) -> Vec<Ordered> {
        let share_minor = TIMES_THE_LIMIT * usize::try_from(LIMIT_MINOR).unwrap() * TERRITORIES
            / (orders * self.count());
        let share_minor = i64::try_from(share_minor).unwrap();
        std::thread::scope(|scope| {
            let ordering: Vec<_> = (0_u64..)
                .zip(&self.all)
                .enumerate()
                .map(|(place, (number, phone))| {
                    let now = self.clock_of(place);
                    let seed = (seed * 1_000 + self.rounds) * 1_000 + number;
                    let random = ChaCha8Rng::seed_from_u64(seed);
                    scope.spawn(move || order_and_sync(phone, random, orders, share_minor, now))
                })
                .collect();
            ordering.into_iter().flat_map(|one| one.join().unwrap()).collect()
        })
    }

    /// What the clock of the phone with this number shows: that of three phones of each person the same, and
    /// of each trio a day less than that of the one before, so that they write into a sheet of their own.
    fn clock_of(&self, number: usize) -> UtcMillis {
        let days = i64::try_from(number / PEOPLE / PHONES_OF_A_SHEET).unwrap();
        UtcMillis(self.company.now().0 - days * DAY_MILLIS)
    }
}

/// Records orders offline, then syncs until everything is at the server.
fn order_and_sync(
    phone: &Handset,
    mut random: ChaCha8Rng,
    orders: usize,
    share_minor: i64,
    now: UtcMillis,
) -> Vec<Ordered> {
    let mut ordered = Vec::new();
    let own = (0..REPS).find(|number| rep(*number) == phone.person());
    for _ in 0..orders {
        let number = own.unwrap_or_else(|| random.random_range(0..TERRITORIES));
        let minor = random.random_range(share_minor / 4..share_minor * 7 / 4);
        let order = NewOrder {
            amount: Money { minor, currency: "EUR".to_owned() },
            deferral_days: 14,
            prepaid: false,
            wanted_on: None,
            note: String::new(),
        };
        let about = client(number).to_string();
        let recorded = phone.phone().record_order(&about, order, None, now).unwrap();
        let is_firm = recorded.provisional.is_some_and(|verdict| verdict.firm);
        ordered.push(Ordered { fact: recorded.fact, is_firm });
    }
    for _ in 0..MOST_SYNCS {
        let weather = [Weather::Fine, Weather::LostReply, Weather::Twice, Weather::TwiceLastHeard];
        phone.line().forecast([weather[random.random_range(0..weather.len())]]);
        match phone.sync(now) {
            Ok(report) if report.unsent == 0 => return ordered,
            // Others wrote into the sheet meanwhile, or the answer was lost.
            Ok(_) | Err(PhoneError::Offline { .. }) => {
                std::thread::sleep(Duration::from_millis(random.random_range(1..20)));
            }
            Err(error) => panic!("no other error reaches a phone: {error}"),
        }
    }
    panic!("a phone never gets rid of its orders: {:?}", phone.phone().status());
}
