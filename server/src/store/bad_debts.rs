//! Invoices in the base of irrecoverable debt and those written off (R7.6, R7.8).

use std::collections::HashMap;

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::money::Currency;

use super::sql;
use super::{StoreError, Tx};

/// Which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BadDebt {
    /// Transferred to the base of irrecoverable debt: it stays on the ladder.
    Irrecoverable,
    /// Hopeless: off the ladder, and never off the books.
    WrittenOff,
}

impl BadDebt {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Irrecoverable => "irrecoverable",
            Self::WrittenOff => "written_off",
        }
    }
}

impl TryFrom<String> for BadDebt {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        [Self::Irrecoverable, Self::WrittenOff]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("\"{name}\" is no kind of bad debt"))
    }
}

/// An invoice of which something is unpaid, in the base or written off.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BadInvoice {
    /// Which; written off, where it is both.
    #[sqlx(try_from = "String")]
    pub kind: BadDebt,
    /// Which invoice.
    #[sqlx(try_from = "String", rename = "invoice_id")]
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Whose.
    #[sqlx(try_from = "String", rename = "client_id")]
    pub client: ClientId,
    /// The client's number.
    pub code: String,
    /// The client's name.
    pub name: String,
    /// Of the amount.
    #[sqlx(try_from = "String")]
    pub currency: Currency,
    /// What is unpaid now.
    pub open_minor: i64,
    /// Since when.
    pub on_day: NaiveDate,
}

/// Puts an invoice into the base, or writes it off. Again: nothing.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    invoice: InvoiceId,
    kind: BadDebt,
    open_minor: i64,
    on_day: NaiveDate,
    decision_id: &str,
) -> Result<(), StoreError> {
    sql::query(
        "insert into bad_debt (invoice_id, kind, open_minor, on_day, decision_id)
             values ($1, $2, $3, $4, $5) on conflict (invoice_id, kind) do nothing",
    )
    .bind(invoice.to_string())
    .bind(kind.name())
    .bind(open_minor)
    .bind(on_day)
    .bind(decision_id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Every invoice of which something is unpaid that is in the base or written off, each once, by
/// client.
///
/// # Errors
/// When the database fails.
pub async fn unpaid(tx: &mut Tx) -> Result<Vec<BadInvoice>, StoreError> {
    Ok(sql::query_as::<BadInvoice>(
        "select max(bad_debt.kind) as kind, bad_debt.invoice_id, invoice.number,
                 invoice.client_id, client.code, client.name, client.currency, invoice.open_minor,
                 min(bad_debt.on_day) as on_day
             from bad_debt join invoice on invoice.id = bad_debt.invoice_id
             join client on client.id = invoice.client_id
             where invoice.open_minor > 0
             group by bad_debt.invoice_id, invoice.number, invoice.client_id, client.code,
                 client.name, client.currency, invoice.open_minor
             order by client.code, invoice.number",
    )
    .fetch_all(tx)
    .await?)
}

/// Since when which invoices of a client are in the base or written off; written off, where both.
///
/// # Errors
/// When the database fails.
pub async fn of_client(
    tx: &mut Tx,
    client: ClientId,
) -> Result<HashMap<InvoiceId, (BadDebt, NaiveDate)>, StoreError> {
    let rows: Vec<(String, String, NaiveDate)> = sql::query_as::<(String, String, NaiveDate)>(
        "select bad_debt.invoice_id, max(bad_debt.kind), max(bad_debt.on_day)
             from bad_debt join invoice on invoice.id = bad_debt.invoice_id
             where invoice.client_id = $1 group by bad_debt.invoice_id",
    )
    .bind(client.to_string())
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|(invoice, kind, on_day)| {
            let invoice = invoice.parse().map_err(|error: uuid::Error| {
                StoreError::unreadable("bad_debt.invoice_id")(error.to_string())
            })?;
            let kind = BadDebt::try_from(kind).map_err(StoreError::unreadable("bad_debt.kind"))?;
            Ok((invoice, (kind, on_day)))
        })
        .collect()
}
