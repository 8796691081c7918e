//! Many phones order offline for the same few clients and sync at once through several nodes, on a bad
//! network: no client's limit is overshot, every order has one verdict, and what is released is what is
//! reserved. Then the ERP cancels what was released, and all begins anew the next day. The control beside
//! it adds up and then inserts, without a lock, and must overshoot.

mod books;
mod naive;
mod phones;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use saldo_core::ids::FactId;
use saldo_server::auth::Ledger;
use saldo_tests::inside::{Company, number, scale, solvent};
use sqlx::{Connection as _, PgConnection};

use self::phones::{Ordered, Phones};
use super::NODES;
use crate::truth::count;

/// Orders of each phone in every round of every run.
const SHORT: u64 = 3;

/// Phones of each rep and of the supervisor; the environment may say otherwise.
const PHONES_OF_A_PERSON: u64 = 3;

/// Rounds of orders, a day each and all in one month; the environment may say otherwise.
const ROUNDS: u64 = 2;

#[test]
fn no_limit_is_overshot_by_phones_that_sync_at_once() {
    let begun = Instant::now();
    let mut world = World::settled();
    for _ in 0..world.rounds {
        world.phones.begin_round();
        world.order();
    }
    let told = world.end();
    let naive_minor = world.company.wait(naive::overshot(&world.company.url()));
    println!(
        "limits {told}; adding up without a lock overshot by {naive_minor}; in {:?}",
        begun.elapsed()
    );
    assert!(naive_minor > 0, "the control saw nothing: this suite proves nothing");
}

/// R4.9: the same, and every phone was lent a part of each of its clients' limits before each round.
#[test]
fn every_firm_order_is_released_by_whichever_node() {
    let begun = Instant::now();
    let mut world = World::settled();
    world.company.policy(2, "[loan]\nshare_percent = 20");
    let mut firm = 0;
    for _ in 0..world.rounds {
        world.phones.begin_round();
        world.phones.borrow();
        let released = world.order();
        let orders: Vec<&Ordered> = released.orders.iter().filter(|one| one.is_firm).collect();
        for Ordered { fact, .. } in &orders {
            assert!(released.ids.contains(&fact.parse().unwrap()), "{fact} was firm");
        }
        firm += orders.len();
        world.phones.give_back();
    }
    assert!(firm > 0, "nothing was firm: this suite proves nothing");
    let told = world.end();
    let loans = count(&world.company.sql(), "select count(*) from loan");
    println!(
        "limits lent {told}; {loans} loans, {firm} orders firm and all of those released; in {:?}",
        begun.elapsed()
    );
}

/// A company on several nodes, its phones and its ERP.
struct World {
    seed: u64,
    rounds: usize,
    orders_of_a_phone: usize,
    company: Arc<Company>,
    erp: Ledger,
    phones: Phones,
    orders: usize,
    released: usize,
}

/// The orders of a round, and those of them that were released.
struct Released {
    orders: Vec<Ordered>,
    ids: HashSet<FactId>,
}

impl World {
    fn settled() -> Self {
        let scale = scale("SALDO_LIMITS", SHORT);
        let of = |variable, short| usize::try_from(number(variable).unwrap_or(short)).unwrap();
        let rounds = of("SALDO_LIMIT_ROUNDS", ROUNDS);
        let of_a_person = of("SALDO_PHONES_OF_A_PERSON", PHONES_OF_A_PERSON);
        let company = Company::on_nodes(NODES);
        company.wait_for_a_tenth();
        company.pay_everything();
        let phones = Phones::enrolled(&company, of_a_person);
        Self {
            seed: scale.seed,
            rounds,
            orders_of_a_phone: usize::try_from(scale.times).unwrap(),
            erp: company.erp(),
            company,
            phones,
            orders: 0,
            released: 0,
        }
    }

    /// A round: all order, the books are looked at, and what was released is cancelled.
    fn order(&mut self) -> Released {
        let orders = self.phones.order_all_at_once(self.orders_of_a_phone, self.seed);
        self.orders += orders.len();
        let released = books::of_a_round(&self.company, self.orders);
        self.company.cancel(&self.erp, released.iter().copied());
        self.released += released.len();
        Released { orders, ids: released.into_iter().collect() }
    }

    /// All is cancelled and given back. Gives in words what happened.
    fn end(&self) -> String {
        let sql = self.company.sql();
        assert_eq!(books::still_taken(&sql), Vec::<String>::new(), "all is free again");
        for client in solvent() {
            assert_eq!(books::reserved_minor(&sql, client), 0, "phones are told that all is free");
        }
        let deadlocks = self.company.wait(deadlocks(&self.company.url()));
        assert_eq!(deadlocks, 0, "somebody waited for each other");
        let ill: Vec<_> = self.company.examine().into_iter().filter(|one| one.is_ill()).collect();
        assert!(ill.is_empty(), "{ill:?}");
        format!(
            "from seed {}: {} orders of {} phones for {} clients in {} rounds through {NODES} nodes, {} \
             released, nothing overshot",
            self.seed,
            self.orders,
            self.phones.count(),
            solvent().count(),
            self.rounds,
            self.released
        )
    }
}

/// How often PostgreSQL had to end a transaction of the company because two waited for each other.
async fn deadlocks(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let query = "select deadlocks from pg_stat_database where datname = current_database()";
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}
