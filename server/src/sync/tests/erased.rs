//! Personal cards at the server (R13.1): what is erased is gone from every table, phones are told,
//! and what they still say of it is refused and kept nowhere.

use saldo_core::documents::{DocumentKind, Subject};
use saldo_core::ids::{ClientId, ReadingId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{AckState, CardReading, RefusalCode, RowChange};
use uuid::Uuid;

use super::rep_phone::{RepPhone, send, values_of};
use super::world::{CLIENTS, REPS, SUPERVISOR, TERRITORIES, World, principal};
use crate::flow::{Context, personal_data};
use crate::store::people::{self, Person};
use crate::store::{card_readings, clients, personal_cards, quarantine};
use crate::sync::scopes::move_client;

const NAME: &str = "Mall Sinilind";

fn card_of(client: ClientId, generation: u32) -> Subject {
    Subject::PersonalCard { client, generation }
}

fn write(phone: &mut RepPhone, generation: u32, name: &str) {
    phone.write(card_of(CLIENTS[0], generation), |card| {
        card.set_fields(&[("owner.name", name)]).unwrap().unwrap()
    });
}

fn shown(phone: &RepPhone, generation: u32) -> Vec<String> {
    let card = phone.documents.get(&card_of(CLIENTS[0], generation));
    card.map(|card| values_of(card, "owner.name")).unwrap_or_default()
}

async fn erase(world: &World) {
    let director = Person {
        id: saldo_core::ids::PersonId(Uuid::from_u128(9)),
        login: "director".to_owned(),
        name: "Director".to_owned(),
        role: Role::Director,
        supervisor: None,
        password_hash: String::new(),
        active: true,
        created_at: UtcMillis(0),
    };
    let mut tx = world.db().begin_write().await.unwrap();
    if people::by_id(&mut tx, director.id).await.unwrap().is_none() {
        people::insert(&mut tx, &director).await.unwrap();
    }
    let context = Context::load(&mut tx, world.state.clock.now()).await.unwrap();
    let who = principal(director.id, Role::Director);
    personal_data::erase(&mut tx, &context, &who, CLIENTS[0], "on request").await.unwrap();
    tx.commit().await.unwrap();
    world.number().await;
    world.db().truncate_wal().await;
}

async fn lies_in(world: &World, text: &str) -> bool {
    crate::testing::lies_in(world.db(), world.folder.path(), text).await
}

#[tokio::test]
async fn an_erased_card_is_gone_from_phones_and_from_every_table() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let mut supervisor = RepPhone::enrol(&world, SUPERVISOR, 2).await;
    let mut other = RepPhone::enrol(&world, REPS[1], 3).await;
    write(&mut rep, 1, NAME);
    rep.set_field(CLIENTS[0], "stock", "for a week");
    rep.sync(&world).await.unwrap();
    supervisor.sync(&world).await.unwrap();
    assert_eq!(shown(&supervisor, 1), [NAME]);
    other.sync(&world).await.unwrap();
    assert!(other.documents.is_empty(), "another territory's");
    assert!(lies_in(&world, NAME).await, "the search finds what is there");

    erase(&world).await;
    assert!(!lies_in(&world, NAME).await);
    let left = |rows: &[RowChange]| {
        let document = card_of(CLIENTS[0], 1).document().to_string();
        rows.iter().any(|row| row.kind == RowChange::DOCUMENT && row.id == document)
    };
    for phone in [&mut rep, &mut supervisor] {
        assert!(left(&phone.sync(&world).await.unwrap().rows));
    }
    assert!(!left(&other.sync(&world).await.unwrap().rows));
    // A phone that begins now hears nothing of it.
    let mut fresh = RepPhone::enrol(&world, REPS[0], 4).await;
    let told = fresh.sync(&world).await.unwrap();
    assert!(!left(&told.rows));
    assert_eq!(fresh.field(CLIENTS[0], "stock"), ["for a week"], "the client card stays");
    assert_eq!(fresh.documents.len(), 1);

    // The next generation is another card; its erasure is another one.
    write(&mut fresh, 2, "Somebody New");
    fresh.sync(&world).await.unwrap();
    supervisor.sync(&world).await.unwrap();
    assert_eq!(shown(&supervisor, 2), ["Somebody New"]);
    erase(&world).await;
    assert!(!lies_in(&world, "Somebody New").await);
    let mut tx = world.db().begin_read().await.unwrap();
    let erasures = personal_cards::erasures(&mut tx, CLIENTS[0]).await.unwrap();
    assert_eq!(erasures.len(), 2);
    assert_eq!(erasures[0].by_name.as_deref(), Some("Director"));
}

#[tokio::test]
async fn what_a_phone_still_says_of_an_erased_card_is_kept_nowhere() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    write(&mut rep, 1, "Somebody");
    rep.sync(&world).await.unwrap();
    write(&mut rep, 1, NAME);
    rep.set_field(CLIENTS[0], "stock", "for a week");
    erase(&world).await;
    let told = rep.sync(&world).await.unwrap();
    let codes: Vec<_> = told.acks.iter().map(|ack| ack.state.clone()).collect();
    let [AckState::Refused { code: RefusalCode::Erased, detail }, AckState::Durable] =
        codes.as_slice()
    else {
        panic!("{codes:?}")
    };
    assert!(!detail.contains(NAME), "{detail}");
    world.db().truncate_wal().await;
    assert!(!lies_in(&world, NAME).await);

    // One that never existed at the server, and one of the future.
    for (generation, wanted) in [(1, RefusalCode::Erased), (3, RefusalCode::NoSuchDocument)] {
        let mut phone = RepPhone::enrol(&world, REPS[0], 10 + generation as u8).await;
        write(&mut phone, generation, NAME);
        let told = phone.sync(&world).await.unwrap();
        let AckState::Refused { code, .. } = &told.acks[0].state else { panic!("{told:?}") };
        assert_eq!(*code, wanted);
    }
    // What is refused for another reason is kept nowhere either.
    let mut phone = RepPhone::enrol(&world, REPS[0], 20).await;
    phone.write(card_of(CLIENTS[0], 2), |card| {
        card.set_fields(&[("owner.home_telephone", "+372 0000 777")]).unwrap().unwrap()
    });
    let told = phone.sync(&world).await.unwrap();
    let AckState::Refused { code: RefusalCode::Forbidden, .. } = &told.acks[0].state else {
        panic!("{told:?}")
    };
    let mut tx = world.db().begin_read().await.unwrap();
    assert_eq!(quarantine::count_of_device(&mut tx, phone.device).await.unwrap(), 1);
    drop(tx);
    world.db().truncate_wal().await;
    assert!(!lies_in(&world, "0000 777").await);
    assert!(!lies_in(&world, NAME).await);
}

/// An app that was built before personal cards gets an answer that it can read.
#[tokio::test]
async fn an_older_app_hears_nothing_of_personal_cards() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    write(&mut rep, 1, NAME);
    rep.sync(&world).await.unwrap();
    let mut old = RepPhone::enrol(&world, SUPERVISOR, 2).await;
    for name in ["Somebody Else", "Nobody"] {
        let mut request = old.request();
        request.kinds.clear();
        let sealed = old.seal(&request);
        let told = send(&world, &sealed).await.unwrap();
        let personal = DocumentKind::PersonalCard;
        assert!(told.documents.iter().all(|told| told.subject.kind() != personal));
        assert!(told.changes.is_empty());
        old.apply(&told);
        write(&mut rep, 1, name);
        rep.sync(&world).await.unwrap();
    }
}

#[tokio::test]
async fn a_reading_is_logged_once_however_often_it_is_told() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let reading = |number: u128, client| CardReading {
        id: ReadingId(Uuid::from_u128(number)),
        client,
        read_at: UtcMillis(5),
    };
    let stranger = ClientId(Uuid::from_u128(404));
    for _ in 0..2 {
        let mut request = rep.request();
        request.readings = vec![reading(1, CLIENTS[0]), reading(2, stranger)];
        let sealed = rep.seal(&request);
        let told = send(&world, &sealed).await.unwrap();
        assert_eq!(told.readings.len(), 2, "the phone may forget both");
    }
    let mut tx = world.db().begin_read().await.unwrap();
    let kept = card_readings::of_client(&mut tx, CLIENTS[0], 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].place.as_str(), kept[0].read_at), ("phone", UtcMillis(5)));
}

#[tokio::test]
async fn a_client_that_moves_takes_its_persons_along() {
    let world = World::new().await;
    let mut rep = RepPhone::enrol(&world, REPS[0], 1).await;
    let mut other = RepPhone::enrol(&world, REPS[1], 2).await;
    write(&mut rep, 1, NAME);
    rep.sync(&world).await.unwrap();
    other.sync(&world).await.unwrap();
    let mut tx = world.db().begin_write().await.unwrap();
    clients::set_territory(&mut tx, CLIENTS[0], TERRITORIES[2]).await.unwrap();
    move_client(&mut tx, CLIENTS[0], TERRITORIES[0], TERRITORIES[2]).await.unwrap();
    tx.commit().await.unwrap();
    world.number().await;
    let told = rep.sync(&world).await.unwrap();
    assert_eq!(told.rows.iter().filter(|row| row.kind == RowChange::DOCUMENT).count(), 1);
    other.sync(&world).await.unwrap();
    assert_eq!(shown(&other, 1), [NAME]);
    // Who lost the client cannot write into its card any more.
    write(&mut rep, 1, "Somebody");
    let told = rep.sync(&world).await.unwrap();
    assert!(matches!(
        told.acks[0].state,
        AckState::Refused { code: RefusalCode::NoSuchDocument, .. }
    ));
}
