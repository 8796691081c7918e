//! In which order released shipments go (R4.6).

use chrono::{Days, NaiveDate};
use saldo_core::facts::{FactBody, Order};
use saldo_core::ids::FactId;
use saldo_core::priority::Because;
use saldo_core::verdict::Outcome;

use crate::flow::world::{World, eur, today};
use crate::flow::{Context, released};

fn order(minor: i64, prepaid: bool) -> FactBody {
    FactBody::Order(Order {
        amount: eur(minor),
        deferral_days: 7,
        prepaid,
        wanted_on: None,
        loan: None,
        lines: vec![],
        note: String::new(),
    })
}

async fn list(world: &World) -> Vec<(FactId, Because)> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let next = released::list(&mut tx, &context, None).await.unwrap();
    next.into_iter().map(|one| (one.order.fact, one.because)).collect()
}

/// One client: what changes is whether it is prepaid and whether the client paid on time.
#[tokio::test]
async fn prepaid_first_then_by_time_and_who_pays_on_time_before_both() {
    let mut world = World::new().await;
    // A bill of last week, paid two days late: it does not pay on time any more.
    let due_on: NaiveDate = "2026-03-05".parse().unwrap();
    let late = world.invoice(11, due_on - Days::new(14), due_on, 1_000).await;
    let first = world.send(1, order(10_000, false)).await;
    assert_eq!(world.verdict(first).await.outcome, Outcome::Held, "overdue: nothing is released");
    world.pay(11, late, due_on + Days::new(2), 1_000).await;
    assert!(list(&world).await.is_empty());
    let mut sent = Vec::new();
    for (number, prepaid) in [(2, false), (3, true), (4, false)] {
        world.now = world.now.plus_millis(60_000);
        sent.push(world.send(number, order(10_000, prepaid)).await);
    }
    let by_time = Because::ByTime;
    let expected = [(sent[1], Because::Prepaid), (sent[0], by_time), (sent[2], by_time)];
    assert_eq!(list(&world).await, expected);
    world.proven(4).await;
}

#[tokio::test]
async fn who_pays_on_time_goes_first_and_what_is_over_is_gone() {
    let mut world = World::new().await;
    let fact = world.send(1, order(10_000, false)).await;
    assert_eq!(list(&world).await, [(fact, Because::PaysOnTime)]);
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let nobodys = released::list(&mut tx, &context, Some(&[])).await.unwrap();
    assert!(nobodys.is_empty(), "only what one sees");
    drop(tx);
    world.now = world.now.plus_millis(4 * 24 * saldo_core::time::HOUR_MILLIS);
    assert!(list(&world).await.is_empty(), "the release is over after {}", today());
    world.proven(1).await;
}
