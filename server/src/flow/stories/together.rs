//! A push is judged as its facts would be, sent one by one: what is put off until its end, or read once for
//! all of it, changes nothing.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::account::Account;
use saldo_core::facts::{Contact, ContactWay, FactBody, Mark, Visit};
use saldo_core::ids::{FactId, InvoiceId};
use saldo_core::time::HOUR_MILLIS;
use saldo_core::verdict::Outcome;

use super::{cash, order, promise, visit};
use crate::flow::world::{World, today};
use crate::jobs;
use crate::store::orders::OrderState;
use crate::store::{orders, tasks, verdicts};

/// A fact of a day: its number, the number of the one that it corrects, what it says.
type Said = (u128, Option<u128>, FactBody);

/// A day of everything that gives tasks, ends them, or depends on what was ordered and paid before.
fn day(world: &World, open: InvoiceId) -> Vec<Said> {
    let help = Visit {
        outlet: None,
        mark: Mark::C,
        outlet_state: String::new(),
        next_contact_at: Some(world.now.plus_millis(48 * HOUR_MILLIS)),
        help_wanted: true,
        note: String::new(),
    };
    let contact = Contact { way: ContactWay::Call, reached: true, said: "on Friday".to_owned() };
    vec![
        (1, None, visit(Mark::B)),
        (2, None, order(60_000)),
        (3, None, order(120_000)),
        (4, None, promise(open, 40, 20_000)),
        (5, None, FactBody::Visit(help)),
        (6, Some(3), order(30_000)),
        (7, None, cash(5_000)),
        (8, None, order(20_000)),
        (9, None, FactBody::Contact(contact)),
        (10, None, promise(open, 2, 15_000)),
        (11, None, cash(15_000)),
        (12, Some(2), order(40_000)),
        (13, None, order(50_000)),
    ]
}

/// A client with an overdue invoice, on whom the ladder has begun.
async fn world() -> (World, InvoiceId) {
    let world = World::new().await;
    let open = world.overdue_invoice(11, 2, 20_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    (world, open)
}

/// Kind, whose, about which fact, state and how it ended.
type Given = (String, &'static str, Option<FactId>, String, Option<String>);

/// What came of it.
#[derive(Debug, PartialEq)]
struct Outcomes {
    facts: Vec<(u128, Option<OrderState>, Option<Outcome>)>,
    tasks: Vec<Given>,
    account: Account,
}

async fn outcomes(world: &World, day: &[Said]) -> Outcomes {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let mut facts = Vec::new();
    for (number, ..) in day {
        let fact = World::fact(*number);
        let order = orders::by_fact(&mut tx, fact).await.unwrap().map(|order| order.state);
        let record = verdicts::latest_of_fact(&mut tx, fact).await.unwrap();
        facts.push((*number, order, record.map(|record| record.verdict.outcome)));
    }
    facts.sort_by_key(|(number, ..)| *number);
    let given = tasks::of_client(&mut tx, world.client).await.unwrap().into_iter();
    let mut tasks: Vec<Given> = given
        .map(|task| (task.kind, task.role.name(), task.fact, task.state, task.outcome))
        .collect();
    tasks.sort();
    drop(tx);
    Outcomes { facts, tasks, account: world.account().await }
}

#[tokio::test]
async fn facts_of_one_push_come_to_the_same_as_one_by_one() {
    let (mut held, mut closed) = (0, 0);
    for seed in 0..8 {
        let (together, open) = world().await;
        let mut said = day(&together, open);
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        said.shuffle(&mut dice);
        // What is corrected comes first, and often just before.
        for correction in [6, 12] {
            let place = said.iter().position(|(number, ..)| *number == correction).unwrap();
            let correcting = said.remove(place);
            let corrected = correcting.1.unwrap();
            let place = said.iter().position(|(number, ..)| *number == corrected).unwrap();
            let behind = dice.random_range(1..=2);
            said.insert((place + behind).min(said.len()), correcting);
        }
        together.send_all(&said).await;
        let (alone, _) = world().await;
        for (number, corrects, body) in &said {
            alone.send_correcting(*number, corrects.map(World::fact), body.clone()).await;
        }
        let (of_all, of_each) = (outcomes(&together, &said).await, outcomes(&alone, &said).await);
        let order: Vec<u128> = said.iter().map(|(number, ..)| *number).collect();
        assert_eq!(of_all, of_each, "seed {seed}: {order:?}");
        held +=
            of_all.facts.iter().filter(|(_, order, _)| *order == Some(OrderState::Held)).count();
        closed += of_all.tasks.iter().filter(|(_, _, _, state, _)| state == "closed").count();
        together.proven(6).await;
    }
    assert!(held > 0 && closed > 0, "the day is too easy: {held} held, {closed} closed");
}
