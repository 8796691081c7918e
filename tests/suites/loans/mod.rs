//! Limit lent to phones (R4.9): an order taken offline within it is firm, and no limit is overshot by it,
//! whatever becomes of the phone, the line, the clocks and the client meanwhile.

mod stories;
mod weather;

use std::sync::Arc;

use rusqlite::Connection;
use saldo_core::feed::FeedRow;
use saldo_core::time::HOUR_MILLIS;
use saldo_mobile::{JudgedFactView, Money, NewOrder, Outcome, Recorded, UtcMillis, VerdictView};
use saldo_tests::inside::{Company, Handset, LIMIT_MINOR, client, solvent};

use crate::truth::count;

/// Hours for which the company lends, and for which it waits for orders on their way.
const HOURS: i64 = 12;
const LATE_HOURS: i64 = 24;

/// A company that lends four tenths of what is free, on a tenth.
fn lending() -> Arc<Company> {
    let company = Company::new();
    lend_at(&company);
    company
}

fn lend_at(company: &Company) {
    company.wait_for_a_tenth();
    company.pay_everything();
    company.policy(
        2,
        &format!("[loan]\nshare_percent = 40\nhours = {HOURS}\nlate_hours = {LATE_HOURS}"),
    );
}

fn now(company: &Company) -> UtcMillis {
    UtcMillis(company.now().0)
}

fn hours(company: &Company, hours: i64) {
    company.pass(hours * HOUR_MILLIS);
}

/// The first client.
fn shop() -> String {
    client(0).to_string()
}

/// A phone that was lent its share of the first client's limit.
fn lent_to(company: &Arc<Company>, name: &str, who: saldo_core::ids::PersonId) -> Handset {
    let phone = Handset::enrolled(company, name, who);
    phone.sync(now(company)).unwrap();
    phone.phone().borrow_limit(&shop(), now(company)).unwrap();
    phone.sync(now(company)).unwrap();
    phone
}

/// What the phone can still promise as firm, in minor units.
fn left(company: &Company, phone: &Handset) -> i64 {
    let lent = phone.phone().lent_limits(now(company)).unwrap();
    lent.iter().map(|one| one.left.minor).sum()
}

fn an_order(minor: i64) -> NewOrder {
    NewOrder {
        amount: Money { minor, currency: "EUR".to_owned() },
        deferral_days: 14,
        prepaid: false,
        wanted_on: None,
        note: String::new(),
    }
}

fn order(company: &Company, phone: &Handset, minor: i64) -> Recorded {
    phone.phone().record_order(&shop(), an_order(minor), None, now(company)).unwrap()
}

/// Whether the phone said of an order that it is firm.
fn is_firm(recorded: &Recorded) -> bool {
    recorded.provisional.as_ref().is_some_and(|verdict| verdict.firm)
}

/// What the phone shows of a fact now.
fn verdict(company: &Company, phone: &Handset, fact: &str) -> VerdictView {
    let judged = phone.phone().verdicts(now(company)).unwrap();
    let found = judged.into_iter().find(|one: &JudgedFactView| one.fact == fact);
    found.and_then(|one| one.verdict).unwrap()
}

/// The server's word on an order; it must have one.
fn decided(company: &Company, phone: &Handset, recorded: &Recorded) -> Outcome {
    let verdict = verdict(company, phone, &recorded.fact);
    assert!(!verdict.provisional, "{verdict:?}");
    verdict.outcome
}

/// No limit is overshot: what is released and what is lent stays within it, and phones are told so.
fn nothing_is_overshot(company: &Company) -> i64 {
    let (sql, at) = (company.sql(), company.now().0);
    let mut released_in_all = 0;
    for id in solvent() {
        let released = count(
            &sql,
            &format!(
                "select coalesce(sum(amount_minor), 0) from client_order
                 where state = 'released' and client_id = '{id}'"
            ),
        );
        let lent = count(
            &sql,
            &format!(
                "select coalesce(sum(lent_minor - used_minor), 0) from loan
                 where ended_at is null and set_aside_until > {at} and client_id = '{id}'"
            ),
        );
        assert!(released + lent <= LIMIT_MINOR, "{released} released and {lent} lent of {id}");
        assert_eq!(told_reserved(&sql, &id.to_string()), released + lent, "what phones are told");
        released_in_all += released;
    }
    let used = "select count(*) from loan where used_minor <>
        (select coalesce(sum(drawn_minor), 0) from loan_draw where loan_id = loan.id)";
    assert_eq!(count(&sql, used), 0, "loans that know other draws than there are");
    released_in_all
}

fn told_reserved(sql: &Connection, client: &str) -> i64 {
    let body: String = sql
        .query_row(
            "select body from feed_row where kind = 'account' and id = ?1",
            [client],
            |row| row.get(0),
        )
        .unwrap();
    let FeedRow::Account(account) = serde_json::from_str(&body).unwrap() else { panic!("{body}") };
    assert_eq!(account.reserved_minor, account.ordered_this_month.ordered_minor);
    account.reserved_minor
}

/// The doctor finds nothing, and every verdict comes out again from its basis (R14.1).
fn all_is_well(company: &Company) {
    let ill: Vec<_> = company.examine().into_iter().filter(|one| one.is_ill()).collect();
    assert!(ill.is_empty(), "{ill:?}");
    let state = company.state();
    let proof = company.wait(async {
        let mut tx = state.db.begin_read().await.unwrap();
        saldo_server::flow::explain::every_verdict_again(&mut tx).await.unwrap()
    });
    assert!(proof.differences.is_empty(), "{:?}", proof.differences);
}
