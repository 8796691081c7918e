//! Late fees and restructurings over the wire (R8).

use axum::http::StatusCode;
use chrono::Days;
use saldo_core::roles::Role;
use serde_json::{Value, json};

use super::office::Office;
use crate::flow::world::today;

#[tokio::test]
async fn a_fee_is_told_paid_once_and_waived() {
    let office = Office::new().await;
    let world = &office.world;
    let invoice = world.overdue_invoice(11, 20, 100_000).await;
    world.pay(11, invoice, today() - Days::new(8), 100_000).await;
    let path = format!("/v1/clients/{}/fees", world.client);
    let control = office.token(Role::FinanceControl).await;
    let told = office.get(&path, Some(&control)).await.json();
    assert_eq!((&told["open"], &told["payable"]), (&json!("30.00 EUR"), &json!("0.00 EUR")));
    let fee = &told["fees"][0];
    assert_eq!(
        (&fee["week"], &fee["rate_percent"], &fee["standing"]),
        (&json!(2), &json!("3"), &json!("shown"))
    );

    let payments = format!("{path}/payments");
    let body = |amount: &str| {
        json!({
            "invoice": invoice, "amount": amount, "paid_on": today().to_string(), "key": "k-1",
        })
    };
    let rep = office.token(Role::Rep).await;
    let refused = office.post(&payments, Some(&rep), &body("10.00 EUR")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let foreign = office.post(&payments, Some(&control), &body("10.00 USD")).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    for _ in 0..2 {
        let done = office.post(&payments, Some(&control), &body("10.00 EUR")).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    }
    assert_eq!(office.get(&path, Some(&control)).await.json()["open"], json!("20.00 EUR"));

    let waivers = format!("{path}/waivers");
    let head = office.token(Role::HeadOfSales).await;
    let waiver = json!({ "invoice": invoice, "why": "an old client", "key": "w-1" });
    let done = office.post(&waivers, Some(&head), &waiver).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    assert_eq!(office.get(&path, Some(&control)).await.json()["fees"], json!([]));
}

#[tokio::test]
async fn an_agreement_is_drawn_up_completed_and_approved() {
    let office = Office::new().await;
    let world = &office.world;
    let invoice = world.overdue_invoice(11, 40, 100_000).await;
    let path = format!("/v1/clients/{}/restructurings", world.client);
    let legal = office.token(Role::Legal).await;
    let director = office.token(Role::Director).await;
    let draft = |id: u128, fee: Value| {
        json!({
            "id": uuid::Uuid::from_u128(id), "signed_on": today().to_string(),
            "requested_on": today().to_string(), "invoices": [invoice], "fee": fee,
            "guarantees": ["surety"],
            "schedule": [{ "pay_on": (today() + Days::new(9)).to_string(), "amount": "1000.00 EUR" }],
        })
    };
    let done = office.post(&path, Some(&legal), &draft(1, Value::Null)).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let told = office.get(&path, Some(&legal)).await.json();
    assert_eq!((&told[0]["state"], &told[0]["missing"]), (&json!("drawn_up"), &json!(["fee"])));
    let approval = |id: u128| format!("/v1/restructurings/{}/approval", uuid::Uuid::from_u128(id));
    let incomplete = office.post(&approval(1), Some(&director), &json!({})).await;
    assert_eq!(incomplete.status, StatusCode::BAD_REQUEST);
    assert!(incomplete.text.contains("the fee"), "{}", incomplete.text);
    office.post(&path, Some(&legal), &draft(2, json!("0.00 EUR"))).await;
    let own = office.post(&approval(2), Some(&legal), &json!({})).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let done = office.post(&approval(2), Some(&director), &json!({})).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let told = office.get(&path, Some(&legal)).await.json();
    let approved = told.as_array().unwrap().iter().find(|one| one["state"] == "approved").unwrap();
    assert_eq!(approved["standing"]["standing"], json!("kept"));
    assert_eq!(approved["standing"]["next_on"], json!((today() + Days::new(9)).to_string()));
}
