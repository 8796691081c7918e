//! Every route asks who is there, and nobody sees another team's clients.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use saldo_core::facts::{FactBody, Order};
use saldo_core::ids::{DeviceId, VerdictId};
use saldo_core::roles::Role;
use saldo_core::wire::{Envelope, PROTOCOL, PushNumber, SyncRequest};
use serde_json::json;

use super::office::{Office, answer};
use crate::api::openapi_document;
use crate::auth::SessionToken;
use crate::flow::world::eur;
use crate::flow::{Context, categories};
use crate::store::verdicts;

/// Open to everybody; `/v1/sync` asks the phone's key instead of a session, see below.
const OPEN: [&str; 6] = [
    "/v1/health",
    "/v1/openapi.json",
    "/v1/sign-in",
    "/v1/enrol",
    // Phones prove who they are by their signature.
    "/v1/sync",
    "/v1/news",
];

const PAGES: [&str; 11] = [
    "/",
    "/categories",
    "/clients",
    "/aging",
    "/risk",
    "/alerts",
    "/phones",
    "/security",
    "/clients/00000000-0000-0000-0000-000000000384",
    "/clients/00000000-0000-0000-0000-000000000384/persons",
    "/tasks/00000000-0000-0000-0000-000000000001",
];

#[tokio::test]
async fn every_route_asks_who_is_there() {
    let office = Office::new().await;
    let document = serde_json::to_value(openapi_document()).unwrap();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        let path = path.replace("{id}", "00000000-0000-0000-0000-000000000384");
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let body = (method == "POST").then(|| "{}".to_owned());
            let answer = office.ask(&method, &path, None, body).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.text);
            assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
            asked += 1;
        }
    }
    assert!(asked >= 12, "only {asked} routes were asked");
}

#[tokio::test]
async fn a_phone_that_was_never_let_in_is_told_so() {
    let office = Office::new().await;
    let request = SyncRequest {
        protocol: PROTOCOL,
        app_version: "1.0".to_owned(),
        phone_time: office.world.now,
        ..SyncRequest::default()
    };
    let push = PushNumber { number: 1, previous: Vec::new() };
    let device = DeviceId(uuid::Uuid::from_u128(1));
    let envelope = Envelope::seal(device, 1, push, &request, &[7; 32]).unwrap();
    let body = Body::from(envelope.to_bytes().unwrap());
    let request = Request::post("/v1/sync").body(body).unwrap();
    let refused = answer(&office.router, request).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.code(), "foreign_device");
    assert_eq!(office.events().await[0].event, "foreign_device");
}

#[tokio::test]
async fn every_page_leads_to_the_sign_in() {
    let office = Office::new().await;
    for path in PAGES {
        let answer = office.get(path, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header(header::LOCATION).starts_with("/sign-in"), "{path}");
    }
    for path in ["/tasks/x/decision", "/tasks/x/done", "/phones/code", "/phones/x/revoke"] {
        let answer = office.ask("POST", path, None, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let office = Office::new().await;
    for path in ["/sign-in", "/", "/v1/health", "/nowhere"] {
        let answer = office.get(path, None).await;
        assert!(
            answer.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(answer.header(header::X_FRAME_OPTIONS), "DENY");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    }
    let style = office.get("/assets/console.css", None).await;
    assert!(style.header(header::CACHE_CONTROL).contains("immutable"));
}

/// An order of twice the limit: held, so that there is a task, a verdict and a fact.
async fn office_with_a_held_order() -> (Office, Vec<String>) {
    let office = Office::new().await;
    let order = Order {
        amount: eur(200_000),
        deferral_days: 7,
        prepaid: false,
        wanted_on: None,
        loan: None,
        lines: Vec::new(),
        note: "for Easter".to_owned(),
    };
    let fact = office.world.send(1, FactBody::Order(order)).await;
    let mut tx = office.world.state.db.begin_read().await.unwrap();
    let verdict: VerdictId = verdicts::latest_of_fact(&mut tx, fact).await.unwrap().unwrap().id;
    let task = office.world.inbox(Role::FinanceControl).await.remove(0).id;
    let client = office.world.client;
    let paths = vec![
        format!("/v1/clients/{client}"),
        format!("/v1/clients/{client}/account"),
        format!("/v1/tasks/{task}"),
        format!("/v1/verdicts/{verdict}"),
        format!("/v1/verdicts/{verdict}/explanation"),
        format!("/clients/{client}"),
        format!("/tasks/{task}"),
    ];
    (office, paths)
}

async fn statuses(office: &Office, paths: &[String], token: &SessionToken) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in paths {
        statuses.push(office.get(path, Some(token)).await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn nobody_sees_another_teams_clients() {
    let (office, paths) = office_with_a_held_order().await;
    for role in Role::ALL {
        let token = office.token(role).await;
        // The world's rep serves the client and has no supervisor; the operator sees nobody.
        let sees = !matches!(role, Role::Supervisor | Role::Operator);
        let status = if sees { 200 } else { 404 };
        assert_eq!(statuses(&office, &paths, &token).await, vec![status; paths.len()], "{role}");
        let list = office.get("/v1/clients", Some(&token)).await.json();
        assert_eq!(list["total"], u64::from(sees), "{role}");
        let aging = office.get("/v1/aging?as_of=2026-02-15", Some(&token)).await.json();
        assert_eq!(aging["clients"].as_array().unwrap().len(), usize::from(sees), "{role}");
    }
    let stranger = office.stranger(Role::Rep, "other rep").await;
    let token = office.token_of(stranger).await;
    assert_eq!(statuses(&office, &paths, &token).await, vec![404; paths.len()]);
    let task = &paths[2];
    let decision = json!({"choice": "approve", "why": "", "guarantee_letter": false});
    let refused = office.post(&format!("{task}/decision"), Some(&token), &decision).await;
    assert_eq!(refused.code(), "not_found");
}

#[tokio::test]
async fn whoever_decides_finds_the_request_and_decides() {
    let (office, paths) = office_with_a_held_order().await;
    let token = office.token(Role::FinanceControl).await;
    let inbox = office.get("/", Some(&token)).await;
    assert!(inbox.text.contains("To decide") && inbox.text.contains("Reliable Ltd"));
    let page = office.get(&paths[6], Some(&token)).await;
    for words in ["Order of 2\u{202f}000.00\u{202f}EUR", "for Easter", "R4.1", "Approve", "held"] {
        assert!(page.text.contains(words), "{words} is missing in {}", page.text);
    }
    let decision = json!({"choice": "reject", "why": "too much at once"});
    let decided = office.post(&format!("{}/decision", paths[2]), Some(&token), &decision).await;
    assert_eq!(decided.status, StatusCode::NO_CONTENT, "{}", decided.text);
    let task = office.get(&paths[2], Some(&token)).await.json();
    assert_eq!(task["state"], "done");
    let again = office.post(&format!("{}/decision", paths[2]), Some(&token), &decision).await;
    assert_eq!(again.code(), "conflict");
}

#[tokio::test]
async fn pages_are_for_their_roles() {
    let office = Office::new().await;
    for role in Role::ALL {
        let token = office.token(role).await;
        for path in ["/", "/clients", "/aging", "/alerts", "/phones"] {
            let answer = office.get(path, Some(&token)).await;
            assert_eq!(answer.status, StatusCode::OK, "{role} at {path}: {}", answer.text);
        }
        let security = office.get("/security", Some(&token)).await.status;
        let may = matches!(role, Role::Operator | Role::Director);
        assert_eq!(security == StatusCode::OK, may, "{role}");
    }
    let token = office.token(Role::Director).await;
    let nowhere = office.get("/nowhere", Some(&token)).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.text.contains("Not found"));
    assert_eq!(office.get("/v1/nowhere", None).await.code(), "not_found");
}

/// R2.6: the three confirm what is suggested on their page; the last one's click changes it.
#[tokio::test]
async fn the_three_confirm_categories_on_their_page() {
    let office = Office::new().await;
    office.world.overdue_invoice(7, 40, 10_000).await;
    let mut tx = office.world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, office.world.now).await.unwrap();
    categories::suggest(&mut tx, &context, context.today).await.unwrap();
    tx.commit().await.unwrap();
    for role in Role::ALL {
        let page = office.get("/categories", Some(&office.token(role).await)).await;
        let may = categories::REVIEWERS.contains(&role) || role == Role::Director;
        assert_eq!(page.status == StatusCode::OK, may, "{role}: {}", page.text);
        assert_eq!(page.text.contains("40 days late"), may, "{role}");
    }
    let refused = office.post("/categories/confirm", None, &json!({})).await;
    assert_ne!(refused.status, StatusCode::OK);
    for role in categories::REVIEWERS {
        assert_eq!(office.world.account().await.category.name(), "reliable");
        let token = office.token(role).await;
        let done = office.post("/categories/confirm", Some(&token), &json!({})).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{role}: {}", done.text);
    }
    assert_eq!(office.world.account().await.category.name(), "threatened");
}
