//! Sessions of the console and the API. A session's token is never here, only its hash.

use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};
use crate::auth::Principal;

/// What a sign-in is checked against.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Credentials {
    /// Who.
    #[sqlx(try_from = "String")]
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The role.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// The PHC string of the password.
    pub password_hash: String,
}

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub principal: Principal,
    /// When it ends if nothing happens.
    pub expires_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    #[sqlx(try_from = "String")]
    id: PersonId,
    name: String,
    #[sqlx(try_from = "String")]
    role: Role,
    expires_at: i64,
}

/// The credentials of an active person; logins are compared without regard to ASCII case.
///
/// # Errors
/// When the database fails.
pub async fn credentials(tx: &mut Tx, login: &str) -> Result<Option<Credentials>, StoreError> {
    let query = sql::query_as::<Credentials>(
        "select id as person, name, role, password_hash from person
         where lower(login) = lower($1) and active = true",
    )
    .bind(login);
    Ok(query.fetch_optional(tx).await?)
}

/// Begins a session, and forgets those that have expired.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    token_hash: &str,
    person: PersonId,
    now: UtcMillis,
    expires_at: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query("delete from web_session where expires_at <= $1").bind(now.0);
    query.execute(tx).await?;
    let query = sql::query(
        "insert into web_session (token_hash, person_id, created_at, expires_at)
         values ($1, $2, $3, $4)",
    )
    .bind(token_hash)
    .bind(person.to_string())
    .bind(now.0)
    .bind(expires_at.0);
    query.execute(tx).await?;
    Ok(())
}

/// The session with this token, while it has not expired and its person is active.
///
/// # Errors
/// When the database fails.
pub async fn by_token_hash(
    tx: &mut Tx,
    token_hash: &str,
    now: UtcMillis,
) -> Result<Option<Session>, StoreError> {
    let query = sql::query_as::<SessionRow>(
        "select person.id, person.name, person.role, web_session.expires_at
         from web_session join person on person.id = web_session.person_id
         where web_session.token_hash = $1 and web_session.expires_at > $2 and person.active = true",
    )
    .bind(token_hash)
    .bind(now.0);
    let row: Option<SessionRow> = query.fetch_optional(tx).await?;
    Ok(row.map(|row| Session {
        principal: Principal { person: row.id, name: row.name, role: row.role },
        expires_at: UtcMillis(row.expires_at),
    }))
}

/// Lets a session last until `expires_at`. A session that has ended meanwhile stays ended.
///
/// # Errors
/// When the database fails.
pub async fn extend(
    tx: &mut Tx,
    token_hash: &str,
    expires_at: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query("update web_session set expires_at = $2 where token_hash = $1")
        .bind(token_hash)
        .bind(expires_at.0);
    query.execute(tx).await?;
    Ok(())
}

/// Ends a session. One that is not there is no error.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, token_hash: &str) -> Result<(), StoreError> {
    let query = sql::query("delete from web_session where token_hash = $1").bind(token_hash);
    query.execute(tx).await?;
    Ok(())
}
