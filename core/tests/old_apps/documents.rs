//! Saved documents, and an app of today that goes on writing into them.

use saldo_core::documents::{CardField, Document, Stop, Subject, actor_of};
use saldo_core::gate::{Writer, admit};
use saldo_core::roles::Role;

use crate::fixtures::{CLIENT, DEVICE, REP, card, facts, persons, read, sheet};

fn load(subject: Subject, name: &str) -> Document {
    let saved = read(name);
    let mut document = Document::load(subject.kind(), &saved).unwrap();
    assert!(document.save() == saved, "{name} is saved again byte for byte");
    document
}

fn field(name: &str, values: &[&str]) -> CardField {
    CardField { name: name.to_owned(), values: values.iter().map(|&v| v.to_owned()).collect() }
}

#[test]
fn a_route_sheet_is_read_for_ever() {
    let document = load(sheet(), "route-sheet.bin");
    let written: serde_json::Value = serde_json::from_slice(&read("facts.json")).unwrap();
    // Neither did a field of a fact get lost nor another name.
    assert_eq!(serde_json::to_value(document.facts()).unwrap(), written);
    assert_eq!(document.facts(), facts());
    assert_eq!(document.note(), "Täna sajab lund");
    let stop = Stop { client: CLIENT, position: 2, purpose: "overdue".to_owned() };
    assert_eq!(document.stops(), [stop]);
}

#[test]
fn a_client_card_is_read_for_ever() {
    let document = load(card(), "client-card.bin");
    let fields = [field("payment_days", &["Fri"]), field("stock", &["empty", "full"])];
    assert_eq!(document.fields(), fields);
    assert_eq!(document.note(), "Ask for Mall");
}

#[test]
fn a_personal_card_is_read_for_ever() {
    let document = load(persons(), "personal-card.bin");
    let fields = [field("owner.name", &["Mall Kask"]), field("owner.telephone", &[""])];
    assert_eq!(document.fields(), fields);
}

/// The same phone, updated, writes on; the server of today takes it.
#[test]
fn what_was_begun_by_an_old_app_goes_on() {
    let writer = Writer {
        device: DEVICE,
        install_epoch: 1,
        person: REP,
        role: Role::Rep,
        home_phones: false,
    };
    for (subject, name) in [
        (sheet(), "route-sheet.bin"),
        (card(), "client-card.bin"),
        (persons(), "personal-card.bin"),
    ] {
        let mut document = load(subject, name);
        document.set_actor(actor_of(DEVICE, 1));
        let change = match subject {
            Subject::RouteSheet { .. } => document.edit_note("goes on").unwrap(),
            Subject::ClientCard { .. } => document.set_fields(&[("stock", "half")]).unwrap(),
            Subject::PersonalCard { .. } => {
                document.set_fields(&[("buyer.name", "Jaan Tamm")]).unwrap()
            }
        };
        let change = change.unwrap().bytes;
        let passed = admit(subject, Some(&read(name)), &writer, &[&change]).unwrap();
        assert!(passed.changes[0].is_ok(), "{name}: {:?}", passed.changes[0]);
        assert_eq!(passed.heads, document.heads());
    }
}
