//! What one push, one document and one answer may cost, whoever writes.

use super::*;

/// What a refusal says may repeat what was written, but not at any length: 500 of them must fit into
/// one answer.
#[test]
fn refusals_are_short() {
    let (_, phone, _) = started();
    let id = note(9, "x").id.to_string();
    for field in ["kind", "recorded_at", "client", "author", "id"] {
        let value = "ü\u{7}".repeat(15_000);
        let bytes =
            by_hand(&phone, &rep(), |doc| write_fact(doc, &id, field, value.as_str().into()));
        let refusal = admit_alone(&bytes).unwrap_err();
        assert_eq!(refusal.code, BadFact, "{field}");
        assert!(refusal.detail.len() < 500, "{field}: {} bytes", refusal.detail.len());
    }
}

/// Writes so many changes of 5,000 letters into the note. By hand: the app writes less at once.
fn long_note(subject: Subject, changes: usize) -> Vec<Vec<u8>> {
    let mut phone = open(subject, None, &rep());
    let text = "a".repeat(crate::documents::MOST_OPERATIONS);
    let mut written = Vec::new();
    for _ in 0..changes {
        let change = by_hand(&phone, &rep(), |doc| {
            doc.splice_text(container(doc, "note"), 0, 0, &text).unwrap();
        });
        phone.apply(&[&change]).unwrap();
        written.push(change);
    }
    written
}

/// A push full of changes that only the proof finds: those of a large document do not get a proof
/// each, and the rest comes again.
#[test]
fn a_push_full_of_broken_changes_is_looked_at_so_far() {
    let long = long_note(sheet(), 2);
    let long: Vec<_> = long.iter().map(Vec::as_slice).collect();
    let saved = admit(sheet(), None, &rep(), &long).unwrap().saved;
    let mut phone = open(sheet(), Some(&saved), &rep());
    let genesis = genesis_actor(&mut phone.doc.clone());
    let mut pushed = Vec::new();
    for n in 0..60 {
        let stop = crate::documents::Stop { client: CLIENT, position: n, purpose: "x".into() };
        let planned = phone.clone().plan_stops(&[stop]).unwrap().unwrap();
        pushed.push(tampered(&planned.bytes, |change| {
            change.operations[0].pred = vec![OpId(1, genesis.clone())].into();
        }));
    }
    pushed.push(phone.append_fact(&note(9, "good")).unwrap().bytes);
    let mut rounds = 0;
    loop {
        let given: Vec<_> = pushed.iter().map(Vec::as_slice).collect();
        let passed = admit(sheet(), Some(&saved), &rep(), &given).unwrap();
        let looked_at = passed.changes.len();
        assert!(looked_at > 0, "every push gets on");
        rounds += 1;
        if looked_at == pushed.len() {
            assert!(passed.changes.last().unwrap().is_ok(), "{:?}", passed.changes.last());
            break;
        }
        assert!(passed.changes.iter().all(Result::is_err));
        pushed.drain(..looked_at);
    }
    assert!(rounds > 2, "{rounds}");
}

/// Letters that repeat weigh next to nothing in a saved document; they are counted all the same.
#[test]
fn a_document_has_only_so_many_operations() {
    let most = usize::try_from(crate::documents::MOST_DOCUMENT_OPERATIONS).unwrap();
    let whole = most / crate::documents::MOST_OPERATIONS;
    let changes = long_note(card(), whole + 1);
    let given: Vec<_> = changes.iter().map(Vec::as_slice).collect();
    let passed = admit(card(), None, &rep(), &given).unwrap();
    assert!(passed.saved.len() < 100_000, "{}", passed.saved.len());
    let admitted = passed.changes.iter().filter(|answer| answer.is_ok()).count();
    // The genesis has some as well.
    assert_eq!(admitted, whole - 1);
    let first_refused = passed.changes.iter().find_map(|answer| answer.as_ref().err());
    assert_eq!(first_refused.unwrap().code, TooLarge);
}

/// Automerge keeps times as differences: after a time at the end of 64 bits nobody could write any
/// more. Found by the suite of hostile phones.
#[test]
fn a_time_that_no_clock_says_stands_in_nobodys_way() {
    let (saved, mut phone, _) = started();
    let good = phone.append_fact(&note(9, "good")).unwrap();
    for time in [i64::MIN, i64::MAX, i64::MAX / 1_000 + 2, i64::MIN / 1_000 - 2] {
        let change = tampered(&good.bytes, |change| change.time = time);
        refused("an absurd time", &change, &[Malformed]);
    }
    for time in [i64::MIN.div_euclid(1_000), i64::MAX / 1_000] {
        let change = tampered(&good.bytes, |change| change.time = time);
        let passed = admit(sheet(), Some(&saved), &rep(), &[&change]).unwrap();
        assert!(passed.changes[0].is_ok(), "{:?}", passed.changes[0]);
        for millis in [i64::MIN, 0, i64::MAX] {
            let other = writer(2, REP, Role::Rep);
            let mut next = note(8, "next");
            next.recorded_at = UtcMillis(millis);
            let mut colleague = open(sheet(), Some(&passed.saved), &other);
            let change = colleague.append_fact(&next).unwrap();
            let after = admit(sheet(), Some(&passed.saved), &other, &[&change.bytes]).unwrap();
            assert!(after.changes[0].is_ok(), "{:?}", after.changes[0]);
        }
    }
}
