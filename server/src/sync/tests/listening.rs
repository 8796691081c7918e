//! Who listens hears that there is news, and never what.

use std::time::Duration;

use saldo_core::time::UtcMillis;
use saldo_core::wire::SyncRequest;

use super::bare::Bare;
use super::rep_phone::REMOTE;
use super::world::{REPS, SUPERVISOR, TERRITORIES, World, person_row};
use crate::error::ApiError;
use crate::store::{devices, feed, scopes};
use crate::sync::listen::{Pace, listen_at};
use crate::sync::{Listener, Told, listen};

const SOON: Pace = Pace {
    gathered_for: Duration::from_millis(50),
    looks_at_rights_every: Duration::from_millis(200),
    longest: Duration::from_secs(60),
};

async fn listens(world: &World, phone: &Bare) -> Result<Listener, ApiError> {
    let (sealed, _) = phone.seal(phone.number, &phone.request());
    listen_at(&world.state, REMOTE, &sealed, SOON).await
}

/// What the phone hears within ten seconds.
async fn hears(listener: &mut Listener) -> Option<Told> {
    tokio::time::timeout(Duration::from_secs(10), listener.next()).await.unwrap_or_default()
}

/// A bell that rings, and a phone that has everything.
async fn rung() -> (World, Bare) {
    let world = World::new().await;
    world.put(&[person_row(1)]).await;
    let (bell, db) = (world.state.bell.clone(), world.db().clone());
    tokio::spawn(async move { bell.ring(&db).await });
    let mut phone = Bare::enrol(&world).await;
    let asked = phone.request();
    phone.asks(&world, asked).await;
    (world, phone)
}

#[tokio::test]
async fn what_is_numbered_in_sight_is_heard_with_its_number() {
    let (world, phone) = rung().await;
    let mut listener = listens(&world, &phone).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.put(&[person_row(2)]).await;
    assert_eq!(hears(&mut listener).await, Some(Told::UpTo(2)));
    // Somebody else's scope.
    let mut tx = world.db().begin_write().await.unwrap();
    let other = scopes::person(&mut tx, SUPERVISOR).await.unwrap();
    feed::put(&mut tx, other, &person_row(3)).await.unwrap();
    tx.commit().await.unwrap();
    world.number().await;
    let silence = tokio::time::timeout(Duration::from_secs(4), listener.next()).await;
    assert!(silence.is_err(), "{silence:?}");
}

#[tokio::test]
async fn what_was_missed_between_sync_and_listening_is_heard_at_once() {
    let (world, mut phone) = rung().await;
    world.put(&[person_row(2)]).await;
    let mut listener = listens(&world, &phone).await.unwrap();
    assert_eq!(hears(&mut listener).await, Some(Told::UpTo(2)));
    // A position of another epoch, or none at all, says nothing of what is missing.
    phone.epoch = Some(99);
    let mut listener = listens(&world, &phone).await.unwrap();
    assert_eq!(hears(&mut listener).await, Some(Told::Anew));
}

/// While nobody listens the bell does not look what was numbered.
#[tokio::test]
async fn who_sits_down_after_a_silence_misses_nothing() {
    let (world, phone) = rung().await;
    for number in 2..5 {
        world.put(&[person_row(number)]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let mut listener = listens(&world, &phone).await.unwrap();
    assert_eq!(hears(&mut listener).await, Some(Told::UpTo(4)));
    world.put(&[person_row(5)]).await;
    assert_eq!(hears(&mut listener).await, Some(Told::UpTo(5)));
}

#[tokio::test]
async fn rights_that_change_are_heard_and_shut_out_phones_hear_nothing() {
    let (world, phone) = rung().await;
    let mut listener = listens(&world, &phone).await.unwrap();
    let mut tx = world.db().begin_write().await.unwrap();
    scopes::territory(&mut tx, TERRITORIES[2]).await.unwrap();
    tx.commit().await.unwrap();
    world.assign(TERRITORIES[2], REPS[0]).await;
    assert_eq!(hears(&mut listener).await, Some(Told::Anew));
    let mut tx = world.db().begin_write().await.unwrap();
    devices::revoke(&mut tx, phone.device, UtcMillis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let over = tokio::time::timeout(Duration::from_secs(10), listener.next()).await;
    assert_eq!(over, Ok(None));
    assert!(matches!(listens(&world, &phone).await, Err(ApiError::ForeignDevice)));
}

#[tokio::test]
async fn who_listens_sends_nothing_and_listens_once() {
    let (world, mut phone) = rung().await;
    let bundle = phone.writes("full");
    let request = SyncRequest { bundles: vec![bundle], ..phone.request() };
    let (sealed, _) = phone.seal(phone.number + 1, &request);
    let refused = listen(&world.state, REMOTE, &sealed).await.unwrap_err();
    assert!(matches!(refused, ApiError::BadRequest(_)), "{refused}");
    let mut first = listens(&world, &phone).await.unwrap();
    let second = listens(&world, &phone).await.unwrap();
    let over = tokio::time::timeout(Duration::from_secs(10), first.next()).await;
    assert_eq!(over, Ok(None), "the second took its place");
    assert_eq!(world.state.bell.listeners(), 1);
    drop(second);
    drop(first);
    assert_eq!(world.state.bell.listeners(), 0);
}
