//! A small company behind a router, and people with sessions.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;
use serde_json::Value;
use tower::ServiceExt;

use crate::auth::SessionToken;
use crate::clock::Clock;
use crate::flow::world::{World, who};
use crate::router::router;
use crate::store::people::Person;
use crate::store::security::SecurityRecord;
use crate::store::{people, security, sessions};

/// A company with its router.
pub(super) struct Office {
    pub(super) world: World,
    pub(super) router: Router,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The stable code of a problem.
    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Office {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let router = router(world.state.clone());
        Self { world, router }
    }

    /// The same company so many hours later.
    pub(super) fn later(&self, hours: i64) -> Router {
        let mut state = self.world.state.clone();
        state.clock = Clock { shift_millis: state.clock.shift_millis + hours * HOUR_MILLIS };
        router(state)
    }

    /// A session of the person with this role.
    pub(super) async fn token(&self, role: Role) -> SessionToken {
        self.token_of(who(role).person).await
    }

    pub(super) async fn token_of(&self, person: PersonId) -> SessionToken {
        let token = SessionToken::draw().unwrap();
        let now = self.world.state.clock.now();
        let mut tx = self.world.state.db.begin_write().await.unwrap();
        let end = now.plus_millis(12 * HOUR_MILLIS);
        sessions::insert(&mut tx, &token.hash(), person, now, end).await.unwrap();
        tx.commit().await.unwrap();
        token
    }

    /// Adds somebody of a role who has nothing to do with the world's client.
    pub(super) async fn stranger(&self, role: Role, login: &str) -> PersonId {
        let person = Person {
            id: PersonId(uuid::Uuid::from_u128(7_000 + role as u128)),
            login: login.to_owned(),
            name: login.to_owned(),
            role,
            supervisor: None,
            password_hash: String::new(),
            active: true,
            created_at: self.world.now,
        };
        let mut tx = self.world.state.db.begin_write().await.unwrap();
        people::insert(&mut tx, &person).await.unwrap();
        tx.commit().await.unwrap();
        person.id
    }

    pub(super) async fn events(&self) -> Vec<SecurityRecord> {
        let mut tx = self.world.state.db.begin_read().await.unwrap();
        security::recent(&mut tx, 50).await.unwrap()
    }

    pub(super) async fn get(&self, path: &str, token: Option<&SessionToken>) -> Answer {
        self.ask("GET", path, token, None).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        token: Option<&SessionToken>,
        body: &Value,
    ) -> Answer {
        self.ask("POST", path, token, Some(body.to_string())).await
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&SessionToken>,
        json: Option<String>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let body = match json {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json)
            }
            None => Body::empty(),
        };
        answer(&self.router, request.body(body).unwrap()).await
    }
}

/// What a router answers.
pub(super) async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 4 << 20).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
