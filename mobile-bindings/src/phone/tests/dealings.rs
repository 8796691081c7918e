//! Papers, disputes and enforcement: what the phone keeps, and the slips that it says at once.

use saldo_core::enforcement::{State, Step};
use saldo_core::feed::{EnforcementRow, FeedRow};
use uuid::Uuid;

use super::{NOW, client, folder, id, invoice, world};
use crate::{
    CaseEvent, CivilDate, DisputeKind, NewDispute, NewPaper, PaperKind, PhoneError, parse_money,
};

fn day(text: &str) -> CivilDate {
    CivilDate(text.to_owned())
}

#[test]
fn days_of_a_paper_that_cannot_be_are_said_at_once() {
    let folder = folder();
    let (_office, phone) = world(&folder, Vec::new());
    // Today is 2026-11-18.
    for (dated_on, delivered_on, pay_by, good) in [
        ("2026-11-18", None, None, true),
        ("2026-11-19", None, None, false),
        ("2026-11-17", Some("2026-11-18"), None, true),
        ("2026-11-17", Some("2026-11-17"), None, true),
        ("2026-11-17", Some("2026-11-16"), None, false),
        ("2026-11-17", Some("2026-11-19"), None, false),
        ("2026-11-17", None, Some("2026-11-17"), true),
        ("2026-11-17", None, Some("2026-12-24"), true),
        ("2026-11-17", None, Some("2026-11-16"), false),
        ("17.11.2026", None, None, false),
    ] {
        let paper = NewPaper {
            paper: PaperKind::Demand,
            dated_on: day(dated_on),
            delivered_on: delivered_on.map(day),
            pay_by: pay_by.map(day),
            amount: None,
            note: String::new(),
        };
        let kept = phone.record_paper(&id(), paper, None, NOW);
        assert_eq!(kept.is_ok(), good, "{dated_on} {delivered_on:?} {pay_by:?}");
        assert!(good || matches!(kept, Err(PhoneError::Invalid { .. })));
    }
}

#[test]
fn no_more_is_disputed_than_is_unpaid() {
    let folder = folder();
    let (_office, phone) = world(&folder, vec![invoice(7, "2026-11-02", 10_000)]);
    let dispute = |number: u128, amount: &str| {
        let amount = parse_money(amount, "EUR").expect("an amount");
        let invoice = Uuid::from_u128(number).to_string();
        let dispute = DisputeKind::ShortDelivery;
        let new = NewDispute { invoice, dispute, amount, note: String::new() };
        phone.record_dispute(&id(), new, None, NOW)
    };
    dispute(7, "99.99").expect("keeps");
    dispute(7, "100.00").expect("keeps");
    assert!(matches!(dispute(7, "100.01"), Err(PhoneError::Invalid { .. })));
    assert!(matches!(dispute(7, "0"), Err(PhoneError::Invalid { .. })));
    assert!(matches!(dispute(9, "1"), Err(PhoneError::NotFound { .. })));
}

#[test]
fn an_enforcement_is_told_of_where_there_is_a_case() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let tell = || phone.record_enforcement(&id(), CaseEvent::Reached, "waits for money", None, NOW);
    assert!(matches!(tell(), Err(PhoneError::Invalid { .. })));
    let since = "2026-11-17".parse().expect("a date");
    office.tell(
        1,
        &FeedRow::Enforcement(EnforcementRow {
            client: client(),
            opened_on: since,
            state: State::Doing { step: Step::Contact, since },
            act_by: None,
            waits_until: None,
        }),
    );
    phone.sync(office.transport(), NOW).expect("syncs");
    tell().expect("keeps");
    let case = phone.dealings(&id()).expect("shows").case.expect("a case");
    assert!(case.stands.starts_with("step 1"), "{}", case.stands);
}
