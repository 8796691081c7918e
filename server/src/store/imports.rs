//! Which files were imported, when, and what came of it.

use saldo_core::ids::ImportId;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// One import of a file.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ImportRun {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: ImportId,
    /// The file's name without its folder.
    pub file_name: String,
    /// The digest of its bytes, in hexadecimal.
    pub file_sha256: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub imported_at: UtcMillis,
    /// What came of it, as JSON.
    pub summary: String,
}

/// Adds an import; what it brings in refers to it. `false` when it is there already.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, import: &ImportRun) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into import_run (id, file_name, file_sha256, imported_at, summary) \
         values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
    )
    .bind(import.id.to_string())
    .bind(&import.file_name)
    .bind(&import.file_sha256)
    .bind(import.imported_at.0)
    .bind(&import.summary);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Sets what came of an import, known only at its end.
///
/// # Errors
/// When the database fails.
pub async fn set_summary(tx: &mut Tx, import: ImportId, summary: &str) -> Result<(), StoreError> {
    let query = sql::query("update import_run set summary = $2 where id = $1")
        .bind(import.to_string())
        .bind(summary);
    query.execute(tx).await?;
    Ok(())
}

/// Forgets an import that brought nothing in.
///
/// # Errors
/// When the database fails, or something refers to it.
pub async fn delete(tx: &mut Tx, import: ImportId) -> Result<(), StoreError> {
    let query = sql::query("delete from import_run where id = $1").bind(import.to_string());
    query.execute(tx).await?;
    Ok(())
}

/// Every import, newest first.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<ImportRun>, StoreError> {
    let query = sql::query_as(
        "select id, file_name, file_sha256, imported_at, summary from import_run \
         order by imported_at desc, id",
    );
    Ok(query.fetch_all(tx).await?)
}
