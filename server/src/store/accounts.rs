//! The figures of a client's account, for the rules.

use saldo_core::account::Account;
use saldo_core::ids::ClientId;

use super::{StoreError, Tx};
use crate::flow::Context;

/// Loads a client's account as of the context's instant; `None` when there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn load(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<Option<Account>, StoreError> {
    let _ = (tx, context, client);
    todo!()
}
