//! The price of delay (R8.1 to R8.4), shown, paid and waived.

use chrono::{Days, NaiveDate};
use saldo_core::facts::{FactBody, Waiver};
use saldo_core::feed::FeedRow;
use saldo_core::ids::{FactId, InvoiceId};
use saldo_core::late_fee::{Fee, FeeStanding};
use saldo_core::roles::Role;
use saldo_core::verdict::{Outcome, What};

use super::{cash, decide_in};
use crate::error::ApiError;
use crate::flow::decide::Choice;
use crate::flow::fees::{self, Booking};
use crate::flow::waiver::{self, Order};
use crate::flow::world::{World, today, who};
use crate::flow::{Context, publish};
use crate::jobs;
use crate::store::{feed, scopes};

fn waive(invoice: InvoiceId) -> FactBody {
    FactBody::Waiver(Waiver {
        invoice,
        number: "A".to_owned(),
        why: "paid as soon as I called".to_owned(),
    })
}

/// Every fee of the client on a day.
async fn fees_on(world: &World, day: NaiveDate) -> Vec<Fee> {
    let mut tx = world.state.db.begin_read().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap().on(day);
    let found = fees::of_client(&mut tx, &context, world.client).await.unwrap();
    found.map_or(vec![], |fees| fees.on(&context.policy, &context.calendar, day))
}

/// What of the fee of an invoice is open today.
async fn open_minor(world: &World, invoice: InvoiceId) -> i64 {
    let found = fees_on(world, today()).await;
    found.iter().find(|fee| fee.invoice == invoice).map_or(0, Fee::open_minor)
}

async fn book(
    world: &World,
    role: Role,
    invoice: InvoiceId,
    amount_minor: i64,
    from_unallocated: bool,
    key: &str,
) -> Result<bool, ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let booking = Booking { invoice, amount_minor, paid_on: today(), from_unallocated, key };
    let done = fees::book(&mut tx, &context, &who(role), world.client, &booking).await?;
    tx.commit().await.unwrap();
    Ok(done)
}

async fn waive_as(
    world: &World,
    role: Role,
    invoice: InvoiceId,
    key: &str,
) -> Result<i64, ApiError> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    let order = Order { invoice, why: "an old client", key };
    let done = waiver::waive(&mut tx, &context, &who(role), world.client, &order).await?;
    tx.commit().await.unwrap();
    Ok(done)
}

/// An invoice of 1,000.00 due long ago and paid in full so many days late.
async fn paid_late(world: &World, number: u128, days: u64) -> InvoiceId {
    let invoice = world.overdue_invoice(number, 40, 100_000).await;
    world.pay(number, invoice, today() - Days::new(40 - days), 100_000).await;
    invoice
}

/// Section 15, example 1, through the nights: nothing that runs twice changes anything.
#[tokio::test]
async fn a_fee_rises_by_the_week_whatever_runs_how_often() {
    let world = World::new().await;
    let due_on = today();
    world.invoice(11, due_on, due_on, 100_000).await;
    let weeks = [1_500, 3_000, 4_500, 6_000, 8_000, 10_000, 12_000, 14_000, 14_000];
    for (fee_minor, week) in weeks.into_iter().zip(0_u64..) {
        let day = due_on + Days::new(week * 7 + 1);
        for _ in 0..2 {
            jobs::run(&world.state.db, world.now, day).await.unwrap();
            let [fee] = fees_on(&world, day).await.try_into().unwrap();
            assert_eq!(fee.accrued_minor, fee_minor, "week {}", week + 1);
            // R7.7 is reached within the fifth week.
            let payable = if week < 5 { FeeStanding::Shown } else { FeeStanding::Payable };
            assert_eq!(fee.standing, payable, "week {}", week + 1);
        }
    }
    assert_eq!(fees_on(&world, due_on).await, []);
    world.proven(0).await;
}

/// Section 15, example 2: each part carries the rate of its week; the paid invoice keeps its fee.
#[tokio::test]
async fn a_fee_outlives_its_invoice() {
    let world = World::new().await;
    let invoice = world.overdue_invoice(11, 40, 100_000).await;
    let due_on = today() - Days::new(40);
    world.pay(11, invoice, due_on + Days::new(10), 50_000).await;
    world.pay(12, invoice, due_on + Days::new(21), 50_000).await;
    let [fee] = fees_on(&world, today()).await.try_into().unwrap();
    assert_eq!((fee.accrued_minor, fee.unpaid_minor, fee.week), (3_750, 0, 3));
    assert_eq!(fee.paid_in_full_on, Some(due_on + Days::new(21)));
}

/// Section 15, example 3, through the flow: day 5 is the rep's, day 12 the head of sales', day 16
/// and what is not paid the director's.
#[tokio::test]
async fn who_may_waive_decides() {
    let world = World::new().await;
    let mut facts: Vec<FactId> = vec![];
    for (number, days, fee_minor) in [(11, 5, 1_500), (12, 12, 3_000), (13, 16, 4_500)] {
        let invoice = paid_late(&world, number, days).await;
        assert_eq!(open_minor(&world, invoice).await, fee_minor);
        facts.push(world.send(number, waive(invoice)).await);
    }
    let unpaid = world.overdue_invoice(14, 10, 100_000).await;
    facts.push(world.send(14, waive(unpaid)).await);

    let outcomes = [
        (Outcome::Accepted, vec![]),
        (Outcome::Pending, vec![Role::HeadOfSales]),
        (Outcome::Pending, vec![Role::Director]),
        (Outcome::Pending, vec![Role::Director]),
    ];
    for (fact, (outcome, approvals)) in facts.iter().zip(outcomes) {
        let verdict = world.verdict(*fact).await;
        assert_eq!((verdict.outcome, verdict.approvals), (outcome, approvals));
    }
    assert_eq!(fees_on(&world, today()).await.len(), 3, "the rep's own is waived at once");
    assert_eq!(world.inbox(Role::HeadOfSales).await.len(), 1);
    assert_eq!(world.inbox(Role::Director).await.len(), 2);

    // The head of sales may grant the second; sending it up would have been possible too.
    decide_in(&world, Role::HeadOfSales, Choice::Approve, false).await.unwrap();
    let verdict = world.verdict(facts[1]).await;
    assert_eq!(verdict.outcome, Outcome::Accepted);
    assert!(verdict.reasons.iter().any(|one| matches!(one.what, What::Approved { .. })));
    decide_in(&world, Role::Director, Choice::Reject, false).await.unwrap();
    decide_in(&world, Role::Director, Choice::Approve, false).await.unwrap();
    assert_eq!(world.verdict(facts[2]).await.outcome, Outcome::Rejected);
    assert_eq!(world.verdict(facts[3]).await.outcome, Outcome::Accepted);
    let left: Vec<_> = fees_on(&world, today()).await.iter().map(Fee::open_minor).collect();
    // Of the unpaid one what had accrued is waived; the rest goes on.
    assert_eq!(left, [4_500, 0]);
    let next_week = fees_on(&world, today() + Days::new(7)).await;
    assert_eq!(next_week.iter().map(Fee::open_minor).collect::<Vec<_>>(), [4_500, 1_500]);
    world.proven(7).await;
}

#[tokio::test]
async fn a_waiver_can_be_sent_up_and_corrected() {
    let world = World::new().await;
    let invoice = paid_late(&world, 11, 12).await;
    let fact = world.send(1, waive(invoice)).await;
    decide_in(&world, Role::HeadOfSales, Choice::SendUp, false).await.unwrap();
    assert_eq!(world.verdict(fact).await.approvals, [Role::Director]);
    let again = world.send_correcting(2, Some(fact), waive(invoice)).await;
    assert!(world.inbox(Role::Director).await.is_empty(), "taken back");
    decide_in(&world, Role::HeadOfSales, Choice::Approve, false).await.unwrap();
    assert_eq!(world.verdict(again).await.outcome, Outcome::Accepted);
    assert_eq!(open_minor(&world, invoice).await, 0);
    // A correction after the approval takes back what was waived; the same must be asked anew.
    world.send_correcting(3, Some(again), waive(invoice)).await;
    assert_eq!(open_minor(&world, invoice).await, 3_000);
    world.proven(5).await;
}

#[tokio::test]
async fn nothing_is_waived_where_nothing_is_open() {
    let world = World::new().await;
    let invoice = world.invoice(11, today(), today(), 100_000).await;
    let fact = world.send(1, waive(invoice)).await;
    let verdict = world.verdict(fact).await;
    assert_eq!(verdict.outcome, Outcome::Accepted);
    assert!(matches!(verdict.reasons[0].what, What::NoFeeOpen { .. }));
    assert_eq!(fees_on(&world, today() + Days::new(3)).await[0].waived_minor, 0);
    world.proven(1).await;
}

#[tokio::test]
async fn the_office_waives_within_its_own_authority() {
    let world = World::new().await;
    let second_week = paid_late(&world, 11, 12).await;
    let third_week = paid_late(&world, 12, 16).await;
    let head = Role::HeadOfSales;
    for (role, invoice) in [(Role::FinanceControl, second_week), (Role::Rep, second_week)] {
        assert!(matches!(waive_as(&world, role, invoice, "k").await, Err(ApiError::Forbidden)));
    }
    assert!(matches!(waive_as(&world, head, third_week, "k").await, Err(ApiError::BadRequest(_))));
    assert!(matches!(waive_as(&world, head, second_week, " ").await, Err(ApiError::BadRequest(_))));
    assert_eq!(waive_as(&world, head, second_week, "k").await.unwrap(), 3_000);
    assert_eq!(waive_as(&world, head, second_week, "k").await.unwrap(), 0, "a retry");
    assert_eq!(waive_as(&world, Role::Director, third_week, "k2").await.unwrap(), 4_500);
    assert_eq!(fees_on(&world, today()).await, []);
    world.proven(0).await;
}

/// R8.2: paid twice under one key is paid once, and money pays either a fee or a debt.
#[tokio::test]
async fn a_fee_is_paid_once_and_no_cent_counts_twice() {
    let world = World::new().await;
    let invoice = paid_late(&world, 11, 16).await;
    let control = Role::FinanceControl;
    assert!(matches!(
        book(&world, Role::Rep, invoice, 1, false, "a").await,
        Err(ApiError::Forbidden)
    ));
    for (minor, from_unallocated) in [(0, false), (4_501, false), (1, true)] {
        let refused = book(&world, control, invoice, minor, from_unallocated, "a").await;
        assert!(matches!(refused, Err(ApiError::BadRequest(_))), "{minor}");
    }
    assert!(book(&world, control, invoice, 1_000, false, "a").await.unwrap());
    assert!(!book(&world, control, invoice, 1_000, false, "a").await.unwrap());
    let other = book(&world, control, invoice, 2_000, false, "a").await;
    assert!(matches!(other, Err(ApiError::Conflict(_))));
    assert_eq!(open_minor(&world, invoice).await, 3_500);

    // 30.00 in cash that no invoice needs.
    world.send(1, cash(3_000)).await;
    assert_eq!(world.account().await.unallocated_minor, 3_000);
    let too_much = book(&world, control, invoice, 3_001, true, "b").await;
    assert!(matches!(too_much, Err(ApiError::BadRequest(_))));
    assert!(book(&world, control, invoice, 2_500, true, "b").await.unwrap());
    assert_eq!(open_minor(&world, invoice).await, 1_000);
    assert_eq!(world.account().await.unallocated_minor, 500);
    assert_eq!(world.account().await.receivable_minor(), -500);
    // What is left pays the next invoice, and no more than that.
    let next = world.invoice(12, today(), today(), 10_000).await;
    world.send(2, cash(9_500)).await;
    let account = world.account().await;
    let open = account.open_invoices.iter().find(|open| open.id == next).unwrap();
    assert_eq!((open.open_minor, account.unallocated_minor), (500, 500));
    world.proven(0).await;
}

/// R8.4: phones get what today's fee is computed from, as long as there is anything to compute.
#[tokio::test]
async fn the_feed_tells_fees_until_they_end() {
    let world = World::new().await;
    let invoice = paid_late(&world, 11, 5).await;
    assert_eq!(row(&world).await.map(|row| row.fees.items.len()), Some(1));
    world.send(1, waive(invoice)).await;
    assert_eq!(row(&world).await, None);
}

async fn row(world: &World) -> Option<saldo_core::late_fee::FeesRow> {
    let mut tx = world.state.db.begin_write().await.unwrap();
    let context = Context::load(&mut tx, world.now).await.unwrap();
    publish::account(&mut tx, &context, world.client).await.unwrap();
    let serving = crate::store::serving::of_client(&mut tx, world.client).await.unwrap().unwrap();
    let scope = scopes::territory(&mut tx, serving.territory).await.unwrap();
    let found = feed::get(&mut tx, scope, "fees", &world.client.to_string()).await.unwrap();
    tx.commit().await.unwrap();
    match found {
        Some(FeedRow::Fees(row)) => Some(*row),
        _ => None,
    }
}
