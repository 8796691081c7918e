//! One-time codes that let phones in, and who may be given one. A code is never here, only its hash.

use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// Somebody for whom a code can be issued.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Candidate {
    /// Who.
    #[sqlx(try_from = "String")]
    pub person: PersonId,
    /// Its login.
    pub login: String,
    /// Its name.
    pub name: String,
    /// Its role.
    #[sqlx(try_from = "String")]
    pub role: Role,
}

/// What is known of a code that somebody tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// No such code was issued.
    Unknown,
    /// It was used before.
    Used {
        /// For whom it was issued.
        person: PersonId,
    },
    /// It is too old.
    Expired {
        /// For whom it was issued.
        person: PersonId,
    },
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    #[sqlx(try_from = "String")]
    person_id: PersonId,
    used_at: Option<i64>,
}

/// Keeps a new code. Earlier unused codes of the person hold no longer: the newest is the one.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    code_hash: &str,
    person: PersonId,
    created_by: Option<PersonId>,
    now: UtcMillis,
    expires_at: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update enrolment_code set expires_at = $2
         where person_id = $1 and used_at is null and expires_at > $2",
    )
    .bind(person.to_string())
    .bind(now.0);
    query.execute(tx).await?;
    let query = sql::query(
        "insert into enrolment_code (code_hash, person_id, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(code_hash)
    .bind(person.to_string())
    .bind(created_by.map(|creator| creator.to_string()))
    .bind(now.0)
    .bind(expires_at.0);
    query.execute(tx).await?;
    Ok(())
}

/// Uses a code up: the active person it was issued for, or `None` when it does not hold.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &mut Tx,
    code_hash: &str,
    now: UtcMillis,
) -> Result<Option<Candidate>, StoreError> {
    let query = sql::query(
        "update enrolment_code set used_at = $2
         where code_hash = $1 and used_at is null and expires_at > $2",
    )
    .bind(code_hash)
    .bind(now.0);
    if query.execute(tx).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let query = sql::query_as::<Candidate>(
        "select person.id as person, person.login, person.name, person.role
         from enrolment_code join person on person.id = enrolment_code.person_id
         where enrolment_code.code_hash = $1 and person.active = true",
    )
    .bind(code_hash);
    Ok(query.fetch_optional(tx).await?)
}

/// Why a code does not hold.
///
/// # Errors
/// When the database fails.
pub async fn state_of(tx: &mut Tx, code_hash: &str) -> Result<CodeState, StoreError> {
    let query = sql::query_as::<CodeRow>(
        "select person_id, used_at from enrolment_code where code_hash = $1",
    )
    .bind(code_hash);
    let row: Option<CodeRow> = query.fetch_optional(tx).await?;
    Ok(match row {
        None => CodeState::Unknown,
        Some(CodeRow { person_id, used_at: Some(_) }) => CodeState::Used { person: person_id },
        Some(CodeRow { person_id, used_at: None }) => CodeState::Expired { person: person_id },
    })
}

/// The active people whom `issuer` may let in with a code, by name: itself; a supervisor also its
/// team; an operator everybody.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    tx: &mut Tx,
    issuer: PersonId,
    everybody: bool,
) -> Result<Vec<Candidate>, StoreError> {
    let query = sql::query_as::<Candidate>(
        "select id as person, login, name, role from person
         where active = true and ($2 = true or id = $1 or supervisor_id = $1)
         order by name, login",
    )
    .bind(issuer.to_string())
    .bind(everybody);
    Ok(query.fetch_all(tx).await?)
}
