//! Papers got or delivered at an outlet (R4.3, R7.8, R9), disputes (R10.1), and what happened in an
//! enforcement (R9).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{FactError, positive, text};
use crate::dispute::DisputeKind;
use crate::enforcement::Event;
use crate::ids::InvoiceId;
use crate::money::Money;
use crate::paper::PaperKind;

/// A paper that the client signed and handed over, or that reached the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Of which kind.
    pub paper: PaperKind,
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day on which it reached the client, if the company sends such papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_on: Option<NaiveDate>,
    /// The day by which it says that will be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_by: Option<NaiveDate>,
    /// The amount that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Anything worth saying about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Paper {
    pub(super) fn check(&self) -> Result<(), FactError> {
        text("the note", &self.note)?;
        if let Some(amount) = self.amount {
            positive("the paper's amount", amount)?;
        }
        if self.paper.names_payment() && self.pay_by.is_none() {
            return Err(FactError::Missing { field: "the day by which it will be paid" });
        }
        if self.paper.names_payment() && self.amount.is_none() {
            return Err(FactError::Missing { field: "the amount" });
        }
        Ok(())
    }
}

/// R10.1: the client disputes an invoice, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Why.
    pub dispute: DisputeKind,
    /// How much of it.
    pub amount: Money,
    /// The client's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Dispute {
    pub(super) fn check(&self) -> Result<(), FactError> {
        positive("the disputed amount", self.amount)?;
        text("the invoice's number", &self.number)?;
        text("the note", &self.note)
    }
}

/// R9: something happened that moves an enforcement on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforcement {
    /// What.
    #[serde(flatten)]
    pub event: Event,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Enforcement {
    pub(super) fn check(&self) -> Result<(), FactError> {
        if !self.event.is_told() {
            return Err(FactError::NotTold);
        }
        text("the note", &self.note)
    }
}
