//! Waivers of a late fee (R8.3): of which invoice, and why.

use serde::{Deserialize, Serialize};

use super::{FactError, text};
use crate::ids::InvoiceId;

/// The fee of an invoice shall not be asked for. Whoever may waive it by the rules waives it so;
/// for everybody else it is a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Of which invoice; its principal may be paid.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Why; never empty.
    pub why: String,
}

impl Waiver {
    pub(super) fn check(&self) -> Result<(), FactError> {
        text("the invoice's number", &self.number)?;
        text("the reason", &self.why)?;
        if self.why.trim().is_empty() {
            return Err(FactError::Empty { field: "the reason" });
        }
        Ok(())
    }
}
