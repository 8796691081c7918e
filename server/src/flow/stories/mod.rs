//! What follows from what: facts come in, people decide, nights pass.

mod at_once;
mod category_fell;
mod contract;
mod delivery;
mod disputes;
mod enforcement;
mod fees;
mod new_terms;
mod papers;
mod personal_data;
mod prepayment;
mod priority;
mod restructuring;
mod reviews;
mod risk;

use chrono::Days;
use saldo_core::facts::{
    FactBody, Instalment, Mark, Promise, PromisedInvoice, ReasonForDelay, Receipt, ReceiptMethod,
    Visit,
};
use saldo_core::ids::{FactId, InvoiceId, VerdictId};
use saldo_core::roles::Role;
use saldo_core::stop_list::StopLevel;
use saldo_core::time::HOUR_MILLIS;
use saldo_core::verdict::{Outcome, What};

use super::decide::{Choice, decide, finish};
use super::explain::every_verdict_again;
use super::world::{World, eur, order, today, who};
use crate::error::ApiError;
use crate::flow::papers::LetterGiven;
use crate::jobs;
use crate::store::{Whose, alerts, standings, verdicts};

mod control;
mod done;
mod ladder_decisions;
mod plan;
mod together;
mod weekly;

fn visit(mark: Mark) -> FactBody {
    FactBody::Visit(Visit {
        outlet: None,
        mark,
        outlet_state: String::new(),
        next_contact_at: None,
        help_wanted: false,
        note: String::new(),
    })
}

fn promise(invoice: InvoiceId, days: u64, minor: i64) -> FactBody {
    FactBody::Promise(Promise {
        invoices: vec![PromisedInvoice { invoice, number: "A".to_owned() }],
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![Instalment { pay_on: today() + Days::new(days), amount: eur(minor) }],
    })
}

fn cash(minor: i64) -> FactBody {
    FactBody::Receipt(Receipt {
        amount: eur(minor),
        method: ReceiptMethod::Cash,
        invoices: vec![],
        note: String::new(),
    })
}

/// Of today, payable in two weeks.
fn fitting_letter(minor: i64) -> LetterGiven {
    LetterGiven { dated_on: today(), pay_by: today() + Days::new(14), amount: eur(minor) }
}

async fn decide_in(
    world: &World,
    role: Role,
    choice: Choice,
    letter: bool,
) -> Result<(), ApiError> {
    let task = world.inbox(role).await.first().unwrap().id;
    let letter = letter.then(|| fitting_letter(1_000_000));
    decide(&world.state, &who(role), task, choice, "because", letter).await
}

/// Section 15, example 7, through the flow: five days are the rep's, six the supervisor's.
#[tokio::test]
async fn a_promise_within_authority_holds_and_one_beyond_waits() {
    let world = World::new().await;
    let first = world.invoice(11, today(), today(), 10_000).await;
    let second = world.invoice(12, today(), today(), 10_000).await;
    world.send(1, visit(Mark::A)).await;

    let five = world.send(2, promise(first, 5, 10_000)).await;
    assert_eq!(world.verdict(five).await.outcome, Outcome::Accepted);
    let account = world.account().await;
    let deferred = account.open_invoices.iter().find(|open| open.id == first).unwrap();
    assert_eq!(deferred.effective_due_on(), today() + Days::new(5));
    assert_eq!(deferred.deferrals[0].rep_days, 5);

    let six = world.send(3, promise(second, 6, 10_000)).await;
    let verdict = world.verdict(six).await;
    assert_eq!(verdict.outcome, Outcome::Pending);
    assert_eq!(verdict.approvals, [Role::Supervisor]);

    // Without a supervisor of the team, the head of sales finds it in the inbox.
    decide_in(&world, Role::HeadOfSales, Choice::Approve, false).await.unwrap();
    let verdict = world.verdict(six).await;
    assert_eq!(verdict.outcome, Outcome::Accepted);
    assert!(verdict.reasons.iter().any(|reason| matches!(reason.what, What::Approved { .. })));
    let account = world.account().await;
    let deferred = account.open_invoices.iter().find(|open| open.id == second).unwrap();
    assert_eq!(deferred.effective_due_on(), today() + Days::new(6));
    assert!(world.inbox(Role::HeadOfSales).await.is_empty());
    world.proven(3).await;
}

#[tokio::test]
async fn a_rejected_deferral_leaves_the_old_due_date_and_says_why() {
    let world = World::new().await;
    let invoice = world.invoice(11, today(), today(), 10_000).await;
    let fact = world.send(1, promise(invoice, 9, 10_000)).await;
    let task = world.inbox(Role::HeadOfSales).await[0].id;

    let head = who(Role::HeadOfSales);
    let silent = decide(&world.state, &head, task, Choice::Reject, "  ", None).await;
    assert!(matches!(silent, Err(ApiError::BadRequest(_))));
    let stranger = decide(&world.state, &who(Role::Legal), task, Choice::Approve, "", None).await;
    assert!(matches!(stranger, Err(ApiError::NotFound(_))));

    decide(&world.state, &head, task, Choice::Reject, "pays late again", None).await.unwrap();
    let verdict = world.verdict(fact).await;
    assert_eq!(verdict.outcome, Outcome::Rejected);
    let why = verdict.reasons.iter().find_map(|reason| match &reason.what {
        What::Turned { why, .. } => Some(why.as_str()),
        _ => None,
    });
    assert_eq!(why, Some("pays late again"));
    assert_eq!(world.account().await.open_invoices[0].effective_due_on(), today());

    let again = decide(&world.state, &head, task, Choice::Approve, "", None).await;
    assert!(matches!(again, Err(ApiError::Conflict(_))));
    world.proven(2).await;
}

#[tokio::test]
async fn a_deferral_can_be_sent_up_until_the_director() {
    let world = World::new().await;
    let invoice = world.invoice(11, today(), today(), 10_000).await;
    let fact = world.send(1, promise(invoice, 9, 10_000)).await;
    decide_in(&world, Role::HeadOfSales, Choice::SendUp, false).await.unwrap();
    // The supervisor's question goes to the head of sales, who sends it to the director.
    decide_in(&world, Role::HeadOfSales, Choice::SendUp, false).await.unwrap();
    assert_eq!(world.verdict(fact).await.approvals, [Role::Director]);
    let top = decide_in(&world, Role::Director, Choice::SendUp, false).await;
    assert!(matches!(top, Err(ApiError::BadRequest(_))));
    decide_in(&world, Role::Director, Choice::Approve, false).await.unwrap();
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Accepted);
    world.proven(4).await;
}

/// Section 15, examples 5 and 6: whoever comes second sees the first one's reservation.
#[tokio::test]
async fn the_limit_is_never_overshot_by_a_second_order() {
    let world = World::new().await;
    let first = world.send(1, order(60_000)).await;
    let second = world.send(2, order(60_000)).await;
    assert_eq!(world.verdict(first).await.outcome, Outcome::Released);
    let held = world.verdict(second).await;
    assert_eq!(held.outcome, Outcome::Held);
    assert_eq!(held.approvals.len(), 3);
    assert_eq!(world.account().await.ordered_this_month.ordered_minor, 60_000);

    for role in [Role::CommercialDirector, Role::Security] {
        decide_in(&world, role, Choice::Approve, false).await.unwrap();
        assert_eq!(world.verdict(second).await.outcome, Outcome::Held);
    }
    decide_in(&world, Role::FinanceControl, Choice::Approve, false).await.unwrap();
    assert_eq!(world.verdict(second).await.outcome, Outcome::Released);
    assert_eq!(world.account().await.ordered_this_month.ordered_minor, 120_000);
    world.proven(5).await;
}

/// R4.1: what is released counts in the month in which it is released, not in the one in which it
/// was asked for; else every month's limit could be passed by orders that waited.
#[tokio::test]
async fn an_order_that_waited_over_the_month_counts_in_the_month_of_its_release() {
    let mut world = World::new().await;
    let fact = world.send(1, order(200_000)).await;
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Held);
    // From 11 March to 1 April.
    let three_weeks = 21 * 24 * HOUR_MILLIS;
    world.now = world.now.plus_millis(three_weeks);
    world.state.clock.shift_millis += three_weeks;
    for role in [Role::CommercialDirector, Role::Security, Role::FinanceControl] {
        decide_in(&world, role, Choice::Approve, false).await.unwrap();
    }
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Released);
    assert_eq!(world.account().await.ordered_this_month.ordered_minor, 200_000);
    let next = world.send(2, order(1)).await;
    assert_eq!(world.verdict(next).await.outcome, Outcome::Held);
    world.proven(5).await;
}

/// R14.1: the account that a decision is explained from is the one that the rules saw then, not the
/// one of the first verdict, and both verdicts come out again.
#[tokio::test]
async fn an_order_is_judged_on_the_figures_of_its_approval() {
    let world = World::new().await;
    let fact = world.send(1, order(120_000)).await;
    let first = world.record(fact).await;
    world.overdue_invoice(11, 30, 20_000).await;
    decide_in(&world, Role::Security, Choice::Approve, false).await.unwrap();
    let refused = world.record(fact).await;
    assert_ne!(first.id, refused.id);
    assert_eq!(refused.verdict.outcome, Outcome::Refused, "stopped meanwhile (R4.4)");
    assert!(first.basis.account.open_invoices.is_empty());
    assert_eq!(refused.basis.account.open_invoices.len(), 1);
    assert!(world.inbox(Role::FinanceControl).await.is_empty());
    world.proven(2).await;
}

/// A verdict in the database that the rules did not give is found.
#[tokio::test]
async fn a_forged_verdict_is_found() {
    let world = World::new().await;
    let fact = world.send(1, order(120_000)).await;
    let mut forged = world.record(fact).await;
    forged.id = VerdictId(uuid::Uuid::from_u128(9));
    forged.verdict.outcome = Outcome::Released;
    forged.verdict.approvals.clear();
    let mut tx = world.state.db.begin_write().await.unwrap();
    verdicts::insert(&mut tx, &forged).await.unwrap();
    let proof = every_verdict_again(&mut tx).await.unwrap();
    assert_eq!(proof.judged, 2);
    assert_eq!(proof.differences.len(), 1);
    assert_eq!(proof.differences[0].verdict, forged.id);
    assert_eq!(proof.differences[0].again.outcome, Outcome::Held);
}

#[tokio::test]
async fn one_rejection_refuses_a_held_order_and_ends_the_other_requests() {
    let world = World::new().await;
    let fact = world.send(1, order(200_000)).await;
    decide_in(&world, Role::Security, Choice::Reject, false).await.unwrap();
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Refused);
    for role in [Role::CommercialDirector, Role::FinanceControl] {
        assert!(world.inbox(role).await.is_empty());
    }
    world.proven(2).await;
}

#[tokio::test]
async fn a_corrected_order_frees_what_it_reserved() {
    let world = World::new().await;
    let wrong = world.send(1, order(90_000)).await;
    let right = world.send_correcting(2, Some(wrong), order(95_000)).await;
    assert_eq!(world.verdict(right).await.outcome, Outcome::Released);
    assert_eq!(world.account().await.ordered_this_month.ordered_minor, 95_000);
    world.proven(2).await;
}

/// R4.3: finance control releases one order of a stopped client, with a guarantee letter.
#[tokio::test]
async fn the_stop_list_holds_an_order_until_finance_control_has_the_letter() {
    let world = World::new().await;
    world.overdue_invoice(11, 3, 20_000).await;
    let fact = world.send(1, order(10_000)).await;
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Held);
    let without = decide_in(&world, Role::FinanceControl, Choice::Approve, false).await;
    assert!(matches!(without, Err(ApiError::BadRequest(_))));
    // What was not decided is still open: nothing half done.
    assert_eq!(world.inbox(Role::FinanceControl).await.len(), 1);
    decide_in(&world, Role::FinanceControl, Choice::Approve, true).await.unwrap();
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Released);
    world.proven(2).await;
}

/// R4.7: money coming in frees the stop list at once, and closes the ladder's tasks.
#[tokio::test]
async fn cash_frees_the_stop_list_at_once() {
    let world = World::new().await;
    world.overdue_invoice(11, 3, 20_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    assert_eq!(stop_of(&world).await, StopLevel::StopList);
    assert_eq!(world.inbox(Role::Rep).await.len(), 1);

    world.send(1, cash(5_000)).await;
    assert_eq!(stop_of(&world).await, StopLevel::StopList);
    let receipt = world.send(2, cash(15_000)).await;
    assert_eq!(stop_of(&world).await, StopLevel::Free);
    assert!(world.inbox(Role::Rep).await.is_empty());
    // The same receipt again, as after a lost reply, is not paid twice.
    assert_eq!(receipt, world.send(2, cash(15_000)).await);
    assert_eq!(world.account().await.receivable_minor(), 0);
    let order = world.send(3, order(10_000)).await;
    assert_eq!(world.verdict(order).await.outcome, Outcome::Released);
    world.proven(1).await;
}

async fn stop_of(world: &World) -> StopLevel {
    let mut tx = world.state.db.begin_read().await.unwrap();
    standings::of_client(&mut tx, world.client).await.unwrap().unwrap().stop
}

async fn alert_rules(world: &World) -> Vec<String> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let alerts = alerts::recent(&mut tx, &who(Role::Director), 50).await.unwrap();
    alerts.into_iter().map(|alert| alert.rule).collect()
}

/// R12.2: mark (c) is told once, to rep and supervisor, without amounts or persons in the push.
#[tokio::test]
async fn a_high_risk_mark_is_told_once() {
    let world = World::new().await;
    world.send(1, visit(Mark::C)).await;
    world.send(1, visit(Mark::C)).await;
    assert_eq!(alert_rules(&world).await, ["R6.1"]);
    let mut tx = world.state.db.begin_read().await.unwrap();
    let waiting = alerts::waiting(&mut tx, world.now, 10).await.unwrap();
    assert_eq!(waiting.len(), 1, "the rep; this team has no supervisor");
    assert_eq!(waiting[0].push_text, "Client 10001: the risk rose (R6.1). Open Saldo.");
    drop(tx);
    assert_eq!(crate::alerts::dispatch_once(&world.state).await.unwrap(), 1);
    assert_eq!(crate::alerts::dispatch_once(&world.state).await.unwrap(), 0);
    let task = world.inbox(Role::HeadOfSales).await[0].clone();
    assert_eq!(task.kind, "visit_help");
    let head = who(Role::HeadOfSales);
    let empty = finish(&world.state, &head, task.id, " ").await;
    assert!(matches!(empty, Err(ApiError::BadRequest(_))));
    finish(&world.state, &head, task.id, "told the rep to collect today").await.unwrap();
    assert!(world.inbox(Role::HeadOfSales).await.is_empty());
    world.proven(0).await;
}

/// R6.8: broken in the morning after its day, told once; a late run finds the same.
#[tokio::test]
async fn a_broken_promise_is_told_the_next_morning() {
    let world = World::new().await;
    let invoice = world.invoice(11, today(), today(), 10_000).await;
    world.send(1, promise(invoice, 2, 10_000)).await;
    let due = today() + Days::new(2);
    jobs::run(&world.state.db, world.now, due).await.unwrap();
    assert!(alert_rules(&world).await.is_empty(), "the day itself is not over");
    for _ in 0..2 {
        jobs::run(&world.state.db, world.now, due + Days::new(1)).await.unwrap();
        assert_eq!(alert_rules(&world).await, ["R6.8"]);
    }
    let kinds: Vec<_> = world.inbox(Role::Rep).await.into_iter().map(|task| task.kind).collect();
    assert!(kinds.contains(&"enforcement_contact".to_owned()), "{kinds:?}");
    assert!(!kinds.contains(&"ladder_rep".to_owned()), "one task and not two: {kinds:?}");
    world.proven(1).await;
}

/// R7: a rung is recorded once with its date and its task; only a rise is told.
#[tokio::test]
async fn nights_climb_the_ladder_and_running_one_twice_changes_nothing() {
    let world = World::new().await;
    world.overdue_invoice(11, 1, 20_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    assert!(alert_rules(&world).await.is_empty(), "the first picture is no worsening");
    let mut kinds = vec![];
    for days in 1..=40 {
        let day = today() + Days::new(days);
        let first = jobs::run(&world.state.db, world.now, day).await.unwrap();
        let before = fingerprint(&world).await;
        let second = jobs::run(&world.state.db, world.now, day).await.unwrap();
        assert_eq!(second.standings_changed, 0, "{first}");
        assert_eq!(before, fingerprint(&world).await, "{day}");
    }
    for role in Role::ALL {
        kinds.extend(world.inbox(role).await.into_iter().map(|task| task.kind));
    }
    // What else a night of April asks for is in other stories.
    kinds.retain(|kind: &String| kind.starts_with("ladder_"));
    kinds.sort();
    // R7.3, R7.6: head of sales and director decided nothing, and theirs went up.
    assert_eq!(
        kinds,
        [
            "ladder_finance_control",
            "ladder_legal",
            "ladder_rep",
            "ladder_security",
            "ladder_supervisor",
        ]
    );
    assert_eq!(stop_of(&world).await, StopLevel::Stopped);
    let past = jobs::run(&world.state.db, world.now, today()).await;
    assert!(matches!(past, Err(jobs::JobError::DateIsPast { .. })));
    world.proven(0).await;
}

/// Counts and newest entries of every table that a night may write.
async fn fingerprint(world: &World) -> (usize, usize, Vec<String>, Option<FactId>) {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let tasks = crate::store::tasks::of_client(&mut tx, world.client).await.unwrap();
    let rungs = standings::open_rungs(&mut tx, Whose::One(world.client)).await.unwrap();
    drop(tx);
    (
        tasks.len(),
        rungs.into_values().flatten().count(),
        alert_rules(world).await,
        tasks.first().and_then(|task| task.fact),
    )
}
