//! Money comes in (R4.7).

use axum::http::StatusCode;
use chrono::Days;
use saldo_core::facts::{FactBody, Instalment, Promise, PromisedInvoice, ReasonForDelay};
use saldo_core::ids::InvoiceId;
use saldo_core::roles::Role;
use saldo_core::stop_list::StopLevel;
use serde_json::{Value, json};

use super::{Erp, id};
use crate::flow::world::{eur, today};
use crate::jobs;
use crate::store::{promises, standings};

fn path(number: u128) -> String {
    format!("/v1/payments/{}", id(40_000 + number))
}

fn money(amount: &str, invoices: Value) -> Value {
    json!({"client_code": "10001", "amount": amount, "paid_on": today(), "invoices": invoices})
}

#[tokio::test]
async fn the_named_invoices_take_money_up_else_the_oldest_due() {
    for (amount, named, open, idle) in [
        ("50.00", json!([]), [10_000, 5_000], "0.00 EUR"),
        ("150.00", json!([]), [5_000, 0], "0.00 EUR"),
        ("150.00", json!(["A-11"]), [0, 5_000], "0.00 EUR"),
        ("50.00", json!([uuid::Uuid::from_u128(1_011)]), [5_000, 10_000], "0.00 EUR"),
        ("250.00", json!(["A-12"]), [0, 0], "50.00 EUR"),
        // An invoice that is not here: the rest is kept for the next one.
        ("150.00", json!(["A-11", "F-9"]), [0, 10_000], "50.00 EUR"),
    ] {
        let erp = Erp::new().await;
        // The second is due first.
        let later = today() + Days::new(20);
        erp.world.invoice(11, today(), later, 10_000).await;
        erp.world.invoice(12, today(), later - Days::new(1), 10_000).await;
        let paid = erp.done(&path(1), money(amount, named.clone())).await;
        let account = erp.world.account().await;
        let of = |number: u128| {
            let wanted = InvoiceId(uuid::Uuid::from_u128(1_000 + number));
            account
                .open_invoices
                .iter()
                .find(|one| one.id == wanted)
                .map_or(0, |one| one.open_minor)
        };
        assert_eq!([of(11), of(12)], open, "{amount} for {named}");
        assert_eq!(paid["unallocated"], idle, "{paid}");
    }
}

/// What was paid ahead pays the invoice when it comes: a prepaid order never climbs the ladder.
#[tokio::test]
async fn idle_money_pays_the_next_invoice() {
    let erp = Erp::new().await;
    erp.done(&path(1), money("70.00", json!([]))).await;
    assert_eq!(erp.figures().await, (0, 0, -7_000));
    let invoice = format!("/v1/invoices/{}", id(2));
    let billed = erp.done(&invoice, erp.invoice("F-2", "100.00", None, false)).await;
    assert_eq!((&billed["amount"], &billed["open"]), (&json!("100.00 EUR"), &json!("30.00 EUR")));
    assert_eq!(erp.figures().await, (0, 10_000, 3_000));
}

/// At once: limit, stop list, the ladder's tasks, the promise, and what phones see.
#[tokio::test]
async fn money_frees_everything_at_once() {
    let erp = Erp::new().await;
    let invoice = erp.world.overdue_invoice(11, 3, 20_000).await;
    let promise = FactBody::Promise(Promise {
        invoices: vec![PromisedInvoice { invoice, number: "A-11".to_owned() }],
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![Instalment { pay_on: today() + Days::new(2), amount: eur(20_000) }],
    });
    let promised = erp.world.send(1, promise).await;
    jobs::run(&erp.world.state.db, erp.world.now, today()).await.unwrap();
    let stands = async || {
        let mut tx = erp.world.state.db.begin_read().await.unwrap();
        let stop = standings::of_client(&mut tx, erp.world.client).await.unwrap().unwrap().stop;
        let promise = promises::of_client(&mut tx, erp.world.client).await.unwrap().remove(0);
        assert_eq!(promise.fact, promised);
        (stop, promise.state)
    };
    let before = stands().await;
    assert!(!erp.world.inbox(Role::Rep).await.is_empty());
    erp.done(&path(1), money("50.00", json!([]))).await;
    assert_eq!(stands().await, before, "a part frees nothing");
    assert_eq!(before.1, "open");
    erp.done(&path(2), money("150.00", json!(["A-11"]))).await;
    assert_eq!(stands().await, (StopLevel::Free, "kept".to_owned()));
    let kinds: Vec<String> =
        erp.world.inbox(Role::Rep).await.into_iter().map(|task| task.kind).collect();
    assert!(!kinds.iter().any(|kind| kind.starts_with("ladder_")), "{kinds:?}");
    assert_eq!(erp.ask(3, "100.00").await["state"], "released");
}

#[tokio::test]
async fn bad_payments_say_what_to_do() {
    let erp = Erp::new().await;
    for (name, value, words) in [
        ("amount", json!("0"), "above zero"),
        ("amount", json!("-1.00"), "above zero"),
        ("amount", json!("5 USD"), "kept in EUR"),
        ("paid_on", json!(today() + Days::new(2)), "here it is"),
        ("client_code", json!("nobody"), "there is no client"),
        ("invoice", json!("A-1"), "unknown field"),
    ] {
        let mut body = money("5.00", json!([]));
        body[name] = value;
        erp.refused(StatusCode::BAD_REQUEST, words, &path(1), body).await;
    }
    // The id of an imported payment.
    let taken = format!("/v1/payments/{}", uuid::Uuid::from_u128(2_001));
    erp.refused(StatusCode::CONFLICT, "make a new one", &taken, money("5.00", json!([]))).await;
}
