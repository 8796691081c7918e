//! Credit notes for what clients gave back (R4.1).

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, CreditNoteId, FactId, InvoiceId};

use super::sql;
use super::{StoreError, Tx, columns};

/// A credit note. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    /// Which.
    pub id: CreditNoteId,
    /// Whose.
    pub client: ClientId,
    /// Its number on paper; unique with the client.
    pub number: String,
    /// When it was issued.
    pub issued_on: NaiveDate,
    /// The whole of it; above zero.
    pub amount_minor: i64,
    /// What of it is credited and so deducted in the month of the note; the rest lowered a reservation.
    pub credited_minor: i64,
    /// The invoice that it is for.
    pub invoice: Option<InvoiceId>,
    /// The order that it is for.
    pub order: Option<FactId>,
}

/// Adds a credit note.
///
/// # Errors
/// When the client has that number already ([`StoreError::is_unique_violation`]) or the database
/// fails.
pub async fn insert(tx: &mut Tx, note: &CreditNote) -> Result<(), StoreError> {
    sql::query(
        "insert into credit_note (id, client_id, number, issued_on, amount_minor, credited_minor, \
         invoice_id, order_id) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(note.id.to_string())
    .bind(note.client.to_string())
    .bind(&note.number)
    .bind(note.issued_on)
    .bind(note.amount_minor)
    .bind(note.credited_minor)
    .bind(columns::text(note.invoice))
    .bind(columns::text(note.order))
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the client has a credit note with this number.
///
/// # Errors
/// When the database fails.
pub async fn has_number(tx: &mut Tx, client: ClientId, number: &str) -> Result<bool, StoreError> {
    let query = sql::query_scalar::<i64>(
        "select count(*) from credit_note where client_id = $1 and number = $2",
    )
    .bind(client.to_string())
    .bind(number);
    Ok(query.fetch_one(tx).await? > 0)
}
