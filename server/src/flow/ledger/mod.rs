//! What the company's ERP tells: what it ships, invoices, takes back and is paid (R4.7). Each request is
//! done once, in one transaction beside those of other clients. What never lives here: a rule (an ask goes
//! through the one gate of `flow::shipment`), and SQL.

mod after;
mod cancelled;
mod invoices;
mod once;
mod payments;
mod returns;
mod shipments;
mod shipped;

pub use cancelled::cancel;
pub use invoices::{Invoiced, NewInvoice, invoice};
pub use once::{Opened, Whom};
pub use payments::{NewPayment, Paid, pay};
pub use returns::{Because, NewReturn, Returned, give_back};
pub use shipments::{Ask, Shipment, ask, one};
pub use shipped::{Left, ship};

use chrono::{Days, NaiveDate};
use saldo_core::ids::{FactId, InvoiceId};
use saldo_core::money::Money;
use uuid::Uuid;

use crate::error::ApiError;
use crate::store::invoices::Invoice;
use crate::store::orders::{self, OrderRecord};

/// The longest number on paper, in bytes.
const LONGEST_NUMBER_BYTES: usize = 200;
/// The longest reason, in bytes.
const LONGEST_WORDS_BYTES: usize = 4_000;

/// An earlier day is a mistake in writing.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();

/// An invoice with how much of it was billed or paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// How much of it.
    pub amount: Money,
}

impl Part {
    fn of(invoice: &Invoice, amount: Money) -> Self {
        Self { invoice: invoice.id, number: invoice.number.clone(), amount }
    }
}

fn bad<T>(words: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::BadRequest(words.into()))
}

fn conflict<T>(words: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::Conflict(words.into()))
}

/// An id that something else has, which did not come from here: a phone's fact, an imported invoice.
fn taken<T>(id: Uuid) -> Result<T, ApiError> {
    conflict(format!("the id {id} names something else already: make a new one"))
}

/// A day on which something happened. An ERP's clock, or its time zone, may be a day ahead.
fn happened(field: &str, day: NaiveDate, today: NaiveDate) -> Result<(), ApiError> {
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    if (FIRST_DAY..=tomorrow).contains(&day) {
        return Ok(());
    }
    bad(format!("{field} is {day} and here it is {today}: send the day on which it happened"))
}

fn above_zero(field: &str, amount: Money) -> Result<(), ApiError> {
    if amount.minor > 0 {
        return Ok(());
    }
    bad(format!("{field} is {amount}: send what is above zero"))
}

fn number_on_paper(number: &str) -> Result<String, ApiError> {
    let number = number.trim();
    if number.is_empty() || number.len() > LONGEST_NUMBER_BYTES {
        return bad(format!(
            "number: send what stands on the paper, 1 to {LONGEST_NUMBER_BYTES} bytes"
        ));
    }
    Ok(number.to_owned())
}

/// An order of the client of the request.
async fn order_of(open: &mut Opened, id: FactId) -> Result<OrderRecord, ApiError> {
    match orders::by_fact(&mut open.tx, id).await? {
        Some(order) if order.client == open.client.id => Ok(order),
        Some(_) => conflict(format!(
            "the shipment {id} is another client's: name that client, or another shipment"
        )),
        None => Err(ApiError::NotFound("shipment")),
    }
}
