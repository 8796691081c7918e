//! Reviews of categories open themselves and ask the three (R2.6, R2.8).

use chrono::NaiveDate;
use saldo_core::category::Category;
use saldo_core::roles::Role;

use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::categories;
use crate::flow::decide::finish;
use crate::flow::world::{World, who};
use crate::jobs;
use crate::store::category_history;

async fn night(world: &World, date: &str) -> usize {
    jobs::run(&world.state.db, world.now, day(date)).await.unwrap().clients_reviewed
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The titles of the tasks of a review in the inbox of a role.
async fn waits(world: &World, role: Role) -> Vec<String> {
    let mut inbox = world.inbox(role).await;
    inbox.retain(|task| task.kind == "category_review");
    inbox.into_iter().map(|task| task.title).collect()
}

async fn confirm(world: &World, role: Role) {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    categories::confirm_all(&mut tx, &context, &who(role)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn one_opens_every_quarter_as_of_the_day_before() {
    let world = World::new().await;
    for (date, opened) in [
        ("2026-03-11", 0), // the year's was opened before
        ("2026-03-31", 0),
        ("2026-04-01", 1),
        ("2026-04-02", 0),
        ("2026-07-03", 1), // the server slept on the 1st
        ("2026-12-31", 1),
        ("2027-01-01", 1), // the year's
        ("2027-01-01", 0),
    ] {
        assert_eq!(night(&world, date).await, opened, "{date}");
    }
    // What older reviews asked is closed: one task is left.
    let title = "Confirm or change the category of 1 client as of 2026-12-31";
    assert_eq!(waits(&world, Role::HeadOfSales).await, [title]);
    world.proven(0).await;
}

/// First the two who propose, then the one who approves; nobody else has it in the inbox.
#[tokio::test]
async fn it_waits_for_the_two_and_then_for_the_third() {
    let world = World::new().await;
    night(&world, "2026-04-01").await;
    let (sales, control, approves) =
        (Role::HeadOfSales, Role::FinanceControl, Role::CommercialDirector);
    let waiting = async |role| waits(&world, role).await.len();
    assert_eq!((waiting(sales).await, waiting(control).await), (1, 1));
    assert_eq!((waiting(approves).await, waiting(Role::Director).await), (0, 0));
    let task = &world.inbox(sales).await[0];
    let told = finish(&world.state, &who(sales), task.id, "looked at it").await;
    assert!(matches!(told, Err(ApiError::BadRequest(_))), "naming ends it, not telling");
    confirm(&world, sales).await;
    assert_eq!((waiting(sales).await, waiting(approves).await), (0, 0));
    confirm(&world, control).await;
    assert_eq!((waiting(control).await, waiting(approves).await), (0, 1));
    confirm(&world, approves).await;
    assert_eq!(waiting(approves).await, 0);
    // Three months on deferred payment are not a year: the client became uncertain, and that stays.
    let mut tx = world.state.db.begin_read().await.unwrap();
    let moves = category_history::of_client(&mut tx, world.client).await.unwrap();
    assert_eq!(moves.len(), 1);
    assert_eq!(
        (moves[0].held, moves[0].category, moves[0].at),
        (Category::Reliable, Category::Uncertain, world.now)
    );
    world.proven(0).await;
}
