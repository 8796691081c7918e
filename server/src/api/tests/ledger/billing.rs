//! Invoices are written (R4.7): always, and what they bill counts once.

use axum::http::StatusCode;
use chrono::Days;
use saldo_core::stop_list::StopLevel;
use serde_json::json;

use super::{Erp, id, shipment};
use crate::flow::world::today;
use crate::store::standings;

fn invoice(number: u128) -> String {
    format!("/v1/invoices/{}", id(20_000 + number))
}

#[tokio::test]
async fn a_reservation_shrinks_by_what_is_billed_and_ends_with_the_last_invoice() {
    let erp = Erp::new().await;
    erp.ask(1, "900.00").await;
    erp.left(1, "800.00").await;
    for (number, amount, more, state, figures) in [
        (1, "300.00", true, "shipped", (50_000, 80_000, 30_000)),
        (2, "100.00", true, "shipped", (40_000, 80_000, 40_000)),
        // The last one bills less than left: the rest is free.
        (3, "350.00", false, "invoiced", (0, 75_000, 75_000)),
        // What comes beyond the last is owed all the same.
        (4, "10.00", false, "invoiced", (0, 76_000, 76_000)),
    ] {
        let billed = erp.bill(number, amount, 1, more).await;
        assert_eq!(billed["shipment"]["state"], state, "{billed}");
        assert_eq!(erp.figures().await, figures, "after invoice {number}");
    }
    let invoices = erp.get(&shipment(1)).await.json()["invoices"].clone();
    assert_eq!(invoices.as_array().unwrap().len(), 4);
}

/// Goods may be billed before they are confirmed, in whole and in part.
#[tokio::test]
async fn an_invoice_tells_that_goods_left() {
    let erp = Erp::new().await;
    erp.ask(1, "500.00").await;
    erp.bill(1, "200.00", 1, true).await;
    assert_eq!(erp.stands(1).await, ("shipped".into(), "300.00 EUR".into()));
    // The confirmation comes behind it, with less than was released.
    erp.left(1, "450.00").await;
    assert_eq!(erp.stands(1).await, ("shipped".into(), "250.00 EUR".into()));
    erp.bill(2, "250.00", 1, false).await;
    assert_eq!(erp.figures().await, (0, 45_000, 45_000));
    erp.ask(2, "100.00").await;
    erp.bill(3, "100.00", 2, false).await;
    assert_eq!(erp.stands(2).await, ("invoiced".into(), "0.00 EUR".into()));
    erp.left(2, "100.00").await;
    assert_eq!(erp.stands(2).await, ("invoiced".into(), "0.00 EUR".into()), "counts once");
    assert_eq!(erp.figures().await, (0, 55_000, 55_000));
}

/// Whatever the limits and the stop list say.
#[tokio::test]
async fn shipped_goods_can_always_be_billed() {
    let mut erp = Erp::new().await;
    erp.ask(1, "900.00").await;
    erp.left(1, "900.00").await;
    erp.world.overdue_invoice(11, 30, 20_000).await;
    assert_eq!(erp.ask(2, "1.00").await["state"], "refused");
    let more = erp.bill(1, "5000.00", 1, false).await;
    assert_eq!(more["open"], "5000.00 EUR", "more than left, more than any limit");
    assert_eq!(erp.figures().await, (0, 500_000, 520_000));
    // Without a shipment, too: it is owed.
    erp.done(&invoice(2), erp.invoice("F-2", "100.00", None, false)).await;
    assert_eq!(erp.figures().await, (0, 510_000, 530_000));
    erp.pass_days(1);
    let mut tx = erp.world.state.db.begin_read().await.unwrap();
    let standing = standings::of_client(&mut tx, erp.world.client).await.unwrap().unwrap();
    assert_eq!(standing.stop, StopLevel::Stopped, "looked at with the invoice");
}

/// What was never released is no shipment; of a release that ran out only what is billed counts.
#[tokio::test]
async fn what_was_not_released_is_billed_by_itself() {
    let mut erp = Erp::new().await;
    erp.ask(1, "2000.00").await;
    let body = erp.invoice("F-1", "2000.00", Some(1), false);
    erp.refused(StatusCode::CONFLICT, "without `shipment`", &invoice(1), body).await;
    erp.ask(2, "600.00").await;
    erp.pass_days(5);
    erp.bill(3, "200.00", 2, true).await;
    assert_eq!(erp.stands(2).await, ("expired".into(), "0.00 EUR".into()));
    assert_eq!(erp.figures().await.0, 0);
    assert_eq!(erp.figures().await.2, 20_000);
    erp.bill(4, "100.00", 2, false).await;
    assert_eq!(erp.stands(2).await, ("invoiced".into(), "0.00 EUR".into()));
    assert_eq!(erp.figures().await, (0, 30_000, 30_000));
}

#[tokio::test]
async fn a_number_is_sent_once() {
    let erp = Erp::new().await;
    // From a file.
    erp.world.invoice(11, today(), today() + Days::new(14), 5_000).await;
    let twice = erp.invoice("A-11", "50.00", None, false);
    erp.refused(StatusCode::CONFLICT, "A-11 already", &invoice(1), twice).await;
    erp.done(&invoice(2), erp.invoice("F-2", "50.00", None, false)).await;
    let twice = erp.invoice("F-2", "50.00", None, false);
    erp.refused(StatusCode::CONFLICT, "F-2 already", &invoice(3), twice).await;
    // An imported invoice's id is nobody else's.
    let path = format!("/v1/invoices/{}", uuid::Uuid::from_u128(1_011));
    let foreign = erp.invoice("F-4", "50.00", None, false);
    erp.refused(StatusCode::CONFLICT, "something else already", &path, foreign).await;
}

#[tokio::test]
async fn bad_invoices_say_what_to_do() {
    let erp = Erp::new().await;
    for (name, value, words) in [
        ("amount", json!("0"), "above zero"),
        ("amount", json!("5 USD"), "kept in EUR"),
        ("number", json!("  "), "number"),
        ("number", json!("x".repeat(201)), "number"),
        ("due_on", json!(today() - Days::new(1)), "before issued_on"),
        ("issued_on", json!(today() + Days::new(2)), "here it is"),
        ("more_to_com", json!(true), "unknown field"),
    ] {
        let mut body = erp.invoice("F-1", "50.00", None, false);
        body[name] = value;
        erp.refused(StatusCode::BAD_REQUEST, words, &invoice(1), body).await;
    }
    let unknown = erp.invoice("F-1", "50.00", Some(9), false);
    erp.refused(StatusCode::NOT_FOUND, "no such shipment", &invoice(1), unknown).await;
}
