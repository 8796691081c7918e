//! New terms after a full stop (R4.4): set, noticed, and over with payment discipline.

use chrono::{Days, NaiveDate};
use saldo_core::new_terms::NewTerms;
use saldo_core::roles::Role;
use saldo_core::verdict::Outcome;

use super::order;
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::terms::{self, Step};
use crate::flow::world::{World, today, who};
use crate::jobs;
use crate::store::stricter_terms::{self, TermsRecord};

/// No more than 400.00 in all, and 3 days.
const STRICTER: NewTerms =
    NewTerms { depth_minor: Some(40_000), depth_days: Some(3), prepayment_percent: None };

async fn set(world: &World, role: Role, new: NewTerms, why: &str) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    terms::set_new(&mut tx, &context, &who(role), world.client, new, true, why).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn step(world: &World, role: Role, step: Step<'_>) -> Result<(), ApiError> {
    let id = latest(world).await.id;
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    terms::step(&mut tx, &context, &who(role), id, step).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn latest(world: &World) -> TermsRecord {
    let mut tx = world.state.db.begin_read().await.unwrap();
    stricter_terms::of_client(&mut tx, world.client).await.unwrap().remove(0)
}

async fn night(world: &mut World, date: NaiveDate) -> usize {
    let forward = (date - world.now.civil_date(chrono_tz::Europe::Tallinn)).num_days();
    let millis = forward * 24 * saldo_core::time::HOUR_MILLIS;
    world.now = world.now.plus_millis(millis);
    world.state.clock.shift_millis += millis;
    jobs::run(&world.state.db, world.now, date).await.unwrap().terms_ended
}

#[tokio::test]
async fn only_for_a_stopped_client_stricter_and_with_a_reason() {
    let world = World::new().await;
    let free = set(&world, Role::FinanceControl, STRICTER, "agreed").await;
    assert!(matches!(free, Err(ApiError::BadRequest(words)) if words.contains("stopped wholly")));
    world.overdue_invoice(11, 20, 20_000).await;
    for (role, new, why, status) in [
        (Role::Rep, STRICTER, "agreed", 403),
        (Role::Security, STRICTER, "agreed", 403),
        (Role::FinanceControl, STRICTER, " ", 400),
        (Role::FinanceControl, NewTerms::default(), "agreed", 400),
        (Role::FinanceControl, NewTerms { depth_days: Some(30), ..NewTerms::default() }, "x", 400),
        (Role::FinanceControl, NewTerms { prepayment_percent: Some(101), ..STRICTER }, "x", 400),
        (Role::FinanceControl, NewTerms { depth_minor: Some(-1), ..STRICTER }, "x", 400),
    ] {
        let refused = set(&world, role, new, why).await.unwrap_err();
        assert_eq!(refused.status().as_u16(), status, "{role} {new:?} {why}");
    }
    set(&world, Role::HeadOfSales, STRICTER, "agreed with the owner").await.unwrap();
    let twice = set(&world, Role::FinanceControl, STRICTER, "again").await;
    assert!(matches!(twice, Err(ApiError::Conflict(_))));
    world.proven(0).await;
}

/// The client bought in each of the last three months: one month, from the money on.
#[tokio::test]
async fn they_hold_from_the_notice_and_the_former_return_a_month_after_the_money() {
    let mut world = World::new().await;
    let invoice = world.overdue_invoice(11, 20, 20_000).await;
    set(&world, Role::FinanceControl, STRICTER, "agreed with the owner").await.unwrap();
    assert_eq!(latest(&world).await.months, 1);
    assert_eq!(world.account().await.contract.depth_minor, Some(1_000_000), "no notice yet");
    let asked = world.inbox(Role::FinanceControl).await;
    assert!(asked.iter().any(|task| task.kind == "terms_notice"), "{asked:?}");
    step(&world, Role::HeadOfSales, Step::Noticed(today())).await.unwrap();
    let account = world.account().await;
    assert_eq!(
        (account.contract.depth_minor, account.contract.depth_days),
        (Some(40_000), Some(3))
    );
    // Ten days later the money is in: goods go again, within the new terms.
    assert_eq!(night(&mut world, today() + Days::new(10)).await, 0);
    world.pay(11, invoice, today() + Days::new(10), 20_000).await;
    let fact = world.send(1, order(40_001)).await;
    let verdict = world.verdict(fact).await;
    assert_eq!(verdict.outcome, Outcome::Held);
    let held: Vec<_> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    assert!(held.contains(&"R4.2"), "{held:?}");
    // 11 March + 1 month would be over, but the delay started the month again on the 21st.
    for (date, ended) in [("2026-04-12", 0), ("2026-04-21", 0), ("2026-04-22", 1)] {
        assert_eq!(night(&mut world, date.parse().unwrap()).await, ended, "{date}");
    }
    assert_eq!(world.account().await.contract.depth_minor, Some(1_000_000));
    assert_eq!(latest(&world).await.holds_until, Some("2026-04-21".parse().unwrap()));
    world.proven(1).await;
}

#[tokio::test]
async fn who_goes_on_paying_late_has_them_for_three_months() {
    let mut world = World::new().await;
    world.overdue_invoice(11, 20, 20_000).await;
    set(&world, Role::FinanceControl, STRICTER, "imposed: no answer").await.unwrap();
    step(&world, Role::FinanceControl, Step::Noticed(today())).await.unwrap();
    for (date, ended) in [("2026-04-12", 0), ("2026-06-11", 0), ("2026-06-12", 1)] {
        assert_eq!(night(&mut world, date.parse().unwrap()).await, ended, "{date}");
    }
    world.proven(0).await;
}

#[tokio::test]
async fn what_is_decided_can_be_called_off_before_it_holds() {
    let world = World::new().await;
    world.overdue_invoice(11, 20, 20_000).await;
    set(&world, Role::FinanceControl, STRICTER, "imposed").await.unwrap();
    step(&world, Role::HeadOfSales, Step::Reject("paid in full today")).await.unwrap();
    assert!(world.inbox(Role::FinanceControl).await.iter().all(|task| task.kind != "terms_notice"));
    let late = step(&world, Role::HeadOfSales, Step::Noticed(today())).await;
    assert!(matches!(late, Err(ApiError::Conflict(_))));
    assert_eq!(world.account().await.contract.depth_minor, Some(1_000_000));
    set(&world, Role::FinanceControl, STRICTER, "a new try").await.unwrap();
    world.proven(0).await;
}
