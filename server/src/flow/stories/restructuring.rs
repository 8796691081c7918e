//! Restructuring agreements (R8.5): drawn up, approved, kept, missed, fulfilled.

use chrono::{Days, NaiveDate};
use saldo_core::escalation::Rung;
use saldo_core::ids::{AgreementId, InvoiceId};
use saldo_core::late_fee::Fee;
use saldo_core::roles::Role;
use saldo_core::stop_list::StopLevel;
use saldo_core::time::HOUR_MILLIS;

use super::{alert_rules, cash, promise, stop_of};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::fees::{self, Booking};
use crate::flow::restructuring::{self, Draft};
use crate::flow::world::{World, today, who};
use crate::jobs;
use crate::store::{Whose, restructurings, standings};

fn id(number: u128) -> AgreementId {
    AgreementId(uuid::Uuid::from_u128(7_000 + number))
}

fn after(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

/// 1,000.00 that are 40 days late and their fee of 120.00, in two parts after 10 and 40 days.
fn draft(number: u128, invoices: &[InvoiceId]) -> Draft {
    Draft {
        id: id(number),
        signed_on: today(),
        requested_on: Some(today()),
        invoices: invoices.to_vec(),
        fee_minor: Some(12_000),
        guarantees: vec!["the owner's surety".to_owned()],
        schedule: vec![(after(10), 56_000), (after(40), 56_000)],
    }
}

async fn draw_up(world: &World, role: Role, draft: Draft) -> Result<bool, ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let done = restructuring::draw_up(&mut tx, &context, &who(role), world.client, draft).await?;
    tx.commit().await.unwrap();
    Ok(done)
}

async fn approve(world: &World, role: Role, number: u128) -> Result<(), ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    restructuring::approve(&mut tx, &context, &who(role), id(number)).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn fees_now(world: &World) -> Vec<Fee> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let found = fees::of_client(&mut tx, &context, world.client).await.unwrap();
    found.map_or(vec![], |fees| fees.on(&context.policy, &context.calendar, context.today))
}

async fn pay_fee(world: &World, invoice: InvoiceId, amount_minor: i64, key: &str) {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let booking =
        Booking { invoice, amount_minor, paid_on: context.today, from_unallocated: false, key };
    let control = who(Role::FinanceControl);
    fees::book(&mut tx, &context, &control, world.client, &booking).await.unwrap();
    tx.commit().await.unwrap();
}

async fn rungs(world: &World) -> Vec<(Rung, NaiveDate)> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let open = standings::open_rungs(&mut tx, Whose::One(world.client)).await.unwrap();
    open.into_values().flatten().collect()
}

async fn state_of(world: &World, number: u128) -> (String, Option<String>) {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let record = restructurings::by_id(&mut tx, id(number)).await.unwrap().unwrap();
    (record.state, record.told)
}

/// Days pass, each with its night, run twice.
async fn pass(world: &mut World, until: NaiveDate) {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let mut day = Context::load(&mut tx, world.now).await.unwrap().today;
    drop(tx);
    while day < until {
        day = day.succ_opt().unwrap();
        world.now = world.now.plus_millis(24 * HOUR_MILLIS);
        world.state.clock.shift_millis += 24 * HOUR_MILLIS;
        jobs::run(&world.state.db, world.now, day).await.unwrap();
        let again = jobs::run(&world.state.db, world.now, day).await.unwrap();
        assert_eq!((again.restructurings_settled, again.standings_changed), (0, 0), "{day}");
    }
}

/// A client 40 days late, on the ladder and stopped.
async fn late_client() -> (World, InvoiceId) {
    let world = World::new().await;
    let invoice = world.overdue_invoice(11, 40, 100_000).await;
    jobs::run(&world.state.db, world.now, today()).await.unwrap();
    assert_eq!(stop_of(&world).await, StopLevel::Stopped);
    assert_eq!(rungs(&world).await.len(), 7);
    (world, invoice)
}

#[tokio::test]
async fn only_what_is_complete_is_approved_and_never_by_who_drew_it_up() {
    let (world, invoice) = late_client().await;
    let nobody = draw_up(&world, Role::Rep, draft(1, &[invoice])).await;
    assert!(matches!(nobody, Err(ApiError::Forbidden)));
    let mut bare = draft(1, &[invoice]);
    (bare.requested_on, bare.fee_minor, bare.guarantees) = (None, None, vec![" ".to_owned()]);
    bare.schedule = vec![(after(10), 99_999)];
    assert!(draw_up(&world, Role::Legal, bare.clone()).await.unwrap());
    assert!(!draw_up(&world, Role::Legal, bare).await.unwrap(), "a retry");
    assert!(matches!(approve(&world, Role::Legal, 1).await, Err(ApiError::Forbidden)));
    let Err(ApiError::BadRequest(words)) = approve(&world, Role::Director, 1).await else {
        panic!("approved");
    };
    for part in ["written request", "the fee", "guarantees", "schedule"] {
        assert!(words.contains(part), "{words}");
    }
    assert_eq!(
        world.inbox(Role::Director).await.iter().filter(|t| t.kind == "restructuring").count(),
        1
    );
    assert_eq!(state_of(&world, 1).await.0, "drawn_up");
    assert_eq!(world.account().await.open_invoices[0].restructured_until, None);

    type Change = fn(&mut Draft);
    let wrong: [Change; 6] = [
        |draft| draft.invoices.clear(),
        |draft| draft.signed_on = after(1),
        |draft| draft.schedule.swap(0, 1),
        |draft| draft.schedule[0].1 = 0,
        |draft| draft.schedule[0].1 += 1,
        |draft| draft.fee_minor = Some(-1),
    ];
    for change in wrong {
        let mut one = draft(2, &[invoice]);
        change(&mut one);
        let refused = draw_up(&world, Role::HeadOfSales, one).await;
        assert!(matches!(refused, Err(ApiError::BadRequest(_))));
    }
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let director = who(Role::Director);
    let silent = restructuring::reject(&mut tx, &context, &director, id(1), " ").await;
    assert!(matches!(silent, Err(ApiError::BadRequest(_))));
    restructuring::reject(&mut tx, &context, &director, id(1), "no surety").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state_of(&world, 1).await.0, "rejected");
    assert!(world.inbox(Role::Legal).await.iter().any(|task| task.title.contains("no surety")));
    assert!(matches!(approve(&world, Role::Director, 1).await, Err(ApiError::Conflict(_))));
    world.proven(0).await;
}

/// While it is kept nothing is overdue; when all is paid it is fulfilled, and nothing is owed.
#[tokio::test]
async fn kept_it_stands_in_for_the_due_dates_until_it_is_fulfilled() {
    let (mut world, invoice) = late_client().await;
    draw_up(&world, Role::HeadOfSales, draft(1, &[invoice])).await.unwrap();
    approve(&world, Role::Director, 1).await.unwrap();
    assert_eq!(stop_of(&world).await, StopLevel::Free);
    assert_eq!(rungs(&world).await, []);
    let open = |account: saldo_core::account::Account| account.open_invoices[0].clone();
    let covered = open(world.account().await);
    assert_eq!(covered.restructured_until, Some(after(10)));
    assert_eq!((covered.effective_due_on(), covered.days_overdue(today())), (after(10), -10));
    let [fee] = fees_now(&world).await.try_into().unwrap();
    assert_eq!((fee.open_minor(), fee.payable_minor(), fee.due_on), (12_000, 12_000, after(10)));

    pass(&mut world, after(9)).await;
    assert_eq!(rungs(&world).await, []);
    // 500.00 in cash and 60.00 of the fee: the first instalment.
    world.send(1, cash(50_000)).await;
    pay_fee(&world, invoice, 6_000, "first").await;
    assert_eq!(open(world.account().await).restructured_until, Some(after(40)));
    pass(&mut world, after(20)).await;
    assert_eq!((rungs(&world).await, stop_of(&world).await), (vec![], StopLevel::Free));
    // A promise for the next instalment is possible, from the new date on.
    let fact = world.send(2, promise(invoice, 45, 50_000)).await;
    assert_eq!(world.verdict(fact).await.approvals, [Role::Supervisor]);

    pay_fee(&world, invoice, 6_000, "second").await;
    assert_eq!(state_of(&world, 1).await.1, None);
    world.send(3, cash(50_000)).await;
    assert_eq!(state_of(&world, 1).await.1.as_deref(), Some("fulfilled"));
    assert_eq!(fees_now(&world).await, []);
    pass(&mut world, after(60)).await;
    assert_eq!(alert_rules(&world).await.iter().filter(|rule| *rule == "R8.5").count(), 0);
    assert_eq!(world.account().await.receivable_minor(), 0);
    world.proven(1).await;
}

/// A missed instalment puts the invoice back where it was, with the rungs reached meanwhile.
#[tokio::test]
async fn missed_it_puts_the_invoice_back_where_it_was() {
    let (mut world, invoice) = late_client().await;
    let before = rungs(&world).await;
    draw_up(&world, Role::FinanceControl, draft(1, &[invoice])).await.unwrap();
    approve(&world, Role::Director, 1).await.unwrap();
    pass(&mut world, after(10)).await;
    world.send(1, cash(55_999)).await;
    assert_eq!((rungs(&world).await, stop_of(&world).await), (vec![], StopLevel::Free));

    pass(&mut world, after(11)).await;
    assert_eq!(rungs(&world).await, before, "the days are the contract's");
    assert_eq!(stop_of(&world).await, StopLevel::Stopped);
    assert_eq!(state_of(&world, 1).await.1.as_deref(), Some("missed"));
    assert_eq!(world.account().await.open_invoices[0].restructured_until, None);
    let told = alert_rules(&world).await;
    assert_eq!(told.iter().filter(|rule| *rule == "R8.5").count(), 1, "{told:?}");
    // The rep's task is step 1 of the enforcement that begins with it (R9.1).
    for (role, kind) in
        [(Role::Rep, "enforcement_contact"), (Role::HeadOfSales, "restructuring_missed")]
    {
        let kinds: Vec<_> = world.inbox(role).await.into_iter().map(|task| task.kind).collect();
        assert!(kinds.contains(&kind.to_owned()), "{role}: {kinds:?}");
    }
    // The whole fee is back, by the contract: 559.99 paid in week 8, the rest unpaid, 14 % of all.
    let [fee] = fees_now(&world).await.try_into().unwrap();
    assert_eq!((fee.accrued_minor, fee.payable_minor()), (14_000, 14_000));
    // Money does not mend it: a new agreement must be drawn up.
    world.send(2, cash(1)).await;
    assert_eq!(world.account().await.open_invoices[0].restructured_until, None);
    world.proven(0).await;
}

/// The bank's value date counts: money that was in time and came in late keeps the schedule.
#[tokio::test]
async fn a_value_date_in_time_mends_what_looked_missed() {
    let (mut world, invoice) = late_client().await;
    draw_up(&world, Role::HeadOfSales, draft(1, &[invoice])).await.unwrap();
    approve(&world, Role::Director, 1).await.unwrap();
    pass(&mut world, after(11)).await;
    assert_eq!(state_of(&world, 1).await.1.as_deref(), Some("missed"));
    world.pay(20, invoice, after(10), 56_000).await;
    pass(&mut world, after(12)).await;
    assert_eq!(state_of(&world, 1).await, ("approved".to_owned(), None));
    assert_eq!(rungs(&world).await, []);
    assert!(!world.inbox(Role::Rep).await.iter().any(|task| task.kind == "restructuring_missed"));
}

/// What was paid before the signatures is no instalment, and a later agreement replaces an earlier.
#[tokio::test]
async fn a_later_agreement_takes_the_place_of_an_earlier() {
    let (world, invoice) = late_client().await;
    world.pay(20, invoice, today() - Days::new(1), 10_000).await;
    let mut first = draft(1, &[invoice]);
    first.schedule = vec![(after(10), 102_000)];
    draw_up(&world, Role::HeadOfSales, first).await.unwrap();
    approve(&world, Role::Director, 1).await.unwrap();
    assert_eq!(world.account().await.open_invoices[0].restructured_until, Some(after(10)));
    let mut second = draft(2, &[invoice]);
    second.schedule = vec![(after(30), 102_000)];
    draw_up(&world, Role::HeadOfSales, second).await.unwrap();
    approve(&world, Role::Director, 2).await.unwrap();
    assert_eq!(world.account().await.open_invoices[0].restructured_until, Some(after(30)));
    assert_eq!(state_of(&world, 1).await.0, "replaced");

    let mut third = draft(3, &[invoice]);
    third.schedule = vec![(after(30), 102_000)];
    draw_up(&world, Role::Legal, third).await.unwrap();
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let head = who(Role::HeadOfSales);
    let foreign = restructuring::withdraw(&mut tx, &context, &head, id(3)).await;
    assert!(matches!(foreign, Err(ApiError::Forbidden)));
    restructuring::withdraw(&mut tx, &context, &who(Role::Legal), id(3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state_of(&world, 3).await.0, "withdrawn");
    let waits = world.inbox(Role::Director).await;
    assert!(!waits.iter().any(|task| task.kind == "restructuring"));
}
