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

/// The scopes that exist among the company's, a person's and those of territories (`None`: of
/// every territory), in the order in which a phone wants them: policy and names before accounts.
///
/// # Errors
/// When the database fails.
pub async fn of_sight(
    tx: &mut Tx,
    person: PersonId,
    territories: Option<&[TerritoryId]>,
) -> Result<Vec<ScopeId>, StoreError> {
    let mut scopes = Vec::new();
    scopes.extend(found(tx, "company", "").await?);
    scopes.extend(found(tx, "person", &person.to_string()).await?);
    match territories {
        Some(territories) => {
            for territory in territories {
                scopes.extend(found(tx, "territory", &territory.to_string()).await?);
            }
        }
        None => {
            let query = sqlx::query_scalar::<_, i64>(
                "select id from scope where kind = 'territory' order by id",
            );
            let all: Vec<i64> = run!(tx, query, fetch_all)?;
            scopes.extend(all.into_iter().map(ScopeId));
        }
    }
    Ok(scopes)
}

async fn found(
    tx: &mut Tx,
    kind: &'static str,
    about: &str,
) -> Result<Option<ScopeId>, StoreError> {
    let id: Option<i64> = run!(
        tx,
        sqlx::query_scalar::<_, i64>("select id from scope where kind = $1 and about = $2")
            .bind(kind)
            .bind(about),
        fetch_optional
    )?;
    Ok(id.map(ScopeId))
}

async fn found_or_made(
    tx: &mut Tx,
    kind: &'static str,
    about: &str,
) -> Result<ScopeId, StoreError> {
    if let Some(scope) = found(tx, kind, about).await? {
        return Ok(scope);
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
