//! Keys by which programs act as persons. A key's token is never here, only its hash.

use saldo_core::ids::{ApiKeyId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};
use crate::auth::Principal;

/// A key as listed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ApiKey {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: ApiKeyId,
    /// What it is for, in words.
    pub name: String,
    /// The login of the person as whom it acts.
    pub login: String,
    /// When it was made.
    #[sqlx(try_from = "i64")]
    pub created_at: UtcMillis,
    /// When it was revoked, in milliseconds; `None`: it holds.
    pub revoked_at: Option<i64>,
}

/// A key to be kept.
#[derive(Debug, Clone)]
pub struct NewApiKey<'a> {
    /// Which.
    pub id: ApiKeyId,
    /// The hash of its token.
    pub token_hash: &'a str,
    /// As whom it acts.
    pub person: PersonId,
    /// What it is for, in words.
    pub name: &'a str,
    /// When.
    pub created_at: UtcMillis,
}

/// Keeps a new key.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, key: &NewApiKey<'_>) -> Result<(), StoreError> {
    sql::query(
        "insert into api_key (id, token_hash, person_id, name, created_at)
             values ($1, $2, $3, $4, $5)",
    )
    .bind(key.id.to_string())
    .bind(key.token_hash)
    .bind(key.person.to_string())
    .bind(key.name)
    .bind(key.created_at.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// The key with this token and as whom it acts, unless it was revoked or that person may not come in
/// any more.
///
/// # Errors
/// When the database fails.
pub async fn by_token_hash(
    tx: &mut Tx,
    token_hash: &str,
) -> Result<Option<(ApiKeyId, Principal)>, StoreError> {
    let query = sql::query_as::<HolderRow>(
        "select api_key.id as key_id, person.id, person.name, person.role
         from api_key join person on person.id = api_key.person_id
         where api_key.token_hash = $1 and api_key.revoked_at is null and person.active = true",
    )
    .bind(token_hash);
    let row: Option<HolderRow> = query.fetch_optional(tx).await?;
    Ok(row.map(|row| (row.key_id, Principal { person: row.id, name: row.name, role: row.role })))
}

/// Every key, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<ApiKey>, StoreError> {
    let query = sql::query_as::<ApiKey>(
        "select api_key.id, api_key.name, person.login, api_key.created_at, api_key.revoked_at
         from api_key join person on person.id = api_key.person_id
         order by api_key.created_at, api_key.id",
    );
    Ok(query.fetch_all(tx).await?)
}

/// Revokes a key. `false`: there is none that holds.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, key: ApiKeyId, now: UtcMillis) -> Result<bool, StoreError> {
    let query =
        sql::query("update api_key set revoked_at = $2 where id = $1 and revoked_at is null")
            .bind(key.to_string())
            .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// The keys that were revoked.
///
/// # Errors
/// When the database fails.
pub async fn revoked(tx: &mut Tx) -> Result<Vec<ApiKeyId>, StoreError> {
    let query = sql::query_scalar::<String>(
        "select id from api_key where revoked_at is not null order by id",
    );
    super::parse_ids(query.fetch_all(tx).await?, "api_key.id")
}

#[derive(sqlx::FromRow)]
struct HolderRow {
    #[sqlx(try_from = "String")]
    key_id: ApiKeyId,
    #[sqlx(try_from = "String")]
    id: PersonId,
    name: String,
    #[sqlx(try_from = "String")]
    role: Role,
}
