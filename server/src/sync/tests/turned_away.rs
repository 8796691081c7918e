//! Who is not let in, and what is noted of it.

use saldo_core::ids::DeviceId;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{AckState, MOST_CHANGES, PROTOCOL, PushedChange, RefusalCode};
use uuid::Uuid;

use super::rep_phone::{REMOTE, RepPhone, send, sheet_of};
use super::world::{CLIENTS, REPS, World};
use crate::error::ApiError;
use crate::store::{devices, people, quarantine, security};
use crate::sync::exchange;

async fn events(world: &World) -> usize {
    let mut tx = world.db().begin_read().await.unwrap();
    let events = security::recent(&mut tx, 100).await.unwrap();
    events.iter().filter(|event| event.event == "foreign_device").count()
}

#[tokio::test]
async fn foreign_devices_are_turned_away_and_noted() {
    let world = World::new().await;
    let mut noted = 0;
    for (number, name) in [
        "unknown",
        "another key",
        "an installation that never was",
        "shut out",
        "not active any more",
    ]
    .into_iter()
    .enumerate()
    {
        let mut phone = RepPhone::enrol(&world, REPS[0], u8::try_from(number).unwrap() + 1).await;
        phone.sync(&world).await.unwrap();
        let mut tx = world.db().begin_write().await.unwrap();
        match name {
            "unknown" => phone.device = DeviceId(Uuid::from_u128(7)),
            "another key" => phone.secret = [99; 32],
            "an installation that never was" => phone.install_epoch = 9,
            "shut out" => {
                devices::revoke(&mut tx, phone.device, UtcMillis(1)).await.unwrap();
            }
            _ => {
                people::set_active(&mut tx, REPS[0], false).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        let error = phone.sync(&world).await.unwrap_err();
        assert!(matches!(error, ApiError::ForeignDevice), "{name}: {error:?}");
        noted += 1;
        assert_eq!(events(&world).await, noted, "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_plainly() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    let error = exchange(&world.state, REMOTE, b"rubbish").await.unwrap_err();
    assert!(matches!(error, ApiError::BadRequest(_)), "{error:?}");
    let mut request = phone.request();
    request.protocol = PROTOCOL + 1;
    let sealed = phone.seal(&request);
    let error = send(&world, &sealed).await.unwrap_err();
    assert!(matches!(error, ApiError::Protocol { asked: 3, spoken: 2 }), "{error:?}");
    let mut cut = {
        let request = phone.request();
        phone.seal(&request)
    };
    let last = cut.len() - 5;
    cut[last] ^= 1;
    assert!(send(&world, &cut).await.is_err());
}

/// More changes than a push may hold are not looked at, and the phone learns that.
#[tokio::test]
async fn too_many_changes_wait_for_the_next_push() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    let subject = sheet_of(REPS[0]);
    for number in 0..=MOST_CHANGES {
        let bytes = number.to_be_bytes().to_vec();
        phone.outbox.push(PushedChange { document: subject.document(), subject, bytes });
    }
    let told = phone.sync(&world).await.unwrap();
    let later = told.acks.iter().filter(|ack| ack.state == AckState::Later).count();
    assert_eq!((told.acks.len(), later), (MOST_CHANGES + 1, 1));
    assert_eq!(told.acks.last().unwrap().state, AckState::Later);
    assert_eq!(phone.outbox.len(), 1);
}

/// A phone that was restored from a copy pushes from an earlier place in its chain. It is served:
/// it gets back what it had written itself; only a change under a number that was used is refused,
/// and kept.
#[tokio::test]
async fn a_restored_phone_gets_its_own_changes_back() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    phone.set_field(CLIENTS[0], "price_level", "Mari");
    phone.sync(&world).await.unwrap();
    let (mut restored, mut hasty) = (phone.clone(), phone.clone());
    phone.set_field(CLIENTS[0], "stock", "Jaan");
    phone.sync(&world).await.unwrap();

    restored.sync(&world).await.unwrap();
    assert_eq!(restored.field(CLIENTS[0], "stock"), ["Jaan"]);
    restored.set_field(CLIENTS[0], "location", "Kati");
    let told = restored.sync(&world).await.unwrap();
    assert_eq!(told.acks[0].state, AckState::Durable);

    hasty.set_field(CLIENTS[0], "stock", "Peeter");
    let request = hasty.request();
    let sealed = hasty.seal(&request);
    let told = send(&world, &sealed).await.unwrap();
    let refused = matches!(told.acks[0].state, AckState::Refused { code, .. } if code == RefusalCode::Sequence);
    assert!(refused, "{told:?}");
    let mut tx = world.db().begin_read().await.unwrap();
    assert_eq!(quarantine::count_of_device(&mut tx, phone.device).await.unwrap(), 1);
}
