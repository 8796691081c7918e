//! The provisional account, by the examples of section 15 and at each boundary.

use saldo_core::account::{Contract, MonthOfOrders, OpenInvoice};
use saldo_core::category::Category;
use saldo_core::facts::{
    Fact, FactBody, Instalment, Mark, PromisedInvoice, ReasonForDelay, Receipt, ReceiptMethod,
    Visit,
};
use saldo_core::ids::{ClientId, FactId, InvoiceId, PersonId};
use saldo_core::money::Currency;
use saldo_core::stop_list::{self, StopLevel};
use saldo_core::time::HOUR_MILLIS;
use uuid::Uuid;

use super::*;
use crate::store::{StoredFact, StoredState};

/// 2026-11-18 12:00 UTC, a Wednesday.
pub(super) const NOW: Instant = Instant(1_795_003_200_000);

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

pub(super) fn rules() -> Rules {
    Rules::new(Policy::default(), chrono_tz::Europe::Tallinn)
}

/// 1,000.00 a month so far, nothing ordered this month, nothing owed.
pub(super) fn account() -> Account {
    let month = |first: &str, ordered_minor| MonthOfOrders { month: day(first), ordered_minor };
    Account {
        client: ClientId(Uuid::from_u128(1)),
        currency: Currency::EUR,
        as_of: NOW,
        category: Category::Reliable,
        category_since: Instant(0),
        mark: Some(Mark::A),
        contract: Contract::default(),
        open_invoices: Vec::new(),
        unallocated_minor: 0,
        complete_months: vec![
            month("2026-08-01", 100_000),
            month("2026-09-01", 100_000),
            month("2026-10-01", 100_000),
        ],
        ordered_this_month: month("2026-11-01", 0),
        reserved_minor: 0,
        prepayment_percent: None,
        risk: None,
        exemptions: Vec::new(),
    }
}

pub(super) fn invoice(number: u128, due_on: &str, open_minor: i64) -> OpenInvoice {
    OpenInvoice {
        id: InvoiceId(Uuid::from_u128(number)),
        number: number.to_string(),
        issued_on: None,
        due_on: day(due_on),
        amount_minor: open_minor,
        open_minor,
        disputed_minor: 0,
        restructured_until: None,
        acknowledged_on: None,
        is_written_off: false,
        deferrals: Vec::new(),
    }
}

pub(super) fn stored(id: u128, body: FactBody) -> StoredFact {
    let fact = Fact {
        id: FactId(Uuid::from_u128(id)),
        author: PersonId(Uuid::from_u128(9)),
        client: ClientId(Uuid::from_u128(1)),
        recorded_at: NOW,
        corrects: None,
        body,
    };
    StoredFact { fact, state: StoredState::Unsent, judged: false, bound: false }
}

fn order(id: u128, minor: i64) -> StoredFact {
    let order = Order {
        amount: Money::new(minor, Currency::EUR),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: String::new(),
    };
    stored(id, FactBody::Order(order))
}

fn cash(id: u128, minor: i64, invoices: &[u128]) -> StoredFact {
    let receipt = Receipt {
        amount: Money::new(minor, Currency::EUR),
        method: ReceiptMethod::Cash,
        invoices: invoices.iter().map(|number| InvoiceId(Uuid::from_u128(*number))).collect(),
        note: String::new(),
    };
    stored(id, FactBody::Receipt(receipt))
}

fn promise(id: u128, number: u128, pay_on: &str) -> StoredFact {
    let promise = Promise {
        invoices: vec![PromisedInvoice {
            invoice: InvoiceId(Uuid::from_u128(number)),
            number: number.to_string(),
        }],
        reason: ReasonForDelay::Forgot,
        reason_text: String::new(),
        instalments: vec![Instalment { pay_on: day(pay_on), amount: Money::new(1, Currency::EUR) }],
    };
    stored(id, FactBody::Promise(promise))
}

fn visit(id: u128, mark: Mark) -> StoredFact {
    let visit = Visit {
        outlet: None,
        mark,
        outlet_state: String::new(),
        next_contact_at: None,
        help_wanted: false,
        note: String::new(),
    };
    stored(id, FactBody::Visit(visit))
}

fn outcomes(account: Account, facts: &[StoredFact], now: Instant) -> Vec<Outcome> {
    provisional(&rules(), account, facts, now).verdicts.values().map(|v| v.outcome).collect()
}

/// Section 15, example 6, on one phone: the second 60 % does not fit any more.
#[test]
fn orders_taken_before_count_as_reserved() {
    use Outcome::{Held, Released};
    for (minors, expected) in [
        (vec![60_000, 60_000], vec![Released, Held]),
        (vec![60_000, 40_000], vec![Released, Released]),
        (vec![60_000, 40_001], vec![Released, Held]),
        // What is held takes nothing: the next one may still fit, as at the server.
        (vec![100_001, 100_000], vec![Held, Released]),
    ] {
        let facts: Vec<_> = (1..).zip(&minors).map(|(id, minor)| order(id, *minor)).collect();
        assert_eq!(outcomes(account(), &facts, NOW), expected, "{minors:?}");
    }
}

#[test]
fn what_the_server_has_counted_is_not_counted_twice() {
    for (state, judged, counts) in [
        (StoredState::Unsent, false, true),
        (StoredState::Sent, false, true),
        (StoredState::Settled, false, true),
        (StoredState::Sent, true, false),
        (StoredState::Settled, true, false),
        (StoredState::Refused, false, false),
    ] {
        let fact = StoredFact { state, judged, ..order(1, 60_000) };
        let stands = provisional(&rules(), account(), &[fact], NOW);
        let expected = if counts { 60_000 } else { 0 };
        assert_eq!(stands.account.reserved_minor, expected, "{state:?}, judged {judged}");
    }
    for (state, open) in [
        (StoredState::Unsent, 700),
        (StoredState::Sent, 700),
        (StoredState::Settled, 1_000),
        (StoredState::Refused, 1_000),
    ] {
        let mut account = account();
        account.open_invoices = vec![invoice(1, "2026-12-01", 1_000)];
        let fact = StoredFact { state, ..cash(1, 300, &[]) };
        let stands = provisional(&rules(), account, &[fact], NOW);
        assert_eq!(stands.account.receivable_minor(), open, "{state:?}");
    }
}

/// A correction, sent or not, withdraws what it corrects, judged or not, and no more than that.
#[test]
fn what_is_corrected_is_withdrawn() {
    let correcting = |earlier: u128, fact: StoredFact| {
        let corrects = Some(FactId(Uuid::from_u128(earlier)));
        StoredFact { fact: Fact { corrects, ..fact.fact }, ..fact }
    };
    let by_server = |bound: bool, fact: StoredFact| StoredFact {
        state: StoredState::Settled,
        judged: true,
        bound,
        ..fact
    };
    let reserved = |in_snapshot: i64, facts: &[StoredFact]| {
        let mut account = account();
        account.reserved_minor = in_snapshot;
        account.ordered_this_month.ordered_minor = in_snapshot;
        let stands = provisional(&rules(), account, facts, NOW).account;
        (stands.reserved_minor, stands.ordered_this_month.ordered_minor)
    };
    let right = || correcting(1, order(2, 95_000));
    assert_eq!(reserved(0, &[order(1, 60_000), right()]), (95_000, 95_000));
    assert_eq!(reserved(0, &[order(1, 100_001), right()]), (95_000, 95_000));
    assert_eq!(reserved(60_000, &[by_server(true, order(1, 60_000)), right()]), (95_000, 95_000));
    assert_eq!(reserved(9_000, &[by_server(false, order(1, 60_000)), right()]), (9_000, 9_000));
    // Of somebody else: not theirs to correct.
    let mut theirs = by_server(true, order(1, 9_000));
    theirs.fact.author = PersonId(Uuid::from_u128(8));
    assert_eq!(reserved(9_000, &[theirs, right()]), (9_000, 9_000));
    // The server has judged the correction: the snapshot counts it.
    let both = [by_server(true, order(1, 60_000)), by_server(true, right())];
    assert_eq!(reserved(95_000, &both), (95_000, 95_000));

    let mut account = account();
    account.open_invoices = vec![invoice(1, "2026-11-18", 500)];
    let facts = [promise(1, 1, "2026-11-23"), correcting(1, promise(2, 1, "2026-11-22"))];
    let stands = provisional(&rules(), account.clone(), &facts, NOW);
    let until: Vec<_> =
        stands.account.open_invoices[0].deferrals.iter().map(|granted| granted.until).collect();
    assert_eq!(until, [day("2026-11-22")]);
    assert_eq!(outcomes(account, &facts, NOW), [Outcome::Accepted]);
}

#[test]
fn cash_pays_what_it_names_then_the_oldest() {
    let open = |facts: &[StoredFact]| {
        let mut account = account();
        account.open_invoices = vec![
            invoice(1, "2026-11-01", 500),
            invoice(2, "2026-11-10", 500),
            invoice(3, "2026-12-01", 500),
        ];
        let stands = provisional(&rules(), account, facts, NOW).account;
        let left: Vec<_> =
            stands.open_invoices.iter().map(|i| (i.number.clone(), i.open_minor)).collect();
        (left, stands.unallocated_minor)
    };
    let left = |pairs: &[(&str, i64)]| -> Vec<(String, i64)> {
        pairs.iter().map(|(number, minor)| ((*number).to_owned(), *minor)).collect()
    };
    assert_eq!(open(&[cash(1, 600, &[])]), (left(&[("2", 400), ("3", 500)]), 0));
    assert_eq!(open(&[cash(1, 600, &[3])]), (left(&[("1", 400), ("2", 500)]), 0));
    assert_eq!(open(&[cash(1, 1_600, &[])]), (left(&[]), 100));
    // R6.2: a payment order is announced; it frees nothing.
    let mut announced = cash(1, 600, &[]);
    if let FactBody::Receipt(receipt) = &mut announced.fact.body {
        receipt.method = ReceiptMethod::PaymentOrder {
            order_number: "17".to_owned(),
            ordered_on: day("2026-11-18"),
        };
    }
    assert_eq!(open(&[announced]), (left(&[("1", 500), ("2", 500), ("3", 500)]), 0));
}

/// R4.7: money coming in frees the stop list at once.
#[test]
fn cash_lifts_the_stop_list() {
    let mut account = account();
    account.open_invoices = vec![invoice(1, "2026-11-13", 500)];
    let level = |facts: &[StoredFact]| {
        let rules = rules();
        let stands = provisional(&rules, account.clone(), facts, NOW).account;
        stop_list::level(rules.policy(), rules.calendar(), &stands, rules.day(NOW))
    };
    assert_eq!(level(&[]), StopLevel::StopList);
    assert_eq!(level(&[cash(1, 499, &[])]), StopLevel::StopList);
    assert_eq!(level(&[cash(1, 500, &[])]), StopLevel::Free);
    assert_eq!(outcomes(account, &[cash(1, 500, &[]), order(2, 100)], NOW), [Outcome::Released]);
}

/// Section 15, example 7: no 5 + 2 on one invoice, even within one offline day.
#[test]
fn days_granted_before_add_up() {
    use Outcome::{Accepted, Pending};
    let mut account = account();
    account.open_invoices = vec![invoice(1, "2026-11-18", 500), invoice(2, "2026-11-18", 500)];
    for (facts, expected) in [
        (vec![promise(1, 1, "2026-11-23")], vec![Accepted]),
        (vec![promise(1, 1, "2026-11-24")], vec![Pending]),
        (vec![promise(1, 1, "2026-11-23"), promise(2, 1, "2026-11-25")], vec![Accepted, Pending]),
        (vec![promise(1, 1, "2026-11-23"), promise(2, 2, "2026-11-23")], vec![Accepted, Accepted]),
        (vec![visit(1, Mark::C), promise(2, 1, "2026-11-19")], vec![Pending]),
        (vec![visit(1, Mark::B), promise(2, 1, "2026-11-22")], vec![Pending]),
    ] {
        assert_eq!(outcomes(account.clone(), &facts, NOW), expected, "{facts:#?}");
    }
}

/// R4.8: older than the lease is unknown, for orders and promises alike; and takes nothing.
#[test]
fn old_figures_say_nothing() {
    let mut account = account();
    account.open_invoices = vec![invoice(1, "2026-11-18", 500)];
    let facts = [order(1, 100), promise(2, 1, "2026-11-20")];
    let lease = 72 * HOUR_MILLIS;
    use Outcome::{Accepted, Released, Unknown};
    let at_the_lease = NOW.plus_millis(lease);
    assert_eq!(outcomes(account.clone(), &facts, NOW), [Released, Accepted]);
    assert_ne!(outcomes(account.clone(), &facts, at_the_lease), [Unknown, Unknown]);
    let stands = provisional(&rules(), account, &facts, at_the_lease.plus_millis(1));
    assert!(stands.verdicts.values().all(|verdict| verdict.outcome == Unknown));
    assert_eq!(stands.account.reserved_minor, 0);
}

/// An order of last month, unsent over the turn of the month, counts in the new one.
#[test]
fn the_month_turns_offline() {
    let mut account = account();
    account.as_of = Instant(1_796_120_000_000); // 2026-12-01
    account.ordered_this_month.ordered_minor = 100_000;
    let december = Instant(1_796_126_400_000);
    let stands = provisional(&rules(), account, &[order(1, 60_000)], december).account;
    assert_eq!(stands.ordered_this_month.month, day("2026-12-01"));
    assert_eq!(stands.ordered_this_month.ordered_minor, 60_000);
    assert_eq!(stands.complete_months.len(), 4);
}
