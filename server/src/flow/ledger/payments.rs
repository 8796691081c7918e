//! Money came in (R4.7): never blocked, and it frees limit and stop list at once.

use chrono::NaiveDate;
use saldo_core::ids::{InvoiceId, PaymentId};
use saldo_core::money::Money;
use serde::Serialize;

use super::{Opened, Part, above_zero, after, happened, taken};
use crate::error::ApiError;
use crate::store::invoices;
use crate::store::payments::{self, Payment, Source, TakenUpBy};

/// A payment to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPayment {
    /// How much.
    pub amount: Money,
    /// The bank's value date.
    pub paid_on: NaiveDate,
    /// The invoices that it is for, by id or number.
    pub invoices: Vec<String>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Paid {
    /// Which invoices took it up.
    pub invoices: Vec<Part>,
    /// What none took up: the client's unallocated money.
    pub unallocated: Money,
    /// What was named and is not here: the rest is kept for the next invoice.
    pub unknown: Vec<String>,
}

/// Takes money in: the named invoices take it up, what they do not need the oldest due. When one was
/// named that is not here yet, the rest is kept for the next invoice that comes.
///
/// # Errors
/// [`ApiError::Conflict`] when the id is taken.
pub async fn pay(open: &mut Opened, id: PaymentId, new: NewPayment) -> Result<Paid, ApiError> {
    happened("paid_on", new.paid_on, open.context.today)?;
    above_zero("amount", new.amount)?;
    let (known, unknown) = named(open, &new.invoices).await?;
    let payment = Payment {
        id,
        client: open.client.id,
        paid_on: new.paid_on,
        amount_minor: new.amount.minor,
        source: Source::Ledger,
        source_key: format!("api/{id}"),
    };
    if payments::exists(&mut open.tx, id).await? {
        return taken(id.0);
    }
    payments::insert(&mut open.tx, &payment, None).await?;
    let mut left_minor = payments::allocate(&mut open.tx, id, TakenUpBy::These(&known)).await?;
    if unknown.is_empty() {
        left_minor = payments::allocate(&mut open.tx, id, TakenUpBy::OldestFirst).await?;
    }
    after::money(&mut open.tx, &open.context, payment.client).await?;
    let currency = open.client.currency;
    let mut parts = Vec::new();
    for (invoice, minor) in payments::taken_up(&mut open.tx, id).await? {
        if let Some(invoice) = invoices::by_id(&mut open.tx, invoice).await? {
            parts.push(Part::of(&invoice, Money::new(minor, currency)));
        }
    }
    Ok(Paid { invoices: parts, unallocated: Money::new(left_minor, currency), unknown })
}

/// The client's invoices of these names, ids or numbers, and the names of which there is none.
pub(super) async fn named(
    open: &mut Opened,
    names: &[String],
) -> Result<(Vec<InvoiceId>, Vec<String>), ApiError> {
    let (client, mut known, mut unknown) = (open.client.id, Vec::new(), Vec::new());
    for name in names {
        let by_id = match name.parse::<InvoiceId>() {
            Ok(id) => invoices::by_id(&mut open.tx, id).await?,
            Err(_) => None,
        };
        let found = match by_id.filter(|invoice| invoice.client == client) {
            Some(invoice) => Some(invoice),
            None => invoices::by_number(&mut open.tx, client, name.trim()).await?,
        };
        match found {
            Some(invoice) => known.push(invoice.id),
            None => unknown.push(name.clone()),
        }
    }
    Ok((known, unknown))
}
