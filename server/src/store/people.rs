//! The people of the company: who signs in, in which role, under whom.

use std::collections::BTreeSet;

use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use saldo_core::wire::ScopeId;

use super::sql;
use super::{StoreError, Tx, columns, lists, scopes};

/// Somebody of the company.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// What the person types to sign in; unique.
    pub login: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// A rep's direct superior.
    pub supervisor: Option<PersonId>,
    /// argon2id in PHC form; never shown, never logged.
    pub password_hash: String,
    /// Whether the person may sign in.
    pub active: bool,
    /// Since when it is known.
    pub created_at: UtcMillis,
}

/// Without name, login and password hash: a log names people by id only.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
struct PersonRecord {
    #[sqlx(try_from = "String")]
    id: PersonId,
    login: String,
    name: String,
    #[sqlx(try_from = "String")]
    role: Role,
    supervisor_id: Option<String>,
    password_hash: String,
    active: bool,
    created_at: i64,
}

impl TryFrom<PersonRecord> for Person {
    type Error = StoreError;
    fn try_from(record: PersonRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: record.id,
            login: record.login,
            name: record.name,
            role: record.role,
            supervisor: columns::optional("person.supervisor_id", record.supervisor_id)?,
            password_hash: record.password_hash,
            active: record.active,
            created_at: UtcMillis(record.created_at),
        })
    }
}

fn read(records: Vec<PersonRecord>) -> Result<Vec<Person>, StoreError> {
    records.into_iter().map(Person::try_from).collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, login, name, role, supervisor_id, password_hash, active, created_at \
             from person ",
            $rest
        )
    };
}

/// Adds a person.
///
/// # Errors
/// When the login is taken ([`StoreError::is_unique_violation`]) or the database fails.
pub async fn insert(tx: &mut Tx, person: &Person) -> Result<(), StoreError> {
    tx.holders().clear();
    let query = sql::query(
        "insert into person \
         (id, login, name, role, supervisor_id, password_hash, active, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(person.id.to_string())
    .bind(&person.login)
    .bind(&person.name)
    .bind(person.role.name())
    .bind(columns::text(person.supervisor))
    .bind(&person.password_hash)
    .bind(person.active)
    .bind(person.created_at.0);
    query.execute(tx).await?;
    Ok(())
}

/// The person with this login, active or not.
///
/// # Errors
/// When the database fails.
pub async fn by_login(tx: &mut Tx, login: &str) -> Result<Option<Person>, StoreError> {
    let query = sql::query_as::<PersonRecord>(select!("where login = $1")).bind(login);
    query.fetch_optional(tx).await?.map(Person::try_from).transpose()
}

/// The person with this id, active or not.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, person: PersonId) -> Result<Option<Person>, StoreError> {
    let query = sql::query_as::<PersonRecord>(select!("where id = $1")).bind(person.to_string());
    query.fetch_optional(tx).await?.map(Person::try_from).transpose()
}

/// Everybody, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<Person>, StoreError> {
    let query = sql::query_as::<PersonRecord>(select!("order by name, id"));
    read(query.fetch_all(tx).await?)
}

/// The active reps of a supervisor, by name.
///
/// # Errors
/// When the database fails.
pub async fn reps_of(tx: &mut Tx, supervisor: PersonId) -> Result<Vec<Person>, StoreError> {
    let query = sql::query_as::<PersonRecord>(select!(
        "where supervisor_id = $1 and role = 'rep' and active = true order by name, id"
    ))
    .bind(supervisor.to_string());
    read(query.fetch_all(tx).await?)
}

/// The active people with a role, by name.
///
/// # Errors
/// When the database fails.
pub async fn with_role(tx: &mut Tx, role: Role) -> Result<Vec<Person>, StoreError> {
    let query = sql::query_as::<PersonRecord>(select!(
        "where role = $1 and active = true order by name, id"
    ))
    .bind(role.name());
    read(query.fetch_all(tx).await?)
}

/// The ids of the active people with a role, by name: asked once in a transaction.
///
/// # Errors
/// When the database fails.
pub async fn holders(tx: &mut Tx, role: Role) -> Result<Vec<PersonId>, StoreError> {
    learn_holders(tx, [role]).await?;
    Ok(tx.holders().get(&role).cloned().unwrap_or_default())
}

/// Asks for the [`holders`] of several roles at once, and for their scopes.
///
/// # Errors
/// When the database fails.
pub async fn learn_holders(
    tx: &mut Tx,
    roles: impl IntoIterator<Item = Role>,
) -> Result<(), StoreError> {
    let known = tx.holders();
    let asked: BTreeSet<Role> =
        roles.into_iter().filter(|role| !known.contains_key(role)).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let query = sql::query_as::<(String, String, Option<i64>)>(
        "select role, id,
             (select scope.id from scope where scope.kind = 'person' and scope.about = person.id)
                 as scope_id
         from person
         where role in (select item.atom from jsonb_each($1) item) and active = true
         order by name, id",
    )
    .bind(lists::ids(asked.iter().map(|role| role.name()))?);
    let rows: Vec<(String, String, Option<i64>)> = query.fetch_all(tx).await?;
    tx.holders().extend(asked.into_iter().map(|role| (role, Vec::new())));
    for (role, id, scope) in rows {
        let role = Role::try_from(role).map_err(StoreError::unreadable("person.role"))?;
        let person = columns::id("person.id", id)?;
        tx.holders().entry(role).or_default().push(person);
        if let Some(scope) = scope {
            scopes::learn_of_person(tx, person, ScopeId(scope));
        }
    }
    Ok(())
}

/// Sets a person's password hash; `false` when there is no such person.
///
/// # Errors
/// When the database fails.
pub async fn set_password_hash(
    tx: &mut Tx,
    person: PersonId,
    password_hash: &str,
) -> Result<bool, StoreError> {
    let query = sql::query("update person set password_hash = $2 where id = $1")
        .bind(person.to_string())
        .bind(password_hash);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Lets a person sign in or shuts it out; `false` when there is no such person.
///
/// # Errors
/// When the database fails.
pub async fn set_active(tx: &mut Tx, person: PersonId, active: bool) -> Result<bool, StoreError> {
    tx.holders().clear();
    let query = sql::query("update person set active = $2 where id = $1")
        .bind(person.to_string())
        .bind(active);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}
