//! Which category held when (R2.8, R6.4). One row a change; never updated, never deleted.

use saldo_core::category::Category;
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// A category and since when it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub category: Category,
    /// Since when.
    pub since: UtcMillis,
}

/// A change of a client's category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Whose.
    pub client: ClientId,
    /// Its number in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What held before.
    pub held: Category,
    /// What holds from then on.
    pub category: Category,
    /// When.
    pub at: UtcMillis,
}

/// Keeps that what holds for a client changes to `category` at `at`; nothing where it holds already.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    client: ClientId,
    category: Category,
    at: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into category_change (client_id, held, held_since, category, at) \
         select id, category, category_since, $2, $3 from client \
         where id = $1 and category <> $2",
    )
    .bind(client.to_string())
    .bind(category.name())
    .bind(at.0);
    query.execute(tx).await?;
    Ok(())
}

/// The category that held at `at`, where it is another than the one that holds now; `None`: it is
/// that one.
///
/// # Errors
/// When the database fails.
pub async fn held_before(
    tx: &mut Tx,
    client: ClientId,
    at: UtcMillis,
) -> Result<Option<Held>, StoreError> {
    // The first change after `at` ended what held then.
    let query = sql::query_as::<HeldRow>(
        "select held, held_since from category_change where client_id = $1 and at > $2 \
         order by at, id limit 1",
    )
    .bind(client.to_string())
    .bind(at.0);
    let row = query.fetch_optional(tx).await?;
    Ok(row.map(|row| Held { category: row.held, since: UtcMillis(row.held_since) }))
}

/// A client's changes, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<Move>, StoreError> {
    let query = sql::query_as::<MoveRow>(
        "select category_change.client_id, client.code, client.name, category_change.held, \
             category_change.category, category_change.at \
         from category_change join client on client.id = category_change.client_id \
         where category_change.client_id = $1 \
         order by category_change.at desc, category_change.id desc limit 20",
    )
    .bind(client.to_string());
    Ok(query.fetch_all(tx).await?.into_iter().map(Move::from).collect())
}

/// Every change from `from` on, the newest first, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn since(tx: &mut Tx, from: UtcMillis, most: i64) -> Result<Vec<Move>, StoreError> {
    let query = sql::query_as::<MoveRow>(
        "select category_change.client_id, client.code, client.name, category_change.held, \
             category_change.category, category_change.at \
         from category_change join client on client.id = category_change.client_id \
         where category_change.at >= $1 \
         order by category_change.at desc, category_change.id desc limit cast($2 as bigint)",
    )
    .bind(from.0)
    .bind(most);
    Ok(query.fetch_all(tx).await?.into_iter().map(Move::from).collect())
}

/// How many clients each category has now.
///
/// # Errors
/// When the database fails.
pub async fn count_now(tx: &mut Tx) -> Result<Vec<(Category, i64)>, StoreError> {
    let query = sql::query_as::<CountRow>(
        "select category, count(*) as clients from client group by category",
    );
    Ok(query.fetch_all(tx).await?.into_iter().map(|row| (row.category, row.clients)).collect())
}

#[derive(sqlx::FromRow)]
struct HeldRow {
    #[sqlx(try_from = "String")]
    held: Category,
    held_since: i64,
}

#[derive(sqlx::FromRow)]
struct CountRow {
    #[sqlx(try_from = "String")]
    category: Category,
    clients: i64,
}

#[derive(sqlx::FromRow)]
struct MoveRow {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    code: String,
    name: String,
    #[sqlx(try_from = "String")]
    held: Category,
    #[sqlx(try_from = "String")]
    category: Category,
    at: i64,
}

impl From<MoveRow> for Move {
    fn from(row: MoveRow) -> Self {
        Self {
            client: row.client_id,
            code: row.code,
            name: row.name,
            held: row.held,
            category: row.category,
            at: UtcMillis(row.at),
        }
    }
}
