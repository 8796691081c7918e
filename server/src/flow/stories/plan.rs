//! The month's plan (R7.9): who plans never approves, and what is overdue stands against it.

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::category::PaidInvoice;
use saldo_core::dispute::DisputeKind;
use saldo_core::facts::{Dispute, FactBody};
use saldo_core::ids::ClientId;
use saldo_core::money::Currency;
use saldo_core::roles::Role;

use crate::error::ApiError;
use crate::flow::disputes::{Answer, answer};
use crate::flow::month_plan::{self, actual, decide, propose};
use crate::flow::world::{World, eur, who};
use crate::flow::{Context, bonus};
use crate::jobs;
use crate::store::risk::Span;
use crate::store::{month_plans, payment_history};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn tasks(world: &World, role: Role, kind: &str) -> Vec<String> {
    let inbox = world.inbox(role).await;
    inbox.into_iter().filter(|task| task.kind == kind).map(|task| task.title).collect()
}

#[tokio::test]
async fn head_of_sales_plans_and_the_director_approves() {
    let mut world = World::new().await;
    let april = day("2026-04-01");
    world.pass_days(21);
    for _ in 0..2 {
        jobs::run(&world.state.db, world.now, april).await.unwrap();
    }
    let asked = tasks(&world, Role::HeadOfSales, month_plan::PLAN_KIND).await;
    assert_eq!(asked, ["Plan the acceptable share of overdue receivables for 2026-04"]);

    let (sales, director) = (who(Role::HeadOfSales), who(Role::Director));
    let state = &world.state;
    for (who, month, percent, why) in [
        (&director, april, "8", "tight"),
        (&sales, day("2026-06-01"), "8", "tight"),
        (&sales, april, "100.5", "tight"),
        (&sales, april, "-1", "tight"),
        (&sales, april, "8", " "),
    ] {
        let refused = propose(state, who, month, percent.parse().unwrap(), why).await;
        assert!(refused.is_err(), "{month} {percent} {why}");
    }
    propose(state, &sales, april, "9.5".parse().unwrap(), "Easter is early").await.unwrap();
    assert!(tasks(&world, Role::HeadOfSales, month_plan::PLAN_KIND).await.is_empty());
    let waits = tasks(&world, Role::Director, month_plan::APPROVAL_KIND).await;
    assert_eq!(waits, ["Approve the plan for 2026-04: at most 9.5 % overdue"]);

    let own = decide(state, &sales, april, true, "").await;
    assert!(matches!(own, Err(ApiError::Forbidden)), "who plans never approves");
    let silent = decide(state, &director, april, false, " ").await;
    assert!(matches!(silent, Err(ApiError::BadRequest(_))));
    decide(state, &director, april, false, "eight at most").await.unwrap();
    let again = tasks(&world, Role::HeadOfSales, month_plan::PLAN_KIND).await;
    assert_eq!(again, ["Plan 2026-04 again: eight at most"]);
    propose(state, &sales, april, "8".parse().unwrap(), "as wished").await.unwrap();
    decide(state, &director, april, true, "").await.unwrap();
    let twice = decide(state, &director, april, true, "").await;
    assert!(matches!(twice, Err(ApiError::NotFound(_))));
    let mut tx = world.state.db.begin_read().await.unwrap();
    let percent = month_plans::approved_percent(&mut tx, april).await.unwrap();
    assert_eq!(percent, Some("8".parse().unwrap()));
    drop(tx);
    world.proven(0).await;
}

/// 100.00 of 1,000.00 are overdue: within the policy's 10 %, above a plan of 9 %. Each night is kept.
#[tokio::test]
async fn what_is_overdue_stands_against_the_plan_all_the_month() {
    let world = World::new().await;
    let march = day("2026-03-01");
    world.overdue_invoice(11, 2, 10_000).await;
    world.invoice(12, day("2026-03-01"), day("2026-03-20"), 90_000).await;
    jobs::run(&world.state.db, world.now, day("2026-03-11")).await.unwrap();
    let look = async || {
        let mut tx = world.state.db.begin_read().await.unwrap();
        let context = Context::load(&mut tx, world.now).await.unwrap();
        actual(&mut tx, &context, march).await.unwrap()
    };
    let (days, by_rep) = look().await;
    assert_eq!((days.len(), by_rep.len()), (1, 1));
    assert_eq!(days[0].share.percent, "10".parse().unwrap());
    assert!(days[0].share.is_within && days[0].currency == Currency::EUR);
    assert_eq!(by_rep[0].rep, Some(who(Role::Rep).person));

    let state = &world.state;
    propose(state, &who(Role::HeadOfSales), march, "9".parse().unwrap(), "why").await.unwrap();
    decide(state, &who(Role::Director), march, true, "").await.unwrap();
    assert!(!look().await.0[0].share.is_within, "the plan is stricter than the policy");
    world.proven(0).await;
}

/// R11.2: of the money that came in 100.00 was overdue, 200.00 in time and 50.00 has no invoice.
#[tokio::test]
async fn the_bonus_base_is_what_exceeds_the_minimum() {
    let world = World::new().await;
    let overdue = world.overdue_invoice(11, 5, 10_000).await;
    let current = world.invoice(12, day("2026-03-02"), day("2026-03-20"), 20_000).await;
    world.invoice(13, day("2026-03-02"), day("2026-03-30"), 30_000).await;
    world.pay(21, overdue, day("2026-03-10"), 10_000).await;
    world.pay(22, current, day("2026-03-10"), 20_000).await;
    world.send(1, super::cash(35_000)).await;
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let rows = bonus::of_month(&mut tx, &context, day("2026-03-01")).await.unwrap();
    drop(tx);
    let [row] = &rows[..] else { panic!("{rows:?}") };
    // The cash took up the last invoice, before it is due, and 50.00 wait.
    assert_eq!(row.collected.overdue_minor, 10_000);
    assert_eq!(row.collected.current_minor, 50_000);
    assert_eq!(row.collected.prepaid_minor, 5_000);
    assert_eq!(row.expected_minor, 60_000);
    assert_eq!((row.base.minimum_minor, row.base.base_minor), (48_000, 17_000));
    assert!(row.share.is_none(), "nothing is owed any more");
    world.proven(0).await;
}

/// A credit note for a dispute (R10.1) is no money: nobody collected it, and nobody paid in time.
#[tokio::test]
async fn what_is_credited_was_not_collected_and_is_no_payment() {
    let world = World::new().await;
    let due_on = day("2026-03-09");
    let whole = world.invoice(11, day("2026-02-02"), due_on, 10_000).await;
    let part = world.invoice(12, day("2026-02-02"), due_on, 20_000).await;
    for (number, invoice, minor) in [(1, whole, 10_000), (2, part, 5_000)] {
        let dispute = FactBody::Dispute(Dispute {
            invoice,
            number: format!("A-{}", 10 + number),
            dispute: DisputeKind::ShortDelivery,
            amount: eur(minor),
            note: "boxes were missing".to_owned(),
        });
        let fact = world.send(number, dispute).await;
        let said = Answer { credited: Some(eur(minor)), words: "they were".to_owned() };
        answer(&world.state, &who(Role::HeadOfSales), fact, &said).await.unwrap();
    }
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let rows = bonus::of_month(&mut tx, &context, day("2026-03-01")).await.unwrap();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(row.base.collected_minor, 0, "no money came in");
    assert_eq!(row.expected_minor, 15_000, "what was credited was not to come in");

    let histories = payment_history::of_everybody(&mut tx, due_on, context.today);
    let cases = &histories.await.unwrap()[&world.client].cases;
    let [case] = &cases[..] else { panic!("a wholly credited invoice says nothing: {cases:?}") };
    assert_eq!((case.amount_minor, case.paid_on), (15_000, None));
    let span = Span { first: world.client, last: world.client };
    let scored = payment_history::invoices_between(&mut tx, span, context.today).await.unwrap();
    let paid_on = |scored: &HashMap<ClientId, Vec<PaidInvoice>>| -> Vec<Option<NaiveDate>> {
        let cases = scored[&world.client].iter().filter(|one| one.due_on == due_on);
        cases.map(|one| one.paid_on).collect()
    };
    assert_eq!(paid_on(&scored), [None], "the score asks only for what was paid");
    drop(tx);
    world.pay(21, part, day("2026-03-10"), 15_000).await;
    let mut tx = world.state.db.begin_read().await.unwrap();
    let scored = payment_history::invoices_between(&mut tx, span, context.today).await.unwrap();
    assert_eq!(paid_on(&scored), [Some(day("2026-03-10"))], "the money's day, not the credit's");
    drop(tx);
    world.proven(0).await;
}
