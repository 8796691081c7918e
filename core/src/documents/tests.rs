//! Documents end to end, without a gate.

use super::*;
use crate::facts::{
    Drawn, Fact, FactBody, FactError, Instalment, Note, Order, OrderLine, Promise, PromisedInvoice,
    ReasonForDelay, Receipt, ReceiptMethod,
};
use crate::ids::{DeviceId, FactId, InvoiceId, LoanId};
use crate::time::UtcMillis;
use DocumentKind::{ClientCard, PersonalCard, RouteSheet};
use uuid::Uuid;

fn actor(n: u128) -> [u8; 20] {
    actor_of(DeviceId(Uuid::from_u128(n)), 1)
}

fn opened(kind: DocumentKind, n: u128) -> Document {
    let mut document = Document::genesis(kind);
    document.set_actor(actor(n));
    document
}

fn fact(n: u128, body: FactBody) -> Fact {
    Fact {
        id: FactId(Uuid::from_u128(n)),
        author: PersonId(Uuid::from_u128(0xa)),
        client: ClientId(Uuid::from_u128(0xc)),
        recorded_at: UtcMillis(1_795_257_600_123),
        corrects: None,
        body,
    }
}

fn note(n: u128, text: &str) -> Fact {
    fact(n, FactBody::Note(Note { text: text.into() }))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// One fact with lists, nested maps, numbers, flags and flattened parts each.
fn facts() -> Vec<Fact> {
    let promise = Promise {
        invoices: vec![PromisedInvoice {
            invoice: InvoiceId(Uuid::from_u128(1)),
            number: "A-1".into(),
        }],
        reason: ReasonForDelay::NoFunds,
        reason_text: "raha pole".into(),
        instalments: vec![
            Instalment { pay_on: day("2026-12-01"), amount: "10.50 EUR".parse().unwrap() },
            Instalment { pay_on: day("2026-12-08"), amount: "1 EUR".parse().unwrap() },
        ],
    };
    let receipt = Receipt {
        amount: "99.99 EUR".parse().unwrap(),
        method: ReceiptMethod::PaymentOrder {
            order_number: "77".into(),
            ordered_on: day("2026-11-20"),
        },
        invoices: vec![InvoiceId(Uuid::from_u128(1)), InvoiceId(Uuid::from_u128(2))],
        note: String::new(),
    };
    let order = Order {
        amount: "250 EUR".parse().unwrap(),
        deferral_days: 14,
        prepaid: true,
        loan: Some(Drawn { loan: LoanId(Uuid::from_u128(3)), minor: 20_000 }),
        wanted_on: Some(day("2026-11-25")),
        lines: vec![OrderLine { article: "X".into(), quantity_thousandths: -1_500 }],
        note: "õhtul".into(),
    };
    let mut corrected = note(4, "Привет");
    corrected.corrects = Some(FactId(Uuid::from_u128(1)));
    vec![
        fact(1, FactBody::Promise(promise)),
        fact(2, FactBody::Receipt(receipt)),
        fact(3, FactBody::Order(order)),
        corrected,
    ]
}

fn stop(client: u128, position: u32, purpose: &str) -> Stop {
    Stop { client: ClientId(Uuid::from_u128(client)), position, purpose: purpose.into() }
}

/// Never change these: documents in the field begin with them.
#[test]
fn the_genesis_is_what_it_always_was() {
    for (kind, bytes) in [
        (
            RouteSheet,
            "856f4a83d3d71157013a000d73616c646f2067656e65736973010100000005151234014204560270027d0566616374730573746f7073046e6f74650302007f0403000300",
        ),
        (
            ClientCard,
            "856f4a83d5f743740134000d73616c646f2067656e65736973010100000005150d34014203560270027e066669656c6473046e6f7465027e000402000200",
        ),
        (
            PersonalCard,
            "856f4a83ca48e3e3012e000d73616c646f2067656e65736973010100000005150834014202560270027f066669656c6473017f007f007f00",
        ),
    ] {
        let mut document = Document::genesis(kind);
        let changes = document.doc.get_changes(&[]);
        let [change] = changes.as_slice() else { panic!("one change") };
        assert_eq!(hex::encode(change.raw_bytes()), bytes, "{kind:?}");
        assert_eq!(change.hash(), kind.genesis_hash());
        assert_eq!(document.save(), Document::genesis(kind).save());
    }
}

#[test]
fn facts_are_read_as_they_were_written() {
    let mut sheet = opened(RouteSheet, 1);
    for fact in facts().iter().rev() {
        let written = sheet.append_fact(fact).unwrap();
        assert_eq!(change_hash(&written.bytes), written.hash);
    }
    assert_eq!(sheet.facts(), facts());
    assert_eq!(Document::load(RouteSheet, &sheet.save()).unwrap().facts(), facts());
}

#[test]
fn a_fact_is_written_once_and_only_if_it_makes_sense() {
    let mut sheet = opened(RouteSheet, 1);
    sheet.append_fact(&note(1, "a")).unwrap();
    let before = sheet.save();
    let big = Order {
        amount: "1 EUR".parse().unwrap(),
        deferral_days: 0,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: vec![OrderLine { article: "x".repeat(300), quantity_thousandths: 1 }; 300],
        note: String::new(),
    };
    for (fact, wanted) in [
        (note(1, "b"), DocumentError::FactExists),
        (
            note(2, &"x".repeat(4_001)),
            FactError::TextTooLong { field: "the note", bytes: 4_001 }.into(),
        ),
    ] {
        assert_eq!(sheet.append_fact(&fact), Err(wanted));
    }
    let too_long = sheet.append_fact(&fact(3, FactBody::Order(big)));
    assert!(matches!(too_long, Err(DocumentError::TooLong { .. })), "{too_long:?}");
    assert_eq!(sheet.save(), before);
}

#[test]
fn what_this_build_does_not_know_survives_and_is_left_out() {
    let mut sheet = opened(RouteSheet, 1);
    let known = note(1, "a");
    let mut newer = serde_json::to_value(&known).unwrap();
    newer["later"] = serde_json::json!({ "list": [1, -2, true, null, "x", { "deep": [[]] }] });
    let mut unknown = serde_json::to_value(note(2, "b")).unwrap();
    unknown["kind"] = "from_the_future".into();
    let root = json::object_in(&sheet.doc, &automerge::ROOT, "facts", automerge::ObjType::Map);
    let root = root.unwrap();
    for (id, body) in [(known.id, &newer), (FactId(Uuid::from_u128(2)), &unknown)] {
        json::put_object(&mut sheet.doc, &root, &id.to_string(), body.as_object().unwrap())
            .unwrap();
    }
    sheet.doc.commit();
    let sheet = Document::load(RouteSheet, &sheet.save()).unwrap();
    assert_eq!(sheet.facts(), std::slice::from_ref(&known));
    let kept = json::read_map(&sheet.doc, &root);
    assert_eq!(kept[&known.id.to_string()], newer);
    assert_eq!(kept.len(), 2);
}

/// Two phones open the same sheet offline, each from its own genesis.
#[test]
fn two_writers_converge() {
    let (mut one, mut two) = (opened(RouteSheet, 1), opened(RouteSheet, 2));
    let of_one = [
        one.append_fact(&note(1, "one")).unwrap(),
        one.edit_note("hello").unwrap().unwrap(),
        one.plan_stops(&[stop(1, 1, "plan"), stop(2, 2, "overdue")]).unwrap().unwrap(),
    ];
    let of_two = [
        two.append_fact(&note(2, "two")).unwrap(),
        two.plan_stops(&[stop(3, 1, "due soon")]).unwrap().unwrap(),
    ];
    let bytes = |changes: &[WrittenChange]| {
        changes.iter().map(|change| change.bytes.clone()).collect::<Vec<_>>()
    };
    let apply = |document: &mut Document, changes: &[WrittenChange]| {
        let bytes = bytes(changes);
        document.apply(&bytes.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
    };
    apply(&mut one, &of_two);
    apply(&mut two, &of_one);
    apply(&mut two, &of_one);
    for document in [&one, &two] {
        assert_eq!(document.facts(), [note(1, "one"), note(2, "two")]);
        assert_eq!(
            document.stops(),
            [stop(1, 1, "plan"), stop(3, 1, "due soon"), stop(2, 2, "overdue")]
        );
    }
    let (a, b) = (one.edit_note("hello world").unwrap().unwrap(), two.edit_note("oh, hello"));
    let b = b.unwrap().unwrap();
    apply(&mut one, &[b]);
    apply(&mut two, &[a]);
    assert_eq!(one.note(), "oh, hello world");
    assert_eq!(two.note(), one.note());
    assert_eq!(one.doc.get_heads(), two.doc.get_heads());
}

#[test]
fn a_conflict_of_a_field_is_visible_until_somebody_settles_it() {
    let (mut one, mut two) = (opened(ClientCard, 1), opened(ClientCard, 2));
    one.set_fields(&[("price_level", "Kask"), ("stock", "1")]).unwrap().unwrap();
    two.set_fields(&[("price_level", "Tamm")]).unwrap().unwrap();
    one.merge_saved(&two.save()).unwrap();
    two.merge_saved(&one.save()).unwrap();
    assert_eq!(one.fields(), two.fields());
    let [owner, phone] = <[CardField; 2]>::try_from(one.fields()).unwrap();
    assert_eq!((owner.name.as_str(), owner.values.len()), ("price_level", 2));
    assert_eq!((phone.name.as_str(), phone.values), ("stock", vec!["1".to_owned()]));
    let winner = owner.values[0].clone();
    // Saying the winner again settles it.
    assert!(one.set_fields(&[("price_level", &winner), ("stock", "1")]).unwrap().is_some());
    assert_eq!(one.fields()[0].values, std::slice::from_ref(&winner));
    assert_eq!(one.set_fields(&[("price_level", &winner)]), Ok(None));
}

#[test]
fn the_first_value_is_automerges_winner() {
    for (first, second) in [(1, 2), (2, 1)] {
        let (mut one, mut two) = (opened(ClientCard, first), opened(ClientCard, second));
        one.set_fields(&[("price_level", "one")]).unwrap();
        two.set_fields(&[("price_level", "two")]).unwrap();
        one.merge_saved(&two.save()).unwrap();
        let fields = json::object_in(&one.doc, &automerge::ROOT, "fields", automerge::ObjType::Map);
        let shown = json::read_map(&one.doc, &fields.unwrap())["price_level"].clone();
        assert_eq!(one.fields()[0].values[0], shown);
    }
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let mut sheet = opened(RouteSheet, 1);
    assert_eq!(sheet.edit_note(""), Ok(None));
    assert_eq!(sheet.plan_stops(&[]), Ok(None));
    sheet.plan_stops(&[stop(1, 1, "plan")]).unwrap().unwrap();
    assert_eq!(sheet.plan_stops(&[stop(1, 1, "plan")]), Ok(None));
    sheet.plan_stops(&[stop(1, 2, "plan")]).unwrap().unwrap();
    assert_eq!(sheet.stops(), [stop(1, 2, "plan")]);
    assert_eq!(opened(ClientCard, 1).set_fields(&[]), Ok(None));
}

#[test]
fn lengths_are_bounded() {
    let mut sheet = opened(RouteSheet, 1);
    let (long, other) = ("õ".repeat(LONGEST_NOTE_CHARACTERS), "x".repeat(LONGEST_NOTE_CHARACTERS));
    sheet.edit_note(&long).unwrap().unwrap();
    // One change, though every character is replaced.
    sheet.edit_note(&other).unwrap().unwrap();
    assert_eq!(sheet.note(), other);
    let mut card = opened(ClientCard, 1);
    let value = "v".repeat(4_000);
    card.set_fields(&[("stock", &value)]).unwrap().unwrap();
    for failed in [
        sheet.edit_note(&(other + "x")),
        sheet.plan_stops(&[stop(1, 1, &"x".repeat(4_001))]),
        card.set_fields(&[("stock", &(value + "x"))]),
    ] {
        assert!(
            matches!(
                failed,
                Err(DocumentError::TooLong { .. }
                    | DocumentError::Fact(FactError::TextTooLong { .. }))
            ),
            "{failed:?}"
        );
    }
}

#[test]
fn each_kind_has_its_own_parts() {
    let (mut sheet, mut card) = (opened(RouteSheet, 1), opened(ClientCard, 1));
    assert_eq!(sheet.set_fields(&[("a", "b")]), Err(DocumentError::NotInThisKind("fields")));
    for name in ["", "owner", "home_telephone", "Stock"] {
        assert_eq!(card.set_fields(&[(name, "b")]), Err(DocumentError::NoSuchField), "{name}");
    }
    let mut persons = opened(PersonalCard, 1);
    assert!(matches!(persons.set_fields(&[("stock", "b")]), Err(DocumentError::Person(_))));
    assert_eq!(persons.edit_note("b"), Err(DocumentError::NotInThisKind("note")));
    assert_eq!(card.append_fact(&note(1, "a")), Err(DocumentError::NotInThisKind("facts")));
    assert_eq!(card.plan_stops(&[]), Err(DocumentError::NotInThisKind("stops")));
    assert!(sheet.fields().is_empty() && card.facts().is_empty() && card.stops().is_empty());
    assert!(matches!(Document::load(ClientCard, &sheet.save()), Err(DocumentError::Unreadable(_))));
    assert!(sheet.merge_saved(&card.save()).is_err());
    assert_eq!(Document::genesis(RouteSheet).edit_note("a"), Err(DocumentError::NoWriter));
}

#[test]
fn applying_is_all_or_nothing() {
    let mut writer = opened(RouteSheet, 1);
    let changes: Vec<_> = (1..=3).map(|n| writer.append_fact(&note(n, "x")).unwrap()).collect();
    let mut reader = Document::genesis(RouteSheet);
    let before = reader.save();
    let [one, two, three] = [&changes[0].bytes[..], &changes[1].bytes, &changes[2].bytes];
    assert_eq!(reader.apply(&[one, three]), Err(DocumentError::MissingDependency));
    assert_eq!(reader.save(), before);
    assert!(matches!(reader.apply(&[one, b"hello"]), Err(DocumentError::Unreadable(_))));
    assert_eq!(reader.save(), before);
    reader.apply(&[three, one, two]).unwrap();
    assert_eq!(reader.facts().len(), 3);
}

#[test]
fn the_time_of_a_change_is_its_facts() {
    let mut sheet = opened(RouteSheet, 1);
    let written = sheet.append_fact(&note(1, "a")).unwrap();
    let change = automerge::Change::try_from(&written.bytes[..]).unwrap();
    assert_eq!(change.timestamp(), 1_795_257_600);
    let mut long_ago = note(2, "b");
    long_ago.recorded_at = UtcMillis(i64::MIN);
    sheet.append_fact(&long_ago).unwrap();
    assert_eq!(Document::load(RouteSheet, &sheet.save()).unwrap().facts().len(), 2);
}
