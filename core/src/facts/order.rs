//! Orders taken at an outlet (R4).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{FactError, LONGEST_TEXT_BYTES, positive, text};
use crate::ids::LoanId;
use crate::money::Money;

/// Goods the client asks to be shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The whole value including VAT (R4.1).
    pub amount: Money,
    /// The length of deferral asked for, in calendar days from shipment (R4.2). Zero: cash on delivery.
    pub deferral_days: u16,
    /// Paid before shipment (R4.10).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prepaid: bool,
    /// When the goods are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_on: Option<NaiveDate>,
    /// What is ordered; may be empty where the order itself is kept elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// R4.9: what of it is to be shipped on a part of the limit that was lent to the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loan: Option<Drawn>,
    /// Anything worth saying about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// R4.9: what an order takes of a part of the limit that was lent to its phone, as the phone reckons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Which loan.
    pub loan: LoanId,
    /// How much; minor units of the order's currency, above zero.
    pub minor: i64,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The article's code.
    pub article: String,
    /// How many thousandths of the article's unit (1,500 is one and a half).
    pub quantity_thousandths: i64,
}

impl Order {
    /// The most lines one order may have.
    pub const MOST_LINES: usize = 500;

    pub(super) fn check(&self) -> Result<(), FactError> {
        positive("the order's amount", self.amount)?;
        if let Some(drawn) = self.loan {
            positive("what is drawn on a loan", Money::new(drawn.minor, self.amount.currency))?;
        }
        text("the note", &self.note)?;
        if self.lines.len() > Self::MOST_LINES {
            return Err(FactError::Count {
                field: "the list of order lines",
                count: self.lines.len(),
                most: Self::MOST_LINES,
            });
        }
        let longest = self.lines.iter().map(|line| line.article.len()).max().unwrap_or(0);
        if longest > LONGEST_TEXT_BYTES {
            return Err(FactError::TextTooLong { field: "an article's code", bytes: longest });
        }
        Ok(())
    }
}
