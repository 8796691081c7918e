//! Who comes in.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use saldo_core::ids::ApiKeyId;
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;
use serde_json::json;

use super::{Erp, id, new_key, order, put, shipment};
use crate::api::tests::office::answer;
use crate::auth::SessionToken;
use crate::flow::world::who;
use crate::store::{api_keys, people, sessions};

async fn session(erp: &Erp) -> SessionToken {
    let token = SessionToken::draw().unwrap();
    let now = erp.world.state.clock.now();
    let mut tx = erp.world.state.db.begin_write().await.unwrap();
    let (person, end) = (who(Role::Director).person, now.plus_millis(HOUR_MILLIS));
    sessions::insert(&mut tx, &token.hash(), person, now, end).await.unwrap();
    tx.commit().await.unwrap();
    token
}

/// Every writing route.
fn routes() -> Vec<String> {
    let mut paths: Vec<String> =
        ["", "/shipped", "/cancelled"].map(|end| format!("{}{end}", shipment(1))).into();
    paths.extend(["invoices", "returns", "payments"].map(|what| format!("/v1/{what}/{}", id(1))));
    paths
}

#[tokio::test]
async fn only_a_key_that_holds_may_write() {
    let erp = Erp::new().await;
    let token = session(&erp).await;
    let bearer = |text: &str| (header::AUTHORIZATION, format!("Bearer {text}"));
    let unknown = format!("saldo_{}", "0".repeat(64));
    let cookie = (header::COOKIE, format!("saldo_session={}", token.reveal()));
    for path in routes() {
        for (shown, status, code) in [
            (None, StatusCode::UNAUTHORIZED, "bad_key"),
            (Some(bearer("nonsense")), StatusCode::UNAUTHORIZED, "bad_key"),
            (Some(bearer(&unknown)), StatusCode::UNAUTHORIZED, "bad_key"),
            (Some(bearer(token.reveal())), StatusCode::FORBIDDEN, "forbidden"),
            (Some(cookie.clone()), StatusCode::FORBIDDEN, "forbidden"),
        ] {
            let mut request =
                Request::put(path.as_str()).header(header::CONTENT_TYPE, "application/json");
            if let Some((name, value)) = &shown {
                request = request.header(name, value);
            }
            let body = Body::from(order("1.00").to_string());
            let refused = answer(&erp.router, request.body(body).unwrap()).await;
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (status, code),
                "{path} {shown:?}"
            );
        }
    }
    assert_eq!(erp.figures().await, (0, 0, 0));
}

#[tokio::test]
async fn a_revoked_key_and_one_of_somebody_who_left_hold_no_longer() {
    let erp = Erp::new().await;
    let other = new_key(&erp.world.state, 2, Role::FinanceControl).await;
    let tries = async |token| put(&erp.router, token, &shipment(1), &order("1.00")).await.status;
    assert_eq!(tries(&other).await, StatusCode::OK);
    let mut tx = erp.world.state.db.begin_write().await.unwrap();
    let key = ApiKeyId(id(90_002));
    assert!(api_keys::revoke(&mut tx, key, erp.world.now).await.unwrap());
    assert!(!api_keys::revoke(&mut tx, key, erp.world.now).await.unwrap(), "once");
    tx.commit().await.unwrap();
    assert_eq!(tries(&other).await, StatusCode::UNAUTHORIZED);
    assert_eq!(tries(&erp.token).await, StatusCode::OK, "the other key's same request");
    let mut tx = erp.world.state.db.begin_write().await.unwrap();
    people::set_active(&mut tx, who(Role::Director).person, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tries(&erp.token).await, StatusCode::UNAUTHORIZED);
}

/// A key opens the ledger's routes and nothing that is for people; people may look at shipments.
#[tokio::test]
async fn a_key_is_no_session() {
    let erp = Erp::new().await;
    erp.ask(1, "100.00").await;
    for path in ["/v1/me", "/v1/clients", "/v1/inbox", "/v1/control"] {
        assert_eq!(erp.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let queue = erp.get("/v1/shipments/released").await.json();
    assert_eq!(queue[0]["order"], json!(id(1)));
    assert_eq!(erp.get(&shipment(1)).await.status, StatusCode::OK);
    assert_eq!(erp.get(&shipment(2)).await.status, StatusCode::NOT_FOUND);
    let token = session(&erp).await;
    for path in [shipment(1), "/v1/shipments/released".to_owned()] {
        let request = Request::get(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
            .body(Body::empty())
            .unwrap();
        assert_eq!(answer(&erp.router, request).await.status, StatusCode::OK);
    }
}

/// A key sees what its person sees.
#[tokio::test]
async fn a_key_of_somebody_who_does_not_see_the_client_finds_none() {
    let erp = Erp::new().await;
    erp.ask(1, "100.00").await;
    let blind = new_key(&erp.world.state, 3, Role::Supervisor).await;
    let asked = put(&erp.router, &blind, &shipment(2), &order("1.00")).await;
    assert_eq!((asked.status, asked.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
    let left = json!({"shipped_on": erp.today()});
    let left = put(&erp.router, &blind, &format!("{}/shipped", shipment(1)), &left).await;
    assert_eq!(left.status, StatusCode::NOT_FOUND);
}
