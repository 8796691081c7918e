//! Asked for, replaced, cancelled.

use axum::http::StatusCode;
use saldo_core::roles::Role;
use saldo_core::verdict::Outcome;
use serde_json::json;

use super::{Erp, fact, id, order, replacing, shipment};
use crate::flow::world;
use crate::store::{audit, documents, facts, feed, scopes};

fn cancelled(number: u128) -> String {
    format!("{}/cancelled", shipment(number))
}

#[tokio::test]
async fn an_ask_is_judged_as_an_order_from_a_phone() {
    let erp = Erp::new().await;
    let released = erp.ask(1, "600.00").await;
    assert_eq!(
        (&released["state"], &released["outcome"]),
        (&json!("released"), &json!("released"))
    );
    assert_eq!(
        (&released["amount"], &released["reserved"]),
        (&json!("600.00 EUR"), &json!("600.00 EUR"))
    );
    assert_eq!(released["valid_until"], "2026-03-14", "R4.7: three days");
    let held = erp.ask(2, "600.00").await;
    assert_eq!((&held["state"], &held["reserved"]), (&json!("held"), &json!("0.00 EUR")));
    assert_eq!(held["approvals"], json!(["commercial_director", "security", "finance_control"]));
    assert!(held["reasons"].as_array().unwrap().iter().any(|one| one["rule"] == "R4.1"), "{held}");
    assert_eq!(erp.figures().await, (60_000, 60_000, 0));
    // A phone's order of the same goods would be held too, and is judged on the ERP's reservation.
    let phones = erp.world.send(1, world::order(50_000)).await;
    assert_eq!(erp.world.verdict(phones).await.outcome, Outcome::Held);
    erp.world.proven(3).await;
}

/// A fact of the key's person, with verdict, basis, seal and feed row; of no phone's document.
#[tokio::test]
async fn what_an_ask_leaves_behind() {
    let erp = Erp::new().await;
    erp.ask(1, "600.00").await;
    // As it does by itself in a moment.
    erp.world.state.sequencer.run(&erp.world.state.db).await.unwrap();
    let mut tx = erp.world.state.db.begin_read().await.unwrap();
    let record = facts::by_id(&mut tx, fact(1)).await.unwrap().unwrap();
    let director = world::who(Role::Director).person;
    assert_eq!((record.fact.author, record.fact.body.kind()), (director, "order"));
    let document = saldo_core::ids::DocumentId::of_program(director);
    assert!(documents::by_ids(&mut tx, [document]).await.unwrap().is_empty());
    let mut making = erp.world.state.db.begin_write().await.unwrap();
    let scope = scopes::person(&mut making, director).await.unwrap();
    drop(making);
    let told = feed::get(&mut tx, scope, "verdict", &fact(1).to_string()).await.unwrap();
    assert!(told.is_some(), "the author's phone is told");
    let verdict = erp.world.record(fact(1)).await;
    for about in [verdict.id.to_string(), id(1).to_string()] {
        assert_eq!(audit::newest(&mut tx, Some(&about), 5).await.unwrap().len(), 1, "{about}");
    }
    let of_request = audit::newest(&mut tx, Some(&id(1).to_string()), 1).await.unwrap().remove(0);
    assert!(of_request.number.is_some(), "sealed after commit");
    assert!(of_request.body.contains(&director.to_string()), "{}", of_request.body);
}

#[tokio::test]
async fn what_was_held_is_released_by_those_who_approve() {
    let erp = Erp::new().await;
    erp.ask(1, "2000.00").await;
    assert_eq!(erp.stands(1).await, ("held".into(), "0.00 EUR".into()));
    erp.approve().await;
    assert_eq!(erp.stands(1).await, ("released".into(), "2000.00 EUR".into()));
    assert_eq!(erp.figures().await, (200_000, 200_000, 0));
    erp.world.proven(4).await;
}

/// R4.7: an increase, another amount and a re-opened order pass the same gate.
#[tokio::test]
async fn what_replaces_an_order_is_judged_without_it() {
    let erp = Erp::new().await;
    erp.ask(1, "600.00").await;
    // Beside the first it would not fit; in its place it does.
    let increased = erp.done(&shipment(2), replacing("900.00", 1)).await;
    assert_eq!(increased["state"], "released");
    assert_eq!(erp.stands(1).await, ("cancelled".into(), "0.00 EUR".into()));
    assert_eq!(erp.get(&shipment(1)).await.json()["replaced_by"], json!(id(2)));
    assert_eq!(erp.figures().await, (90_000, 90_000, 0));
    // Too much: the old one is taken back all the same, as with a correction.
    let too_much = erp.done(&shipment(3), replacing("1000.01", 2)).await;
    assert_eq!(too_much["state"], "held");
    assert_eq!(erp.figures().await, (0, 0, 0));
    let again = erp.done(&shipment(4), replacing("1000.00", 3)).await;
    assert_eq!(again["state"], "released");
    assert!(erp.world.inbox(Role::Security).await.is_empty(), "nobody is asked about the held one");
    // Cancelled, and opened again.
    erp.done(&cancelled(4), json!({"why": "the client does not want it"})).await;
    assert_eq!(erp.done(&shipment(5), replacing("1000.00", 4)).await["state"], "released");
    assert_eq!(erp.figures().await, (100_000, 100_000, 0));
    // A phone's order too.
    let phones = erp.world.send(1, world::order(1)).await;
    let mut instead = order("1.00");
    instead["replaces"] = json!(phones);
    assert_eq!(erp.done(&shipment(6), instead).await["state"], "held");
    erp.world.proven(7).await;
}

#[tokio::test]
async fn what_has_left_or_was_replaced_cannot_be_replaced() {
    let erp = Erp::new().await;
    erp.ask(1, "100.00").await;
    erp.left(1, "100.00").await;
    erp.ask(2, "100.00").await;
    erp.bill(2, "100.00", 2, false).await;
    erp.ask(3, "100.00").await;
    erp.done(&shipment(4), replacing("110.00", 3)).await;
    for (old, words) in
        [(1, "has left (shipped)"), (2, "has left (invoiced)"), (3, "was replaced by")]
    {
        let body = replacing("120.00", old);
        erp.refused(StatusCode::CONFLICT, words, &shipment(9), body).await;
    }
    erp.refused(StatusCode::BAD_REQUEST, "itself", &shipment(9), replacing("1.00", 9)).await;
    erp.refused(StatusCode::NOT_FOUND, "no such shipment", &shipment(9), replacing("1.00", 8))
        .await;
}

#[tokio::test]
async fn a_cancelled_order_frees_at_once_and_nobody_is_asked_any_more() {
    let mut erp = Erp::new().await;
    erp.ask(1, "600.00").await;
    erp.ask(2, "600.00").await;
    assert_eq!(erp.world.inbox(Role::Security).await.len(), 1);
    let why = json!({"why": "not wanted"});
    for number in [1, 2] {
        let done = erp.done(&cancelled(number), why.clone()).await;
        assert_eq!((&done["state"], &done["why"]), (&json!("cancelled"), &json!("not wanted")));
    }
    assert_eq!(erp.figures().await, (0, 0, 0));
    assert!(erp.world.inbox(Role::Security).await.is_empty());
    // Refused and expired ones too.
    erp.ask(3, "600.00").await;
    erp.pass_days(4);
    assert_eq!(erp.stands(3).await, ("expired".into(), "0.00 EUR".into()));
    assert_eq!(erp.done(&cancelled(3), why.clone()).await["state"], "cancelled");
    erp.world.overdue_invoice(11, 30, 20_000).await;
    assert_eq!(erp.ask(4, "1.00").await["state"], "refused");
    assert_eq!(erp.done(&cancelled(4), why.clone()).await["state"], "cancelled");
    erp.ask(5, "1.00").await;
    erp.refused(StatusCode::BAD_REQUEST, "why", &cancelled(5), json!({"why": " "})).await;
    erp.refused(StatusCode::NOT_FOUND, "no such shipment", &cancelled(9), why).await;
}

#[tokio::test]
async fn what_has_left_is_not_cancelled() {
    let erp = Erp::new().await;
    let why = json!({"why": "not wanted"});
    erp.ask(1, "100.00").await;
    erp.left(1, "100.00").await;
    erp.refused(StatusCode::CONFLICT, "/v1/returns/", &cancelled(1), why.clone()).await;
    erp.bill(1, "100.00", 1, false).await;
    erp.refused(StatusCode::CONFLICT, "/v1/returns/", &cancelled(1), why).await;
}

#[tokio::test]
async fn bad_asks_say_what_to_do() {
    let erp = Erp::new().await;
    let with = |name: &str, value: serde_json::Value| {
        let mut body = order("100.00");
        body[name] = value;
        body
    };
    for (body, words) in [
        (with("amount", json!("0.00")), "above zero"),
        (with("amount", json!("-5.00")), "above zero"),
        (with("amount", json!("1.005")), "more decimals"),
        (with("amount", json!("12,50")), "not an amount"),
        (with("amount", json!(12.5)), "string"),
        (with("amount", json!("100.00 USD")), "kept in EUR"),
        (with("currency", json!("USD")), "kept in EUR"),
        (with("currency", json!("EURO")), "not a currency"),
        (with("client_code", json!("nobody")), "import"),
        (with("client", json!(id(1))), "either `client`"),
        (json!({"amount": "1.00", "deferral_days": 1}), "either `client`"),
        (json!({"client_code": "10001", "amount": "1.00"}), "deferral_days"),
        (with("deferral_days", json!(-1)), "u16"),
        (with("deferal_days", json!(14)), "unknown field"),
        (with("note", json!("x".repeat(5_000))), "write at most"),
    ] {
        erp.refused(StatusCode::BAD_REQUEST, words, &shipment(1), body).await;
    }
    let path = "/v1/shipments/ORDER-17";
    erp.refused(StatusCode::BAD_REQUEST, "UUID", path, order("1.00")).await;
    // The id is still free, and what is named twice may agree.
    let fitting = json!({"client": erp.world.client, "amount": "100.00 EUR", "currency": "EUR",
        "prepaid": true, "lines": [{"article": "A-1", "quantity_thousandths": 1_500}]});
    assert_eq!(erp.done(&shipment(1), fitting).await["state"], "released");
}
