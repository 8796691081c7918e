//! The client card and the persons of a client, through the router: what is read is logged, and
//! who is not entitled learns nothing.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use saldo_core::roles::Role;
use serde_json::json;

use super::office::{Answer, Office, answer};

async fn form(office: &Office, role: Role, path: &str, body: &str) -> Answer {
    let token = office.token(role).await;
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap();
    answer(&office.router, request).await
}

#[tokio::test]
async fn a_card_is_written_and_read() {
    let office = Office::new().await;
    let client = format!("/clients/{}", office.world.client);
    let card = format!("/v1{client}/card");
    let written =
        form(&office, Role::Rep, &format!("{client}/card"), "field=stock&text=a+week").await;
    assert_eq!(written.status, StatusCode::SEE_OTHER, "{}", written.text);
    let written = form(&office, Role::Rep, &format!("{client}/card-note"), "note=green+door").await;
    assert_eq!(written.status, StatusCode::SEE_OTHER, "{}", written.text);
    let wrong = form(&office, Role::Rep, &format!("{client}/card"), "field=owner&text=x").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let told = office.get(&card, Some(&office.token(Role::Rep).await)).await.json();
    assert_eq!(told["fields"][0]["values"], json!(["a week"]));
    assert_eq!(told["note"], "green door");
    let page = office.get(&client, Some(&office.token(Role::Legal).await)).await;
    assert!(page.text.contains("a week") && page.text.contains("green door"));
    for role in [Role::Operator, Role::Supervisor] {
        let token = office.token(role).await;
        assert_eq!(office.get(&card, Some(&token)).await.status, StatusCode::NOT_FOUND);
        let refused = form(&office, role, &format!("{client}/card"), "field=stock&text=x").await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn persons_are_read_on_the_record_and_erased_by_those_who_may() {
    let office = Office::new().await;
    let persons = format!("/clients/{}/persons", office.world.client);
    let card = format!("/v1/clients/{}/personal-card", office.world.client);
    let body = "post=owner&detail=name&text=Mall+Sinilind";
    assert_eq!(form(&office, Role::Rep, &persons, body).await.status, StatusCode::SEE_OTHER);
    let body = "post=owner&detail=home_telephone&text=%2B372+600";
    let refused = form(&office, Role::Rep, &persons, body).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("home_phones") && !refused.text.contains("372 600"));

    // The client's page says nothing of persons; opening theirs does, and is logged.
    let rep = office.token(Role::Rep).await;
    let page = office.get(&format!("/clients/{}", office.world.client), Some(&rep)).await;
    assert!(!page.text.contains("Sinilind"));
    assert!(office.get(&persons, Some(&rep)).await.text.contains("Mall Sinilind"));
    let told = office.get(&card, Some(&rep)).await.json();
    assert_eq!(told["persons"][0]["post"], "owner");
    for role in [Role::Operator, Role::Supervisor] {
        let token = office.token(role).await;
        for path in [&persons, &card] {
            assert_eq!(office.get(path, Some(&token)).await.status, StatusCode::NOT_FOUND);
        }
    }
    let readings = format!("{card}/readings");
    assert_eq!(office.get(&readings, Some(&rep)).await.status, StatusCode::FORBIDDEN);
    let security = office.token(Role::Security).await;
    let log = office.get(&readings, Some(&security)).await.json();
    let places: Vec<_> = log.as_array().unwrap().iter().map(|one| one["place"].clone()).collect();
    assert_eq!(places, ["api", "console"]);

    let why = json!({ "why": "asked for it" });
    let erase = format!("{card}/erase");
    assert_eq!(office.post(&erase, Some(&rep), &why).await.status, StatusCode::FORBIDDEN);
    let director = office.token(Role::Director).await;
    let empty = office.post(&erase, Some(&director), &json!({ "why": "" })).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    let done = office.post(&erase, Some(&director), &why).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let page = office.get(&persons, Some(&director)).await.text;
    assert!(!page.contains("Sinilind") && page.contains("asked for it"));
    let again = form(&office, Role::FinanceControl, &format!("{persons}/erase"), "why=x").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}
