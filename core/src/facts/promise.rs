//! Promises to pay (R6.3): which invoices, why, and by which day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{FactError, count, positive, text};
use crate::ids::InvoiceId;
use crate::money::Money;

/// A client asks for more time and promises to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The invoices it covers.
    pub invoices: Vec<PromisedInvoice>,
    /// Why the client does not pay in time.
    pub reason: ReasonForDelay,
    /// The reason in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_text: String,
    /// What will be paid when, in the order of days. The last day is the new date of payment.
    pub instalments: Vec<Instalment>,
}

/// One invoice of a promise, as the rep read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromisedInvoice {
    /// Which.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
}

/// One payment promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// By the end of which day.
    pub pay_on: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// R6.3: the reasons a client gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonForDelay {
    /// Forgot.
    Forgot,
    /// No funds.
    NoFunds,
    /// The bank account is blocked.
    AccountBlocked,
    /// Reorganisation.
    Reorganisation,
    /// Something is wrong with the documents.
    DocumentProblem,
    /// The client disputes the debt.
    Dispute,
    /// Delays on purpose.
    OnPurpose,
    /// Something else, said in words.
    Other,
}

impl Promise {
    /// The most invoices or instalments one promise may have.
    pub const MOST_ENTRIES: usize = 100;

    /// The day by which everything promised is paid. A promise without instalments (which
    /// [`super::Fact::check`] refuses) has none.
    #[must_use]
    pub fn pay_by(&self) -> Option<NaiveDate> {
        self.instalments.iter().map(|instalment| instalment.pay_on).max()
    }

    pub(super) fn check(&self) -> Result<(), FactError> {
        text("the reason", &self.reason_text)?;
        count("the list of invoices", self.invoices.len(), Self::MOST_ENTRIES)?;
        count("the list of instalments", self.instalments.len(), Self::MOST_ENTRIES)?;
        for instalment in &self.instalments {
            positive("an instalment", instalment.amount)?;
        }
        for pair in self.instalments.windows(2) {
            if let [first, second] = pair {
                if first.pay_on >= second.pay_on {
                    return Err(FactError::InstalmentsOutOfOrder);
                }
                if first.amount.currency != second.amount.currency {
                    return Err(FactError::MixedCurrencies(
                        first.amount.currency.to_string(),
                        second.amount.currency.to_string(),
                    ));
                }
            }
        }
        Ok(())
    }
}
