//! What follows when a ledger file came in. Nothing is judged here.

use saldo_core::ids::ClientId;

use super::{Context, delivery, enforcement, ladder, publish, risk};
use crate::store::risk::RiskEvent;
use crate::store::{StoreError, Tx, clients, standings};

/// Tells phones of the clients that an import touched, in the import's own transaction. Money
/// frees limit and stop list at once (R4.7); a client that the ladder has never looked at waits
/// for the night, so that a first import of years is not held up by every rung of every invoice.
///
/// # Errors
/// When the database fails.
pub async fn after_import(
    tx: &mut Tx,
    context: &Context,
    touched: &[ClientId],
) -> Result<(), StoreError> {
    if touched.is_empty() {
        return Ok(());
    }
    for client in touched {
        if standings::of_client(tx, *client).await?.is_some() {
            ladder::look_at(tx, context, *client).await?;
            enforcement::look_at(tx, context, *client).await?;
        }
    }
    risk::look_at(tx, context, touched).await?;
    delivery::after_import(tx, context, touched).await?;
    // Most of a ledger at once is quicker than client by client.
    if touched.len() * 2 > clients::ids(tx).await?.len() {
        return publish::everything(tx, context).await;
    }
    publish::company(tx, context).await?;
    for client in touched {
        publish::client(tx, context, *client).await?;
    }
    Ok(())
}

/// Assesses the clients of whom scores came in and tells what became worse; what happened to them
/// besides is told too (R12.1). Phones get the new figures.
///
/// # Errors
/// When the database fails.
pub async fn after_scores(
    tx: &mut Tx,
    context: &Context,
    touched: &[ClientId],
    events: &[RiskEvent],
) -> Result<(), StoreError> {
    for event in events {
        risk::tell_event(tx, context, event).await?;
    }
    if touched.is_empty() {
        return Ok(());
    }
    risk::look_at(tx, context, touched).await?;
    for client in touched {
        publish::account(tx, context, *client).await?;
    }
    Ok(())
}
