//! What makes the demo company's late fees and restructurings look lived in: a waiver that waits,
//! an agreement that is kept and one that was missed. All of it through the flows that everybody
//! uses.

use chrono::{Days, NaiveDate};
use saldo_core::documents::Subject;
use saldo_core::facts::{Fact, FactBody, Waiver};
use saldo_core::ids::{AgreementId, DeviceId, FactId, InvoiceId, PaymentId};
use saldo_core::roles::Role;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};

use super::company::{Company, Customer};
use super::dice::Dice;
use super::ledger::Invoice;
use super::showcase;
use crate::auth::Principal;
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::judge::{NewFact, new_facts};
use crate::flow::restructuring::{self, Draft};
use crate::store::Tx;
use crate::store::payments::{self, Payment, Source, TakenUpBy};

/// Adds them to a company whose ledger is there.
pub(super) async fn add(
    tx: &mut Tx,
    context: &Context,
    made: &Company,
    seed: u64,
) -> Result<(), ApiError> {
    let mut dice = Dice::of(seed, "fees", 0);
    let late = |days: i64| {
        move |customer: &&Customer| {
            !showcase::is_shown(&customer.client.code)
                && oldest(customer, context.today).is_some_and(|invoice| {
                    invoice.payments.is_empty()
                        && (context.today - invoice.due_on).num_days() >= days
                })
        }
    };
    let mut candidates = made.clients.iter().filter(late(35));
    if let Some(customer) = candidates.next() {
        kept(tx, context, made, customer, &mut dice).await?;
    }
    if let Some(customer) = candidates.next() {
        missed(tx, context, made, customer, &mut dice).await?;
    }
    waiver(tx, context, made, &mut dice).await
}

/// Signed 20 days ago: the first half came in 5 days ago, the second is due in 25.
async fn kept(
    tx: &mut Tx,
    context: &Context,
    made: &Company,
    customer: &Customer,
    dice: &mut Dice,
) -> Result<(), ApiError> {
    let Some(invoice) = oldest(customer, context.today) else { return Ok(()) };
    let day = |days: i64| super::ledger::after(context.today, days);
    let first_minor = invoice.amount_minor / 2;
    let fee_minor = invoice.amount_minor / 25;
    let rest_minor = invoice.amount_minor - first_minor + fee_minor;
    let schedule = vec![(day(-4), first_minor), (day(25), rest_minor)];
    agree(tx, context, made, customer, invoice, (20, fee_minor, schedule), dice).await?;
    let source_key = format!("demo/{}/agreed", invoice.number);
    let payment = Payment {
        id: PaymentId::of_source(&source_key),
        client: customer.client.id,
        paid_on: day(-5),
        amount_minor: first_minor,
        source: Source::Ledger,
        source_key,
    };
    payments::insert(tx, &payment, None).await?;
    payments::allocate(tx, payment.id, TakenUpBy::These(&[invoice.id])).await?;
    Ok(())
}

/// Signed 24 days ago: nothing came in by the first instalment, the day before yesterday.
async fn missed(
    tx: &mut Tx,
    context: &Context,
    made: &Company,
    customer: &Customer,
    dice: &mut Dice,
) -> Result<(), ApiError> {
    let Some(invoice) = oldest(customer, context.today) else { return Ok(()) };
    let day = |days: i64| super::ledger::after(context.today, days);
    let third_minor = invoice.amount_minor / 3;
    let rest_minor = invoice.amount_minor - 2 * third_minor;
    let schedule = vec![(day(-2), third_minor), (day(12), third_minor), (day(26), rest_minor)];
    agree(tx, context, made, customer, invoice, (24, 0, schedule), dice).await
}

async fn agree(
    tx: &mut Tx,
    context: &Context,
    made: &Company,
    customer: &Customer,
    invoice: &Invoice,
    (days_ago, fee_minor, schedule): (i64, i64, Vec<(NaiveDate, i64)>),
    dice: &mut Dice,
) -> Result<(), ApiError> {
    let (Some(head), Some(director)) = (seat(made, Role::HeadOfSales), seat(made, Role::Director))
    else {
        return Ok(());
    };
    let then = UtcMillis(context.now.0 - days_ago * 24 * HOUR_MILLIS);
    let then = Context::new(context.policy.clone(), then);
    let draft = Draft {
        id: AgreementId(dice.uuid()),
        signed_on: then.today,
        requested_on: then.today.checked_sub_days(Days::new(2)),
        invoices: vec![invoice.id],
        fee_minor: Some(fee_minor),
        guarantees: vec!["Surety of the owner, signed before witnesses".to_owned()],
        schedule,
    };
    let (client, id) = (customer.client.id, draft.id);
    restructuring::draw_up(tx, &then, &head, client, draft).await?;
    restructuring::approve(tx, &then, &director, id).await
}

/// An invoice of the uncertain client was paid in the second week: the rep asks to waive its fee.
async fn waiver(
    tx: &mut Tx,
    context: &Context,
    made: &Company,
    dice: &mut Dice,
) -> Result<(), ApiError> {
    let shown = made.clients.iter().find(|one| one.client.code == showcase::UNCERTAIN);
    let Some(customer) = shown else { return Ok(()) };
    let second_week = |invoice: &&Invoice| {
        invoice.open_minor() == 0
            && invoice.payments.last().is_some_and(|payment| {
                (8..=14).contains(&(payment.paid_on - invoice.due_on).num_days())
            })
    };
    let territory = made.territories.iter().find(|one| one.id == customer.client.territory);
    let paid_late = customer.invoices.iter().rev().find(second_week);
    let (Some(invoice), Some(territory)) = (paid_late, territory) else { return Ok(()) };
    let fact = Fact {
        id: FactId(dice.uuid()),
        author: territory.rep,
        client: customer.client.id,
        recorded_at: context.now,
        corrects: None,
        body: FactBody::Waiver(named(invoice.id, &invoice.number)),
    };
    let subject = Subject::RouteSheet { person: territory.rep, day: context.today };
    let document = subject.document();
    let new = NewFact { document, device: DeviceId(dice.uuid()), taken_at: fact.recorded_at, fact };
    new_facts(tx, context, &[new]).await
}

fn named(invoice: InvoiceId, number: &str) -> Waiver {
    Waiver {
        invoice,
        number: number.to_owned(),
        why: "Their bank moved the account; they paid the day it worked again".to_owned(),
    }
}

/// The oldest invoice that is past due.
fn oldest(customer: &Customer, today: NaiveDate) -> Option<&Invoice> {
    customer
        .invoices
        .iter()
        .filter(|invoice| invoice.is_overdue(today) && invoice.disputed_minor == 0)
        .min_by_key(|invoice| invoice.due_on)
}

fn seat(made: &Company, role: Role) -> Option<Principal> {
    let person = made.people.iter().find(|person| person.role == role)?;
    Some(Principal { person: person.id, name: person.name.to_owned(), role })
}
