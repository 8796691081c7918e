//! Good rows into the ledger, in the caller's transaction: who opens it decides that all of a
//! file comes in or nothing.

mod known;
mod payments;
mod receivables;
mod scores;
#[cfg(test)]
mod tests;

pub use payments::write_payments;
pub use receivables::write_receivables;
pub use scores::write_scores;

use saldo_core::ids::ClientId;
use sha2::{Digest, Sha256};

use crate::store::risk::RiskEvent;

/// Called after each row with how many are done.
pub type Progress<'a> = &'a mut (dyn FnMut(usize) + Send);

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name without its folder.
    pub file_name: String,
    /// The digest of its bytes, in hexadecimal.
    pub sha256: String,
    /// The territory of clients that the file gives none.
    pub territory: String,
}

impl Source {
    /// A file with these bytes.
    #[must_use]
    pub fn new(file_name: &str, bytes: &[u8], territory: &str) -> Self {
        Self {
            file_name: file_name.to_owned(),
            sha256: hex::encode(Sha256::digest(bytes)),
            territory: territory.to_owned(),
        }
    }
}

/// What came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Clients that were not known.
    pub new_clients: usize,
    /// Territories that were not known.
    pub new_territories: usize,
    /// Invoices that were not known.
    pub new_invoices: usize,
    /// Known invoices of which something changed: paid, or a dispute began or ended.
    pub changed_invoices: usize,
    /// Payments that were not known.
    pub new_payments: usize,
    /// Credit scores that were not known.
    pub new_scores: usize,
    /// What happened to clients and was not known.
    #[serde(skip)]
    pub new_events: Vec<RiskEvent>,
    /// Rows that said nothing new.
    pub already_there: usize,
    /// The clients of which anything came in or changed, each once.
    #[serde(skip)]
    pub touched: Vec<ClientId>,
}

impl Written {
    /// Whether nothing came in.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.touched.is_empty()
    }

    fn touch(&mut self, client: ClientId) {
        // Rows of one client mostly stand together; `finish` removes the rest.
        if self.touched.last() != Some(&client) {
            self.touched.push(client);
        }
    }

    fn finish(&mut self) {
        self.touched.sort_unstable();
        self.touched.dedup();
    }
}
