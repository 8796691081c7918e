//! Outlets: where reps visit a client.

use std::collections::HashMap;

use saldo_core::ids::{ClientId, OutletId};

use crate::store::sql;
use crate::store::{StoreError, Tx};

/// A point of sale of a client.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Outlet {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: OutletId,
    /// Whose.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// Adds an outlet.
///
/// # Errors
/// When the database fails.
pub async fn insert_outlet(tx: &mut Tx, outlet: &Outlet) -> Result<(), StoreError> {
    let query =
        sql::query("insert into outlet (id, client_id, name, address) values ($1, $2, $3, $4)")
            .bind(outlet.id.to_string())
            .bind(outlet.client.to_string())
            .bind(&outlet.name)
            .bind(&outlet.address);
    query.execute(tx).await?;
    Ok(())
}

/// The outlets of a client, by name.
///
/// # Errors
/// When the database fails.
pub async fn outlets_of(tx: &mut Tx, client: ClientId) -> Result<Vec<Outlet>, StoreError> {
    let query = sql::query_as(
        "select id, client_id, name, address from outlet where client_id = $1 order by name, id",
    )
    .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// Every outlet by client, each client's by name.
///
/// # Errors
/// When the database fails.
pub async fn outlets_by_client(tx: &mut Tx) -> Result<HashMap<ClientId, Vec<Outlet>>, StoreError> {
    let query = sql::query_as::<Outlet>(
        "select id, client_id, name, address from outlet order by client_id, name, id",
    );
    let mut by_client: HashMap<ClientId, Vec<Outlet>> = HashMap::new();
    for outlet in query.fetch_all(tx).await? {
        by_client.entry(outlet.client).or_default().push(outlet);
    }
    Ok(by_client)
}
