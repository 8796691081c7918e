//! Puts what phones may see into the feed. Nothing is judged here.

use std::collections::{BTreeMap, HashMap};

use saldo_core::account::Account;
use saldo_core::facts::Mark;
use saldo_core::feed::{ClientRow, FeedRow, OutletRow, PersonRow, PolicyRow, RiskRow, with_mark};
use saldo_core::ids::ClientId;
use saldo_core::late_fee::FeesRow;
use saldo_core::policy::without_comments;
use saldo_core::wire::ScopeId;

use super::{Context, fees};
use crate::store::clients::{Client, Outlet};
use crate::store::{
    self, StoreError, Tx, Whose, clients, feed, people, personal_cards, policies, risk, scopes,
    standings,
};

/// Puts a client's figures into its territory's scope, as [`accounts`].
///
/// # Errors
/// When the database fails.
pub async fn account(tx: &mut Tx, context: &Context, client: ClientId) -> Result<(), StoreError> {
    accounts(tx, context, &[client]).await
}

/// Puts a client's figures there as [`account`] after nothing changed but what is reserved: no fee
/// depends on that.
///
/// # Errors
/// When the database fails.
pub async fn reservation(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<(), StoreError> {
    let scopes = scopes::made_of_clients(tx, &[client]).await?;
    figures(tx, context, &[client], &scopes).await.map(drop)
}

/// Puts the figures of clients, no two of them the same, into their territories' scopes, and what their
/// late fees are computed from.
///
/// # Errors
/// When the database fails.
pub async fn accounts(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
) -> Result<(), StoreError> {
    if clients.is_empty() {
        return Ok(());
    }
    let scopes = scopes::made_of_clients(tx, clients).await?;
    let accounts = figures(tx, context, clients, &scopes).await?;
    let since = context.policy.late_fee().since;
    let mut all_fees = store::fees::load(tx, Whose::of(clients), since).await?;
    let (mut rows, mut without_fees) = (Vec::new(), Vec::new());
    for client in clients {
        let Some(scope) = scopes.get(client).copied() else { continue };
        let Some(account) = accounts.get(client) else { continue };
        let of_client = all_fees.remove(client).and_then(|loaded| fees::living(context, loaded));
        match FeesRow::of(of_client, account, since) {
            Some(fees) => rows.push((scope, FeedRow::Fees(Box::new(fees)))),
            None => without_fees.push((scope, client.to_string())),
        }
    }
    feed::put_all(tx, &rows).await?;
    feed::delete_all(tx, "fees", without_fees).await
}

/// Puts figures into the scopes given, where they are not there already: that they were looked at again
/// is no news, a phone knows by its last sync how old they are. Gives them.
async fn figures(
    tx: &mut Tx,
    context: &Context,
    clients: &[ClientId],
    scopes: &HashMap<ClientId, ScopeId>,
) -> Result<HashMap<ClientId, Account>, StoreError> {
    let accounts = store::accounts::load_some(tx, context, clients).await?;
    let places = scopes.iter().map(|(client, scope)| (*scope, client.to_string()));
    let mut told = feed::get_all(tx, "account", places).await?;
    let mut rows = Vec::new();
    for account in clients.iter().filter_map(|client| accounts.get(client)) {
        let Some(scope) = scopes.get(&account.client).copied() else { continue };
        let is_told = match told.remove(&(scope, account.client.to_string())) {
            Some(FeedRow::Account(told)) => Account { as_of: account.as_of, ..*told } == *account,
            _ => false,
        };
        if !is_told {
            rows.push((scope, FeedRow::Account(Box::new(account.clone()))));
        }
    }
    feed::put_all(tx, &rows).await?;
    Ok(accounts)
}

/// Puts marks (R6.1) among the figures of their clients, nothing else of which has changed.
///
/// # Errors
/// When the database fails.
pub async fn marks(
    tx: &mut Tx,
    context: &Context,
    marks: BTreeMap<ClientId, Mark>,
) -> Result<(), StoreError> {
    if marks.is_empty() {
        return Ok(());
    }
    let scopes = scopes::of_clients(tx, marks.keys().copied()).await?;
    let places = scopes.iter().map(|(client, scope)| (*scope, client.to_string()));
    let mut told = feed::json_of_all(tx, "account", places).await?;
    let mut untold = Vec::new();
    for (client, mark) in marks {
        let place = scopes.get(&client).map(|scope| (*scope, client.to_string()));
        let marked = place.and_then(|place| {
            let ((scope, id), row) = told.remove_entry(&place)?;
            Some((scope, id, with_mark(&row, mark)?))
        });
        match marked {
            Some((scope, id, row)) => feed::put_json(tx, scope, "account", id, row).await?,
            None => untold.push(client),
        }
    }
    accounts(tx, context, &untold).await
}

/// R8.4: what a client's late fees are computed from, on the phones of those who serve it; of whom the
/// account says it all there is no row.
async fn tell_fees(
    tx: &mut Tx,
    scope: ScopeId,
    client: ClientId,
    row: Option<FeesRow>,
) -> Result<(), StoreError> {
    match row {
        Some(row) => feed::put(tx, scope, &FeedRow::Fees(Box::new(row))).await,
        None => feed::delete(tx, scope, "fees", &client.to_string()).await,
    }
}

/// Puts a client's name, outlets, figures and standing into its territory's scope.
///
/// # Errors
/// When the database fails.
pub async fn client(tx: &mut Tx, context: &Context, id: ClientId) -> Result<(), StoreError> {
    let Some(client) = clients::by_id(tx, id).await? else { return Ok(()) };
    let Some(figures) = store::accounts::load(tx, context, id).await? else { return Ok(()) };
    let outlets = clients::outlets_of(tx, id).await?;
    let generation = personal_cards::generation(tx, id).await?;
    let risk = risk::current_of(tx, id).await?;
    let of_client = fees::of_client(tx, context, id).await?;
    let fees = FeesRow::of(of_client, &figures, context.policy.late_fee().since);
    whole_client(tx, &client, &outlets, generation, figures, risk, fees).await
}

/// Puts everything into the feed: the policy, the names, every client. For a new company and
/// after an import; rows that did not change are not written again, but every account is, with
/// its new time.
///
/// # Errors
/// When the database fails.
pub async fn everything(tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
    company(tx, context).await?;
    let mut outlets = clients::outlets_by_client(tx).await?;
    let generations = personal_cards::generations(tx).await?;
    let mut figures: HashMap<ClientId, Account> = store::accounts::load_all(tx, context)
        .await?
        .into_iter()
        .map(|one| (one.client, one))
        .collect();
    let mut risks = risk::currents(tx).await?;
    let since = context.policy.late_fee().since;
    let mut all_fees = store::fees::load(tx, Whose::Everybody, since).await?;
    for client in clients::all(tx).await? {
        let of_client =
            all_fees.remove(&client.id).and_then(|loaded| fees::living(context, loaded));
        if let Some(figures) = figures.remove(&client.id) {
            let outlets = outlets.remove(&client.id).unwrap_or_default();
            let generation = generations.get(&client.id).copied();
            let generation = generation.unwrap_or(personal_cards::FIRST_GENERATION);
            let risk = risks.remove(&client.id);
            let fees = FeesRow::of(of_client, &figures, since);
            whole_client(tx, &client, &outlets, generation, figures, risk, fees).await?;
        }
    }
    Ok(())
}

/// Puts the policy in force and everybody's name and role into the company's scope.
///
/// # Errors
/// When the database fails.
pub async fn company(tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
    let scope = scopes::company(tx).await?;
    if let Some(policy) = policies::in_force(tx, context.today).await? {
        let row = PolicyRow { version: policy.version, toml: without_comments(&policy.toml) };
        feed::put(tx, scope, &FeedRow::Policy(row)).await?;
    }
    for person in people::all(tx).await? {
        let row = PersonRow { id: person.id, name: person.name, role: person.role };
        feed::put(tx, scope, &FeedRow::Person(row)).await?;
    }
    Ok(())
}

async fn whole_client(
    tx: &mut Tx,
    client: &Client,
    outlets: &[Outlet],
    generation: u32,
    figures: Account,
    risk: Option<RiskRow>,
    fees: Option<FeesRow>,
) -> Result<(), StoreError> {
    let scope = scopes::territory(tx, client.territory).await?;
    let row = ClientRow {
        id: client.id,
        code: client.code.clone(),
        name: client.name.clone(),
        territory: client.territory,
        outlets: outlets
            .iter()
            .map(|outlet| OutletRow {
                id: outlet.id,
                name: outlet.name.clone(),
                address: outlet.address.clone(),
            })
            .collect(),
        personal_card: Some(generation),
    };
    feed::put(tx, scope, &FeedRow::Client(row)).await?;
    feed::put(tx, scope, &FeedRow::Account(Box::new(figures))).await?;
    if let Some(risk) = risk {
        feed::put(tx, scope, &FeedRow::Risk(Box::new(risk))).await?;
    }
    tell_fees(tx, scope, client.id, fees).await?;
    if let Some(standing) = standings::of_client(tx, client.id).await? {
        feed::put(tx, scope, &FeedRow::Standing(standing)).await?;
    }
    Ok(())
}
