//! Memos about debts (R7.3). Never updated, never deleted.

use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::sql;
use super::{StoreError, Tx};

/// A memo as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memo {
    /// To whom.
    pub reader: Role,
    /// Who wrote it.
    pub written_by: String,
    /// The text.
    pub text: String,
    /// When.
    pub sent_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    reader: Role,
    written_by: String,
    text: String,
    sent_at: i64,
}

/// Keeps a memo.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    client: ClientId,
    reader: Role,
    by: PersonId,
    text: &str,
    now: UtcMillis,
) -> Result<(), StoreError> {
    sql::query(
        "insert into memo (id, client_id, reader, written_by, text, sent_at)
             values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(client.to_string())
    .bind(reader.name())
    .bind(by.to_string())
    .bind(text)
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// The memos about a client, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId, limit: i64) -> Result<Vec<Memo>, StoreError> {
    let rows: Vec<Row> = sql::query_as::<Row>(
        "select memo.reader, person.name as written_by, memo.text, memo.sent_at
             from memo join person on person.id = memo.written_by
             where memo.client_id = $1 order by memo.sent_at desc, memo.id desc limit cast($2 as bigint)",
    )
    .bind(client.to_string())
    .bind(limit)
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Memo {
            reader: row.reader,
            written_by: row.written_by,
            text: row.text,
            sent_at: UtcMillis(row.sent_at),
        })
        .collect())
}
