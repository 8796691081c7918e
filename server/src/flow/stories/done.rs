//! What a rep does ends its tasks: by a word from the phone, or by what the facts already say.

use chrono::{Days, NaiveDate};
use saldo_core::facts::{Contact, ContactWay, FactBody, Mark, TaskDone, Visit};
use saldo_core::feed::FeedRow;
use saldo_core::ids::{FactId, TaskId};
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;

use super::{cash, order, promise, visit};
use crate::flow::world::{World, today, who};
use crate::jobs;
use crate::store::{feed, scopes, tasks};

fn contact(way: ContactWay, reached: bool) -> FactBody {
    FactBody::Contact(Contact { way, reached, said: "pays on Friday".to_owned() })
}

fn done(task: TaskId) -> FactBody {
    FactBody::TaskDone(TaskDone { task, outcome: " called, pays on Friday ".to_owned() })
}

async fn night(world: &World, day: NaiveDate) {
    jobs::run(&world.state.db, world.now, day).await.unwrap();
}

async fn kinds(world: &World, role: Role) -> Vec<String> {
    world.inbox(role).await.into_iter().map(|task| task.kind).collect()
}

async fn answer(world: &World, fact: FactId) -> Option<String> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let scope = scopes::person(&mut tx, who(Role::Rep).person).await.unwrap();
    match feed::get(&mut tx, scope, "task_answer", &fact.to_string()).await.unwrap() {
        Some(FeedRow::TaskAnswer(row)) => Some(row.words),
        _ => None,
    }
}

async fn outcome(world: &World, task: TaskId) -> (String, String) {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let task = tasks::by_id(&mut tx, task).await.unwrap().unwrap();
    (task.state, task.outcome.unwrap_or_default())
}

#[tokio::test]
async fn a_task_is_done_from_the_phone_once() {
    let world = World::new().await;
    world.overdue_invoice(11, 2, 10_000).await;
    night(&world, today()).await;
    let task = world.inbox(Role::Rep).await[0].id;
    let fact = world.send(1, done(task)).await;
    assert_eq!(outcome(&world, task).await, ("done".into(), "called, pays on Friday".into()));
    assert_eq!(answer(&world, fact).await, None);
    assert!(world.inbox(Role::Rep).await.is_empty());
    // A second phone that had not heard of it: the fact is kept and told as such.
    let again = world.send(2, done(task)).await;
    let told = answer(&world, again).await.unwrap();
    assert!(told.contains("called, pays on Friday"), "{told}");
    world.proven(0).await;
}

#[tokio::test]
async fn what_is_not_the_reps_or_asks_for_a_decision_stays_open() {
    let world = World::new().await;
    world.send(1, order(120_000)).await;
    let approval = world.inbox(Role::Security).await[0].id;
    let unknown = TaskId(uuid::Uuid::from_u128(77));
    for (number, task) in [(2, approval), (3, unknown)] {
        let fact = world.send(number, done(task)).await;
        assert!(answer(&world, fact).await.unwrap().contains("none of your tasks"));
    }
    assert_eq!(outcome(&world, approval).await.0, "open");
    world.proven(1).await;
}

/// R7.1: who was reached need not be ticked; an attempt is in the log and ends nothing.
#[tokio::test]
async fn a_contact_with_the_debtor_ends_the_ladders_first_task() {
    for (body, ends) in [
        (contact(ContactWay::Call, false), false),
        (contact(ContactWay::Letter, true), false),
        (contact(ContactWay::Call, true), true),
        (contact(ContactWay::Message, true), true),
        (visit(Mark::B), true),
        (cash(100), true),
        (order(100), false),
    ] {
        let world = World::new().await;
        world.overdue_invoice(11, 2, 10_000).await;
        night(&world, today()).await;
        let task = world.inbox(Role::Rep).await[0].id;
        world.send(1, body.clone()).await;
        let (state, words) = outcome(&world, task).await;
        assert_eq!(state == "done", ends, "{body:?}: {state} {words}");
        assert_eq!(words.starts_with("as recorded on 2026-03-11"), ends, "{words}");
        world.proven(0).await;
    }
}

/// A promise tells the reason and the real date.
#[tokio::test]
async fn a_promise_is_a_contact_too() {
    let world = World::new().await;
    let invoice = world.overdue_invoice(11, 2, 10_000).await;
    night(&world, today()).await;
    world.send(1, promise(invoice, 3, 10_000)).await;
    assert!(!kinds(&world, Role::Rep).await.contains(&"ladder_rep".to_owned()));
    world.proven(1).await;
}

/// What was said before the invoice was overdue says nothing about the task of today, however late
/// the phone syncs.
#[tokio::test]
async fn a_contact_of_yesterday_does_not_end_todays_task() {
    let mut world = World::new().await;
    world.overdue_invoice(11, 2, 10_000).await;
    night(&world, today()).await;
    world.now = world.now.plus_millis(-24 * HOUR_MILLIS);
    world.send(1, contact(ContactWay::Call, true)).await;
    assert_eq!(kinds(&world, Role::Rep).await, ["ladder_rep"]);
    world.proven(0).await;
}

/// The eve asks for a letter (R5.3) and a word in person (R5.4): the task ends with the second.
#[tokio::test]
async fn a_reminder_ends_when_each_part_was_done() {
    let eve = NaiveDate::from_ymd_opt(2026, 3, 12).unwrap();
    for first in [contact(ContactWay::Letter, false), contact(ContactWay::Call, true)] {
        let world = World::new().await;
        world.invoice(11, today() - Days::new(9), eve, 10_000).await;
        night(&world, today()).await;
        assert_eq!(kinds(&world, Role::Rep).await, ["reminder"]);
        world.send(1, first.clone()).await;
        assert_eq!(kinds(&world, Role::Rep).await, ["reminder"], "{first:?} is half of it");
        world.send(2, contact(ContactWay::Letter, false)).await;
        world.send(3, contact(ContactWay::Call, true)).await;
        assert!(world.inbox(Role::Rep).await.is_empty());
        world.proven(0).await;
    }
}

/// R6.1: the agreed contact ends on its day, or when a visit agrees on another.
#[tokio::test]
async fn an_agreed_contact_ends_on_its_day_or_by_a_new_agreement() {
    let mut world = World::new().await;
    let again_on = |world: &World, days: i64| {
        FactBody::Visit(Visit {
            outlet: None,
            mark: Mark::A,
            outlet_state: String::new(),
            next_contact_at: Some(world.now.plus_millis(days * 24 * HOUR_MILLIS)),
            help_wanted: false,
            note: String::new(),
        })
    };
    world.send(1, again_on(&world, 2)).await;
    let first = world.inbox(Role::Rep).await[0].id;
    world.send(2, contact(ContactWay::Call, true)).await;
    assert_eq!(outcome(&world, first).await.0, "open", "two days too early");
    world.send(3, again_on(&world, 5)).await;
    assert_eq!(outcome(&world, first).await.0, "done");
    let second = world.inbox(Role::Rep).await[0].id;
    world.pass_days(5);
    world.send(4, contact(ContactWay::Call, true)).await;
    assert_eq!(outcome(&world, second).await.0, "done");
    world.proven(0).await;
}
