//! The facade as a screen uses it.

mod cards;
mod control;
mod dealings;
mod full;
mod killed;
mod persons;
mod told;

use std::sync::Arc;

use saldo_core::account::{Account, Contract, MonthOfOrders, OpenInvoice};
use saldo_core::documents::{Stop, Subject};
use saldo_core::facts::Mark as CoreMark;
use saldo_core::feed::{AlertRow, ClientRow, FeedRow, OutletRow, PolicyRow, TaskRow};
use saldo_core::ids::{
    AlertId, ClientId, FactId, InvoiceId, OutletId, TaskId, TerritoryId, VerdictId,
};
use saldo_core::money::Currency;
use saldo_core::policy::DEFAULT_TOML;
use saldo_core::roles::Role as CoreRole;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::verdict::{
    Effect as CoreEffect, JudgedFact, Outcome as CoreOutcome, Reason, Verdict, What,
};
use saldo_core::wire::{ScopeId, WholeDocument};
use tempfile::TempDir;
use uuid::Uuid;

use super::Phone;
use crate::testing::{Office, open, person, sheet};
use crate::{
    Category, CivilDate, ContactWay, FactState, Mark, NewContact, NewInstalment, NewOrder,
    NewPromise, NewReceipt, NewVisit, Outcome, PaidBy, PhoneError, ReasonForDelay, RiskClass, Role,
    StopLevel, UtcMillis, parse_money,
};

/// 2026-11-18 12:00 UTC, a Wednesday.
const NOW: UtcMillis = UtcMillis(1_795_003_200_000);
const HOUR: i64 = 3_600_000;

fn client() -> ClientId {
    ClientId(Uuid::from_u128(1))
}

fn invoice(number: u128, due_on: &str, open_minor: i64) -> OpenInvoice {
    OpenInvoice {
        id: InvoiceId(Uuid::from_u128(number)),
        number: format!("A-{number}"),
        issued_on: None,
        due_on: due_on.parse().expect("a date"),
        amount_minor: open_minor,
        open_minor,
        disputed_minor: 0,
        restructured_until: None,
        acknowledged_on: None,
        is_written_off: false,
        deferrals: Vec::new(),
    }
}

fn account(open_invoices: Vec<OpenInvoice>) -> FeedRow {
    let month = |first: &str| MonthOfOrders {
        month: first.parse().expect("a date"),
        ordered_minor: 100_000,
    };
    FeedRow::Account(Box::new(Account {
        client: client(),
        currency: Currency::EUR,
        as_of: Instant(NOW.0),
        category: saldo_core::category::Category::Reliable,
        category_since: Instant(0),
        mark: Some(CoreMark::A),
        contract: Contract::default(),
        open_invoices,
        unallocated_minor: 0,
        complete_months: vec![month("2026-08-01"), month("2026-09-01"), month("2026-10-01")],
        ordered_this_month: MonthOfOrders {
            month: "2026-11-01".parse().expect("a date"),
            ordered_minor: 0,
        },
        reserved_minor: 0,
        prepayment_percent: None,
        risk: None,
        exemptions: Vec::new(),
    }))
}

/// A phone of a rep with one client that has these open invoices.
fn world(folder: &TempDir, open_invoices: Vec<OpenInvoice>) -> (Arc<Office>, Arc<Phone>) {
    let office = Office::new();
    let policy = PolicyRow { version: 1, toml: DEFAULT_TOML.to_owned() };
    office.tell(1, &FeedRow::Policy(policy));
    office.tell(
        1,
        &FeedRow::Client(ClientRow {
            id: client(),
            code: "C-1".to_owned(),
            name: "Õunapuu OÜ".to_owned(),
            territory: TerritoryId(Uuid::from_u128(1)),
            outlets: vec![OutletRow {
                id: OutletId(Uuid::from_u128(5)),
                name: "Shop".to_owned(),
                address: "Pirita tee 5".to_owned(),
            }],
            personal_card: Some(1),
        }),
    );
    office.tell(1, &account(open_invoices));
    let phone = office.phone(folder.path(), "anna");
    phone.sync(office.transport(), NOW).expect("syncs");
    (office, phone)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn order(amount: &str) -> NewOrder {
    NewOrder {
        amount: parse_money(amount, "EUR").expect("an amount"),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        note: String::new(),
    }
}

fn promise(invoice: u128, pay_on: &str) -> NewPromise {
    NewPromise {
        invoices: vec![Uuid::from_u128(invoice).to_string()],
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![NewInstalment {
            pay_on: CivilDate(pay_on.to_owned()),
            amount: parse_money("5", "EUR").expect("an amount"),
        }],
    }
}

fn visit(mark: Mark) -> NewVisit {
    NewVisit {
        outlet: None,
        mark,
        outlet_state: String::new(),
        next_contact_at: None,
        help_wanted: false,
        note: "shelves full".to_owned(),
    }
}

fn id() -> String {
    client().to_string()
}

#[test]
fn before_anybody_is_let_in() {
    let folder = folder();
    let phone = open(folder.path());
    assert_eq!(phone.status().expect("tells").identity, None);
    assert_eq!(phone.clients("", NOW), Err(PhoneError::NotEnrolled));
    assert_eq!(phone.record_note(&id(), "x", NOW), Err(PhoneError::NotEnrolled));
    assert_eq!(phone.sync(Office::new().transport(), NOW), Err(PhoneError::NotEnrolled));
}

#[test]
fn the_list_and_the_account() {
    let folder = folder();
    let (_, phone) =
        world(&folder, vec![invoice(1, "2026-11-13", 50_000), invoice(2, "2026-12-01", 7)]);
    for (search, found) in [("", 1), ("õunap", 1), ("c-1", 1), ("PIRITA", 1), ("nobody", 0)] {
        assert_eq!(phone.clients(search, NOW).expect("lists").len(), found, "{search}");
    }
    let lines = phone.clients("", NOW).expect("lists");
    let figures = lines[0].figures.as_ref().expect("figures");
    assert_eq!(figures.balance.to_string(), "500.07 EUR");
    assert_eq!(figures.overdue.to_string(), "500.00 EUR");
    assert_eq!((figures.stop, figures.category), (StopLevel::StopList, Category::Reliable));

    let account = phone.client_by_code("c-1", NOW).expect("shows").account.expect("figures");
    assert_eq!(account.invoices.iter().map(|i| i.days_overdue).collect::<Vec<_>>(), [5, -13]);
    assert_eq!(account.may_do.rep_days, 5);
    assert_eq!(account.may_do.free_limit.map(|free| free.minor), Some(0));
    assert_eq!(account.may_do.shipment.outcome, Outcome::Held);
    assert!(account.rung.is_some());
    assert!(!account.stale);
}

#[test]
fn a_day_offline_is_judged_with_everything_recorded() {
    let folder = folder();
    let (office, phone) = world(&folder, vec![invoice(1, "2026-11-18", 50_000)]);
    let outcome = |recorded: crate::Recorded| recorded.provisional.map(|verdict| verdict.outcome);
    let first = phone.record_order(&id(), order("600"), None, NOW).expect("keeps");
    assert_eq!(outcome(first), Some(Outcome::Released));
    let second = phone.record_order(&id(), order("600"), None, NOW).expect("keeps");
    let verdict = second.provisional.clone().expect("a verdict");
    assert_eq!((verdict.outcome, verdict.provisional), (Outcome::Held, true));
    assert_eq!(verdict.approvals, [Role::CommercialDirector, Role::Security, Role::FinanceControl]);
    let five = phone.record_promise(&id(), promise(1, "2026-11-23"), None, NOW).expect("keeps");
    assert_eq!(outcome(five), Some(Outcome::Accepted));
    let account = phone.client(&id(), NOW).expect("shows").account.expect("figures");
    assert_eq!(account.invoices[0].effective_due_on, CivilDate("2026-11-23".to_owned()));
    assert_eq!(account.invoices[0].rep_days_left, 0);
    let two = phone.record_promise(&id(), promise(1, "2026-11-25"), None, NOW).expect("keeps");
    assert_eq!(outcome(two), Some(Outcome::Pending));
    assert_eq!(outcome(phone.record_visit(&id(), visit(Mark::B), NOW).expect("keeps")), None);
    let account = phone.client(&id(), NOW).expect("shows").account.expect("figures");
    assert_eq!((account.mark, account.may_do.rep_days), (Some(Mark::B), 3));

    // The server says otherwise, and that is what counts from then on.
    phone.sync(office.transport(), NOW).expect("syncs");
    let fact: FactId = second.fact.parse().expect("an id");
    let why = What::Turned { role: CoreRole::Security, at: Instant(NOW.0), why: "no".to_owned() };
    office.tell(
        1,
        &FeedRow::Verdict(Box::new(JudgedFact {
            id: VerdictId::of_fact(fact, "first"),
            fact,
            client: client(),
            judged_at: Instant(NOW.0),
            verdict: Verdict {
                outcome: CoreOutcome::Refused,
                reasons: vec![Reason::new("R6.7", CoreEffect::Refuses, why)],
                approvals: Vec::new(),
                papers: Vec::new(),
                policy_version: 1,
            },
            currency: Currency::EUR,
        })),
    );
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(report.verdicts, 1);
    let verdicts = phone.verdicts(NOW).expect("lists");
    assert_eq!(verdicts.len(), 4);
    let judged = verdicts.iter().find(|judged| judged.fact == second.fact).expect("is listed");
    let verdict = judged.verdict.as_ref().expect("a verdict");
    assert_eq!((judged.state, verdict.outcome), (FactState::Judged, Outcome::Refused));
    assert!(!verdict.provisional);
    assert_eq!(verdict.reasons[0].text, "rejected by the head of security: no");
    let waiting = verdicts.iter().filter(|judged| judged.state == FactState::AtServer).count();
    assert_eq!(waiting, 3);
}

/// A correction takes the earlier one's place; only what can be corrected is.
#[test]
fn a_correction_takes_the_place_of_an_earlier_order() {
    let folder = folder();
    let (office, phone) = world(&folder, vec![invoice(1, "2026-11-18", 50_000)]);
    let outcome = |recorded: &crate::Recorded| recorded.provisional.clone().map(|v| v.outcome);
    let wrong = phone.record_order(&id(), order("900"), None, NOW).expect("keeps");
    assert_eq!(outcome(&wrong), Some(Outcome::Released));
    let right =
        phone.record_order(&id(), order("950"), Some(wrong.fact.clone()), NOW).expect("keeps");
    assert_eq!(outcome(&right), Some(Outcome::Released), "beside the first it would not fit");
    let facts = phone.client(&id(), NOW).expect("shows").facts;
    assert_eq!(facts[0].corrects.as_ref(), Some(&wrong.fact));
    assert_eq!(facts[0].words, "correction: order of 950.00 EUR, 7 days");
    let verdicts = phone.verdicts(NOW).expect("lists");
    let verdict_of = |recorded: &crate::Recorded| {
        verdicts.iter().find(|judged| judged.fact == recorded.fact).expect("listed").verdict.clone()
    };
    assert_eq!(verdict_of(&wrong), None);
    assert_eq!(verdict_of(&right).map(|verdict| verdict.outcome), Some(Outcome::Released));

    let refused = |corrects: &str, part: &str| {
        let error = phone
            .record_order(&id(), order("1"), Some(corrects.to_owned()), NOW)
            .expect_err(part)
            .to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(&wrong.fact, "corrected already");
    refused(&Uuid::from_u128(404).to_string(), "not on this phone");
    let pledge = phone.record_promise(&id(), promise(1, "2026-11-20"), None, NOW).expect("keeps");
    refused(&pledge.fact, "an order is corrected by an order");
    assert_eq!(phone.status().expect("tells").unsent, 3);
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(phone.status().expect("tells").unsent, 0);
}

/// A newer server's policy has keys that this app does not know: it judges by the rest. A value
/// that it does not understand it does not guess; everything but the verdict still works.
#[test]
fn a_newer_policy_leaves_the_phone_working() {
    for more in ["\n[moon]\nphase = \"full\"", "\n[ladder.audit]\nday = 3"] {
        let folder = folder();
        let (office, phone) = world(&folder, Vec::new());
        office.tell(
            1,
            &FeedRow::Policy(PolicyRow { version: 2, toml: format!("{DEFAULT_TOML}{more}") }),
        );
        phone.sync(office.transport(), NOW).expect("syncs");
        let recorded = phone.record_order(&id(), order("1"), None, NOW).expect("is kept");
        assert!(recorded.provisional.is_some(), "{more}");
    }
    let folder = folder();
    let (office, phone) = world(&folder, vec![invoice(7, "2026-10-01", 100_000)]);
    let toml = DEFAULT_TOML.replace("reckoning = \"by_week\"", "reckoning = \"by_moon\"");
    office.tell(1, &FeedRow::Policy(PolicyRow { version: 2, toml }));
    phone.sync(office.transport(), NOW).expect("syncs");
    let recorded = phone.record_order(&id(), order("1"), None, NOW).expect("is kept");
    assert!(recorded.provisional.is_none());
    assert_eq!(phone.client(&id(), NOW).expect("shows").code, "C-1");
    assert_eq!(phone.verdicts(NOW).expect("lists").len(), 1);
    // The invoice's late fee is told by the account alone.
    let invoice = Uuid::from_u128(7).to_string();
    let waiver = crate::NewWaiver { invoice, why: "an old friend".to_owned() };
    assert!(phone.record_waiver(&id(), waiver, NOW).expect("is kept").provisional.is_none());
}

/// R4.8: the lease counts from the last sync that brought everything.
#[test]
fn old_figures_are_told_as_unknown() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let stale =
        |phone: &Phone, at| phone.client(&id(), at).expect("shows").account.expect("figures").stale;
    let (at, after) = (UtcMillis(NOW.0 + 72 * HOUR), UtcMillis(NOW.0 + 72 * HOUR + 1));
    assert!(!stale(&phone, at));
    assert!(stale(&phone, after));
    let recorded =
        phone.record_order(&id(), order("1"), None, after).expect("is kept all the same");
    assert_eq!(recorded.provisional.map(|verdict| verdict.outcome), Some(Outcome::Unknown));
    let account = phone.client(&id(), after).expect("shows").account.expect("figures");
    assert_eq!(account.may_do.free_limit, None);
    phone.sync(office.transport(), after).expect("syncs");
    assert!(!stale(&phone, after), "nothing changed at the server, and that is news");
}

#[test]
fn the_sheet_shows_stops_facts_and_words() {
    let folder = folder();
    let (office, phone) = world(&folder, vec![invoice(1, "2026-11-13", 50_000)]);
    let today =
        Subject::RouteSheet { person: person("anna"), day: "2026-11-18".parse().expect("a date") };
    let saved = sheet(today, |sheet| {
        let stop = |client, position| Stop { client, position, purpose: "overdue".to_owned() };
        let gone = ClientId(Uuid::from_u128(99));
        sheet.plan_stops(&[stop(client(), 1), stop(gone, 2)]).expect("fits");
    });
    let scope = ScopeId(1);
    office.books().snapshots.push(WholeDocument { subject: today, scope, saved, is_bare: false });
    phone.sync(office.transport(), NOW).expect("syncs");
    assert!(!phone.route_sheet(None, NOW).expect("shows").stops[0].visited);

    let minute = |count: i64| UtcMillis(NOW.0 + count * 60_000);
    phone.record_visit(&id(), visit(Mark::C), minute(1)).expect("keeps");
    let call = NewContact { way: ContactWay::Call, reached: false, said: String::new() };
    phone.record_contact(&id(), call, minute(2)).expect("keeps");
    let amount = parse_money("100", "EUR").expect("an amount");
    let cash =
        NewReceipt { amount, paid_by: PaidBy::Cash, invoices: Vec::new(), note: String::new() };
    phone.record_receipt(&id(), cash.clone(), minute(3)).expect("keeps");
    let ordered_on = CivilDate("2026-11-17".to_owned());
    let announced = PaidBy::PaymentOrder { order_number: "17".to_owned(), ordered_on };
    phone
        .record_receipt(&id(), NewReceipt { paid_by: announced, ..cash }, minute(4))
        .expect("keeps");
    phone.record_promise(&id(), promise(1, "2026-11-20"), None, minute(5)).expect("keeps");
    phone.record_order(&id(), order("10"), None, minute(6)).expect("keeps");
    phone.record_note(&id(), "asks for Anna", minute(7)).expect("keeps");
    phone.edit_note(None, "rain", minute(8)).expect("keeps");

    let sheet = phone.route_sheet(None, minute(9)).expect("shows");
    assert_eq!(sheet.day.to_string(), "2026-11-18");
    assert_eq!(sheet.note, "rain");
    let stops: Vec<_> = sheet.stops.iter().map(|s| (s.client.code.as_str(), s.visited)).collect();
    assert_eq!(stops, [("C-1", true), ("", false)]);
    let words: Vec<_> = sheet.facts.iter().map(|fact| fact.words.as_str()).collect();
    assert_eq!(
        words,
        [
            "visit, mark (c): shelves full",
            "call, nobody reached",
            "100.00 EUR in cash",
            "100.00 EUR announced by payment order 17 of 2026-11-17",
            "promises 5.00 EUR by 2026-11-20 for A-1 (no funds)",
            "order of 10.00 EUR, 7 days",
            "note: asks for Anna",
        ]
    );
    let account = phone.client(&id(), minute(9)).expect("shows").account.expect("figures");
    assert_eq!(account.balance.to_string(), "400.00 EUR", "cash counts");
    assert_eq!(account.announced.len(), 1, "the bank's does not yet");
    let status = phone.status().expect("tells");
    assert_eq!((status.unsent, status.oldest_unsent_at), (8, Some(minute(1))));
}

#[test]
fn what_makes_no_sense_is_told_and_not_kept() {
    let folder = folder();
    let (_, phone) = world(&folder, Vec::new());
    let invalid = |result: Result<crate::Recorded, PhoneError>, part: &str| {
        let error = result.expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    };
    let stranger = Uuid::from_u128(404).to_string();
    invalid(phone.record_note(&stranger, "x", NOW), "not on this phone");
    invalid(phone.record_note("C-1", "x", NOW), "not on this phone");
    invalid(phone.record_note(&id(), &"x".repeat(4_001), NOW), "4001 bytes");
    invalid(phone.record_order(&id(), order("0"), None, NOW), "above zero");
    invalid(phone.record_promise(&id(), promise(7, "2026-11-20"), None, NOW), "open invoice");
    assert_eq!(phone.status().expect("tells").unsent, 0);
}
