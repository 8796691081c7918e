//! The company's ERP, by its key: what it asks, ships, bills, takes back and books (R4.7).

mod asking;
mod billing;
mod coming_back;
mod doors;
mod leaving;
mod model;
mod once;
mod paying;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::ids::{ApiKeyId, ClientId, FactId};
use saldo_core::roles::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::office::{Answer, answer};
use crate::auth::ApiToken;
use crate::flow::Context;
use crate::flow::decide::{Choice, decide};
use crate::flow::world::{World, who};
use crate::router::router;
use crate::state::AppState;
use crate::store::accounts;
use crate::store::api_keys::{self, NewApiKey};
use crate::store::policies::{self, PolicyVersion};

/// A small company whose ERP has a key. Its client may be shipped 1,000.00 a month and owe 10,000.00.
pub(super) struct Erp {
    pub(super) world: World,
    pub(super) router: Router,
    pub(super) token: ApiToken,
}

impl Erp {
    pub(super) async fn new() -> Self {
        Self::of(World::new().await).await
    }

    /// Its key acts as the director, who approves no shipment.
    pub(super) async fn of(world: World) -> Self {
        let token = new_key(&world.state, 1, Role::Director).await;
        let router = router(world.state.clone());
        Self { world, router, token }
    }

    pub(super) fn pass_days(&mut self, days: i64) {
        self.world.pass_days(days);
        self.router = router(self.world.state.clone());
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.world.now.civil_date(chrono_tz::Europe::Tallinn)
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Answer {
        put(&self.router, &self.token, path, &body).await
    }

    /// The same, and it must be done.
    pub(super) async fn done(&self, path: &str, body: Value) -> Value {
        let answer = self.put(path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// The same, and it must be refused with this status and words.
    pub(super) async fn refused(&self, status: StatusCode, words: &str, path: &str, body: Value) {
        let before = self.world.account().await;
        let answer = self.put(path, body.clone()).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        let title = answer.json()["title"].as_str().unwrap().to_owned();
        assert!(title.contains(words), "{path} {body}: {title}");
        let after = self.world.account().await;
        assert_eq!(after, before, "what is refused changes nothing: {path} {body}");
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.reveal()))
            .body(Body::empty())
            .unwrap();
        answer(&self.router, request).await
    }

    /// Asks for so much under this number.
    pub(super) async fn ask(&self, number: u128, amount: &str) -> Value {
        self.done(&shipment(number), order(amount)).await
    }

    pub(super) async fn left(&self, number: u128, amount: &str) -> Value {
        let body = json!({"shipped_on": self.today(), "amount": amount});
        self.done(&format!("{}/shipped", shipment(number)), body).await
    }

    pub(super) async fn bill(&self, number: u128, amount: &str, of: u128, more: bool) -> Value {
        let body = self.invoice(&format!("F-{number}"), amount, Some(of), more);
        self.done(&format!("/v1/invoices/{}", id(10_000 + number)), body).await
    }

    /// An invoice of today, due in two weeks.
    pub(super) fn invoice(
        &self,
        number: &str,
        amount: &str,
        shipment: Option<u128>,
        more_to_come: bool,
    ) -> Value {
        json!({
            "client_code": "10001",
            "number": number,
            "issued_on": self.today(),
            "due_on": self.today() + chrono::Days::new(14),
            "amount": amount,
            "shipment": shipment.map(id),
            "more_to_come": more_to_come,
        })
    }

    /// Where a shipment stands: its state and what of it counts.
    pub(super) async fn stands(&self, number: u128) -> (String, String) {
        let json = self.get(&shipment(number)).await.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        (text("state"), text("reserved"))
    }

    /// In minor units: reserved, used of the month's limit, owed.
    pub(super) async fn figures(&self) -> (i64, i64, i64) {
        figures(&self.world.account().await)
    }

    pub(super) async fn account_of(&self, client: ClientId) -> Account {
        let mut tx = self.world.state.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, self.world.now).await.unwrap();
        accounts::load(&mut tx, &context, client).await.unwrap().unwrap()
    }

    /// The three approve the only order that waits for them.
    pub(super) async fn approve(&self) {
        for role in [Role::CommercialDirector, Role::Security, Role::FinanceControl] {
            let task = self.world.inbox(role).await.first().unwrap().id;
            let state = &self.world.state;
            decide(state, &who(role), task, Choice::Approve, "it is wanted", None).await.unwrap();
        }
    }

    /// From now on the policy reads so.
    pub(super) async fn policy(&self, from: &str, to: &str) {
        let mut tx = self.world.state.db.begin_write().await.unwrap();
        let text = saldo_core::policy::DEFAULT_TOML;
        assert!(text.contains(from), "{from}");
        let policy = PolicyVersion {
            version: 2,
            toml: text.replacen("version = 1", "version = 2", 1).replacen(from, to, 1),
            holds_from: "2026-01-01".parse().unwrap(),
            activated_at: self.world.now,
        };
        policies::insert(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
    }
}

pub(super) fn figures(account: &Account) -> (i64, i64, i64) {
    let used_minor = account.ordered_this_month.ordered_minor;
    (account.reserved_minor, used_minor, account.receivable_minor())
}

pub(super) async fn put(router: &Router, token: &ApiToken, path: &str, body: &Value) -> Answer {
    let request = Request::put(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    answer(router, request).await
}

pub(super) async fn new_key(state: &AppState, number: u128, role: Role) -> ApiToken {
    let token = ApiToken::draw().unwrap();
    let mut tx = state.db.begin_write().await.unwrap();
    let key = NewApiKey {
        id: ApiKeyId(id(90_000 + number)),
        token_hash: &token.hash(),
        person: who(role).person,
        name: "the ERP",
        created_at: state.clock.now(),
    };
    api_keys::insert(&mut tx, &key).await.unwrap();
    tx.commit().await.unwrap();
    token
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0xe0_0000_0000 + number)
}

pub(super) fn fact(number: u128) -> FactId {
    FactId(id(number))
}

pub(super) fn shipment(number: u128) -> String {
    format!("/v1/shipments/{}", id(number))
}

/// An order of the company's client.
pub(super) fn order(amount: &str) -> Value {
    json!({"client_code": "10001", "amount": amount, "deferral_days": 14})
}

pub(super) fn replacing(amount: &str, old: u128) -> Value {
    let mut order = order(amount);
    order["replaces"] = json!(id(old));
    order
}
