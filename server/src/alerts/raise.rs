//! Raises an alert: for the app, the console and the outbox at once.

use saldo_core::account::Account;
use saldo_core::feed::{AlertRow, FeedRow};
use saldo_core::ids::AlertId;
use saldo_core::money::Money;
use saldo_core::shipment;

use super::{Listener, Listeners};
use crate::flow::Context;
use crate::store::alerts::NewAlert;
use crate::store::{StoreError, Tx, accounts, alerts, clients, feed, scopes};

/// Raises an alert and addresses it to the client's rep and supervisor, with what follows for the
/// next shipment (R12.4). The same key again raises nothing.
///
/// # Errors
/// When the database fails.
pub async fn raise(tx: &mut Tx, context: &Context, alert: &NewAlert) -> Result<(), StoreError> {
    let Some(account) = accounts::load(tx, context, alert.client).await? else { return Ok(()) };
    raise_of(tx, context, alert, &mut Listeners::default(), &account).await
}

/// [`raise`] of a client whose account is at hand; `listeners` remembers what many alerts share.
///
/// # Errors
/// When the database fails.
pub(crate) async fn raise_of(
    tx: &mut Tx,
    context: &Context,
    alert: &NewAlert,
    listeners: &mut Listeners,
    account: &Account,
) -> Result<(), StoreError> {
    let listeners = listeners.of(tx, context, alert.client).await?;
    let text = format!("{}. {}", alert.text, what_follows(context, account));
    let alert = NewAlert { text, ..alert.clone() };
    let Some(id) = write(tx, context, &alert, &listeners).await? else { return Ok(()) };
    let Some(push) = push_words(tx, &alert).await? else { return Ok(()) };
    for Listener { person, turn } in listeners {
        alerts::post(tx, id, person, &push, turn, context.now).await?;
    }
    Ok(())
}

/// Puts an alert into the app and the console of everybody who hears, without a push. `None`: this
/// step was told before.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write(
    tx: &mut Tx,
    context: &Context,
    alert: &NewAlert,
    listeners: &[Listener],
) -> Result<Option<AlertId>, StoreError> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let Some(id) = alerts::raise(tx, alert, context.now).await? else { return Ok(None) };
    let row = FeedRow::Alert(AlertRow {
        id,
        client: alert.client,
        text: alert.text.clone(),
        rule: alert.rule.to_owned(),
        raised_at: context.now,
    });
    for Listener { person, .. } in listeners {
        alerts::address(tx, id, *person).await?;
        let scope = scopes::person(tx, *person).await?;
        feed::put(tx, scope, &row).await?;
    }
    Ok(Some(id))
}

/// R12.2: the push names no person and no amount; what happened is read in the app.
///
/// # Errors
/// When the database fails.
pub(crate) async fn push_words(
    tx: &mut Tx,
    alert: &NewAlert,
) -> Result<Option<String>, StoreError> {
    let client = clients::by_id(tx, alert.client).await?;
    Ok(client.map(|client| {
        format!("Client {}: the risk rose ({}). Open Saldo.", client.code, alert.rule)
    }))
}

/// R12.4: what the rep at the door needs to know.
fn what_follows(context: &Context, account: &Account) -> String {
    let (policy, calendar) = (&context.policy, &context.calendar);
    match shipment::free_limit_minor(policy, calendar, account, context.today) {
        0 => "Nothing may be shipped on credit now: collect first".to_owned(),
        free => format!("Up to {} may be shipped on credit", Money::new(free, account.currency)),
    }
}
