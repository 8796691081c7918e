//! The weekly list and what reps say of it (R11.1).

use chrono::NaiveDate;
use saldo_core::facts::{FactBody, OverdueComment};
use saldo_core::feed::{FeedRow, WeeklyListRow};
use saldo_core::ids::InvoiceId;
use saldo_core::roles::Role;
use saldo_core::weekly_control::Comment;

use crate::flow::weekly;
use crate::flow::world::{World, who};
use crate::jobs;
use crate::store::{feed, scopes};

fn says(invoice: InvoiceId, number: &str, comment: Comment) -> FactBody {
    FactBody::Comment(OverdueComment { invoice, number: number.to_owned(), comment })
}

async fn list(world: &World) -> Option<WeeklyListRow> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let rep = who(Role::Rep).person;
    let scope = scopes::person(&mut tx, rep).await.unwrap();
    match feed::get(&mut tx, scope, "weekly_list", &rep.to_string()).await.unwrap() {
        Some(FeedRow::WeeklyList(row)) => Some(row),
        _ => None,
    }
}

/// From Wednesday to Monday, 2026-03-16, the day of the list.
async fn monday(world: &mut World) -> NaiveDate {
    let tuesday: NaiveDate = "2026-03-17".parse().unwrap();
    world.pass_days(5);
    let day = tuesday.pred_opt().unwrap();
    for _ in 0..2 {
        jobs::run(&world.state.db, world.now, day).await.unwrap();
    }
    day
}

async fn of_kind(world: &World, role: Role, kind: &str) -> Vec<String> {
    let inbox = world.inbox(role).await;
    inbox.into_iter().filter(|task| task.kind == kind).map(|task| task.title).collect()
}

#[tokio::test]
async fn the_list_goes_out_and_comments_come_back() {
    let mut world = World::led().await;
    let first = world.overdue_invoice(11, 9, 10_000).await;
    let second = world.overdue_invoice(12, 3, 5_000).await;
    jobs::run(&world.state.db, world.now, "2026-03-11".parse().unwrap()).await.unwrap();
    assert_eq!(list(&world).await, None, "it is Wednesday");
    let day = monday(&mut world).await;
    let row = list(&world).await.unwrap();
    assert_eq!(row.list_on, day);
    let told: Vec<_> =
        row.lines.iter().map(|one| (one.line.number.as_str(), one.line.days_overdue)).collect();
    assert_eq!(told, [("A-11", 14), ("A-12", 7)]);
    let ask = of_kind(&world, Role::Rep, weekly::TASK_KIND).await;
    assert_eq!(ask, ["Comment on your overdue 2 invoices"]);

    world.send(1, says(first, "A-11", Comment::WaitingForBank)).await;
    assert!(of_kind(&world, Role::FinanceControl, weekly::TOLD_KIND).await.is_empty());
    assert_eq!(of_kind(&world, Role::Rep, weekly::TASK_KIND).await.len(), 1);
    // Not a standard answer: told at once, and once.
    for number in [2, 3] {
        world.send(number, says(second, "A-12", Comment::AsksReconciliation)).await;
    }
    for role in [Role::FinanceControl, Role::Supervisor] {
        let told = of_kind(&world, role, weekly::TOLD_KIND).await;
        assert_eq!(told, ["A-12: asks for a reconciliation"], "{role}");
    }
    assert!(of_kind(&world, Role::Rep, weekly::TASK_KIND).await.is_empty(), "all is commented");

    let mut tx = world.state.db.begin_read().await.unwrap();
    let report = weekly::report(&mut tx, None, None).await.unwrap();
    assert_eq!(report.list_on, Some(day));
    let said: Vec<_> = report
        .lines
        .iter()
        .map(|line| {
            let said = line.comment.as_ref().unwrap();
            (line.number.as_str(), said.said.comment.in_words(), said.is_standard)
        })
        .collect();
    let bank = "paid, waiting for the bank".to_owned();
    let asks = "asks for a reconciliation".to_owned();
    assert_eq!(said, [("A-11", bank, true), ("A-12", asks, false)]);
    let elsewhere = weekly::report(&mut tx, None, Some(&[])).await.unwrap();
    assert!(elsewhere.lines.is_empty(), "who serves no territory sees nothing");
    drop(tx);
    world.proven(0).await;
}

/// What is not commented stands out, and a week later the next list asks again.
#[tokio::test]
async fn what_is_not_commented_stands_out() {
    let mut world = World::led().await;
    let invoice = world.overdue_invoice(11, 9, 10_000).await;
    // Before the list went out: it says nothing about the week.
    world.send(1, says(invoice, "A-11", Comment::WaitingForBank)).await;
    // Nobody's invoice: the fact is kept, the report is not touched.
    let unknown = InvoiceId(uuid::Uuid::from_u128(99));
    world.send(2, says(unknown, "B-1", Comment::Refuses)).await;
    monday(&mut world).await;
    let mut tx = world.state.db.begin_read().await.unwrap();
    let report = weekly::report(&mut tx, None, None).await.unwrap();
    assert_eq!(report.lines.len(), 1);
    assert_eq!(report.lines[0].comment, None);
    drop(tx);
    world.pass_days(7);
    jobs::run(&world.state.db, world.now, "2026-03-23".parse().unwrap()).await.unwrap();
    assert_eq!(of_kind(&world, Role::Rep, weekly::TASK_KIND).await.len(), 1, "not two");
    world.proven(0).await;
}
