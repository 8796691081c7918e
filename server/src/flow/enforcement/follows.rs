//! What moves a case without anybody saying so: contacts, deferrals and papers that are recorded for
//! their own sake. What never lives here: payments, which the look at a case takes in.

use chrono::NaiveDate;
use saldo_core::enforcement::Event;
use saldo_core::facts::Fact;
use saldo_core::ids::{ClientId, FactId, PaperId, PersonId};
use saldo_core::paper::PaperKind;

use super::{happened, look_at};
use crate::flow::Context;
use crate::store::enforcement::{self as store, NewEvent};
use crate::store::papers::PaperRecord;
use crate::store::{StoreError, Tx};

/// The client of an open case was spoken with: a visit, or a contact in which somebody was reached.
pub(in crate::flow) fn reached(context: &Context, fact: &Fact) -> NewEvent {
    event_of(context, fact, Event::Reached)
}

/// R6.4, R6.5: a deferral holds: new terms name the day.
pub(in crate::flow) async fn deferral_accepted(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    pay_by: NaiveDate,
) -> Result<(), StoreError> {
    let key = format!("accepted/{}", fact.id);
    decided(tx, context, fact, key, Event::TermsSigned { pay_by }).await
}

/// R9.6: the client asks for more than the rep may grant.
pub(in crate::flow) async fn deferral_asked(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
) -> Result<(), StoreError> {
    of_fact(tx, context, fact, Event::AsksAgain).await
}

/// Nobody entitled agreed to it.
pub(in crate::flow) async fn deferral_refused(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
) -> Result<(), StoreError> {
    let key = format!("refused/{}", fact.id);
    decided(tx, context, fact, key, Event::TermsRefused).await
}

/// A paper stands in the register: a guarantee letter or an amendment names the day, a demand or a
/// claim was delivered.
pub(in crate::flow) async fn paper(
    tx: &mut Tx,
    context: &Context,
    record: &PaperRecord,
    by: PersonId,
) -> Result<(), StoreError> {
    let (event, on) = match (record.kind, record.pay_by, record.delivered_on) {
        // A day of payment before the paper's own date is a slip of the pen, and no terms.
        (PaperKind::GuaranteeLetter | PaperKind::Amendment, Some(pay_by), _)
            if pay_by >= record.dated_on =>
        {
            (Event::TermsSigned { pay_by }, context.today)
        }
        (PaperKind::Demand, _, Some(on)) => (Event::DemandDelivered, on),
        (PaperKind::Claim, _, Some(on)) => (Event::ClaimDelivered, on),
        _ => return Ok(()),
    };
    let event = NewEvent {
        key: key_of_paper(record.id),
        event,
        happened_on: on.min(context.today),
        note: format!("{} of {}", record.kind.title(), record.dated_on),
        by: Some(by),
        fact: None,
    };
    happened(tx, context, record.client, event).await.map(drop)
}

/// A fact was corrected: what followed from it in the case did not happen.
pub(in crate::flow) async fn forget_fact(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    fact: FactId,
) -> Result<(), StoreError> {
    for key in [format!("fact/{fact}"), format!("accepted/{fact}"), format!("refused/{fact}")] {
        forget(tx, context, client, &key).await?;
    }
    Ok(())
}

/// A paper was withdrawn.
pub(in crate::flow) async fn forget_paper(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    paper: PaperId,
) -> Result<(), StoreError> {
    forget(tx, context, client, &key_of_paper(paper)).await
}

fn key_of_paper(paper: PaperId) -> String {
    format!("paper/{paper}")
}

async fn forget(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    key: &str,
) -> Result<(), StoreError> {
    let Some(case) = store::open_case(tx, client).await? else { return Ok(()) };
    if store::withdraw(tx, case.id, key, context.now).await? {
        look_at(tx, context, client).await?;
    }
    Ok(())
}

async fn of_fact(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    event: Event,
) -> Result<(), StoreError> {
    let event = event_of(context, fact, event);
    happened(tx, context, fact.client, event).await.map(drop)
}

fn event_of(context: &Context, fact: &Fact, event: Event) -> NewEvent {
    let zone = context.policy.time_zone();
    NewEvent {
        key: format!("fact/{}", fact.id),
        event,
        happened_on: fact.recorded_at.civil_date(zone).min(context.today),
        note: String::new(),
        by: Some(fact.author),
        fact: Some(fact.id),
    }
}

/// What somebody above decided happened today, whenever the fact was written.
async fn decided(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    key: String,
    event: Event,
) -> Result<(), StoreError> {
    let event = NewEvent {
        key,
        event,
        happened_on: context.today,
        note: String::new(),
        by: None,
        fact: Some(fact.id),
    };
    happened(tx, context, fact.client, event).await.map(drop)
}
