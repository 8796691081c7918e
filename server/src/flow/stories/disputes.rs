//! Disputes (R10.1): off the ladder while the service has not answered, and back on it after.

use chrono::{Days, NaiveDate};
use saldo_core::dispute::DisputeKind;
use saldo_core::escalation::Rung;
use saldo_core::facts::{Dispute, FactBody};
use saldo_core::ids::{FactId, InvoiceId};
use saldo_core::roles::Role;

use crate::error::ApiError;
use crate::flow::decide::finish;
use crate::flow::disputes::{Answer, answer};
use crate::flow::world::{World, eur, today, who};
use crate::jobs;
use crate::store::tasks::TaskRecord;
use crate::store::{disputes, standings};

fn dispute(invoice: InvoiceId, kind: DisputeKind, minor: i64) -> FactBody {
    FactBody::Dispute(Dispute {
        invoice,
        number: "A-11".to_owned(),
        dispute: kind,
        amount: eur(minor),
        note: "two boxes were missing".to_owned(),
    })
}

async fn answer_as(
    world: &World,
    role: Role,
    fact: FactId,
    credited: Option<i64>,
) -> Result<(), ApiError> {
    let words = "checked with the warehouse".to_owned();
    let said = Answer { credited: credited.map(eur), words };
    answer(&world.state, &who(role), fact, &said).await
}

async fn follow_up_of(world: &World, role: Role) -> TaskRecord {
    let inbox = world.inbox(role).await;
    inbox.into_iter().find(|task| task.kind == "dispute_follow_up").unwrap()
}

async fn kinds_of(world: &World, role: Role) -> Vec<String> {
    world.inbox(role).await.into_iter().map(|task| task.kind).collect()
}

async fn rung_of(world: &World) -> Option<Rung> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    standings::of_client(&mut tx, world.client).await.unwrap().unwrap().rung
}

async fn night(world: &World, day: NaiveDate) {
    jobs::run(&world.state.db, world.now, day).await.unwrap();
}

/// A part is disputed: the rest climbs, the service has three days, and what it credits is no longer
/// owed.
#[tokio::test]
async fn the_service_answers_and_credits() {
    let world = World::new().await;
    let invoice = world.overdue_invoice(11, 3, 20_000).await;
    let fact = world.send(1, dispute(invoice, DisputeKind::ShortDelivery, 5_000)).await;
    let open = &world.account().await.open_invoices[0];
    assert_eq!((open.disputed_minor, open.undisputed_minor()), (5_000, 15_000));
    let asked = world.inbox(Role::HeadOfSales).await;
    assert_eq!(asked[0].kind, "dispute_answer");
    assert_eq!(asked[0].due_on, Some("2026-03-13".parse().unwrap()), "Saturday: the day before");
    let plain = finish(&world.state, &who(Role::HeadOfSales), asked[0].id, "done").await;
    assert!(matches!(plain, Err(ApiError::BadRequest(_))), "the client needs an answer");

    for (role, credited) in [(Role::Legal, None), (Role::Rep, Some(5_000))] {
        let other = answer_as(&world, role, fact, credited).await;
        assert!(matches!(other, Err(ApiError::Forbidden)), "{role}");
    }
    let too_much = answer_as(&world, Role::HeadOfSales, fact, Some(5_001)).await;
    assert!(matches!(too_much, Err(ApiError::BadRequest(_))));
    answer_as(&world, Role::HeadOfSales, fact, Some(3_000)).await.unwrap();
    let open = &world.account().await.open_invoices[0];
    assert_eq!((open.open_minor, open.disputed_minor), (17_000, 0));
    assert_eq!(open.acknowledged_on, None, "a credit is no word of the client's");
    assert_eq!(kinds_of(&world, Role::HeadOfSales).await, Vec::<String>::new());
    let twice = answer_as(&world, Role::HeadOfSales, fact, None).await;
    assert!(matches!(twice, Err(ApiError::Conflict(_))));
    world.proven(0).await;
}

/// Wholly disputed, an invoice climbs no more; turned down, it is back where it was, with its task.
#[tokio::test]
async fn turned_down_it_climbs_again() {
    let world = World::new().await;
    let invoice = world.overdue_invoice(11, 3, 20_000).await;
    night(&world, today()).await;
    assert_eq!(rung_of(&world).await, Some(Rung::Rep));
    let fact = world.send(1, dispute(invoice, DisputeKind::Claim, 99_000)).await;
    assert_eq!(world.account().await.open_invoices[0].disputed_minor, 20_000, "at most the rest");
    assert_eq!(rung_of(&world).await, None);
    assert!(!kinds_of(&world, Role::Rep).await.contains(&"ladder_rep".to_owned()));
    answer_as(&world, Role::Director, fact, None).await.unwrap();
    assert_eq!(rung_of(&world).await, Some(Rung::Rep));
    assert!(kinds_of(&world, Role::Rep).await.contains(&"ladder_rep".to_owned()));
    world.proven(0).await;
}

/// Every week rep and finance control look at it, once, however often the night runs, until the
/// client is answered; a night that was missed is caught up.
#[tokio::test]
async fn it_is_followed_up_every_week() {
    let world = World::new().await;
    let invoice = world.invoice(11, today(), today() + Days::new(90), 20_000).await;
    let fact = world.send(1, dispute(invoice, DisputeKind::Promotion, 5_000)).await;
    let follow_ups = async || {
        let mut found = vec![];
        for role in [Role::Rep, Role::FinanceControl] {
            found.extend(kinds_of(&world, role).await);
        }
        found.into_iter().filter(|kind| kind == "dispute_follow_up").count()
    };
    for (day, expected) in [(1, 0), (6, 0), (8, 2), (8, 2), (13, 2)] {
        night(&world, today() + Days::new(day)).await;
        assert_eq!(follow_ups().await, expected, "day {day}");
    }
    let late = follow_up_of(&world, Role::FinanceControl).await.title;
    assert!(late.contains("the answer was due on 2026-03-13"), "{late}");
    for role in [Role::Rep, Role::FinanceControl] {
        let task = follow_up_of(&world, role).await.id;
        finish(&world.state, &who(role), task, "asked once more").await.unwrap();
    }
    night(&world, today() + Days::new(13)).await;
    assert_eq!(follow_ups().await, 0, "this week's was done");
    night(&world, today() + Days::new(14)).await;
    assert_eq!(follow_ups().await, 2);
    answer_as(&world, Role::CommercialDirector, fact, None).await.unwrap();
    assert_eq!(follow_ups().await, 0);
    world.proven(0).await;
}

/// A correction takes the earlier dispute back; one about nothing that is open goes to finance
/// control.
#[tokio::test]
async fn corrected_and_unknown() {
    let world = World::new().await;
    let invoice = world.invoice(11, today(), today() + Days::new(9), 20_000).await;
    let wrong = world.send(1, dispute(invoice, DisputeKind::Claim, 5_000)).await;
    let right = dispute(invoice, DisputeKind::ReturnedGoods, 2_000);
    let right = world.send_correcting(2, Some(wrong), right).await;
    assert_eq!(world.account().await.open_invoices[0].disputed_minor, 2_000);
    assert_eq!(kinds_of(&world, Role::HeadOfSales).await, Vec::<String>::new());
    assert_eq!(kinds_of(&world, Role::FinanceControl).await, ["dispute_answer"]);
    let mut tx = world.state.db.begin_read().await.unwrap();
    let kept = disputes::of_client(&mut tx, world.client).await.unwrap();
    assert_eq!(kept.iter().map(|one| one.fact).collect::<Vec<_>>(), [right]);
    drop(tx);
    let nowhere = InvoiceId(uuid::Uuid::from_u128(77));
    world.send(3, dispute(nowhere, DisputeKind::Claim, 5_000)).await;
    assert!(kinds_of(&world, Role::FinanceControl).await.contains(&"dispute_unknown".to_owned()));
    world.proven(0).await;
}
