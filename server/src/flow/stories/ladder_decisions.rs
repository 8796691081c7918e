//! What the owners of the ladder decide (R7.2 to R7.8), and what happens when they do not.

use chrono::{Days, NaiveDate};
use saldo_core::category::Category;
use saldo_core::escalation::{Choice, Rung};
use saldo_core::facts::{Contact, ContactWay, FactBody};
use saldo_core::ids::TaskId;
use saldo_core::roles::Role;

use super::{cash, finish};
use crate::error::ApiError;
use crate::flow::ladder_decisions::{Decision, decide};
use crate::flow::world::{World, today, who};
use crate::flow::{Context, memo};
use crate::jobs;
use crate::store::tasks::TaskRecord;
use crate::store::{bad_debts, clients, ladder_decisions, memos, standings, tasks};

fn decision(choice: Choice) -> Decision {
    Decision {
        choice,
        until_on: None,
        why: "the owner answers no calls".to_owned(),
        category: None,
        memo: None,
        more_follows: false,
    }
}

fn on(choice: Choice, day: &str) -> Decision {
    Decision { until_on: Some(day.parse().unwrap()), ..decision(choice) }
}

async fn night(world: &World, day: NaiveDate) -> jobs::Summary {
    jobs::run(&world.state.db, world.now, day).await.unwrap()
}

/// The open task of a rung, in its owner's inbox.
async fn of_rung(world: &World, rung: Rung) -> Option<TaskRecord> {
    let kind = crate::flow::ladder::task_kind(rung);
    world.inbox(rung.owner()).await.into_iter().find(|task| task.kind == kind)
}

async fn decided(world: &World, rung: Rung, decision: Decision) -> Result<(), ApiError> {
    let task = of_rung(world, rung).await.expect("the rung's task").id;
    decide(&world.state, &who(rung.owner()), task, &decision).await
}

async fn kinds(world: &World, role: Role) -> Vec<String> {
    let mut kinds: Vec<_> = world.inbox(role).await.into_iter().map(|task| task.kind).collect();
    kinds.sort();
    kinds
}

async fn record(world: &World, task: TaskId) -> TaskRecord {
    let mut tx = world.state.db.begin_read().await.unwrap();
    tasks::by_id(&mut tx, task).await.unwrap().unwrap()
}

async fn rung(world: &World) -> Option<Rung> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    standings::of_client(&mut tx, world.client).await.unwrap().and_then(|standing| standing.rung)
}

/// R7.2: a measure is recorded with its author and becomes a task on its day.
#[tokio::test]
async fn a_supervisor_plans_measures() {
    let world = World::led().await;
    world.overdue_invoice(11, 9, 10_000).await;
    night(&world, today()).await;
    let planned = on(Choice::WithFinanceControl, "2026-03-13");
    decided(&world, Rung::Supervisor, Decision { more_follows: true, ..planned }).await.unwrap();
    assert!(of_rung(&world, Rung::Supervisor).await.is_some(), "more follows");
    decided(&world, Rung::Supervisor, on(Choice::VisitDebtor, "2026-03-16")).await.unwrap();
    assert_eq!(kinds(&world, Role::Supervisor).await, ["measure", "measure"]);
    assert_eq!(kinds(&world, Role::FinanceControl).await, ["measure"]);
    let due: Vec<_> =
        world.inbox(Role::Supervisor).await.into_iter().filter_map(|task| task.due_on).collect();
    assert_eq!(
        due.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2026-03-13", "2026-03-16"]
    );
    let mut tx = world.state.db.begin_read().await.unwrap();
    let kept = ladder_decisions::of_client(&mut tx, world.client, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!((kept[0].choice, kept[0].person_name.as_str()), (Choice::VisitDebtor, "supervisor"));
    assert_eq!(kept[0].why, "the owner answers no calls");
    drop(tx);
    // Money ends what was planned about the debt.
    world.send(1, cash(10_000)).await;
    assert!(world.inbox(Role::Supervisor).await.is_empty());
    assert!(world.inbox(Role::FinanceControl).await.is_empty());
    world.proven(0).await;
}

/// R7.3: the memo comes from the log of contacts; whoever sends it may edit it.
#[tokio::test]
async fn the_memo_is_drafted_from_the_log_and_sent() {
    let world = World::led().await;
    world.overdue_invoice(11, 16, 10_000).await;
    let said = "the accountant is ill".to_owned();
    world.send(1, FactBody::Contact(Contact { way: ContactWay::Call, reached: true, said })).await;
    night(&world, today()).await;
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let draft = memo::draft(&mut tx, &context, world.client, Role::HeadOfSales).await.unwrap();
    drop(tx);
    for part in
        ["A-11 due 2026-02-23 (16 days): 100.00 EUR", "sales rep: call, reached", "accountant"]
    {
        assert!(draft.contains(part), "{part} in\n{draft}");
    }
    let mut inbox = world.inbox(Role::Supervisor).await.into_iter();
    let task = inbox.find(|task| task.kind == memo::TASK_KIND).expect("the memo's task");
    let supervisor = who(Role::Supervisor);
    let empty = memo::send(&world.state, &supervisor, task.id, "  ").await;
    assert!(matches!(empty, Err(ApiError::BadRequest(_))));
    let words = finish(&world.state, &supervisor, task.id, "written").await;
    assert!(matches!(words, Err(ApiError::BadRequest(_))), "a memo is sent, not ticked");
    memo::send(&world.state, &supervisor, task.id, &format!("{draft}\nHelp.")).await.unwrap();
    let mut tx = world.state.db.begin_read().await.unwrap();
    let sent = memos::of_client(&mut tx, world.client, 5).await.unwrap();
    assert_eq!((sent.len(), sent[0].reader), (1, Role::HeadOfSales));
    assert!(sent[0].text.ends_with("Help."));
    drop(tx);
    world.proven(0).await;
}

/// R7.3: more time moves the deadline and lowers nothing; then the next owner takes over.
#[tokio::test]
async fn more_time_moves_the_deadline_and_no_decision_goes_up() {
    let mut world = World::led().await;
    // Due 2026-02-23: R7.3 on 2026-03-11, R7.6 on 2026-03-18, R7.7 on 2026-03-25.
    world.overdue_invoice(11, 16, 10_000).await;
    night(&world, today()).await;
    assert_eq!(rung(&world).await, Some(Rung::FinanceControl));
    let task = of_rung(&world, Rung::HeadOfSales).await.unwrap();
    let sales = who(Role::HeadOfSales);
    let ticked = finish(&world.state, &sales, task.id, "looked at it").await;
    assert!(matches!(ticked, Err(ApiError::BadRequest(_))), "it asks for a decision");
    let too_long = decided(&world, Rung::HeadOfSales, on(Choice::MoreTime, "2026-03-18")).await;
    assert!(matches!(too_long, Err(ApiError::BadRequest(_))), "from then on it is the director's");
    let no_day = decided(&world, Rung::HeadOfSales, decision(Choice::MoreTime)).await;
    assert!(matches!(no_day, Err(ApiError::BadRequest(_))));
    decided(&world, Rung::HeadOfSales, on(Choice::MoreTime, "2026-03-16")).await.unwrap();
    let moved = record(&world, task.id).await;
    assert_eq!((moved.state.as_str(), moved.due_on), ("open", "2026-03-16".parse().ok()));
    assert_eq!(rung(&world).await, Some(Rung::FinanceControl), "a rung once reached stays");
    assert!(kinds(&world, Role::Supervisor).await.contains(&"more_time".to_owned()));
    // Nobody decides: on the day of the director's rung the task goes up.
    world.pass_days(6);
    night(&world, today() + Days::new(6)).await;
    assert_eq!(record(&world, task.id).await.state, "open", "the director's rung is not reached");
    world.pass_days(1);
    assert_eq!(night(&world, today() + Days::new(7)).await.undecided_gone_up, 1);
    let gone = record(&world, task.id).await;
    assert_eq!(gone.state, "closed");
    assert!(gone.outcome.unwrap().contains("went up to the director"));
    assert!(of_rung(&world, Rung::Director).await.is_some());
    world.proven(0).await;
}

/// R7.3: unconditional collection takes a memo to the director.
#[tokio::test]
async fn unconditional_collection_is_told_to_the_director() {
    let world = World::led().await;
    world.overdue_invoice(11, 16, 10_000).await;
    night(&world, today()).await;
    decided(&world, Rung::HeadOfSales, decision(Choice::Collect)).await.unwrap();
    assert!(of_rung(&world, Rung::HeadOfSales).await.is_none());
    assert!(kinds(&world, Role::Supervisor).await.contains(&"collect".to_owned()));
    assert_eq!(kinds(&world, Role::Director).await, ["memo_read"]);
    let mut tx = world.state.db.begin_read().await.unwrap();
    let memo = &memos::of_client(&mut tx, world.client, 1).await.unwrap()[0];
    assert_eq!(memo.reader, Role::Director);
    assert!(memo.text.contains("A-11") && memo.text.ends_with("answers no calls"), "{}", memo.text);
    drop(tx);
    world.proven(0).await;
}

/// R7.4, R7.5: letters are sub-tasks and leave the rung's task open; security reports.
#[tokio::test]
async fn finance_control_writes_and_security_reports() {
    let world = World::led().await;
    world.overdue_invoice(11, 22, 10_000).await;
    night(&world, today()).await;
    decided(&world, Rung::FinanceControl, decision(Choice::NoticeLetter)).await.unwrap();
    decided(&world, Rung::FinanceControl, decision(Choice::ClaimLetter)).await.unwrap();
    let open = kinds(&world, Role::FinanceControl).await;
    assert_eq!(open, ["claim_letter", "ladder_finance_control", "notice_letter"]);
    decided(&world, Rung::Security, decision(Choice::Report)).await.unwrap();
    assert!(world.inbox(Role::Security).await.is_empty());
    // Nobody decides for another rung.
    let task = of_rung(&world, Rung::FinanceControl).await.unwrap().id;
    let foreign = decide(&world.state, &who(Role::Security), task, &decision(Choice::Report)).await;
    assert!(matches!(foreign, Err(ApiError::NotFound(_))));
    let finance = who(Role::FinanceControl);
    let above = decide(&world.state, &finance, task, &decision(Choice::WriteOff)).await;
    assert!(matches!(above, Err(ApiError::BadRequest(_))));
    world.proven(0).await;
}

/// R7.6: one or more of what the director may decide, each with its task.
#[tokio::test]
async fn the_director_decides_several_things() {
    let world = World::led().await;
    world.overdue_invoice(11, 24, 10_000).await;
    night(&world, today()).await;
    let more = |choice| Decision { more_follows: true, ..decision(choice) };
    let terms = Decision { category: Some(Category::NonPayer), ..more(Choice::NewTerms) };
    decided(&world, Rung::Director, terms).await.unwrap();
    decided(&world, Rung::Director, more(Choice::Irrecoverable)).await.unwrap();
    decided(&world, Rung::Director, decision(Choice::Restructure)).await.unwrap();
    assert!(of_rung(&world, Rung::Director).await.is_none());
    let open = kinds(&world, Role::FinanceControl).await;
    assert_eq!(open, ["irrecoverable", "ladder_finance_control", "terms_letter"]);
    assert!(kinds(&world, Role::HeadOfSales).await.contains(&"restructure".to_owned()));
    let mut tx = world.state.db.begin_read().await.unwrap();
    let client = clients::by_id(&mut tx, world.client).await.unwrap().unwrap();
    assert_eq!(client.category, Category::NonPayer);
    assert_eq!(bad_debts::unpaid(&mut tx).await.unwrap().len(), 1);
    drop(tx);
    assert_eq!(rung(&world).await, Some(Rung::Director), "the base ends no rung");
    world.proven(0).await;
}

/// Section 15, example 10: no decision by R7.7, and legal has the case.
#[tokio::test]
async fn without_the_directors_decision_legal_takes_over() {
    let mut world = World::led().await;
    world.overdue_invoice(11, 24, 10_000).await;
    night(&world, today()).await;
    let task = of_rung(&world, Rung::Director).await.expect("the director's").id;
    assert!(of_rung(&world, Rung::Legal).await.is_none());
    world.pass_days(10);
    night(&world, today() + Days::new(10)).await;
    let legal = of_rung(&world, Rung::Legal).await.expect("the hand-over to legal");
    assert_eq!(legal.rule, "R7.7");
    let gone = record(&world, task).await;
    assert_eq!(gone.state, "closed");
    assert!(gone.outcome.unwrap().contains("legal"));
    decided(&world, Rung::Legal, decision(Choice::Claim)).await.unwrap();
    let open = kinds(&world, Role::Legal).await;
    assert_eq!(open, ["claim_documents", "claim_to_client", "court"]);
    world.proven(0).await;
}

/// R7.8: what is written off leaves the ladder and stays in the books.
#[tokio::test]
async fn written_off_is_off_the_ladder_and_still_owed() {
    let world = World::led().await;
    let old = world.overdue_invoice(11, 3 * 366, 10_000).await;
    let young = world.overdue_invoice(12, 2, 5_000).await;
    night(&world, today()).await;
    assert_eq!(rung(&world).await, Some(Rung::WriteOff));
    decided(&world, Rung::WriteOff, decision(Choice::WriteOff)).await.unwrap();
    assert_eq!(rung(&world).await, Some(Rung::Rep), "the young one still climbs");
    let account = world.account().await;
    assert_eq!(account.receivable_minor(), 15_000, "nothing is deleted");
    let flags: Vec<_> =
        account.open_invoices.iter().map(|one| (one.id, one.is_written_off)).collect();
    assert_eq!(flags, [(old, true), (young, false)]);
    assert_eq!(kinds(&world, Role::FinanceControl).await, ["write_off_booking"]);
    night(&world, today() + Days::new(1)).await;
    assert_eq!(rung(&world).await, Some(Rung::Rep));
    world.proven(0).await;
}
