//! Invoices: what was billed and what of it is unpaid.

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, ImportId, InvoiceId};

use super::sql;
use super::{StoreError, Tx, columns};

/// An invoice. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Invoice {
    /// Which.
    #[sqlx(try_from = "String")]
    pub id: InvoiceId,
    /// Whose.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// Its number on paper; unique with the client, not by itself.
    pub number: String,
    /// When it was issued, if known.
    pub issued_on: Option<NaiveDate>,
    /// The contract's due date.
    pub due_on: NaiveDate,
    /// The whole amount; above zero.
    pub amount_minor: i64,
    /// What is unpaid; between zero and the amount.
    pub open_minor: i64,
    /// Of what is unpaid, what is disputed (R10).
    pub disputed_minor: i64,
    /// Whether it ever was disputed.
    pub was_disputed: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, client_id, number, issued_on, due_on, amount_minor, open_minor, \
             disputed_minor, was_disputed from invoice ",
            $rest
        )
    };
}

/// Adds an invoice, brought in by `import` if any.
///
/// # Errors
/// When the client has that number already ([`StoreError::is_unique_violation`]) or the database
/// fails.
pub async fn insert(
    tx: &mut Tx,
    invoice: &Invoice,
    import: Option<ImportId>,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into invoice (id, client_id, number, issued_on, due_on, amount_minor, \
         open_minor, disputed_minor, was_disputed, import_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(invoice.id.to_string())
    .bind(invoice.client.to_string())
    .bind(&invoice.number)
    .bind(invoice.issued_on)
    .bind(invoice.due_on)
    .bind(invoice.amount_minor)
    .bind(invoice.open_minor)
    .bind(invoice.disputed_minor)
    .bind(invoice.was_disputed)
    .bind(columns::text(import));
    query.execute(tx).await?;
    Ok(())
}

/// The invoice with this id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, invoice: InvoiceId) -> Result<Option<Invoice>, StoreError> {
    let query = sql::query_as(select!("where id = $1")).bind(invoice.to_string());
    Ok(query.fetch_optional(tx).await?)
}

/// A client's invoice with this number.
///
/// # Errors
/// When the database fails.
pub async fn by_number(
    tx: &mut Tx,
    client: ClientId,
    number: &str,
) -> Result<Option<Invoice>, StoreError> {
    let query = sql::query_as(select!("where client_id = $1 and number = $2"))
        .bind(client.to_string())
        .bind(number);
    Ok(query.fetch_optional(tx).await?)
}

/// A client's invoices, paid or not, oldest due date first.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Vec<Invoice>, StoreError> {
    let query = sql::query_as(select!("where client_id = $1 order by due_on, number"))
        .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// A client's invoices of which something is unpaid, oldest due date first.
///
/// # Errors
/// When the database fails.
pub async fn open_of(tx: &mut Tx, client: ClientId) -> Result<Vec<Invoice>, StoreError> {
    let query =
        sql::query_as(select!("where client_id = $1 and open_minor > 0 order by due_on, number"))
            .bind(client.to_string());
    Ok(query.fetch_all(tx).await?)
}

/// Sets what is unpaid; what is disputed shrinks with it. `false` when there is no such invoice.
///
/// # Errors
/// When the amount is below zero or above the invoice's, or the database fails.
pub async fn set_open(
    tx: &mut Tx,
    invoice: InvoiceId,
    open_minor: i64,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update invoice set open_minor = $2, \
         disputed_minor = case when disputed_minor > $2 then $2 else disputed_minor end \
         where id = $1",
    )
    .bind(invoice.to_string())
    .bind(open_minor);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Sets what is disputed, at most what is unpaid; an invoice once disputed is remembered as such.
/// `false` when there is no such invoice.
///
/// # Errors
/// When the amount is below zero or the database fails.
pub async fn set_disputed(
    tx: &mut Tx,
    invoice: InvoiceId,
    disputed_minor: i64,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "update invoice set \
         disputed_minor = case when $2 > open_minor then open_minor else $2 end, \
         was_disputed = case when $2 > 0 then true else was_disputed end \
         where id = $1",
    )
    .bind(invoice.to_string())
    .bind(disputed_minor);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// Remembers that an invoice was disputed, though nothing of it is now.
///
/// # Errors
/// When the database fails.
pub async fn mark_was_disputed(tx: &mut Tx, invoice: InvoiceId) -> Result<(), StoreError> {
    let query = sql::query("update invoice set was_disputed = true where id = $1")
        .bind(invoice.to_string());
    query.execute(tx).await?;
    Ok(())
}

/// Every invoice number with its client's code.
///
/// # Errors
/// When the database fails.
pub async fn numbers_with_codes(tx: &mut Tx) -> Result<Vec<(String, String)>, StoreError> {
    let query = sql::query_as(
        "select invoice.number, client.code from invoice \
         join client on client.id = invoice.client_id",
    );
    Ok(query.fetch_all(tx).await?)
}
