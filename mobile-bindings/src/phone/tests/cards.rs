//! Client cards (R3.1): edited offline on two phones, merged, settled, refused and written anew.

use saldo_core::documents::Subject;
use saldo_core::feed::{ClientRow, FeedRow};
use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::wire::RefusalCode;
use uuid::Uuid;

use super::{NOW, client, folder, id, world};
use crate::testing::{Office, open};
use crate::{CardView, Phone, PhoneError};

fn subject() -> Subject {
    Subject::ClientCard { client: client() }
}

fn values(card: &CardView, name: &str) -> Vec<String> {
    card.fields.iter().find(|field| field.name == name).expect("a field").values.clone()
}

fn on(phone: &Phone, name: &str) -> Vec<String> {
    values(&phone.card(&id()).expect("shows"), name)
}

fn write(phone: &Phone, name: &str, text: &str) {
    phone.edit_card_field(&id(), name, text, NOW).expect("is kept");
}

/// The second phone, which knows the same client.
fn second(office: &std::sync::Arc<Office>, folder: &std::path::Path) -> std::sync::Arc<Phone> {
    let phone = office.phone(folder, "berta");
    phone.sync(office.transport(), NOW).expect("syncs");
    phone
}

#[test]
fn an_empty_card_shows_every_field_and_who_uses_it() {
    let folder = folder();
    let (_, phone) = world(&folder, Vec::new());
    let card = phone.card(&id()).expect("shows");
    assert_eq!((card.code.as_str(), card.fields.len(), card.note.as_str()), ("C-1", 8, ""));
    assert!(card.fields.iter().all(|field| field.values.is_empty() && !field.used_for.is_empty()));
    for name in ["owner", "home_telephone", ""] {
        let refused = phone.edit_card_field(&id(), name, "x", NOW);
        assert!(matches!(refused, Err(PhoneError::Invalid { .. })), "{name}: {refused:?}");
    }
    let stranger = uuid::Uuid::from_u128(404).to_string();
    assert!(matches!(phone.card(&stranger), Err(PhoneError::NotFound { .. })));
    assert_eq!(phone.status().expect("tells").unsent, 0);
}

/// Two phones without a network write one card: what they wrote in different fields is there, what
/// they wrote in one field is a conflict on both, and whoever writes it again settles it.
#[test]
fn two_phones_write_one_card_offline() {
    let (one, two) = (folder(), folder());
    let (office, anna) = world(&one, Vec::new());
    let berta = second(&office, two.path());
    write(&anna, "stock", "for a week");
    write(&anna, "price_level", "as recommended");
    anna.edit_card_note(&id(), "the back door is green", NOW).expect("is kept");
    write(&berta, "price_level", "10 % above");
    // Before anybody synced each sees its own, also after a restart.
    drop(berta);
    let berta = open(two.path());
    assert_eq!(on(&berta, "price_level"), ["10 % above"]);
    assert_eq!(on(&anna, "price_level"), ["as recommended"]);

    for phone in [&anna, &berta] {
        let report = phone.sync(office.transport(), NOW).expect("syncs");
        assert_eq!((report.refused, report.unsent), (0, 0));
        office.spread(subject());
        phone.sync(office.transport(), NOW).expect("syncs");
    }
    office.spread(subject());
    anna.sync(office.transport(), NOW).expect("syncs");
    for phone in [&anna, &berta] {
        let mut both = on(phone, "price_level");
        both.sort();
        assert_eq!(both, ["10 % above", "as recommended"], "a conflict is shown");
        assert_eq!(on(phone, "stock"), ["for a week"]);
        assert_eq!(phone.card(&id()).expect("shows").note, "the back door is green");
    }

    write(&anna, "price_level", "5 % above");
    anna.sync(office.transport(), NOW).expect("syncs");
    office.spread(subject());
    berta.sync(office.transport(), NOW).expect("syncs");
    for phone in [&anna, &berta] {
        assert_eq!(on(phone, "price_level"), ["5 % above"]);
    }
    write(&berta, "price_level", "");
    assert_eq!(on(&berta, "price_level"), [""; 0], "taken back");
}

/// A change that the server cannot place is written anew with everything that hangs on it.
#[test]
fn what_the_server_cannot_place_is_written_anew() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    write(&phone, "stock", "for a week");
    write(&phone, "location", "main street");
    phone.edit_card_note(&id(), "closed on Mondays", NOW).expect("is kept");
    office.books().misplace = Some(RefusalCode::Sequence);
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.refused, report.unsent), (0, 0));
    let card = office.document(subject());
    assert_eq!(card.fields().len(), 2);
    assert_eq!(card.note(), "closed on Mondays");
    assert_eq!(on(&phone, "stock"), ["for a week"]);
}

/// What it will never take is kept aside, with whose card it was.
#[test]
fn what_the_server_refuses_is_shown() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    write(&phone, "stock", "for a week");
    office.books().misplace = Some(RefusalCode::Forbidden);
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.refused, report.unsent), (1, 0));
    assert_eq!(on(&phone, "stock"), [""; 0], "it is not on the card");
    let refused = phone.status().expect("tells").refused;
    assert_eq!(refused[0].words, "the field stock of C-1 Õunapuu OÜ: for a week");
}

/// The same first words on two cards are the same change, byte for byte: each card has its own all
/// the same, and what becomes of one is not what becomes of the other.
#[test]
fn the_same_words_on_two_cards_are_kept_sent_and_refused_apart() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let other = ClientId(Uuid::from_u128(2));
    office.tell(
        1,
        &FeedRow::Client(ClientRow {
            id: other,
            code: "C-2".to_owned(),
            name: "Kask OÜ".to_owned(),
            territory: TerritoryId(Uuid::from_u128(1)),
            outlets: Vec::new(),
            personal_card: Some(1),
        }),
    );
    phone.sync(office.transport(), NOW).expect("syncs");
    let write_both = |field: &str| {
        for client in [id(), other.to_string()] {
            phone.edit_card_field(&client, field, "for a week", NOW).expect("is kept");
        }
    };
    write_both("stock");
    assert_eq!(phone.status().expect("tells").unsent, 2);
    // The first of the two is refused, the second is taken.
    office.books().misplace = Some(RefusalCode::Forbidden);
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.refused, report.unsent), (1, 1, 0));
    let refused = phone.status().expect("tells").refused;
    assert_eq!(refused[0].words, "the field stock of C-1 Õunapuu OÜ: for a week");
    assert_eq!(on(&phone, "stock"), [""; 0]);
    let kept = phone.card(&other.to_string()).expect("shows");
    assert_eq!(values(&kept, "stock"), ["for a week"]);
    assert_eq!(office.document(Subject::ClientCard { client: other }).fields().len(), 1);
}
