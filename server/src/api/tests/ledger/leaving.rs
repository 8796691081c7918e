//! Goods leave (R4.7).

use axum::http::StatusCode;
use chrono::Days;
use serde_json::{Value, json};

use super::{Erp, fact, shipment};
use crate::flow::world::{self, today};
use crate::jobs;

fn shipped(number: u128) -> String {
    format!("{}/shipped", shipment(number))
}

fn on(day: chrono::NaiveDate) -> Value {
    json!({"shipped_on": day})
}

/// What left never expires, and counts in both limits until it is invoiced or returned.
#[tokio::test]
async fn what_left_counts_beyond_its_release() {
    let mut erp = Erp::new().await;
    erp.ask(1, "600.00").await;
    let left = erp.done(&shipped(1), on(today())).await;
    assert_eq!((&left["state"], &left["reserved"]), (&json!("shipped"), &json!("600.00 EUR")));
    assert_eq!((&left["shipped_on"], &left["valid_until"]), (&json!(today()), &Value::Null));
    assert_eq!(erp.get("/v1/shipments/released").await.json(), json!([]));
    erp.ask(2, "100.00").await;
    erp.pass_days(10);
    let night = jobs::run(&erp.world.state.db, erp.world.now, erp.today()).await.unwrap();
    assert_eq!(night.releases_ended, 1, "only the one that did not leave");
    assert_eq!(erp.stands(1).await, ("shipped".into(), "600.00 EUR".into()));
    assert_eq!(erp.stands(2).await, ("expired".into(), "0.00 EUR".into()));
    assert_eq!(erp.figures().await, (60_000, 60_000, 0));
    assert_eq!(erp.ask(3, "400.01").await["state"], "held");
    assert_eq!(erp.ask(4, "400.00").await["state"], "released");
    // Next month it is still reserved (R4.2), though the month's limit is another (R4.1).
    erp.pass_days(20);
    assert_eq!(erp.figures().await, (60_000, 0, 0));
    erp.world.proven(4).await;
}

/// Below, at and above the policy's deviation.
#[tokio::test]
async fn so_much_may_leave_as_was_released_and_the_policy_adds() {
    for (percent, amount, reserved) in [
        ("0", "99.99", Some("99.99 EUR")),
        ("0", "100.00", Some("100.00 EUR")),
        ("0", "100.01", None),
        ("10", "110.00", Some("110.00 EUR")),
        ("10", "110.01", None),
    ] {
        let erp = Erp::new().await;
        let set = format!("release_deviation_percent = {percent} ");
        erp.policy("release_deviation_percent = 0 ", &set).await;
        erp.ask(1, "100.00").await;
        let body = json!({"shipped_on": today(), "amount": amount});
        match reserved {
            Some(reserved) => {
                let left = erp.done(&shipped(1), body).await;
                assert_eq!(
                    (&left["reserved"], &left["amount"]),
                    (&json!(reserved), &json!(reserved))
                );
            }
            None => erp.refused(StatusCode::CONFLICT, "`replaces`", &shipped(1), body).await,
        }
    }
}

/// Less frees the rest at once.
#[tokio::test]
async fn less_frees_the_rest() {
    let erp = Erp::new().await;
    erp.ask(1, "1000.00").await;
    assert_eq!(erp.ask(2, "300.00").await["state"], "held");
    erp.left(1, "700.00").await;
    assert_eq!(erp.figures().await, (70_000, 70_000, 0));
    assert_eq!(erp.ask(3, "300.00").await["state"], "released");
}

/// A release holds for its three days; whoever tells later of goods that left in time is believed.
#[tokio::test]
async fn a_release_that_ran_out_is_honoured_if_the_goods_left_in_time() {
    for with_job in [false, true] {
        let mut erp = Erp::new().await;
        erp.ask(1, "600.00").await;
        erp.pass_days(5);
        if with_job {
            jobs::run(&erp.world.state.db, erp.world.now, erp.today()).await.unwrap();
        }
        assert_eq!(erp.stands(1).await.0, "expired");
        let (early, late) = (today() - Days::new(2), today() + Days::new(4));
        for day in [early, late] {
            erp.refused(StatusCode::CONFLICT, "ask again", &shipped(1), on(day)).await;
        }
        let left = erp.done(&shipped(1), on(today() + Days::new(3))).await;
        assert_eq!((&left["state"], &left["reserved"]), (&json!("shipped"), &json!("600.00 EUR")));
        assert_eq!(erp.figures().await, (60_000, 60_000, 0));
    }
}

#[tokio::test]
async fn what_was_not_released_does_not_leave() {
    let erp = Erp::new().await;
    erp.ask(1, "2000.00").await;
    erp.refused(StatusCode::CONFLICT, "it is held", &shipped(1), on(today())).await;
    erp.ask(2, "100.00").await;
    let why = json!({"why": "not wanted"});
    erp.done(&format!("{}/cancelled", shipment(2)), why).await;
    erp.refused(StatusCode::CONFLICT, "was cancelled", &shipped(2), on(today())).await;
    erp.world.overdue_invoice(11, 30, 20_000).await;
    assert_eq!(erp.ask(3, "1.00").await["state"], "refused");
    erp.refused(StatusCode::CONFLICT, "was refused", &shipped(3), on(today())).await;
    erp.refused(StatusCode::NOT_FOUND, "no such shipment", &shipped(9), on(today())).await;
}

#[tokio::test]
async fn bad_confirmations_say_what_to_do() {
    let erp = Erp::new().await;
    erp.ask(1, "100.00").await;
    for (body, words) in [
        (on(today() + Days::new(2)), "here it is 2026-03-11"),
        (json!({"shipped_on": "0026-03-11"}), "here it is"),
        (json!({"shipped_on": "11.03.2026"}), "shipped_on"),
        (json!({"shipped_on": today(), "amount": "0"}), "above zero"),
        (json!({"shipped_on": today(), "amount": "1.00 USD"}), "kept in EUR"),
    ] {
        erp.refused(StatusCode::BAD_REQUEST, words, &shipped(1), body).await;
    }
    // A day ahead is another time zone.
    erp.done(&shipped(1), on(today() + Days::new(1))).await;
}

/// The queue of R4.6 names phones' orders too, and they leave and are invoiced the same way.
#[tokio::test]
async fn a_phones_order_leaves_by_the_erp() {
    let erp = Erp::new().await;
    let order = erp.world.send(1, world::order(60_000)).await;
    let queue = erp.get("/v1/shipments/released").await.json();
    assert_eq!(queue[0]["order"], json!(order));
    let left = erp.done(&format!("/v1/shipments/{order}/shipped"), on(today())).await;
    assert_eq!(left["state"], "shipped");
    let mut invoice = erp.invoice("F-1", "600.00", None, false);
    invoice["shipment"] = json!(order);
    let billed = erp.done(&format!("/v1/invoices/{}", fact(1)), invoice).await;
    assert_eq!(billed["shipment"]["state"], "invoiced");
    assert_eq!(erp.figures().await, (0, 60_000, 60_000));
}
