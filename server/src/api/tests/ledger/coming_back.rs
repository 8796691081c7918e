//! Goods come back (R4.1, R4.7).

use axum::http::StatusCode;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::{Erp, id, order, shipment};
use crate::flow::world::today;
use crate::store::payments::{self, Source};

fn path(number: u128) -> String {
    format!("/v1/returns/{}", id(30_000 + number))
}

fn note(number: &str, amount: &str, what: &str, which: Value) -> Value {
    let mut note = json!({"client_code": "10001", "number": number, "issued_on": today(),
        "amount": amount});
    note[what] = which;
    note
}

/// It lowers what is open, never below zero: the rest is the client's money.
#[tokio::test]
async fn a_return_on_an_invoice_lowers_what_is_owed_and_the_month() {
    let erp = Erp::new().await;
    erp.ask(1, "800.00").await;
    erp.bill(1, "800.00", 1, false).await;
    let first = erp.done(&path(1), note("K-1", "300.00", "invoice", json!("F-1"))).await;
    assert_eq!(
        (&first["credited"], &first["unallocated"]),
        (&json!("300.00 EUR"), &json!("0.00 EUR"))
    );
    assert_eq!(erp.figures().await, (0, 50_000, 50_000));
    let by_id = json!(id(10_001));
    let second = erp.done(&path(2), note("K-2", "600.00", "invoice", by_id)).await;
    assert_eq!(second["unallocated"], "100.00 EUR");
    assert_eq!(erp.figures().await, (0, -10_000, -10_000));
    let account = erp.world.account().await;
    assert!(account.open_invoices.is_empty());
    assert_eq!(account.unallocated_minor, 10_000);
    // R4.1: what came back may be shipped again.
    assert_eq!(erp.ask(2, "1100.00").await["state"], "released");
    // No money came in: statistics do not see it.
    let mut tx = erp.world.state.db.begin_read().await.unwrap();
    let all = payments::of_client(&mut tx, erp.world.client).await.unwrap();
    let credits = all.iter().filter(|one| one.source == Source::Credit).count();
    assert_eq!((credits, all.len()), (2, 5), "beside the three of before");
    erp.world.proven(2).await;
}

/// R4.1: in the month of the note, also when the invoice is of another, and in the mean later on.
#[tokio::test]
async fn a_return_is_deducted_in_the_month_of_its_note() {
    let mut erp = Erp::new().await;
    let used = async |erp: &Erp| erp.world.account().await.ordered_this_month.ordered_minor;
    // A-3 is of February.
    erp.done(&path(1), note("K-1", "100.00", "invoice", json!("A-3"))).await;
    assert_eq!(used(&erp).await, -10_000);
    let mut of_february = note("K-2", "30.00", "invoice", json!("A-3"));
    of_february["issued_on"] = json!("2026-02-27");
    erp.done(&path(2), of_february).await;
    assert_eq!(used(&erp).await, -10_000);
    let months = |account: saldo_core::account::Account| -> Vec<i64> {
        account.complete_months.iter().map(|month| month.ordered_minor).collect()
    };
    assert_eq!(months(erp.world.account().await), [100_000, 100_000, 97_000]);
    erp.pass_days(25);
    assert_eq!(used(&erp).await, 0);
    assert_eq!(months(erp.world.account().await), [100_000, 97_000, -10_000]);
    // Everybody's accounts at once are the same.
    let mut tx = erp.world.state.db.begin_read().await.unwrap();
    let context = crate::flow::Context::load(&mut tx, erp.world.now).await.unwrap();
    let all = crate::store::accounts::load_all(&mut tx, &context).await.unwrap();
    assert_eq!(all, [erp.world.account().await]);
}

/// In the order's own month, and nothing is owed for it.
#[tokio::test]
async fn a_return_on_a_shipment_lowers_or_ends_its_reservation() {
    let erp = Erp::new().await;
    erp.ask(1, "800.00").await;
    erp.left(1, "800.00").await;
    let of = json!(id(1));
    let part = erp.done(&path(1), note("K-1", "300.00", "shipment", of.clone())).await;
    assert_eq!((&part["freed"], &part["credited"]), (&json!("300.00 EUR"), &json!("0.00 EUR")));
    assert_eq!(erp.figures().await, (50_000, 50_000, 0));
    assert_eq!(erp.stands(1).await, ("shipped".into(), "500.00 EUR".into()));
    // A part is billed; what comes back beyond the rest is off that invoice.
    erp.bill(1, "200.00", 1, true).await;
    let rest = erp.done(&path(2), note("K-2", "350.00", "shipment", of.clone())).await;
    assert_eq!((&rest["freed"], &rest["credited"]), (&json!("300.00 EUR"), &json!("50.00 EUR")));
    assert_eq!(erp.stands(1).await, ("invoiced".into(), "0.00 EUR".into()));
    assert_eq!(erp.figures().await, (0, 15_000, 15_000));
    // After the last invoice all of it is.
    erp.done(&path(3), note("K-3", "20.00", "shipment", of)).await;
    assert_eq!(erp.figures().await, (0, 13_000, 13_000));
    // All came back before it was billed.
    erp.ask(2, "100.00").await;
    erp.left(2, "100.00").await;
    let all = erp.done(&path(4), note("K-4", "100.00", "shipment", json!(id(2)))).await;
    assert_eq!(all["shipment"]["state"], "returned");
    assert_eq!(erp.figures().await, (0, 13_000, 13_000));
}

/// Payments and returns are never blocked: not by the stop list, nor by an invoice that is not here.
#[tokio::test]
async fn a_return_is_never_blocked() {
    let erp = Erp::new().await;
    erp.world.overdue_invoice(11, 30, 20_000).await;
    erp.done(&path(1), note("K-1", "50.00", "invoice", json!("A-11"))).await;
    let unknown = erp.done(&path(2), note("K-2", "10.00", "invoice", json!("B-1"))).await;
    assert_eq!(
        (&unknown["unknown"], &unknown["unallocated"]),
        (&json!(["B-1"]), &json!("10.00 EUR"))
    );
    let neither = json!({"client_code": "10001", "number": "K-3", "issued_on": today(),
        "amount": "5.00"});
    assert_eq!(erp.done(&path(3), neither).await["unallocated"], "5.00 EUR");
    assert_eq!(erp.figures().await.2, 20_000 - 5_000 - 1_000 - 500);
}

#[tokio::test]
async fn bad_returns_say_what_to_do() {
    let erp = Erp::new().await;
    erp.done(&shipment(1), order("2000.00")).await;
    let held = note("K-1", "5.00", "shipment", json!(id(1)));
    erp.refused(StatusCode::CONFLICT, "without `shipment`", &path(1), held).await;
    let mut both = note("K-1", "5.00", "shipment", json!(id(1)));
    both["invoice"] = json!("A-1");
    erp.refused(StatusCode::BAD_REQUEST, "not both", &path(1), both).await;
    let nothing = note("K-1", "0.00", "invoice", json!("A-1"));
    erp.refused(StatusCode::BAD_REQUEST, "above zero", &path(1), nothing).await;
    let mut ahead = note("K-1", "5.00", "invoice", json!("A-1"));
    let far: NaiveDate = today() + Days::new(9);
    ahead["issued_on"] = json!(far);
    erp.refused(StatusCode::BAD_REQUEST, "here it is", &path(1), ahead).await;
    erp.done(&path(1), note("K-1", "5.00", "invoice", json!("A-1"))).await;
    let twice = note("K-1", "5.00", "invoice", json!("A-1"));
    erp.refused(StatusCode::CONFLICT, "K-1 already", &path(2), twice).await;
}
