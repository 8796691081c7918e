//! The figures of a client's account, for the rules: one client in the transaction that judges,
//! or everybody at once for the nightly job.

mod debts;
mod figures;
mod months;
mod sums;

use std::collections::HashMap;

use saldo_core::account::Account;
use saldo_core::ids::ClientId;

use self::figures::Figures;
use super::{StoreError, Tx, Whose, clients};
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
    let Some(card) = clients::by_id(tx, client).await? else { return Ok(None) };
    let mut figures = Figures::load(tx, context, Whose::One(client)).await?;
    Ok(Some(figures.account_of(context, card)))
}

/// Loads the accounts of these clients as of the context's instant, by client: a fixed number of
/// queries, however many there are. Who does not exist is missing.
///
/// # Errors
/// When the database fails.
pub async fn load_some(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, Account>, StoreError> {
    if clients.is_empty() {
        return Ok(HashMap::new());
    }
    let cards = clients::by_ids(tx, clients).await?;
    let mut figures = Figures::load(tx, context, Whose::of(clients)).await?;
    let accounts = cards.into_iter().map(|card| (card.id, figures.account_of(context, card)));
    Ok(accounts.collect())
}

/// Loads every client's account as of the context's instant, by client code: a fixed number of
/// queries, however many clients there are.
///
/// # Errors
/// When the database fails.
pub async fn load_all(tx: &mut Tx, context: &Context) -> Result<Vec<Account>, StoreError> {
    let cards = clients::all(tx).await?;
    let mut figures = Figures::load(tx, context, Whose::Everybody).await?;
    Ok(cards.into_iter().map(|card| figures.account_of(context, card)).collect())
}

#[cfg(test)]
mod tests;
