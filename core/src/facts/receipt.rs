//! Money received (R6.2).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{FactError, positive, text};
use crate::ids::InvoiceId;
use crate::money::Money;

/// The client paid, or says that it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How much.
    pub amount: Money,
    /// How.
    #[serde(flatten)]
    pub method: ReceiptMethod,
    /// For which invoices; none: the oldest due first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invoices: Vec<InvoiceId>,
    /// Anything worth saying about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// How the money comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum ReceiptMethod {
    /// In cash, into the rep's hands: it counts as paid on the day of the receipt.
    Cash,
    /// By bank: an *announced* payment. It frees nothing until the bank's value date is imported.
    PaymentOrder {
        /// The payment order's number.
        order_number: String,
        /// The payment order's date.
        ordered_on: NaiveDate,
    },
}

impl Receipt {
    pub(super) fn check(&self) -> Result<(), FactError> {
        positive("the amount received", self.amount)?;
        if let ReceiptMethod::PaymentOrder { order_number, .. } = &self.method {
            text("the payment order's number", order_number)?;
        }
        text("the note", &self.note)
    }
}
