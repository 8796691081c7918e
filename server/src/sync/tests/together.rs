//! Pushes that wait for the writer's turn are stored together, as if one came after the other.

use std::time::Duration;

use saldo_core::ids::FactId;
use saldo_core::verdict::Outcome;
use saldo_core::wire::{Ack, AckState, RefusalCode, SyncResponse};
use tokio::task::JoinSet;

use super::rep_phone::{RepPhone, note, order, send_to};
use super::world::{CLIENTS, REPS, SUPERVISOR, TERRITORIES, World};
use crate::store::{facts, verdicts};

/// Every phone sends what it has while somebody else writes, one a moment after the other; then the
/// writer is done. Gives the answers.
async fn push_at_once(world: &World, phones: &mut [RepPhone]) -> Vec<SyncResponse> {
    let held = world.db().begin_write().await.unwrap();
    let mut pushes = JoinSet::new();
    for (number, phone) in phones.iter_mut().enumerate() {
        let request = phone.request();
        let (sealed, state) = (phone.seal(&request), world.state.clone());
        pushes.spawn(async move { (number, send_to(&state, &sealed).await.unwrap()) });
        // PostgreSQL has no line: there each waits by itself for the company's lock.
        while world.db().has_one_writer() && world.state.storing.waiting() <= number {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    held.commit().await.unwrap();
    let mut answers = pushes.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    for ((_, answer), phone) in answers.iter().zip(phones) {
        phone.apply(answer);
    }
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn is_durable(answer: &SyncResponse) -> bool {
    answer.acks.iter().all(|ack| ack.state == AckState::Durable)
}

async fn received_at(world: &World, fact: FactId) -> i64 {
    let mut tx = world.db().begin_read().await.unwrap();
    facts::by_id(&mut tx, fact).await.unwrap().unwrap().received_at.0
}

#[tokio::test]
async fn who_waits_is_stored_with_the_others() {
    let world = World::new().await;
    let mut phones = [
        RepPhone::enrol(&world, REPS[0], 1).await,
        RepPhone::enrol(&world, REPS[1], 2).await,
        RepPhone::enrol(&world, SUPERVISOR, 3).await,
    ];
    let told: Vec<FactId> = phones
        .iter_mut()
        .zip([CLIENTS[0], CLIENTS[2], CLIENTS[1]])
        .map(|(phone, client)| phone.record(client, note("closed on Mondays")))
        .collect();
    let answers = push_at_once(&world, &mut phones).await;
    assert!(answers.iter().all(is_durable));
    let mut received = Vec::new();
    for fact in told {
        received.push(received_at(&world, fact).await);
    }
    // One transaction has one instant.
    let together = received.windows(2).all(|pair| pair[0] == pair[1]);
    assert_eq!(together, world.db().has_one_writer(), "{received:?}");
    // The visits were noted with them: the next push goes on in the chain.
    for phone in &mut phones {
        phone.record(CLIENTS[if phone.person == REPS[1] { 2 } else { 0 }], note("open again"));
        let answer = phone.sync(&world).await.unwrap();
        assert!(is_durable(&answer) && answer.install_epoch.is_none());
    }
}

/// R4.1: what is left of a limit is there once, for whoever came first.
#[tokio::test]
async fn two_do_not_draw_on_the_same_limit() {
    let world = World::new().await;
    let mut tx = world.db().begin_write().await.unwrap();
    tx.run_raw("update client set safe_shipment_minor = 15000".into()).await.unwrap();
    tx.commit().await.unwrap();
    let mut phones =
        [RepPhone::enrol(&world, REPS[0], 1).await, RepPhone::enrol(&world, SUPERVISOR, 2).await];
    let orders: Vec<FactId> =
        phones.iter_mut().map(|phone| phone.record(CLIENTS[0], order(10_000))).collect();
    let answers = push_at_once(&world, &mut phones).await;
    assert!(answers.iter().all(is_durable), "{answers:?}");
    let mut tx = world.db().begin_read().await.unwrap();
    let mut outcomes = Vec::new();
    for fact in orders {
        let kept = verdicts::latest_of_fact(&mut tx, fact).await.unwrap().unwrap();
        outcomes.push(kept.verdict.outcome);
    }
    if !world.db().has_one_writer() {
        // Who came first is not known where each waits by itself.
        outcomes.sort_by_key(|outcome| *outcome != Outcome::Released);
    }
    assert_eq!(outcomes, [Outcome::Released, Outcome::Held]);
}

/// The second would write over the first: it is looked at again, and both hold.
#[tokio::test]
async fn two_may_write_into_one_document_at_once() {
    let world = World::new().await;
    let mut phones =
        [RepPhone::enrol(&world, REPS[0], 1).await, RepPhone::enrol(&world, SUPERVISOR, 2).await];
    for round in 0..3 {
        for (phone, name) in phones.iter_mut().zip(["price_level", "stock"]) {
            phone.set_field(CLIENTS[0], name, &format!("as of visit {round}"));
        }
        let answers = push_at_once(&world, &mut phones).await;
        assert!(answers.iter().all(is_durable), "{answers:?}");
        for phone in &mut phones {
            phone.sync(&world).await.unwrap();
            for name in ["price_level", "stock"] {
                assert_eq!(phone.field(CLIENTS[0], name), [format!("as of visit {round}")]);
            }
        }
    }
}

/// A push over which the database fails is left for later, and takes nobody along.
#[tokio::test]
async fn one_that_cannot_be_stored_takes_nobody_along() {
    let world = World::new().await;
    let mut tx = world.db().begin_write().await.unwrap();
    tx.run_raw("create unique index one_of_a_client on fact (client_id)".into()).await.unwrap();
    tx.commit().await.unwrap();
    let mut phones = [
        RepPhone::enrol(&world, REPS[0], 1).await,
        RepPhone::enrol(&world, REPS[1], 2).await,
        RepPhone::enrol(&world, SUPERVISOR, 3).await,
    ];
    phones[0].record(CLIENTS[0], note("pays in cash"));
    phones[1].record(CLIENTS[2], note("pays by bank"));
    phones[1].record(CLIENTS[2], note("pays late"));
    phones[2].record(CLIENTS[1], note("asks for the accountant"));
    let answers = push_at_once(&world, &mut phones).await;
    assert!(is_durable(&answers[0]) && is_durable(&answers[2]));
    let states: Vec<_> = answers[1].acks.iter().map(|ack| &ack.state).collect();
    // As far as it goes: the one that fails is to come again.
    assert_eq!(states, [&AckState::Durable, &AckState::Later]);
    let mut tx = world.db().begin_write().await.unwrap();
    tx.run_raw("drop index one_of_a_client".into()).await.unwrap();
    tx.commit().await.unwrap();
    let again = phones[1].sync(&world).await.unwrap();
    assert!(is_durable(&again), "{:?}", again.acks);
}

/// A client who goes to somebody else while a push waits to be stored is out of sight when it is.
#[tokio::test]
async fn rights_hold_as_they_stand_when_a_push_is_stored() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let (gone, kept) = (CLIENTS[0], CLIENTS[1]);
    let about_gone = rep.record(gone, note("closed on Mondays"));
    rep.set_field(kept, "price_level", "high");
    let mut held = world.db().begin_write().await.unwrap();
    let moved =
        format!("update client set territory_id = '{}' where id = '{gone}'", TERRITORIES[2]);
    held.run_raw(moved).await.unwrap();
    let (sealed, state) = (rep.seal(&rep.request()), world.state.clone());
    let push = tokio::spawn(async move { send_to(&state, &sealed).await.unwrap() });
    while world.db().has_one_writer() && world.state.storing.waiting() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // PostgreSQL has no line: by then it waits for the company's lock.
    tokio::time::sleep(Duration::from_millis(200)).await;
    held.commit().await.unwrap();
    let answer = push.await.unwrap();
    let refused =
        |ack: &Ack| matches!(ack.state, AckState::Refused { code: RefusalCode::Forbidden, .. });
    assert_eq!(answer.acks.iter().map(refused).collect::<Vec<_>>(), [true, false]);
    assert_eq!(answer.acks.last().map(|ack| &ack.state), Some(&AckState::Durable));
    let mut tx = world.db().begin_read().await.unwrap();
    assert!(facts::by_id(&mut tx, about_gone).await.unwrap().is_none());
}
