//! What bears on single debts: open disputes (R10.1), when the client last acknowledged what it owes
//! (R7.8), deferrals, agreements, and what is written off. No SQL is here.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use saldo_core::account::GrantedDeferral;
use saldo_core::ids::{ClientId, InvoiceId};

use super::sums::{Line, What};
use crate::store::{StoreError, columns};

/// What bears on debts, by invoice.
#[derive(Debug, Default)]
pub(super) struct Debts {
    /// What is disputed and not resolved.
    pub(super) disputed_minor: HashMap<InvoiceId, i64>,
    pub(super) written_off: HashSet<InvoiceId>,
    /// In the order in which they were given.
    pub(super) deferrals: HashMap<InvoiceId, Vec<GrantedDeferral>>,
    /// The day that stands in for the due date.
    pub(super) restructured: HashMap<InvoiceId, NaiveDate>,
    /// Acknowledged by a paper: everything that was billed to the client until then.
    by_paper: HashMap<ClientId, NaiveDate>,
    /// By paying a part of the invoice.
    by_part: HashMap<InvoiceId, NaiveDate>,
}

impl Debts {
    /// Takes in a line.
    pub(super) fn add(&mut self, line: Line) -> Result<(), StoreError> {
        let invoice =
            |line: Line| columns::id::<InvoiceId>("invoice.id", line.about.unwrap_or_default());
        match (line.what, line.on_day) {
            (What::AcknowledgedByPaper, Some(on)) => {
                self.by_paper.insert(line.client_id, on);
            }
            (What::AcknowledgedByPart, Some(on)) => {
                self.by_part.insert(invoice(line)?, on);
            }
            (What::Disputed, _) => {
                let amount_minor = line.amount_minor.unwrap_or_default();
                self.disputed_minor.insert(invoice(line)?, amount_minor);
            }
            (What::WrittenOff, _) => {
                self.written_off.insert(invoice(line)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// When the client last acknowledged an invoice that was billed on `billed_on`.
    pub(super) fn acknowledged_on(
        &self,
        client: ClientId,
        invoice: InvoiceId,
        billed_on: NaiveDate,
    ) -> Option<NaiveDate> {
        let by_paper = self.by_paper.get(&client).copied().filter(|on| *on >= billed_on);
        by_paper.max(self.by_part.get(&invoice).copied())
    }
}
