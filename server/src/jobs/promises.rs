//! Promises whose day is over (R6.8): kept, partly kept or broken. A broken one is told to rep
//! and supervisor the next morning.

use saldo_core::facts::FactBody;
use saldo_core::promise::{self, PromiseState};
use saldo_core::roles::Role;

use crate::alerts;
use crate::flow::{Context, assign, enforcement, publish};
use crate::store::alerts::NewAlert;
use crate::store::promises::{self, PromiseRecord};
use crate::store::tasks::NewTask;
use crate::store::{Db, StoreError, Tx, facts, serving};

/// Settles every open promise whose day is over; gives how many.
pub(super) async fn settle(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut reading = db.begin_read().await?;
    let past = promises::past_their_day(&mut reading, context.today).await?;
    drop(reading);
    let mut settled = 0;
    for record in past {
        let mut tx = db.begin_write().await?;
        if settle_one(&mut tx, context, &record).await? {
            settled += 1;
        }
        tx.commit().await?;
    }
    Ok(settled)
}

async fn settle_one(
    tx: &mut Tx,
    context: &Context,
    record: &PromiseRecord,
) -> Result<bool, StoreError> {
    let Some(fact) = facts::by_id(tx, record.fact).await? else { return Ok(false) };
    let FactBody::Promise(promised) = &fact.fact.body else { return Ok(false) };
    let paid = promises::paid_since(tx, record.fact).await?;
    let state = promise::state(&promised.instalments, &paid, context.today);
    if state == PromiseState::Open {
        return Ok(false);
    }
    promises::set_state(tx, record.fact, state).await?;
    if matches!(state, PromiseState::Broken | PromiseState::PartlyKept) {
        tell(tx, context, record, state).await?;
    }
    publish::account(tx, context, record.client).await?;
    Ok(true)
}

async fn tell(
    tx: &mut Tx,
    context: &Context,
    record: &PromiseRecord,
    state: PromiseState,
) -> Result<(), StoreError> {
    let words = match state {
        PromiseState::PartlyKept => "was kept only in part",
        _ => "was broken",
    };
    let alert = NewAlert {
        key: format!("promise/{}", record.fact),
        client: record.client,
        rule: "R6.8",
        text: format!("The promise to pay by {} {words}", record.pay_by),
    };
    alerts::raise(tx, context, &alert).await?;
    let why = format!("the promise of {} {words}", record.pay_by);
    if enforcement::payment_failed(tx, context, record.client, &why).await? {
        return Ok(());
    }
    // Nothing is overdue yet that could be enforced: the rep asks all the same.
    let rep = serving::of_client(tx, record.client).await?.and_then(|serving| serving.rep);
    let task = NewTask {
        key: format!("broken-promise/{}", record.fact),
        kind: "broken_promise",
        rule: "R6.8",
        title: format!("The promise of {} {words}: learn why and when", record.pay_by),
        client: record.client,
        fact: Some(record.fact),
        role: Role::Rep,
        person: rep,
        due_on: Some(context.today),
    };
    assign::give(tx, context, &task).await
}
