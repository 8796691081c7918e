//! Scores over the API and in the console: who may give them, and who sees what.

use axum::http::StatusCode;
use chrono::Days;
use saldo_core::roles::Role;
use serde_json::json;

use super::office::Office;
use crate::flow::world::today;
use crate::jobs;

fn path(office: &Office, rest: &str) -> String {
    format!("/v1/clients/{}/{rest}", office.world.client)
}

#[tokio::test]
async fn finance_control_gives_scores_and_everybody_in_sight_reads_them() {
    let office = Office::new().await;
    let (rep, control) = (office.token(Role::Rep).await, office.token(Role::FinanceControl).await);
    let score = |text: &str, on: &str| {
        Some(json!({"provider": "Bureau", "rated_on": on, "score": text}).to_string())
    };
    let put = async |token, text: &str, on: &str| {
        office.ask("PUT", &path(&office, "score"), Some(token), score(text, on)).await
    };
    assert_eq!(put(&rep, "0.3", "2026-03-01").await.status, StatusCode::FORBIDDEN);
    let bad = put(&control, "35", "2026-03-01").await;
    assert_eq!((bad.status, bad.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
    assert!(bad.text.contains("between 0 (good) and 1 (bad)"), "{}", bad.text);
    assert_eq!(put(&control, "0.3", "2026-03-12").await.status, StatusCode::BAD_REQUEST);
    for _ in 0..2 {
        assert_eq!(put(&control, "0.3", "2026-03-01").await.status, StatusCode::NO_CONTENT);
    }
    let event = json!({"event": "tax_debt", "happened_on": "2026-03-02", "note": "12 months"});
    let events = path(&office, "risk-events");
    assert_eq!(office.post(&events, Some(&rep), &event).await.status, StatusCode::FORBIDDEN);
    assert_eq!(office.post(&events, Some(&control), &event).await.status, StatusCode::NO_CONTENT);
    assert_eq!(office.post(&events, Some(&control), &event).await.status, StatusCode::CONFLICT);
    let odd = json!({"event": "bad_luck", "happened_on": "2026-03-02"});
    assert_eq!(office.post(&events, Some(&control), &odd).await.status, StatusCode::BAD_REQUEST);

    let told = office.get(&path(&office, "risk?lang=et"), Some(&rep)).await.json();
    assert_eq!(told["scores"].as_array().unwrap().len(), 1);
    assert_eq!(told["events"][0]["event"], "tax_debt");
    assert_eq!(told["current"]["assessment"]["class"], "very_low");
    assert_eq!(told["class_text"], "väga väike risk");
    let stranger = office.stranger(Role::Rep, "far").await;
    let stranger = office.token_of(stranger).await;
    let far = office.get(&path(&office, "risk"), Some(&stranger)).await;
    assert_eq!(far.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_dashboard_shows_who_owes_at_which_risk() {
    let office = Office::new().await;
    let world = &office.world;
    world.overdue_invoice(11, 3, 20_000).await;
    world.invoice(12, today(), today() + Days::new(5), 30_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    let rep = office.token(Role::Rep).await;
    let found = office.get("/v1/risk", Some(&rep)).await.json();
    assert_eq!(found["totals"][0]["open"], "500.00 EUR");
    assert_eq!(found["totals"][0]["by_class"][0]["overdue"], "200.00 EUR");
    let invoices = found["clients"][0]["open_invoices"].as_array().unwrap();
    assert_eq!(invoices[0]["likelihood"]["likely_to"], "be_paid_soon");
    assert_eq!(invoices[1]["likelihood"]["likely_to"], "be_paid_in_time");
    let listed = office.get("/v1/clients?sort=risk", Some(&rep)).await.json();
    assert_eq!(listed["clients"][0]["risk"], found["clients"][0]["class"]);
    let odd = office.get("/v1/clients?sort=luck", Some(&rep)).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    let stranger = office.stranger(Role::Rep, "far").await;
    let stranger = office.token_of(stranger).await;
    let far = office.get("/v1/risk", Some(&stranger)).await.json();
    assert_eq!(far["clients"].as_array().unwrap().len(), 0);
}
