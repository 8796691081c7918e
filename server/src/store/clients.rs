//! Clients and their outlets. The searchable list of the console is in [`list`].

mod list;
mod outlets;

pub use list::{ClientFilter, ClientPage, ListedClient, SortBy, list};
pub use outlets::{Outlet, insert_outlet, outlets_by_client, outlets_of};

use std::collections::HashMap;

use saldo_core::account::Contract;
use saldo_core::category::Category;
use saldo_core::facts::Mark;
use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// A client: the legal person that owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Which.
    pub id: ClientId,
    /// Its number in the company's ledger; unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The country as the ledger writes it; empty when unknown.
    pub country: String,
    /// Of all its amounts: one client is kept in one currency.
    pub currency: Currency,
    /// Whose client it is.
    pub territory: TerritoryId,
    /// The category that holds (R2).
    pub category: Category,
    /// Since when.
    pub category_since: UtcMillis,
    /// The rep's latest mark of behaviour (R6.1).
    pub mark: Option<Mark>,
    /// What the contract and the card allow (R3.1, R4.2).
    pub contract: Contract,
    /// R4.5: on the prepayment list, with which share in per cent.
    pub prepayment_percent: Option<u8>,
    /// Since when it is known.
    pub created_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct ClientRecord {
    #[sqlx(try_from = "String")]
    id: ClientId,
    code: String,
    name: String,
    country: String,
    #[sqlx(try_from = "String")]
    currency: Currency,
    #[sqlx(try_from = "String")]
    territory_id: TerritoryId,
    #[sqlx(try_from = "String")]
    category: Category,
    category_since: i64,
    mark: Option<String>,
    depth_minor: Option<i64>,
    depth_days: Option<i64>,
    safe_shipment_minor: Option<i64>,
    prepayment_percent: Option<i64>,
    created_at: i64,
}

impl TryFrom<ClientRecord> for Client {
    type Error = StoreError;
    fn try_from(record: ClientRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: record.id,
            code: record.code,
            name: record.name,
            country: record.country,
            currency: record.currency,
            territory: record.territory_id,
            category: record.category,
            category_since: UtcMillis(record.category_since),
            mark: mark(record.mark)?,
            contract: Contract {
                depth_minor: record.depth_minor,
                depth_days: columns::small("client.depth_days", record.depth_days)?,
                safe_shipment_minor: record.safe_shipment_minor,
            },
            prepayment_percent: columns::small(
                "client.prepayment_percent",
                record.prepayment_percent,
            )?,
            created_at: UtcMillis(record.created_at),
        })
    }
}

fn mark(letter: Option<String>) -> Result<Option<Mark>, StoreError> {
    let Some(letter) = letter else { return Ok(None) };
    [Mark::A, Mark::B, Mark::C]
        .into_iter()
        .find(|mark| mark.letter() == letter)
        .map(Some)
        .ok_or(StoreError::Unreadable { place: "client.mark", detail: letter })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, code, name, country, currency, territory_id, category, category_since, \
             mark, depth_minor, depth_days, safe_shipment_minor, prepayment_percent, created_at \
             from client ",
            $rest
        )
    };
}

/// Adds a client.
///
/// # Errors
/// When the code is taken ([`StoreError::is_unique_violation`]) or the database fails.
pub async fn insert(tx: &mut Tx, client: &Client) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into client (id, code, name, country, currency, territory_id, category, \
         category_since, mark, depth_minor, depth_days, safe_shipment_minor, \
         prepayment_percent, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(client.id.to_string())
    .bind(&client.code)
    .bind(&client.name)
    .bind(&client.country)
    .bind(client.currency.code().to_owned())
    .bind(client.territory.to_string())
    .bind(client.category.name())
    .bind(client.category_since.0)
    .bind(client.mark.map(Mark::letter))
    .bind(client.contract.depth_minor)
    .bind(client.contract.depth_days.map(i64::from))
    .bind(client.contract.safe_shipment_minor)
    .bind(client.prepayment_percent.map(i64::from))
    .bind(client.created_at.0);
    query.execute(tx).await?;
    Ok(())
}

/// The client with this id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, client: ClientId) -> Result<Option<Client>, StoreError> {
    let query = sql::query_as::<ClientRecord>(select!("where id = $1")).bind(client.to_string());
    query.fetch_optional(tx).await?.map(Client::try_from).transpose()
}

/// Those of these clients that exist.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(tx: &mut Tx, clients: &[ClientId]) -> Result<Vec<Client>, StoreError> {
    let query = sql::query_as::<ClientRecord>(select!(
        "where id in (select item.atom from jsonb_each($1) item)"
    ))
    .bind(lists::ids(clients)?);
    query.fetch_all(tx).await?.into_iter().map(Client::try_from).collect()
}

/// The client with this code in the company's ledger.
///
/// # Errors
/// When the database fails.
pub async fn by_code(tx: &mut Tx, code: &str) -> Result<Option<Client>, StoreError> {
    let query = sql::query_as::<ClientRecord>(select!("where code = $1")).bind(code);
    query.fetch_optional(tx).await?.map(Client::try_from).transpose()
}

/// Every client, by code.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<Client>, StoreError> {
    let query = sql::query_as::<ClientRecord>(select!("order by code"));
    query.fetch_all(tx).await?.into_iter().map(Client::try_from).collect()
}

/// The ids of every client, by code.
///
/// # Errors
/// When the database fails.
pub async fn ids(tx: &mut Tx) -> Result<Vec<ClientId>, StoreError> {
    let query = sql::query_scalar::<String>("select id from client order by code");
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|id| id.parse().map_err(|error: uuid::Error| unreadable_id(&error)))
        .collect()
}

/// The code of every client.
///
/// # Errors
/// When the database fails.
pub async fn codes(tx: &mut Tx) -> Result<HashMap<ClientId, String>, StoreError> {
    let query = sql::query_as::<(String, String)>("select id, code from client");
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|(id, code)| {
            let id = id.parse().map_err(|error: uuid::Error| unreadable_id(&error))?;
            Ok((id, code))
        })
        .collect()
}

/// The clients of a territory, by code.
///
/// # Errors
/// When the database fails.
pub async fn of_territory(tx: &mut Tx, territory: TerritoryId) -> Result<Vec<Client>, StoreError> {
    let query = sql::query_as::<ClientRecord>(select!("where territory_id = $1 order by code"))
        .bind(territory.to_string());
    query.fetch_all(tx).await?.into_iter().map(Client::try_from).collect()
}

/// The clients of several territories, by territory as given, then by code.
///
/// # Errors
/// When the database fails.
pub async fn of_territories(
    tx: &mut Tx,
    territories: &[TerritoryId],
) -> Result<Vec<Client>, StoreError> {
    let mut clients = Vec::new();
    for territory in territories {
        clients.extend(of_territory(tx, *territory).await?);
    }
    Ok(clients)
}

/// Sets the category that holds from `since` on (R2) and keeps what held before; `false` when there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn set_category(
    tx: &mut Tx,
    client: ClientId,
    category: Category,
    since: UtcMillis,
) -> Result<bool, StoreError> {
    super::category_history::keep(tx, client, category, since).await?;
    let query = sql::query("update client set category = $2, category_since = $3 where id = $1")
        .bind(client.to_string())
        .bind(category.name())
        .bind(since.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Sets the latest marks of behaviour (R6.1); gives the clients that had another or none.
///
/// # Errors
/// When the database fails.
pub async fn set_marks(
    tx: &mut Tx,
    marks: impl IntoIterator<Item = (ClientId, Mark)>,
) -> Result<Vec<ClientId>, StoreError> {
    let rows = marks.into_iter().map(|(client, mark)| (client, mark.letter()));
    let query = sql::query_scalar::<String>(
        "update client set mark = new.mark
         from (select item.value ->> 0 as id, item.value ->> 1 as mark
               from jsonb_each($1) item) as new
         where client.id = new.id and client.mark is distinct from new.mark
         returning client.id",
    )
    .bind(super::lists::list(rows)?);
    let ids: Vec<String> = query.fetch_all(tx).await?;
    super::parse_ids(ids, "client.id")
}

/// Moves a client into another territory; `false` when there is no such client. What phones hold
/// of it is moved by [`crate::sync::scopes::move_client`], in the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn set_territory(
    tx: &mut Tx,
    client: ClientId,
    territory: TerritoryId,
) -> Result<bool, StoreError> {
    let query = sql::query("update client set territory_id = $2 where id = $1")
        .bind(client.to_string())
        .bind(territory.to_string());
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Sets the contract's terms and the prepayment share (R3.1, R4.2, R4.5); `false` when there is no
/// such client.
///
/// # Errors
/// When the database fails.
pub async fn set_terms(
    tx: &mut Tx,
    client: ClientId,
    contract: &Contract,
    prepayment_percent: Option<u8>,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update client set depth_minor = $2, depth_days = $3, safe_shipment_minor = $4, \
         prepayment_percent = $5 where id = $1",
    )
    .bind(client.to_string())
    .bind(contract.depth_minor)
    .bind(contract.depth_days.map(i64::from))
    .bind(contract.safe_shipment_minor)
    .bind(prepayment_percent.map(i64::from));
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

fn unreadable_id(error: &uuid::Error) -> StoreError {
    StoreError::Unreadable { place: "client.id", detail: error.to_string() }
}
