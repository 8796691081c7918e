//! The prepayment list (R4.5): proposed at the start of a month, confirmed, noticed, over by itself.

use chrono::{Days, NaiveDate};
use saldo_core::facts::{FactBody, Order};
use saldo_core::ids::TermsId;
use saldo_core::paper::PaperKind;
use saldo_core::roles::Role;
use saldo_core::verdict::{Effect, Outcome, Verdict};

use super::decide_in;
use crate::error::ApiError;
use crate::flow::decide::{Choice, finish};
use crate::flow::terms::{self, Step};
use crate::flow::world::{World, eur, who};
use crate::flow::{Context, exempt};
use crate::jobs;
use crate::store::papers;
use crate::store::stricter_terms::{self, TermsState};
use crate::store::tasks::TaskRecord;

/// Two invoices of February paid a week late, the reason for a proposal in March.
async fn late_in_february(world: &World) {
    for (number, on) in [(11, "2026-02-10"), (12, "2026-02-11")] {
        let invoice = world.invoice(number, day(on) - Days::new(14), day(on), 10_000).await;
        world.pay(number, invoice, day(on) + Days::new(7), 10_000).await;
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The night of `date`, with the clock of that day from then on.
async fn night(world: &mut World, date: &str) -> jobs::Summary {
    let forward = (day(date) - world.now.civil_date(chrono_tz::Europe::Tallinn)).num_days();
    let millis = forward * 24 * saldo_core::time::HOUR_MILLIS;
    world.now = world.now.plus_millis(millis);
    world.state.clock.shift_millis += millis;
    jobs::run(&world.state.db, world.now, day(date)).await.unwrap()
}

async fn all(world: &World) -> Vec<stricter_terms::TermsRecord> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    stricter_terms::of_client(&mut tx, world.client).await.unwrap()
}

/// What finance control has to do about terms; the review of categories is another story.
async fn of_terms(world: &World) -> Vec<TaskRecord> {
    let mut inbox = world.inbox(Role::FinanceControl).await;
    inbox.retain(|task| task.kind != "category_review");
    inbox
}

async fn step(world: &World, role: Role, id: TermsId, step: Step<'_>) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    terms::step(&mut tx, &context, &who(role), id, step).await?;
    tx.commit().await.unwrap();
    Ok(())
}

fn order(minor: i64, prepaid: bool) -> FactBody {
    FactBody::Order(Order {
        amount: eur(minor),
        deferral_days: 7,
        prepaid,
        wanted_on: None,
        loan: None,
        lines: vec![],
        note: String::new(),
    })
}

fn against(verdict: &Verdict) -> Vec<&str> {
    let against = verdict.reasons.iter().filter(|reason| reason.effect != Effect::Allows);
    against.map(|reason| reason.rule.as_str()).collect()
}

#[tokio::test]
async fn a_month_proposes_finance_control_confirms_and_it_holds_from_the_notice_on() {
    let mut world = World::new().await;
    late_in_february(&world).await;
    // World's Wednesday is 11 March; the month's first working day was the 2nd.
    assert_eq!(night(&mut world, "2026-03-11").await.prepayment_proposed, 1);
    assert_eq!(night(&mut world, "2026-03-11").await.prepayment_proposed, 0, "once a month");
    assert_eq!(night(&mut world, "2026-03-12").await.prepayment_proposed, 0);
    let inbox = of_terms(&world).await;
    let asked = &inbox[0];
    assert_eq!((inbox.len(), asked.rule.as_str()), (1, "R4.5"));
    assert!(asked.title.contains("late in 2026-02: A-11 by 7 days, A-12 by 7 days"), "{asked:?}");
    let told = finish(&world.state, &who(Role::FinanceControl), asked.id, "yes").await;
    assert!(matches!(told, Err(ApiError::BadRequest(_))), "it is decided, not told");

    let id = all(&world).await[0].id;
    for role in [Role::HeadOfSales, Role::Director, Role::Rep] {
        let refused = step(&world, role, id, Step::Confirm).await;
        assert!(matches!(refused, Err(ApiError::NotEntitled(_))), "{role}");
    }
    let early = step(&world, Role::FinanceControl, id, Step::Noticed(day("2026-03-12"))).await;
    assert!(matches!(early, Err(ApiError::Conflict(_))), "nothing is decided yet");
    step(&world, Role::FinanceControl, id, Step::Confirm).await.unwrap();
    // R13.1: until the notice has reached the client nothing changes.
    assert_eq!(world.account().await.prepayment_percent, None);
    assert_eq!(of_terms(&world).await[0].kind, "terms_notice");
    for on in ["2026-03-11", "2026-03-13"] {
        let wrong = step(&world, Role::FinanceControl, id, Step::Noticed(day(on))).await;
        assert!(matches!(wrong, Err(ApiError::BadRequest(_))), "{on}");
    }
    step(&world, Role::FinanceControl, id, Step::Noticed(day("2026-03-12"))).await.unwrap();
    assert_eq!(world.account().await.prepayment_percent, Some(50));
    assert!(of_terms(&world).await.is_empty());
    let mut tx = world.state.db.begin_read().await.unwrap();
    let notices = papers::of_kind(&mut tx, world.client, PaperKind::NoticeLetter).await.unwrap();
    drop(tx);
    assert_eq!((notices.len(), notices[0].delivered_on), (1, Some(day("2026-03-12"))));

    let fact = world.send(1, order(1_000, false)).await;
    let held = world.verdict(fact).await;
    assert_eq!((held.outcome, against(&held)), (Outcome::Held, vec!["R4.5"]));
    // Finance control has the half in hand.
    decide_in(&world, Role::FinanceControl, Choice::Approve, false).await.unwrap();
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Released);
    let prepaid = world.send(2, order(1_000, true)).await;
    assert_eq!(world.verdict(prepaid).await.outcome, Outcome::Released);
    world.proven(3).await;
}

/// Three months from the notice, the last day included; the second time it is all of an order.
#[tokio::test]
async fn it_ends_by_itself_and_again_is_the_whole_order() {
    let mut world = World::new().await;
    late_in_february(&world).await;
    night(&mut world, "2026-03-11").await;
    let first = all(&world).await[0].id;
    step(&world, Role::FinanceControl, first, Step::Confirm).await.unwrap();
    step(&world, Role::FinanceControl, first, Step::Noticed(day("2026-03-11"))).await.unwrap();
    // In April the same habit is seen, but the client is on the list already.
    for (number, on) in [(21, "2026-05-11"), (22, "2026-05-12")] {
        let invoice = world.invoice(number, day(on) - Days::new(14), day(on), 10_000).await;
        world.pay(number, invoice, day(on) + Days::new(3), 10_000).await;
    }
    for (date, ended, percent, proposed) in [
        ("2026-06-01", 0, Some(50), 0),
        ("2026-06-11", 0, Some(50), 0),
        ("2026-06-12", 1, None, 0),
        ("2026-06-13", 0, None, 0),
    ] {
        let summary = night(&mut world, date).await;
        assert_eq!((summary.terms_ended, summary.prepayment_proposed), (ended, proposed), "{date}");
        assert_eq!(world.account().await.prepayment_percent, percent, "{date}");
        assert_eq!(night(&mut world, date).await.terms_ended, 0, "{date} again");
    }
    let over = &all(&world).await[0];
    assert_eq!((over.state(), over.ended_on), (TermsState::Ended, Some(day("2026-06-12"))));
    for (number, on) in [(31, "2026-06-15"), (32, "2026-06-16")] {
        let invoice = world.invoice(number, day(on) - Days::new(14), day(on), 10_000).await;
        world.pay(number, invoice, day(on) + Days::new(3), 10_000).await;
    }
    assert_eq!(night(&mut world, "2026-07-01").await.prepayment_proposed, 1);
    let again = &all(&world).await[0];
    assert_eq!(again.terms.prepayment_percent, Some(100));
    step(&world, Role::FinanceControl, again.id, Step::Confirm).await.unwrap();
    step(&world, Role::FinanceControl, again.id, Step::Noticed(day("2026-07-01"))).await.unwrap();
    let fact = world.send(1, order(1_000, false)).await;
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Refused, "100 % nobody approves away");
    let silent = step(&world, Role::FinanceControl, again.id, Step::End(" ")).await;
    assert!(matches!(silent, Err(ApiError::BadRequest(_))));
    step(&world, Role::FinanceControl, again.id, Step::End("paid a deposit")).await.unwrap();
    assert_eq!(world.account().await.prepayment_percent, None);
    let fact = world.send(2, order(1_000, false)).await;
    assert_eq!(world.verdict(fact).await.outcome, Outcome::Released);
    world.proven(2).await;
}

#[tokio::test]
async fn a_proposal_can_be_rejected_with_a_reason_and_does_not_come_back() {
    let mut world = World::new().await;
    late_in_february(&world).await;
    night(&mut world, "2026-03-11").await;
    let id = all(&world).await[0].id;
    let silent = step(&world, Role::FinanceControl, id, Step::Reject("")).await;
    assert!(matches!(silent, Err(ApiError::BadRequest(_))));
    step(&world, Role::FinanceControl, id, Step::Reject("our own late invoices")).await.unwrap();
    assert!(of_terms(&world).await.is_empty());
    assert_eq!(night(&mut world, "2026-03-12").await.prepayment_proposed, 0);
    let again = step(&world, Role::FinanceControl, id, Step::Confirm).await;
    assert!(matches!(again, Err(ApiError::Conflict(_))));
    assert_eq!(all(&world).await[0].state(), TermsState::Rejected);
    world.proven(0).await;
}

/// R1.1: who is exempt from R4.5 is not even proposed.
#[tokio::test]
async fn an_exempt_client_is_left_alone() {
    let mut world = World::new().await;
    late_in_february(&world).await;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let (rules, until) = (["R4.5".to_owned()], day("2026-12-31"));
    let director = who(Role::Director);
    exempt::exempt(&mut tx, &context, &director, world.client, &rules, until, "a hospital")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(night(&mut world, "2026-03-11").await.prepayment_proposed, 0);
    world.proven(0).await;
}

/// The first working day of a month, not its first day.
#[tokio::test]
async fn nothing_is_proposed_before_the_first_working_day() {
    let mut world = World::new().await;
    world.now = world.now.plus_millis(-11 * 24 * saldo_core::time::HOUR_MILLIS);
    late_in_february(&world).await;
    // 1 March 2026 is a Sunday.
    for (date, proposed) in [("2026-03-01", 0), ("2026-03-02", 1), ("2026-03-03", 0)] {
        assert_eq!(night(&mut world, date).await.prepayment_proposed, proposed, "{date}");
    }
    world.proven(0).await;
}
