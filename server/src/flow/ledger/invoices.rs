//! An invoice is written (R4.7): always, whatever the limits say, for the goods have left.

use chrono::NaiveDate;
use saldo_core::ids::{FactId, InvoiceId};
use saldo_core::money::Money;
use serde::Serialize;

use super::shipments::{Shipment, one};
use super::shipped::holds_on;
use super::{Opened, above_zero, after, bad, conflict, happened, number_on_paper, order_of, taken};
use crate::error::ApiError;
use crate::store::invoices::{self, Invoice};
use crate::store::orders::{self, OrderRecord, OrderState};

/// An invoice to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewInvoice {
    /// Its number on paper.
    pub number: String,
    /// When it was issued.
    pub issued_on: NaiveDate,
    /// The contract's due date.
    pub due_on: NaiveDate,
    /// The whole of it.
    pub amount: Money,
    /// The shipment that it bills.
    pub shipment: Option<FactId>,
    /// Further invoices of that shipment follow.
    pub more_to_come: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Invoiced {
    /// The invoice; what is unpaid of it may be less than its amount: idle money pays.
    pub invoice: Invoice,
    /// In the client's currency.
    pub amount: Money,
    /// The same of what is unpaid.
    pub open: Money,
    /// The shipment as it stands now.
    pub shipment: Option<Shipment>,
}

/// Takes an invoice in. The reservation of its shipment shrinks by what is billed, and ends with the last
/// invoice: what is billed counts once, as reserved or as owed.
///
/// # Errors
/// [`ApiError::Conflict`] when the number or the id is taken, and for a shipment that was not released:
/// then the invoice is sent without it.
pub async fn invoice(
    open: &mut Opened,
    id: InvoiceId,
    new: NewInvoice,
) -> Result<Invoiced, ApiError> {
    let (client, today) = (open.client.id, open.context.today);
    let number = number_on_paper(&new.number)?;
    happened("issued_on", new.issued_on, today)?;
    above_zero("amount", new.amount)?;
    if new.due_on < new.issued_on {
        return bad(format!("due_on ({}) is before issued_on ({})", new.due_on, new.issued_on));
    }
    if invoices::by_number(&mut open.tx, client, &number).await?.is_some() {
        return conflict(format!(
            "client {} has an invoice {number} already, from a file or under another id: do not send \
             it twice",
            open.client.code
        ));
    }
    if invoices::by_id(&mut open.tx, id).await?.is_some() {
        return taken(id.0);
    }
    let record = Invoice {
        id,
        client,
        number,
        issued_on: Some(new.issued_on),
        due_on: new.due_on,
        amount_minor: new.amount.minor,
        open_minor: new.amount.minor,
        disputed_minor: 0,
        was_disputed: false,
    };
    invoices::insert(&mut open.tx, &record, None).await?;
    if let Some(shipment) = new.shipment {
        bill(open, shipment, id, &new).await?;
    }
    after::idle_money_pays(&mut open.tx, &record).await?;
    after::debt(&mut open.tx, &open.context, client).await?;
    let invoice = invoices::by_id(&mut open.tx, id).await?.unwrap_or(record);
    let shipment = match new.shipment {
        Some(shipment) => Some(one(&mut open.tx, &open.context, shipment).await?),
        None => None,
    };
    let owed = Money::new(invoice.open_minor, open.client.currency);
    Ok(Invoiced { invoice, amount: new.amount, open: owed, shipment })
}

async fn bill(
    open: &mut Opened,
    shipment: FactId,
    invoice: InvoiceId,
    new: &NewInvoice,
) -> Result<(), ApiError> {
    let mut order = order_of(open, shipment).await?;
    let taken_minor = match order.state {
        OrderState::Released | OrderState::Shipped | OrderState::Expired => {
            go_on(&mut order, new, open.context.today)
        }
        // What bills it beyond its last invoice is owed, and takes nothing off.
        OrderState::Invoiced | OrderState::Returned => 0,
        OrderState::Held | OrderState::Refused | OrderState::Cancelled => {
            return conflict(format!(
                "the shipment {shipment} was not released ({}): if goods left all the same, send the \
                 invoice without `shipment`, and cancel the shipment",
                order.state.name()
            ));
        }
    };
    orders::go_on(&mut open.tx, &order).await?;
    Ok(orders::bill(&mut open.tx, shipment, invoice, taken_minor).await?)
}

/// Takes the invoice off the reservation; gives how much it took.
fn go_on(order: &mut OrderRecord, new: &NewInvoice, today: NaiveDate) -> i64 {
    let taken_minor = new.amount.minor.min(order.amount_minor);
    let was_released = order.state_on(today) != OrderState::Expired;
    order.amount_minor -= taken_minor;
    if !new.more_to_come {
        order.amount_minor = 0;
        order.state = OrderState::Invoiced;
    } else if was_released || holds_on(order, new.issued_on) {
        order.state = OrderState::Shipped;
    }
    // What is billed has left, whether that was told or not.
    if order.state != OrderState::Expired {
        order.shipped_on.get_or_insert(new.issued_on);
    }
    taken_minor
}
