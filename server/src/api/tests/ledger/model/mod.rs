//! Some hundred random steps of an ERP, many of them sent twice or at once, against a small model that
//! knows nothing of the code: what is reserved, used of the month and owed is equal after each, no limit
//! is overshot, and every release ends once.

mod steps;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::account::Contract;
use saldo_core::category::Category;
use saldo_core::ids::{ClientId, InvoiceId, PaymentId, TerritoryId};
use saldo_core::money::{Currency, Money};
use saldo_core::time::UtcMillis;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Erp, figures, id, put, shipment};
use crate::jobs;
use crate::store::clients::Client;
use crate::store::invoices::Invoice;
use crate::store::payments::{Payment, Source, TakenUpBy};
use crate::store::{clients, invoices, payments};

const STEPS: usize = 400;
const SEEDS: [u64; 2] = [1, 20_261_128];

/// A client with three months of so much behind it, all paid.
async fn add_client(erp: &Erp, number: u128, month_minor: i64, depth_minor: i64) {
    let client = Client {
        id: ClientId(Uuid::from_u128(900 + number)),
        code: format!("1000{number}"),
        name: format!("Client {number}"),
        country: "EE".to_owned(),
        currency: Currency::EUR,
        territory: TerritoryId(Uuid::from_u128(800)),
        category: Category::Reliable,
        category_since: UtcMillis(0),
        mark: None,
        contract: Contract {
            depth_minor: Some(depth_minor),
            depth_days: Some(30),
            safe_shipment_minor: None,
        },
        prepayment_percent: None,
        created_at: UtcMillis(0),
    };
    let mut tx = erp.world.state.db.begin_write().await.unwrap();
    clients::insert(&mut tx, &client).await.unwrap();
    for (month, day) in [(1, "2025-12-10"), (2, "2026-01-12"), (3, "2026-02-10")] {
        let issued_on: NaiveDate = day.parse().unwrap();
        let name = number * 10 + month;
        let invoice = Invoice {
            id: InvoiceId(Uuid::from_u128(5_000 + name)),
            client: client.id,
            number: format!("H-{month}"),
            issued_on: Some(issued_on),
            due_on: issued_on + Days::new(14),
            amount_minor: month_minor,
            open_minor: month_minor,
            disputed_minor: 0,
            was_disputed: false,
        };
        invoices::insert(&mut tx, &invoice, None).await.unwrap();
        let payment = Payment {
            id: PaymentId(Uuid::from_u128(6_000 + name)),
            client: client.id,
            paid_on: issued_on + Days::new(10),
            amount_minor: month_minor,
            source: Source::Ledger,
            source_key: format!("history/{name}"),
        };
        payments::insert(&mut tx, &payment, None).await.unwrap();
        payments::allocate(&mut tx, payment.id, TakenUpBy::These(&[invoice.id])).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub(super) async fn second_client(erp: &Erp) {
    add_client(erp, 2, 100_000, 1_000_000).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Released,
    Held,
    Shipped,
    Invoiced,
    Returned,
    Cancelled,
    Expired,
}

impl State {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

#[derive(Debug, Clone)]
struct Order {
    client: usize,
    asked: i64,
    /// Neither billed nor back.
    rest: i64,
    state: State,
    released_on: NaiveDate,
    is_billed: bool,
    is_confirmed: bool,
    is_cancel_told: bool,
    is_replaced: bool,
}

impl Order {
    fn last_day(&self) -> NaiveDate {
        self.released_on + Days::new(3)
    }

    fn is_over(&self, today: NaiveDate) -> bool {
        self.state == State::Released && self.last_day() < today
    }

    fn has_left(&self) -> bool {
        matches!(self.state, State::Shipped | State::Invoiced | State::Returned)
    }

    fn was_never_released(&self) -> bool {
        matches!(self.state, State::Held | State::Cancelled)
    }
}

/// What one client's books say, by adding up. All is of March.
#[derive(Debug, Clone, Default)]
struct Books {
    limit: i64,
    depth: i64,
    billed: i64,
    credited: i64,
    paid: i64,
    numbers: Vec<String>,
}

#[derive(Debug)]
struct Model {
    random: ChaCha8Rng,
    books: Vec<Books>,
    orders: BTreeMap<u128, Order>,
    next: u128,
    today: NaiveDate,
}

/// What is sent, and what must come of it.
struct Step {
    path: String,
    body: Value,
    status: StatusCode,
    about: Option<u128>,
}

impl Model {
    fn new(seed: u64, today: NaiveDate) -> Self {
        let of = |limit, depth| Books { limit, depth, ..Books::default() };
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            books: vec![of(100_000, 1_000_000), of(900_000, 300_000), of(500_000, 5_000_000)],
            orders: BTreeMap::new(),
            next: 1_000,
            today,
        }
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.random.random_range(0..many) == 0
    }

    fn minor(&mut self, most: i64) -> i64 {
        self.random.random_range(1..=most.max(1))
    }

    fn fresh(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    fn any_order(&mut self) -> Option<u128> {
        let many = self.orders.len();
        if many == 0 {
            return None;
        }
        // Mostly a late one: something may still become of it.
        let back = self.random.random_range(0..many.min(12));
        self.orders.keys().rev().nth(back).copied()
    }

    /// Reserved, used of the month, owed.
    fn figures(&self, client: usize) -> (i64, i64, i64) {
        let books = &self.books[client];
        let of = || self.orders.values().filter(|order| order.client == client);
        let reserved: i64 = of()
            .filter(|order| {
                order.state == State::Shipped
                    || order.state == State::Released && !order.is_over(self.today)
            })
            .map(|order| order.rest)
            .sum();
        let ordered: i64 = of()
            .filter(|order| matches!(order.state, State::Shipped | State::Released))
            .map(|order| order.rest)
            .sum();
        let used = books.billed - books.credited + ordered;
        (reserved, used, books.billed - books.credited - books.paid)
    }

    fn judge(&self, client: usize, amount: i64) -> State {
        let (reserved, used, owed) = self.figures(client);
        let books = &self.books[client];
        let fits = used + amount <= books.limit && owed + reserved + amount <= books.depth;
        if fits { State::Released } else { State::Held }
    }
}

fn code(client: usize) -> String {
    format!("1000{}", client + 1)
}

fn client_id(erp: &Erp, client: usize) -> ClientId {
    match client {
        0 => erp.world.client,
        other => ClientId(Uuid::from_u128(901 + other as u128)),
    }
}

fn text(minor: i64) -> String {
    Money::new(minor, Currency::EUR).amount_text()
}

/// Sends a step once, twice or twice at once: the answers must be one.
async fn send(erp: &Erp, model: &mut Model, step: &Step) {
    let put = async || put(&erp.router, &erp.token, &step.path, &step.body).await;
    let answers = match model.random.random_range(0..4) {
        0 => vec![put().await, put().await],
        1 => {
            let (one, other) = tokio::join!(put(), put());
            vec![one, other]
        }
        _ => vec![put().await],
    };
    for answer in &answers {
        assert_eq!(answer.status, step.status, "{} {}: {}", step.path, step.body, answer.text);
        assert_eq!(answer.text, answers[0].text, "{} {}", step.path, step.body);
    }
}

async fn state_of(erp: &Erp, model: &Model, number: u128) {
    let order = &model.orders[&number];
    let expected =
        if order.is_over(model.today) { State::Expired.name() } else { order.state.name() };
    let json = erp.get(&shipment(number)).await.json();
    assert_eq!(json["state"], expected, "{number}: {order:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_steps_leave_what_a_model_says() {
    for seed in SEEDS {
        let mut erp = Erp::new().await;
        add_client(&erp, 2, 900_000, 300_000).await;
        add_client(&erp, 3, 500_000, 5_000_000).await;
        let mut model = Model::new(seed, erp.today());
        let (mut released, mut held, mut ended) = (0, 0, 0);
        for number in 0..STEPS {
            let step = model.step();
            send(&erp, &mut model, &step).await;
            if let Some(about) = step.about.filter(|about| model.orders.contains_key(about)) {
                state_of(&erp, &model, about).await;
                match model.orders[&about].state {
                    State::Released => released += 1,
                    State::Held => held += 1,
                    _ => {}
                }
            }
            // Eighteen days: the month does not end.
            if number % 22 == 21 {
                erp.pass_days(1);
                model.today = erp.today();
                if model.one_in(2) {
                    let night = jobs::run(&erp.world.state.db, erp.world.now, model.today).await;
                    let expected = model.night();
                    assert_eq!(night.unwrap().releases_ended, expected, "seed {seed}");
                    ended += expected;
                }
            }
            for client in 0..model.books.len() {
                let account = erp.account_of(client_id(&erp, client)).await;
                let of_model = model.figures(client);
                let place = format!("seed {seed}, step {number}: {} {}", step.path, step.body);
                assert_eq!(figures(&account), of_model, "client {client}, {place}");
            }
        }
        for number in model.orders.keys() {
            state_of(&erp, &model, *number).await;
        }
        let seen = (released > 30, held > 10, ended > 2);
        assert_eq!(seen, (true, true, true), "seed {seed}: {released}, {held}, {ended}");
        erp.world.proven(50).await;
    }
}
