//! The same request again is answered as the first and done once, also when copies run at once.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use saldo_core::roles::Role;
use serde_json::{Value, json};

use super::{Erp, figures, id, new_key, order, put, shipment};
use crate::flow::world::{self, World, today};
use crate::router::router;
use crate::state::AppState;
use crate::store::{Db, payments, tasks, verdicts};

/// One of each, in an order in which each is possible, with another content for each.
fn requests(erp: &Erp) -> Vec<(String, Value, Value)> {
    let changed = |body: &Value, name: &str, value: Value| {
        let mut other = body.clone();
        other[name] = value;
        other
    };
    let ask = order("600.00");
    let left = json!({"shipped_on": today(), "amount": "500.00"});
    let bill = erp.invoice("F-1", "400.00", Some(1), true);
    let back = json!({"client_code": "10001", "number": "K-1", "issued_on": today(),
        "amount": "50.00", "invoice": "F-1"});
    let paid = json!({"client_code": "10001", "amount": "100.00", "paid_on": today()});
    let second = order("300.00");
    let why = json!({"why": "not wanted"});
    vec![
        (shipment(1), ask.clone(), changed(&ask, "amount", json!("600.01"))),
        (
            format!("{}/shipped", shipment(1)),
            left.clone(),
            changed(&left, "amount", json!("499.00")),
        ),
        (format!("/v1/invoices/{}", id(2)), bill.clone(), changed(&bill, "number", json!("F-2"))),
        (format!("/v1/returns/{}", id(3)), back.clone(), changed(&back, "amount", json!("51.00"))),
        (format!("/v1/payments/{}", id(4)), paid.clone(), changed(&paid, "amount", json!("1.00"))),
        (shipment(5), second.clone(), changed(&second, "note", json!("other"))),
        (format!("{}/cancelled", shipment(5)), why.clone(), changed(&why, "why", json!("other"))),
    ]
}

/// Counts of what a request may write.
async fn fingerprint(erp: &Erp) -> (usize, usize, usize, (i64, i64, i64)) {
    let mut tx = erp.world.state.db.begin_read().await.unwrap();
    let client = erp.world.client;
    let counts = (
        verdicts::of_client(&mut tx, client, 99).await.unwrap().len(),
        payments::of_client(&mut tx, client).await.unwrap().len(),
        tasks::of_client(&mut tx, client).await.unwrap().len(),
    );
    drop(tx);
    (counts.0, counts.1, counts.2, erp.figures().await)
}

#[tokio::test]
async fn the_same_again_is_answered_the_same_and_another_content_is_refused() {
    let mut erp = Erp::new().await;
    let mut answers = Vec::new();
    for (path, body, other) in requests(&erp) {
        answers.push((path.clone(), body.clone(), erp.done(&path, body).await));
        erp.refused(StatusCode::CONFLICT, "before", &path, other).await;
    }
    let before = fingerprint(&erp).await;
    assert_eq!(before.3, (10_000, 45_000, 25_000), "10 shipped, 40 billed, 5 back, 10 paid");
    // A day later, too, and whatever became of it since.
    erp.pass_days(1);
    for (path, body, first) in answers {
        for _ in 0..2 {
            assert_eq!(erp.done(&path, body.clone()).await, first, "{path}");
        }
    }
    assert_eq!(fingerprint(&erp).await, before);
    // The words of the content matter, not how they are written.
    let spelled = json!({"deferral_days": 14, "amount": "600.0 EUR", "client": erp.world.client,
        "prepaid": false, "currency": "EUR"});
    assert_eq!(erp.done(&shipment(1), spelled).await["state"], "released");
}

#[tokio::test]
async fn an_id_names_one_thing() {
    let erp = Erp::new().await;
    erp.ask(1, "100.00").await;
    let body = erp.invoice("F-1", "100.00", Some(1), false);
    let path = format!("/v1/invoices/{}", id(1));
    erp.refused(StatusCode::CONFLICT, "another content", &path, body).await;
    // A phone's fact.
    let phones = erp.world.send(1, world::order(1_000)).await;
    let path = format!("/v1/shipments/{phones}");
    erp.refused(StatusCode::CONFLICT, "something else already", &path, order("1.00")).await;
}

/// A refused request leaves its id free.
#[tokio::test]
async fn what_was_refused_may_be_sent_right_under_its_id() {
    let erp = Erp::new().await;
    erp.refused(StatusCode::BAD_REQUEST, "above zero", &shipment(1), order("0")).await;
    let left = format!("{}/shipped", shipment(1));
    erp.ask(1, "100.00").await;
    let too_much = json!({"shipped_on": today(), "amount": "101.00"});
    erp.refused(StatusCode::CONFLICT, "`replaces`", &left, too_much).await;
    erp.left(1, "100.00").await;
}

/// Six copies of each request at once on two nodes.
async fn copies_at_once(world: World, other: AppState) {
    let erp = Erp::of(world).await;
    let nodes = [erp.router.clone(), router(other)];
    for (path, body, _) in requests(&erp) {
        let sent = (0..6).map(|copy| {
            let (node, token) = (nodes[copy % 2].clone(), erp.token.clone());
            let (path, body) = (path.clone(), body.clone());
            tokio::spawn(async move { put(&node, &token, &path, &body).await })
        });
        let mut answers = Vec::new();
        for answer in sent.collect::<Vec<_>>() {
            let answer = answer.await.unwrap();
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            answers.push(answer.text);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{path}: {answers:?}");
    }
    assert_eq!(erp.figures().await, (10_000, 45_000, 25_000));
    erp.world.proven(2).await;
    different_asks_at_once(&erp, &nodes).await;
}

/// 550.00 are free: of ten asks for 200.00 at once two are released, and of two contents under one id one
/// is taken.
async fn different_asks_at_once(erp: &Erp, nodes: &[axum::Router; 2]) {
    let send = |number: u128, body: Value, node: usize| {
        let (node, token) = (nodes[node].clone(), erp.token.clone());
        tokio::spawn(async move { put(&node, &token, &shipment(number), &body).await })
    };
    let sent: Vec<_> =
        (0..10).map(|one| send(100 + one, order("200.00"), one as usize % 2)).collect();
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for answer in sent {
        let state = answer.await.unwrap().json()["state"].as_str().unwrap().to_owned();
        *states.entry(state).or_default() += 1;
    }
    assert_eq!(states, BTreeMap::from([("held".to_owned(), 8), ("released".to_owned(), 2)]));
    let sent: Vec<_> =
        (1..=6).map(|one| send(200, order(&format!("{one}.00")), one as usize % 2)).collect();
    let mut statuses = Vec::new();
    for answer in sent {
        statuses.push(answer.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
    let account = erp.world.account().await;
    assert!(figures(&account).1 <= 100_000, "{:?}", figures(&account));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_that_run_at_once_have_one_effect() {
    let world = World::new().await;
    let other = AppState::new(world.state.db.clone(), world.state.clock);
    copies_at_once(world, other).await;
}

/// The same on nodes that share nothing but the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_that_run_at_once_on_two_nodes_have_one_effect() {
    let url = crate::testing::postgres_url().await;
    let world = World::of_database(Db::connect_postgres(&url).await.unwrap()).await;
    let other = AppState::new(Db::connect_postgres(&url).await.unwrap(), world.state.clock);
    copies_at_once(world, other).await;
}

/// The same id for two clients at once: one of them has it, whatever it names.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_id_for_two_clients_at_once_is_one_clients() {
    let erp = Erp::new().await;
    super::model::second_client(&erp).await;
    let token = new_key(&erp.world.state, 7, Role::FinanceControl).await;
    for number in 1..=5 {
        let invoice = erp.invoice(&format!("F-{number}"), "10.00", None, false);
        let paid = json!({"amount": "10.00", "paid_on": today()});
        let back = json!({"number": format!("K-{number}"), "issued_on": today(), "amount": "5.00"});
        for (path, body) in [
            (shipment(number), order("10.00")),
            (format!("/v1/invoices/{}", id(100 + number)), invoice),
            (format!("/v1/payments/{}", id(200 + number)), paid),
            (format!("/v1/returns/{}", id(300 + number)), back),
        ] {
            let sent: Vec<_> = ["10001", "10002", "10001", "10002"]
                .into_iter()
                .map(|code| {
                    let (node, token, path) = (erp.router.clone(), token.clone(), path.clone());
                    let mut body = body.clone();
                    body["client_code"] = json!(code);
                    tokio::spawn(async move { put(&node, &token, &path, &body).await })
                })
                .collect();
            let mut statuses = Vec::new();
            for answer in sent {
                statuses.push(answer.await.unwrap().status.as_u16());
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 200, 409, 409], "{path}");
        }
    }
}
