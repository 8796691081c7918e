//! Scopes: the unit of sight. Which person sees which scope is in `store::sight`.

use saldo_core::ids::{ClientId, PersonId, TerritoryId};
use saldo_core::wire::ScopeId;

use super::{StoreError, Tx};

/// The scope that everybody of the company sees (policy, names).
///
/// # Errors
/// When the database fails.
pub async fn company(tx: &mut Tx) -> Result<ScopeId, StoreError> {
    found_or_made(tx, "company", "").await
}

/// A territory's scope (its clients, accounts, standings, cards); made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn territory(tx: &mut Tx, territory: TerritoryId) -> Result<ScopeId, StoreError> {
    found_or_made(tx, "territory", &territory.to_string()).await
}

/// A person's scope (its route sheets, tasks, alerts, verdicts); made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn person(tx: &mut Tx, person: PersonId) -> Result<ScopeId, StoreError> {
    found_or_made(tx, "person", &person.to_string()).await
}

/// The scope of the territory that a client belongs to; `None` when there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Option<ScopeId>, StoreError> {
    let about: Option<String> = run!(
        tx,
        sqlx::query_scalar::<_, String>("select territory_id from client where id = $1")
            .bind(client.to_string()),
        fetch_optional
    )?;
    match about {
        Some(about) => Ok(Some(found_or_made(tx, "territory", &about).await?)),
        None => Ok(None),
    }
}

async fn found_or_made(
    tx: &mut Tx,
    kind: &'static str,
    about: &str,
) -> Result<ScopeId, StoreError> {
    let found: Option<i64> = run!(
        tx,
        sqlx::query_scalar::<_, i64>("select id from scope where kind = $1 and about = $2")
            .bind(kind)
            .bind(about),
        fetch_optional
    )?;
    if let Some(id) = found {
        return Ok(ScopeId(id));
    }
    // The update that changes nothing makes `returning` give the row of a concurrent writer too.
    let made: i64 = run!(
        tx,
        sqlx::query_scalar::<_, i64>(
            "insert into scope (kind, about) values ($1, $2)
             on conflict (kind, about) do update set about = excluded.about returning id"
        )
        .bind(kind)
        .bind(about),
        fetch_one
    )?;
    Ok(ScopeId(made))
}
