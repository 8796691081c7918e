//! Raises an alert: for the app, the console and the outbox at once.

use saldo_core::feed::{AlertRow, FeedRow};

use crate::flow::Context;
use crate::store::alerts::NewAlert;
use crate::store::{StoreError, Tx, alerts, clients, feed, scopes, serving};

/// Raises an alert and addresses it to the client's rep and supervisor. The same key again raises
/// nothing.
///
/// # Errors
/// When the database fails.
pub async fn raise(tx: &mut Tx, context: &Context, alert: &NewAlert) -> Result<(), StoreError> {
    let Some(serving) = serving::of_client(tx, alert.client).await? else { return Ok(()) };
    let Some(client) = clients::by_id(tx, alert.client).await? else { return Ok(()) };
    let Some(id) = alerts::raise(tx, alert, context.now).await? else { return Ok(()) };
    let row = FeedRow::Alert(AlertRow {
        id,
        client: alert.client,
        text: alert.text.clone(),
        rule: alert.rule.to_owned(),
        raised_at: context.now,
    });
    // R12.2: the push names no person and no amount; what happened is read in the app.
    let push = format!("Client {}: the risk rose ({}). Open Saldo.", client.code, alert.rule);
    for person in serving.rep.into_iter().chain(serving.supervisor) {
        let scope = scopes::person(tx, person).await?;
        feed::put(tx, scope, &row).await?;
        alerts::post(tx, id, person, &push, context.now).await?;
    }
    Ok(())
}
