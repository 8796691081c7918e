//! The one company of this database.

use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// The company.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// Whether its clients are invented.
    pub is_demo: bool,
    /// When its database was made.
    #[sqlx(try_from = "i64")]
    pub created_at: UtcMillis,
}

/// The company; `None` in a database that nobody has started yet.
///
/// # Errors
/// When the database fails.
pub async fn load(tx: &mut Tx) -> Result<Option<Company>, StoreError> {
    let query = sql::query_as("select name, is_demo, created_at from company where id = 1");
    Ok(query.fetch_optional(tx).await?)
}

/// Writes the company if there is none yet; says whether it did.
///
/// # Errors
/// When the database fails.
pub async fn ensure(tx: &mut Tx, company: &Company) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into company (id, name, is_demo, created_at) values (1, $1, $2, $3) \
         on conflict (id) do nothing",
    )
    .bind(&company.name)
    .bind(company.is_demo)
    .bind(company.created_at.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Gives the company another name.
///
/// # Errors
/// When the database fails.
pub async fn rename(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    let query = sql::query("update company set name = $1 where id = 1").bind(name);
    query.execute(tx).await?;
    Ok(())
}
