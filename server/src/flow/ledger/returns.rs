//! Goods came back (R4.1, R4.7): never blocked. What was invoiced is credited and deducted in the month of
//! the credit note; what was not yet, lowers the reservation in the order's own month.

use chrono::NaiveDate;
use saldo_core::ids::{CreditNoteId, FactId, InvoiceId, PaymentId};
use saldo_core::money::Money;
use serde::Serialize;

use super::payments::named;
use super::shipments::{Shipment, one};
use super::{Opened, above_zero, after, conflict, happened, number_on_paper, order_of};
use crate::error::ApiError;
use crate::store::credit_notes::{self, CreditNote};
use crate::store::orders::{self, OrderState};
use crate::store::payments::{self, Payment, Source, TakenUpBy};

/// What a credit note is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Because {
    /// An invoice, by id or number.
    Invoice(String),
    /// A shipment.
    Shipment(FactId),
    /// Neither: the client has it to its good.
    Neither,
}

/// A credit note to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewReturn {
    /// What it is for.
    pub because: Because,
    /// Its number on paper.
    pub number: String,
    /// When it was issued.
    pub issued_on: NaiveDate,
    /// The whole of it.
    pub amount: Money,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Returned {
    /// What it took off the reservation of a shipment that was not invoiced.
    pub freed: Money,
    /// What is credited: off what is owed, and off the month of the note.
    pub credited: Money,
    /// Of that, what no invoice took up: the client's unallocated money.
    pub unallocated: Money,
    /// The shipment as it stands now.
    pub shipment: Option<Shipment>,
    /// What was named and is not here: an invoice that has not come yet.
    pub unknown: Vec<String>,
}

/// Takes a return in.
///
/// # Errors
/// [`ApiError::Conflict`] when the number is taken, and for a shipment of which nothing left.
pub async fn give_back(
    open: &mut Opened,
    id: CreditNoteId,
    new: NewReturn,
) -> Result<Returned, ApiError> {
    let (client, currency) = (open.client.id, open.client.currency);
    let number = number_on_paper(&new.number)?;
    happened("issued_on", new.issued_on, open.context.today)?;
    above_zero("amount", new.amount)?;
    if credit_notes::has_number(&mut open.tx, client, &number).await? {
        return conflict(format!(
            "client {} has a credit note {number} already, under another id: do not send it twice",
            open.client.code
        ));
    }
    let (mut freed_minor, mut unknown, mut order) = (0, Vec::new(), None);
    let credited: Vec<InvoiceId> = match &new.because {
        Because::Invoice(name) => {
            let (known, missing) = named(open, std::slice::from_ref(name)).await?;
            unknown = missing;
            known
        }
        Because::Shipment(shipment) => {
            order = Some(*shipment);
            freed_minor = free(open, *shipment, new.amount).await?;
            orders::invoices_of(&mut open.tx, *shipment).await?
        }
        Because::Neither => Vec::new(),
    };
    let credited_minor = new.amount.minor - freed_minor;
    let note = CreditNote {
        id,
        client,
        number,
        issued_on: new.issued_on,
        amount_minor: new.amount.minor,
        credited_minor,
        invoice: credited.first().copied().filter(|_| order.is_none()),
        order,
    };
    credit_notes::insert(&mut open.tx, &note).await?;
    let left_minor = credit(open, &note, &credited).await?;
    after::money(&mut open.tx, &open.context, client).await?;
    let shipment = match order {
        Some(order) => Some(one(&mut open.tx, &open.context, order).await?),
        None => None,
    };
    Ok(Returned {
        freed: Money::new(freed_minor, currency),
        credited: Money::new(credited_minor, currency),
        unallocated: Money::new(left_minor, currency),
        shipment,
        unknown,
    })
}

/// Takes what came back off what is not invoiced yet; gives how much that was.
async fn free(open: &mut Opened, shipment: FactId, amount: Money) -> Result<i64, ApiError> {
    let mut order = order_of(open, shipment).await?;
    match order.state {
        OrderState::Released | OrderState::Shipped | OrderState::Expired => {}
        OrderState::Invoiced | OrderState::Returned => return Ok(0),
        OrderState::Held | OrderState::Refused | OrderState::Cancelled => {
            return conflict(format!(
                "nothing of the shipment {shipment} left ({}): cancel it, or send the return without \
                 `shipment`",
                order.state.name()
            ));
        }
    }
    let freed_minor = amount.minor.min(order.amount_minor);
    order.amount_minor -= freed_minor;
    if order.amount_minor == 0 {
        let is_billed = !orders::invoices_of(&mut open.tx, shipment).await?.is_empty();
        order.state = if is_billed { OrderState::Invoiced } else { OrderState::Returned };
    }
    orders::go_on(&mut open.tx, &order).await?;
    Ok(freed_minor)
}

/// A credit is taken up by invoices as money would be, but is no money of the client's: statistics do
/// not see it. Gives what none took up.
async fn credit(
    open: &mut Opened,
    note: &CreditNote,
    invoices: &[InvoiceId],
) -> Result<i64, ApiError> {
    if note.credited_minor == 0 {
        return Ok(0);
    }
    let source_key = format!("return/{}", note.id);
    let payment = Payment {
        id: PaymentId::of_source(&source_key),
        client: note.client,
        paid_on: note.issued_on,
        amount_minor: note.credited_minor,
        source: Source::Credit,
        source_key,
    };
    payments::insert(&mut open.tx, &payment, None).await?;
    Ok(payments::allocate(&mut open.tx, payment.id, TakenUpBy::These(invoices)).await?)
}
