//! What follows at once when a debt came or money did (R4.7). Nothing is judged here.

use saldo_core::facts::FactBody;
use saldo_core::ids::ClientId;
use saldo_core::promise::{self, PromiseState};

use crate::error::ApiError;
use crate::flow::{Context, enforcement, ladder, publish, reminders, restructuring, risk};
use crate::store::invoices::Invoice;
use crate::store::payments::{self, TakenUpBy};
use crate::store::{StoreError, Tx, facts, promises};

/// A new debt: rungs, stop list, risk, and the phones' figures.
pub(super) async fn debt(tx: &mut Tx, context: &Context, client: ClientId) -> Result<(), ApiError> {
    ladder::look_at(tx, context, client).await?;
    enforcement::look_at(tx, context, client).await?;
    risk::look_at(tx, context, &[client]).await?;
    Ok(publish::account(tx, context, client).await?)
}

/// Money came in, or something is owed no more: promises kept, instalments met, tasks of the ladder and
/// reminders that are needless now, stop list, risk, and the phones' figures.
pub(super) async fn money(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), ApiError> {
    settle_kept_promises(tx, context, client).await?;
    restructuring::after_payment(tx, context, client).await?;
    ladder::look_at(tx, context, client).await?;
    risk::look_at(tx, context, &[client]).await?;
    enforcement::look_at(tx, context, client).await?;
    reminders::after_payment(tx, context, client).await?;
    Ok(publish::account(tx, context, client).await?)
}

/// R6.8: what is paid in full is kept, though its day is not over. That one is broken only the night
/// after its day can tell.
async fn settle_kept_promises(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), StoreError> {
    for record in promises::of_client(tx, client).await? {
        if record.state != PromiseState::Open.name() {
            continue;
        }
        let Some(told) = facts::by_id(tx, record.fact).await? else { continue };
        let FactBody::Promise(promised) = &told.fact.body else { continue };
        let paid = promises::paid_since(tx, record.fact).await?;
        if promise::state(&promised.instalments, &paid, context.today) == PromiseState::Kept {
            promises::set_state(tx, record.fact, PromiseState::Kept).await?;
        }
    }
    Ok(())
}

/// Money that was paid ahead pays a new invoice, the oldest money first: nothing climbs the ladder for
/// which the money is there.
pub(super) async fn idle_money_pays(tx: &mut Tx, invoice: &Invoice) -> Result<(), StoreError> {
    for payment in payments::idle_of(tx, invoice.client).await? {
        payments::allocate(tx, payment, TakenUpBy::These(&[invoice.id])).await?;
    }
    Ok(())
}
