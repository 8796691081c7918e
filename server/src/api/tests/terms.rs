//! Terms, contracts and released shipments through the JSON interface: who may, and what is told.

use axum::http::StatusCode;
use saldo_core::facts::{FactBody, Order};
use saldo_core::roles::Role;
use serde_json::json;

use super::office::Office;
use crate::flow::world::{eur, today};

#[tokio::test]
async fn a_stopped_client_gets_new_terms_and_they_hold_after_the_notice() {
    let office = Office::new().await;
    office.world.overdue_invoice(11, 20, 20_000).await;
    let client = office.world.client;
    let path = format!("/v1/clients/{client}/new-terms");
    let sent = json!({ "depth": "400.00 EUR", "agreed": true, "why": "agreed with the owner" });
    for (role, status) in [(Role::Rep, 403), (Role::Security, 403), (Role::Operator, 404)] {
        let token = office.token(role).await;
        let answer = office.post(&path, Some(&token), &sent).await;
        assert_eq!(answer.status.as_u16(), status, "{role}: {}", answer.text);
    }
    let control = office.token(Role::FinanceControl).await;
    let sek = json!({ "depth": "400.00 SEK", "why": "x" });
    let foreign = office.post(&path, Some(&control), &sek).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    let id = office.post(&path, Some(&control), &sent).await.json();
    let id = id.as_str().unwrap();
    let list = office.get("/v1/terms", Some(&control)).await.json();
    assert_eq!((&list[0]["id"], &list[0]["state"]), (&json!(id), &json!("decided")));
    assert_eq!(list[0]["depth"], "400.00 EUR");
    let noticed = json!({ "step": "noticed", "on": today() });
    let step = office.post(&format!("/v1/terms/{id}"), Some(&control), &noticed).await;
    assert_eq!(step.status, StatusCode::NO_CONTENT, "{}", step.text);
    let again = office.post(&format!("/v1/terms/{id}"), Some(&control), &noticed).await;
    assert_eq!(again.code(), "conflict");
    let account = office.get(&format!("/v1/clients/{client}/account"), Some(&control)).await;
    assert_eq!(account.json()["contract"]["depth_minor"], 40_000);
    let contract = office.get(&format!("/v1/clients/{client}/contract"), Some(&control)).await;
    assert_eq!(contract.json()["contract"]["depth"], "10000.00 EUR", "the contract's own");
    let rep = office.token(Role::Rep).await;
    assert_eq!(office.get("/v1/terms", Some(&rep)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn documents_decide_who_concludes() {
    let office = Office::new().await;
    let client = office.world.client;
    let (documents, contract) =
        (format!("/v1/clients/{client}/documents"), format!("/v1/clients/{client}/contract"));
    let sales = office.token(Role::HeadOfSales).await;
    let wanted = json!({ "depth": "500.00 EUR", "depth_days": 7, "why": "agreed" });
    let refused = office.post(&contract, Some(&sales), &wanted).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"));
    assert!(refused.text.contains("charter, certified (missing)"), "{}", refused.text);
    let told = office.get(&contract, Some(&sales)).await.json();
    assert_eq!(told["who_concludes"], json!(["director"]));
    let all: Vec<_> = told["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!({ "document": one["document"], "dated_on": today() }))
        .collect();
    assert_eq!(all.len(), 8);
    let noted = office.post(&documents, Some(&sales), &json!(all)).await;
    assert_eq!(noted.status, StatusCode::NO_CONTENT, "{}", noted.text);
    let unknown = json!([{ "document": "passport" }]);
    let unknown = office.post(&documents, Some(&sales), &unknown).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let done = office.post(&contract, Some(&sales), &wanted).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let told = office.get(&contract, Some(&sales)).await.json();
    assert_eq!(
        (&told["contract"]["depth"], &told["contract"]["depth_days"]),
        (&json!("500.00 EUR"), &json!(7))
    );
    assert_eq!(told["contract"]["safe_shipment"], json!(null), "not set is not zero");
    assert_eq!(
        (&told["history"][0]["role"], &told["history"][0]["why"]),
        (&json!("head_of_sales"), &json!("agreed"))
    );
}

#[tokio::test]
async fn everybody_sees_the_shipments_of_their_clients() {
    let office = Office::new().await;
    let order = FactBody::Order(Order {
        amount: eur(10_000),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: vec![],
        note: String::new(),
    });
    office.world.send(1, order).await;
    let stranger = office.stranger(Role::Rep, "stranger").await;
    let (rep, stranger) = (office.token(Role::Rep).await, office.token_of(stranger).await);
    let told = office.get("/v1/shipments/released", Some(&rep)).await.json();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["because"]), (1, &json!("pays_on_time")));
    assert_eq!(told[0]["amount"], "100.00 EUR");
    let other = office.get("/v1/shipments/released", Some(&stranger)).await.json();
    assert_eq!(other, json!([]));
    assert_eq!(office.get("/v1/shipments/released", None).await.code(), "sign_in_first");
}
