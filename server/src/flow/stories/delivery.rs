//! The check after delivery (R5.2): asked once a client and day, closed by a visit.

use chrono::{Days, NaiveDate};
use saldo_core::facts::Mark;
use saldo_core::roles::Role;

use super::visit;
use crate::flow::Context;
use crate::flow::after_import;
use crate::flow::decide::finish;
use crate::flow::world::{World, today, who};
use crate::jobs;
use crate::store::tasks::TaskRecord;

async fn checks(world: &World) -> Vec<TaskRecord> {
    let mut inbox = world.inbox(Role::Rep).await;
    inbox.retain(|task| task.kind == "delivery_check");
    inbox
}

async fn night(world: &World, date: NaiveDate) -> usize {
    jobs::run(&world.state.db, world.now, date).await.unwrap().deliveries_asked
}

async fn import(world: &World) {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    after_import(&mut tx, &context, &[world.client]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_import_asks_once_about_what_came_on_one_day() {
    let world = World::new().await;
    let (today, due_on) = (today(), today() + Days::new(9));
    for number in [11, 12] {
        world.invoice(number, today, due_on, 10_000).await;
    }
    world.invoice(13, today - Days::new(6), due_on, 10_000).await;
    import(&world).await;
    import(&world).await;
    assert_eq!(night(&world, today).await, 0);
    let asked = checks(&world).await;
    assert_eq!(asked.len(), 1, "the week-old delivery is not asked about: {asked:?}");
    assert_eq!((asked[0].rule.as_str(), asked[0].due_on), ("R5.2", today.succ_opt()));
    assert_eq!(
        asked[0].title,
        "Check the delivery of 2026-03-11: quantity, assortment, quality; remind of the due date: \
         A-11 (due 2026-03-20), A-12 (due 2026-03-20)"
    );
    let rep = who(Role::Rep);
    finish(&world.state, &rep, asked[0].id, "all there, nothing broken").await.unwrap();
    import(&world).await;
    assert!(checks(&world).await.is_empty());
    world.proven(0).await;
}

#[tokio::test]
async fn a_visit_after_it_closes_it_and_one_before_does_not() {
    let mut world = World::new().await;
    let yesterday = today() - Days::new(1);
    world.invoice(11, yesterday, today() + Days::new(9), 10_000).await;
    assert_eq!(night(&world, today()).await, 1);
    let morning = world.now;
    world.now = morning.plus_millis(-60_000);
    world.send(1, visit(Mark::A)).await;
    assert_eq!(checks(&world).await.len(), 1, "that visit was before the question");
    world.now = morning.plus_millis(60_000);
    world.send(2, visit(Mark::A)).await;
    assert!(checks(&world).await.is_empty());
    // A delivery that the ledger tells of after the visit was seen at that visit.
    world.invoice(12, yesterday - Days::new(1), today() + Days::new(9), 10_000).await;
    assert_eq!(night(&world, today() + Days::new(1)).await, 0);
    world.proven(0).await;
}
