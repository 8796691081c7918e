//! Phones that want to harm: the disk, the memory and other phones stay whole. What the gate refuses
//! is `saldo_core`'s; thousands of hostile inputs through the door are in the package `tests`.

use saldo_core::documents::{Document, actor_of};
use saldo_core::facts::{FactBody, Note};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{
    AckState, LARGEST_UNPACKED_BYTES, MOST_CHANGES, MOST_WANTED, PushedChange, RowChange,
    SyncRequest, ThingOfScope, unpack,
};

use super::rep_phone::{REMOTE, RepPhone, send, sheet_of};
use super::world::{CLIENTS, REPS, World};
use crate::error::ApiError;
use crate::store::quarantine::{self, MOST_BYTES_OF_DEVICE, MOST_CHANGES_OF_DEVICE};
use crate::store::{devices, documents, security};
use crate::sync::exchange;
use crate::upkeep;

/// Pushes rubbish of `bytes` each, no two the same.
async fn push_rubbish(world: &World, phone: &mut RepPhone, count: usize, bytes: usize, salt: u8) {
    let subject = sheet_of(phone.person);
    for number in 0..count {
        let mut rubbish = vec![salt; bytes];
        rubbish[..8].copy_from_slice(&number.to_be_bytes());
        phone.outbox.push(PushedChange { document: subject.document(), subject, bytes: rubbish });
    }
    let told = phone.sync(world).await.unwrap();
    let refused = told.acks.iter().filter(|ack| matches!(ack.state, AckState::Refused { .. }));
    assert_eq!(refused.count(), count);
}

async fn kept_of(world: &World, phone: &RepPhone) -> (u64, i64) {
    let mut tx = world.db().begin_read().await.unwrap();
    let changes = quarantine::count_of_device(&mut tx, phone.device).await.unwrap();
    let (counted, bytes) = quarantine::share_of(&mut tx, phone.device).await.unwrap();
    assert_eq!(u64::try_from(counted).unwrap(), changes);
    (changes, bytes)
}

#[tokio::test]
async fn quarantine_takes_only_so_many_changes_of_a_phone() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    for salt in 0..3 {
        push_rubbish(&world, &mut phone, MOST_CHANGES, 20, salt).await;
    }
    let most = u64::try_from(MOST_CHANGES_OF_DEVICE).unwrap();
    assert_eq!(kept_of(&world, &phone).await.0, most);
    // The same bytes again are neither kept nor counted again.
    push_rubbish(&world, &mut phone, 1, 20, 0).await;
    let mut tx = world.db().begin_read().await.unwrap();
    let filled = quarantine::filled(&mut tx).await.unwrap();
    drop(tx);
    assert_eq!(filled.len(), 1);
    assert_eq!((filled[0].0, filled[0].1), (phone.device, 500));
    let findings = upkeep::examine(world.db(), UtcMillis(0)).await.unwrap();
    let told = findings.iter().find(|finding| finding.about == "quarantine").unwrap();
    assert!(told.words.contains(&phone.device.to_string()), "{told}");
    assert!(told.words.contains("500 more were only counted"), "{told}");

    // Others have their own share.
    let mut other = RepPhone::enrol(&world, REPS[1], 2).await;
    push_rubbish(&world, &mut other, 1, 21, 9).await;
    assert_eq!(kept_of(&world, &other).await.0, 1);
}

#[tokio::test]
async fn quarantine_takes_only_so_many_bytes_of_a_phone() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    for salt in 0..6 {
        push_rubbish(&world, &mut phone, 60, 60_000, salt).await;
    }
    let (changes, bytes) = kept_of(&world, &phone).await;
    assert!(bytes <= MOST_BYTES_OF_DEVICE, "{bytes}");
    assert!(bytes > MOST_BYTES_OF_DEVICE - 60_000, "{bytes}");
    assert!(changes < 300, "{changes}");
}

/// Whoever knows the id of a phone but not its key cannot use up its tries.
#[tokio::test]
async fn nobody_uses_up_the_tries_of_another_phone() {
    let world = World::new().await;
    let mut honest = RepPhone::enrol(&world, REPS[0], 1).await;
    let mut thief = honest.clone();
    thief.secret = [99; 32];
    for _ in 0..300 {
        let request = SyncRequest { protocol: 1, ..SyncRequest::default() };
        let sealed = thief.seal(&request);
        let error = send(&world, &sealed).await.unwrap_err();
        assert!(matches!(error, ApiError::ForeignDevice), "{error:?}");
    }
    honest.set_field(CLIENTS[0], "stock", "Jaan");
    assert_eq!(honest.sync(&world).await.unwrap().acks[0].state, AckState::Durable);
    // The phone itself is slowed down as ever.
    let mut slowed_down = false;
    for _ in 0..200 {
        slowed_down |= matches!(honest.sync(&world).await, Err(ApiError::TooMany { .. }));
    }
    assert!(slowed_down);
    let mut tx = world.db().begin_read().await.unwrap();
    let noted = security::recent(&mut tx, 1_000).await.unwrap().len();
    assert!((1..30).contains(&noted), "noted, but not without end: {noted}");
}

/// A phone that begins anew again and again would fill the disk with its installations.
#[tokio::test]
async fn a_phone_begins_anew_only_so_often() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    let mut refused = 0;
    for _ in 0..30 {
        let request = SyncRequest { protocol: 2, ..phone.request() };
        let sealed = phone.seal(&request);
        refused += u32::from(matches!(send(&world, &sealed).await, Err(ApiError::TooMany { .. })));
    }
    assert!(refused >= 20, "{refused}");
    let mut tx = world.db().begin_read().await.unwrap();
    let known = devices::by_id(&mut tx, phone.device).await.unwrap().unwrap();
    assert!(known.install_epoch < 10, "{}", known.install_epoch);
}

#[tokio::test]
async fn what_a_phone_calls_its_version_is_shortened() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    let request =
        SyncRequest { app_version: "9\n".repeat(1_000_000), unsent_after: 7, ..phone.request() };
    let sealed = phone.seal(&request);
    send(&world, &sealed).await.unwrap();
    let mut tx = world.db().begin_read().await.unwrap();
    let known = devices::by_id(&mut tx, phone.device).await.unwrap().unwrap();
    assert_eq!((known.unsent, known.app_version), (7, "9".repeat(100)));
}

/// A phone that asks for one large document, or for many, 500 times is told no more than fits.
#[tokio::test]
async fn what_is_asked_for_anew_fits_into_the_answer() {
    let world = World::new().await;
    let mut phone = RepPhone::enrol(&world, REPS[0], 1).await;
    let subject = sheet_of(REPS[0]);
    let mut sheet = Document::genesis(subject.kind());
    sheet.set_actor(actor_of(phone.device, 1));
    for number in 0..3 {
        phone.record(CLIENTS[0], FactBody::Note(Note { text: format!("{number}") }));
        phone.sync(&world).await.unwrap();
    }
    let scope = {
        let mut tx = world.db().begin_read().await.unwrap();
        documents::by_id(&mut tx, subject.document()).await.unwrap().unwrap().scope
    };
    let id = subject.document().to_string();
    let thing = ThingOfScope { scope, kind: RowChange::DOCUMENT.to_owned(), id };
    let wanted = vec![thing; MOST_WANTED];
    let mut request = SyncRequest { protocol: 2, wanted, ..SyncRequest::default() };
    request.app_version = "2".to_owned();
    let sealed = phone.seal(&request);
    let answer = exchange(&world.state, REMOTE, &sealed).await.unwrap();
    let told: saldo_core::wire::SyncResponse = unpack(&answer, LARGEST_UNPACKED_BYTES).unwrap();
    let copies = told.whole.iter().filter(|whole| whole.subject == subject).count();
    assert!(copies <= 2, "{copies}: one of the news, one that was asked for");
}
