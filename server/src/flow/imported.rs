//! What follows when a ledger file came in. Nothing is judged here.

use saldo_core::ids::ClientId;

use super::{Context, ladder, publish};
use crate::store::{StoreError, Tx, standings};

/// Tells phones of the clients that an import touched, in the import's own transaction. Money
/// frees limit and stop list at once (R4.7); a client that the ladder has never looked at waits
/// for the night, so that a first import of years is not held up by every rung of every invoice.
///
/// # Errors
/// When the database fails.
pub async fn after_import(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<(), StoreError> {
    if clients.is_empty() {
        return Ok(());
    }
    publish::company(tx, context).await?;
    for client in clients {
        if standings::of_client(tx, *client).await?.is_some() {
            ladder::look_at(tx, context, *client).await?;
        }
        publish::client(tx, context, *client).await?;
    }
    Ok(())
}
