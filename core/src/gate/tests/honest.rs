//! What must pass.

use super::*;
use crate::documents::Stop;

fn stop(purpose: &str) -> Stop {
    Stop { client: CLIENT, position: 1, purpose: purpose.into() }
}

fn fact_ids(passed: &Passed) -> Vec<Vec<u128>> {
    let ids = |admitted: &Admitted| admitted.facts.iter().map(|fact| fact.id.0.as_u128()).collect();
    passed.changes.iter().map(|answer| ids(answer.as_ref().unwrap())).collect()
}

/// A rep's whole day, in two pushes of which the second repeats the first (its answer was lost).
#[test]
fn a_day_passes_and_passes_again() {
    let mut phone = open(sheet(), None, &rep());
    let mut changes = vec![
        phone.append_fact(&note(1, "one")).unwrap(),
        phone.edit_note("tere").unwrap().unwrap(),
        phone.plan_stops(&[stop("plan")]).unwrap().unwrap(),
        phone.edit_note("tere hommikust").unwrap().unwrap(),
    ];
    let first = admit(sheet(), None, &rep(), &bytes(&changes)).unwrap();
    assert_eq!(fact_ids(&first), [vec![1], vec![], vec![], vec![]]);
    for (answer, change) in first.changes.iter().zip(&changes) {
        let admitted = answer.as_ref().unwrap();
        assert_eq!((admitted.hash, admitted.known), (change.hash, false));
    }
    changes.push(phone.append_fact(&note(2, "two")).unwrap());
    changes.push(phone.plan_stops(&[stop("overdue")]).unwrap().unwrap());
    let second = admit(sheet(), Some(&first.saved), &rep(), &bytes(&changes)).unwrap();
    assert_eq!(fact_ids(&second), [vec![], vec![], vec![], vec![], vec![2], vec![]]);
    let known: Vec<_> = second.changes.iter().map(|a| a.as_ref().unwrap().known).collect();
    assert_eq!(known, [true, true, true, true, false, false]);
    let at_server = Document::load(DocumentKind::RouteSheet, &second.saved).unwrap();
    assert_eq!(at_server.facts(), phone.facts());
    assert_eq!(at_server.note(), "tere hommikust");
    assert_eq!(at_server.stops(), [stop("overdue")]);
    let third = admit(sheet(), Some(&second.saved), &rep(), &bytes(&changes)).unwrap();
    assert_eq!(third.saved, second.saved);
}

#[test]
fn two_phones_meet_at_the_gate() {
    let other = writer(2, REP, Role::Rep);
    let (mut one, mut two) = (open(sheet(), None, &rep()), open(sheet(), None, &other));
    let first =
        [one.append_fact(&note(1, "one")).unwrap(), one.edit_note("hello").unwrap().unwrap()];
    let second =
        [two.append_fact(&note(2, "two")).unwrap(), two.append_fact(&note(3, "three")).unwrap()];
    let passed = admit(sheet(), None, &rep(), &bytes(&first)).unwrap();
    let passed = admit(sheet(), Some(&passed.saved), &other, &bytes(&second)).unwrap();
    assert_eq!(fact_ids(&passed), [[2], [3]]);
    // The first one pulls, writes on, and its change depends on both.
    one.merge_saved(&passed.saved).unwrap();
    let third = [one.append_fact(&note(4, "four")).unwrap()];
    let passed = admit(sheet(), Some(&passed.saved), &rep(), &bytes(&third)).unwrap();
    let at_server = Document::load(DocumentKind::RouteSheet, &passed.saved).unwrap();
    assert_eq!((at_server.facts().len(), at_server.note().as_str()), (4, "hello"));
}

#[test]
fn each_role_writes_what_is_its_own() {
    type Write = fn(&mut Document) -> WrittenChange;
    let fact: Write = |document| {
        let mut fact = note(1, "x");
        fact.author = BOSS;
        document.append_fact(&fact).unwrap()
    };
    let note: Write = |document| document.edit_note("x").unwrap().unwrap();
    let plan: Write = |document| document.plan_stops(&[stop("plan")]).unwrap().unwrap();
    let field: Write = |document| document.set_fields(&[("price_level", "x")]).unwrap().unwrap();
    let person: Write = |document| document.set_fields(&[("owner.name", "x")]).unwrap().unwrap();
    let own = Subject::RouteSheet { person: BOSS, day: "2026-11-21".parse().unwrap() };
    use Role::{Director, Operator, Rep, Supervisor};
    for (subject, role, write, passes) in [
        (own, Rep, fact, true),
        (own, Rep, plan, true),
        (own, Rep, note, true),
        (own, Supervisor, fact, true),
        (sheet(), Rep, fact, false),
        (sheet(), Rep, plan, false),
        (sheet(), Rep, note, false),
        (sheet(), Supervisor, fact, false),
        (sheet(), Supervisor, plan, true),
        (sheet(), Supervisor, note, true),
        (sheet(), Director, plan, true),
        (sheet(), Operator, plan, false),
        (own, Operator, fact, false),
        (card(), Rep, field, true),
        (card(), Rep, note, true),
        (card(), Director, field, true),
        (card(), Operator, field, false),
        (card(), Operator, note, false),
        (persons(), Rep, person, true),
        (persons(), Supervisor, person, true),
        (persons(), Director, person, true),
        (persons(), Operator, person, false),
    ] {
        let writer = writer(1, BOSS, role);
        let change = write(&mut open(subject, None, &writer));
        let answer = only(admit(subject, None, &writer, &[&change.bytes]).unwrap());
        let wanted = if passes { Ok(()) } else { Err(RefusalCode::Forbidden) };
        let answer = answer.map(|_| ()).map_err(|refusal| refusal.code);
        assert_eq!(answer, wanted, "{subject:?} {role:?}");
    }
}

#[test]
fn conflicts_of_a_card_stay() {
    let other = writer(2, BOSS, Role::Supervisor);
    let (mut one, mut two) = (open(card(), None, &rep()), open(card(), None, &other));
    let first = one.set_fields(&[("price_level", "Kask")]).unwrap().unwrap();
    let second = two.set_fields(&[("price_level", "Tamm")]).unwrap().unwrap();
    let passed = admit(card(), None, &rep(), &[&first.bytes]).unwrap();
    let passed = admit(card(), Some(&passed.saved), &other, &[&second.bytes]).unwrap();
    let mut at_server = open(card(), Some(&passed.saved), &rep());
    assert_eq!(at_server.fields()[0].values.len(), 2);
    let settled = at_server.set_fields(&[("price_level", "Kask")]).unwrap().unwrap();
    let passed = admit(card(), Some(&passed.saved), &rep(), &[&settled.bytes]).unwrap();
    let at_server = open(card(), Some(&passed.saved), &rep());
    assert_eq!(at_server.fields()[0].values, ["Kask"]);
}

/// The clock of a phone may say anything.
#[test]
fn absurd_times_pass() {
    for millis in [i64::MIN, -1, 0, i64::MAX] {
        let mut phone = open(sheet(), None, &rep());
        let mut fact = note(1, "x");
        fact.recorded_at = UtcMillis(millis);
        let written = phone.append_fact(&fact).unwrap();
        for time in [i64::MIN.div_euclid(1_000), -1, i64::MAX / 1_000] {
            let change = tampered(&written.bytes, |change| change.time = time);
            let passed = admit(sheet(), None, &rep(), &[&change]).unwrap();
            assert_eq!(fact_ids(&passed), [[1]]);
        }
    }
}

#[test]
fn a_deflated_change_passes() {
    let mut phone = open(sheet(), None, &rep());
    let written = phone.append_fact(&note(1, &"long ".repeat(200))).unwrap();
    let mut change = Change::try_from(&written.bytes[..]).unwrap();
    let deflated = change.bytes().to_vec();
    assert!(deflated.len() < written.bytes.len());
    assert_eq!(crate::documents::change_hash(&deflated), written.hash);
    assert!(only(admit(sheet(), None, &rep(), &[&deflated]).unwrap()).is_ok());
}

/// The largest that the SDK writes must fit: the phone refuses what the gate would.
#[test]
fn what_the_phone_can_write_passes() {
    let mut phone = open(sheet(), None, &rep());
    let changes = [
        phone.edit_note(&"a".repeat(2_500)).unwrap().unwrap(),
        phone.edit_note(&"õ".repeat(2_500)).unwrap().unwrap(),
        phone.append_fact(&note(1, &"ю".repeat(2_000))).unwrap(),
    ];
    let passed = admit(sheet(), None, &rep(), &bytes(&changes)).unwrap();
    assert!(passed.changes.iter().all(Result::is_ok), "{:?}", passed.changes);
}

#[test]
fn a_damaged_document_is_our_fault() {
    let broken = admit(sheet(), Some(b"hello"), &rep(), &[]);
    assert!(matches!(broken, Err(DocumentError::Unreadable(_))));
    let other_kind = Document::genesis(DocumentKind::ClientCard).save();
    assert!(admit(sheet(), Some(&other_kind), &rep(), &[]).is_err());
}

/// R13.1: the field exists, but only a policy that says so lets it be written; taking it back is
/// always possible.
#[test]
fn home_telephones_pass_only_where_the_policy_lets_them() {
    let allowed = Writer { home_phones: true, ..rep() };
    let write = |saved: Option<&[u8]>, number: &str| {
        let mut phone = open(persons(), saved, &rep());
        phone.set_fields(&[("owner.home_telephone", number)]).unwrap().unwrap().bytes
    };
    let change = write(None, "+372 600 0000");
    let refused = only(admit(persons(), None, &rep(), &[&change]).unwrap()).unwrap_err();
    assert_eq!(refused.code, RefusalCode::Forbidden);
    assert!(refused.detail.contains("personal_data.home_phones"), "{refused}");
    assert!(!refused.detail.contains("600"), "{refused}");
    let passed = admit(persons(), None, &allowed, &[&change]).unwrap();
    assert!(passed.changes[0].is_ok());
    let back = write(Some(&passed.saved), "");
    assert!(only(admit(persons(), Some(&passed.saved), &rep(), &[&back]).unwrap()).is_ok());
}

/// A phone that was restored does not know that its fact came; the server knows it by its words.
#[test]
fn a_restored_phone_says_its_fact_again() {
    let mut before = open(sheet(), None, &rep());
    let first = [before.append_fact(&note(1, "one")).unwrap()];
    let passed = admit(sheet(), None, &rep(), &bytes(&first)).unwrap();
    let restored = Writer { install_epoch: 2, ..rep() };
    for (text, code) in [("one", RefusalCode::KnownFact), ("two", RefusalCode::BadFact)] {
        let mut after = open(sheet(), None, &restored);
        let again = [after.append_fact(&note(1, text)).unwrap()];
        let answer = admit(sheet(), Some(&passed.saved), &restored, &bytes(&again)).unwrap();
        assert_eq!(answer.changes[0].as_ref().unwrap_err().code, code);
        assert_eq!(answer.saved, passed.saved);
    }
}
