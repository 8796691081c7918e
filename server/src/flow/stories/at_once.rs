//! Who decides waits for those who write about the same client, and for nobody else.

use std::time::Duration;

use saldo_core::facts::Mark;
use saldo_core::ids::{ClientId, FactId};
use saldo_core::roles::Role;
use saldo_core::verdict::Outcome;
use uuid::Uuid;

use super::{Choice, decide, decide_in, promise, visit};
use crate::error::ApiError;
use crate::flow::world::{World, today, who};
use crate::store::{Db, Key, verdicts};

/// The head of sales has a promise to decide on.
async fn asked(world: &World) -> FactId {
    let invoice = world.invoice(11, today(), today(), 10_000).await;
    world.send(1, visit(Mark::A)).await;
    world.send(2, promise(invoice, 6, 10_000)).await
}

#[tokio::test]
async fn a_decision_does_not_wait_for_other_clients() {
    let url = crate::testing::postgres_url().await;
    let world = World::of_database(Db::connect_postgres(&url).await.unwrap()).await;
    let asked = asked(&world).await;
    let mut other = world.state.db.begin_write_beside().await.unwrap();
    other.lock([Key::Client(ClientId(Uuid::from_u128(0xffff)))]).await.unwrap();
    let decided = decide_in(&world, Role::HeadOfSales, Choice::Approve, false);
    tokio::time::timeout(Duration::from_secs(20), decided).await.unwrap().unwrap();
    assert_eq!(world.verdict(asked).await.outcome, Outcome::Accepted);
    other.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_decisions_at_once_one_holds() {
    let world = World::new().await;
    asked(&world).await;
    let (task, head) = (world.inbox(Role::HeadOfSales).await[0].id, who(Role::HeadOfSales));
    let decided = [Choice::Approve, Choice::Reject, Choice::SendUp, Choice::Reject].map(|choice| {
        let (state, head) = (world.state.clone(), head.clone());
        tokio::spawn(async move { decide(&state, &head, task, choice, "because", None).await })
    });
    let mut held = 0;
    for one in decided {
        match one.await.unwrap() {
            Ok(()) => held += 1,
            Err(error) => assert!(matches!(error, ApiError::Conflict(_)), "{error}"),
        }
    }
    assert_eq!(held, 1);
    let mut tx = world.state.db.begin_read().await.unwrap();
    let verdicts = verdicts::of_client(&mut tx, world.client, 9).await.unwrap();
    assert_eq!(verdicts.len(), 2, "one verdict follows the first: {verdicts:?}");
}
