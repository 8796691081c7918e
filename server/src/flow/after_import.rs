//! A ledger came in: what it changes for the clients concerned is told to phones and put on the
//! ladder in the transaction of the import, so that nobody sees half of it.

use saldo_core::ids::ClientId;

use super::{Context, ladder, publish};
use crate::store::{StoreError, Tx};

/// Looks at every client that an import touched: money that came in frees limit and stop list at
/// once (R4.7), what became overdue reaches its rung, and phones get the new figures.
///
/// # Errors
/// When the database fails.
pub async fn after_import(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<(), StoreError> {
    publish::company(tx, context).await?;
    for client in clients {
        ladder::look_at(tx, context, *client).await?;
        publish::client(tx, context, *client).await?;
    }
    Ok(())
}
