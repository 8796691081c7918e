//! Scopes: the unit of sight. Which person sees which scope is in `store::sight`.

use std::collections::BTreeMap;

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

/// The digest of what phones must hold of a scope; `None` while something in it has no number yet,
/// or digests were not computed since the update that brought them.
///
/// # Errors
/// When the database fails.
pub async fn digest_of(tx: &mut Tx, scope: ScopeId) -> Result<Option<u64>, StoreError> {
    let query = sqlx::query_scalar::<_, i64>(
        "select s.digest from scope s, log_state
         where s.id = $1 and log_state.digested = 1
           and not exists (select 1 from log where seq is null and scope_id = s.id)",
    )
    .bind(scope.0);
    let digest: Option<i64> = run!(tx, query, fetch_optional)?;
    Ok(digest.map(i64::cast_unsigned))
}

/// Every scope.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<ScopeId>, StoreError> {
    let query = sqlx::query_scalar::<_, i64>("select id from scope order by id");
    let ids: Vec<i64> = run!(tx, query, fetch_all)?;
    Ok(ids.into_iter().map(ScopeId).collect())
}

/// Changes the digests of scopes by the entries of the log after a number.
///
/// # Errors
/// When the database fails.
pub(super) async fn change_digests(tx: &mut Tx, after: i64) -> Result<(), StoreError> {
    let query = sqlx::query_as::<_, (i64, i64)>(
        "select scope_id, delta from log where seq > $1 and delta <> 0",
    )
    .bind(after);
    let changes: Vec<(i64, i64)> = run!(tx, query, fetch_all)?;
    let mut of_scope: BTreeMap<i64, i64> = BTreeMap::new();
    for (scope, delta) in changes {
        *of_scope.entry(scope).or_default() ^= delta;
    }
    for (scope, delta) in of_scope {
        let query = sqlx::query_scalar::<_, i64>("select digest from scope where id = $1");
        let before: i64 = run!(tx, query.bind(scope), fetch_one)?;
        set_digest(tx, ScopeId(scope), (before ^ delta).cast_unsigned()).await?;
    }
    Ok(())
}

/// Sets the digest of a scope.
///
/// # Errors
/// When the database fails.
pub async fn set_digest(tx: &mut Tx, scope: ScopeId, digest: u64) -> Result<(), StoreError> {
    let query = sqlx::query("update scope set digest = $2 where id = $1")
        .bind(scope.0)
        .bind(digest.cast_signed());
    run!(tx, query, execute)?;
    Ok(())
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
