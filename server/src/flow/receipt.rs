//! Money received (R6.2): cash counts at once, a payment order is only announced.

use saldo_core::facts::{Fact, Receipt, ReceiptMethod};
use saldo_core::ids::PaymentId;
use saldo_core::roles::Role;

use super::{Context, assign, enforcement, ladder, reminders, restructuring, risk};
use crate::error::ApiError;
use crate::store::payments::{Payment, Source, TakenUpBy};
use crate::store::tasks::NewTask;
use crate::store::{Tx, clients, payments};

/// Takes a receipt in. Cash is a payment of the day of the receipt: invoices take it up and it
/// frees limit and stop list at once (R4.7). A payment order waits for the bank.
pub(super) async fn take(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    receipt: &Receipt,
) -> Result<(), ApiError> {
    if !matches!(receipt.method, ReceiptMethod::Cash) {
        return Ok(());
    }
    let Some(client) = clients::by_id(tx, fact.client).await? else { return Ok(()) };
    if client.currency != receipt.amount.currency {
        let title = format!(
            "Cash in {} received, the account is kept in {}: book it by hand",
            receipt.amount.currency, client.currency
        );
        return ask_finance_control(tx, context, fact, "receipt_currency", title).await;
    }
    let source_key = format!("receipt/{}", fact.id);
    let payment = Payment {
        id: PaymentId::of_source(&source_key),
        client: fact.client,
        // A clock that runs ahead must not make money of tomorrow.
        paid_on: fact.recorded_at.civil_date(context.policy.time_zone()).min(context.today),
        amount_minor: receipt.amount.minor,
        source: Source::Cash,
        source_key,
    };
    payments::insert(tx, &payment, None).await?;
    if !receipt.invoices.is_empty() {
        payments::allocate(tx, payment.id, TakenUpBy::These(&receipt.invoices)).await?;
    }
    // What the named invoices do not need pays the oldest: money never lies idle beside a debt.
    payments::allocate(tx, payment.id, TakenUpBy::OldestFirst).await?;
    restructuring::after_payment(tx, context, fact.client).await?;
    ladder::look_at(tx, context, fact.client).await?;
    risk::look_at(tx, context, &[fact.client]).await?;
    enforcement::look_at(tx, context, fact.client).await?;
    Ok(reminders::after_payment(tx, context, fact.client).await?)
}

/// A receipt was corrected. Money is never booked back without a person: finance control looks.
pub(super) async fn question(
    tx: &mut Tx,
    context: &Context,
    earlier: &Fact,
    correction: &Fact,
) -> Result<(), ApiError> {
    let title = "The rep corrected a receipt: check the earlier one and book it back".to_owned();
    let about = Fact { id: correction.id, ..earlier.clone() };
    ask_finance_control(tx, context, &about, "receipt_corrected", title).await
}

async fn ask_finance_control(
    tx: &mut Tx,
    context: &Context,
    fact: &Fact,
    kind: &'static str,
    title: String,
) -> Result<(), ApiError> {
    let task = NewTask {
        key: format!("{kind}/{}", fact.id),
        kind,
        rule: "R6.2",
        title,
        client: fact.client,
        fact: Some(fact.id),
        role: Role::FinanceControl,
        person: None,
        due_on: Some(context.today),
    };
    Ok(assign::give(tx, context, &task).await?)
}
