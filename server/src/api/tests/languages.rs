//! What the rules say, in the language of the reader, and the proof that they say it again.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use saldo_core::facts::{FactBody, Order};
use saldo_core::roles::Role;
use saldo_core::verdict::Outcome;
use saldo_core::words::Language;
use serde_json::json;

use super::office::{Office, answer};
use crate::flow::world::eur;

/// An order of twice the limit: held.
async fn held(office: &Office) -> (String, String) {
    let order = Order {
        amount: eur(200_000),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: String::new(),
    };
    let fact = office.world.send(1, FactBody::Order(order)).await;
    let verdict = office.world.record(fact).await.id;
    let task = office.world.inbox(Role::FinanceControl).await.remove(0).id;
    (format!("/v1/verdicts/{verdict}"), task.to_string())
}

#[tokio::test]
async fn a_verdict_is_told_in_the_language_that_is_asked_for() {
    let office = Office::new().await;
    let (path, task) = held(&office).await;
    let token = office.token(Role::FinanceControl).await;
    let english = office.get(&path, Some(&token)).await.json();
    assert_eq!(english["outcome_text"], "held");
    for language in Language::ALL {
        let asked = format!("{path}?lang={language}");
        let told = office.get(&asked, Some(&token)).await.json();
        assert_eq!(told["outcome"], "held");
        assert_eq!(told["outcome_text"], language.outcome(Outcome::Held));
        let same = told["reasons"][0]["text"] == english["reasons"][0]["text"];
        assert_eq!(same, language == Language::English);
        let task = office.get(&format!("/v1/tasks/{task}?lang={language}"), Some(&token)).await;
        assert_eq!(task.json()["verdict"]["reasons"], told["reasons"]);
    }
    let unknown = office.get(&format!("{path}?lang=de"), Some(&token)).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_page_gives_the_reasons_in_the_browsers_language() {
    let office = Office::new().await;
    let (_, task) = held(&office).await;
    let token = office.token(Role::FinanceControl).await;
    let request = Request::get(format!("/tasks/{task}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
        .header(header::ACCEPT_LANGUAGE, "de, et;q=0.8")
        .body(Body::empty())
        .unwrap();
    let page = answer(&office.router, request).await;
    assert!(page.text.contains("ületab selle kuu tarnelimiiti"), "{}", page.text);
    assert!(page.text.contains("kommertsdirektor") && page.text.contains("lang=\"et\""));
    assert!(page.text.contains("Approve"), "the page itself stays English");
}

#[tokio::test]
async fn an_explanation_judges_again_and_lists_decisions_apart() {
    let office = Office::new().await;
    let (path, task) = held(&office).await;
    let token = office.token(Role::FinanceControl).await;
    let explained = office.get(&format!("{path}/explanation?lang=lt"), Some(&token)).await.json();
    assert_eq!(explained["same"], true);
    assert_eq!(explained["age_millis"], 0);
    assert_eq!(explained["kept"], explained["by_rules"]);
    assert_eq!(explained["decisions"], json!([]));
    assert_eq!(explained["kept"]["outcome_text"], "sulaikyta");

    let decision = json!({"choice": "approve", "why": ""});
    let done = office.post(&format!("/v1/tasks/{task}/decision"), Some(&token), &decision).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let task = office.get(&format!("/v1/tasks/{task}"), Some(&token)).await.json();
    let verdict = task["verdict"]["id"].as_str().unwrap();
    let explained =
        office.get(&format!("/v1/verdicts/{verdict}/explanation"), Some(&token)).await.json();
    assert_eq!(explained["same"], true);
    assert_eq!(explained["decisions"][0]["text"], "approved by the head of finance control");
    assert_eq!(explained["by_rules"]["approvals"].as_array().unwrap().len(), 3);
    assert_eq!(explained["kept"]["approvals"].as_array().unwrap().len(), 2);
}
