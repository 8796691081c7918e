//! Facts: what a person saw, did or was told. Written once, offline, under its own id; a
//! correction is a new fact that names the old one. What a fact means for credit is never here:
//! that is a verdict, and verdicts come from the rules.

mod control;
mod order;
mod paper;
mod promise;
mod receipt;
mod visit;
mod waiver;

pub use control::{OverdueComment, TaskDone};
pub use order::{Drawn, Order, OrderLine};
pub use paper::{Dispute, Enforcement, Paper};
pub use promise::{Instalment, Promise, PromisedInvoice, ReasonForDelay};
pub use receipt::{Receipt, ReceiptMethod};
pub use visit::{Contact, ContactWay, Mark, Note, Visit};
pub use waiver::Waiver;

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, FactId, PersonId};
use crate::time::UtcMillis;

/// The longest free text in a fact, in bytes.
pub const LONGEST_TEXT_BYTES: usize = 4_000;

/// One fact with who wrote it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Made by the phone.
    pub id: FactId,
    /// Who saw, did or was told it.
    pub author: PersonId,
    /// About which client.
    pub client: ClientId,
    /// By the phone's clock; the server keeps its own time of arrival beside it.
    pub recorded_at: UtcMillis,
    /// The fact that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<FactId>,
    /// What happened.
    #[serde(flatten)]
    pub body: FactBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactBody {
    /// R6.1: the rep was at the outlet and marked the client's behaviour.
    Visit(Visit),
    /// R7.1: a contact that was not a visit.
    Contact(Contact),
    /// R6.3: the client asks for more time.
    Promise(Promise),
    /// R6.2: the client paid.
    Receipt(Receipt),
    /// R4: the client orders goods on credit.
    Order(Order),
    /// R4.3, R7.8, R9: a paper was got or delivered.
    Paper(Paper),
    /// R10.1: the client disputes an invoice.
    Dispute(Dispute),
    /// R9: something happened in an enforcement.
    Enforcement(Enforcement),
    /// R8.3: somebody waives an invoice's late fee, or asks for it.
    Waiver(Waiver),
    /// Anything else worth remembering about the client.
    Note(Note),
    /// Something that the desk asked for was done.
    TaskDone(TaskDone),
    /// R11.1: a comment on an overdue invoice.
    Comment(OverdueComment),
}

impl FactBody {
    /// The `kind` under which the fact is stored.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Visit(_) => "visit",
            Self::Contact(_) => "contact",
            Self::Promise(_) => "promise",
            Self::Receipt(_) => "receipt",
            Self::Order(_) => "order",
            Self::Paper(_) => "paper",
            Self::Dispute(_) => "dispute",
            Self::Enforcement(_) => "enforcement",
            Self::Waiver(_) => "waiver",
            Self::Note(_) => "note",
            Self::TaskDone(_) => "task_done",
            Self::Comment(_) => "comment",
        }
    }
}

/// Why a fact cannot be recorded. The phone checks before it writes; the gate checks again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// A text is longer than [`LONGEST_TEXT_BYTES`].
    #[error("{field} is {bytes} bytes long; write at most {LONGEST_TEXT_BYTES}")]
    TextTooLong {
        /// Which text.
        field: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// A text that must say something is empty.
    #[error("{field} is empty: write it in words")]
    Empty {
        /// Which text.
        field: &'static str,
    },
    /// An amount that must be above zero is not.
    #[error("{field} is {amount}; it must be above zero")]
    NotPositive {
        /// Which amount.
        field: &'static str,
        /// As given.
        amount: String,
    },
    /// A list that must not be empty is, or is absurdly long.
    #[error("{field} has {count} entries; give 1 to {most}")]
    Count {
        /// Which list.
        field: &'static str,
        /// How many were given.
        count: usize,
        /// The most that is taken.
        most: usize,
    },
    /// Amounts of one fact in different currencies.
    #[error("amounts in {0} and {1} cannot stand in one fact; write two")]
    MixedCurrencies(String, String),
    /// Something that such a fact is nothing without is not there.
    #[error("{field} is missing")]
    Missing {
        /// What.
        field: &'static str,
    },
    /// An event of an enforcement that follows from money or days and is nobody's to tell.
    #[error(
        "this follows by itself from payments, days, papers and decisions; record what happened with the client"
    )]
    NotTold,
    /// The instalments are not in the order of their days.
    #[error("instalments must be in the order of their days, each day once")]
    InstalmentsOutOfOrder,
}

impl Fact {
    /// Whether the fact makes sense by itself: texts not too long, amounts above zero, lists not
    /// empty. Whether it breaks a *business* rule is judged later and never a reason to refuse it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), FactError> {
        match &self.body {
            FactBody::Visit(visit) => visit.check(),
            FactBody::Contact(contact) => contact.check(),
            FactBody::Promise(promise) => promise.check(),
            FactBody::Receipt(receipt) => receipt.check(),
            FactBody::Order(order) => order.check(),
            FactBody::Paper(paper) => paper.check(),
            FactBody::Dispute(dispute) => dispute.check(),
            FactBody::Enforcement(enforcement) => enforcement.check(),
            FactBody::Waiver(waiver) => waiver.check(),
            FactBody::Note(note) => note.check(),
            FactBody::TaskDone(done) => done.check(),
            FactBody::Comment(comment) => comment.check(),
        }
    }
}

fn text(field: &'static str, text: &str) -> Result<(), FactError> {
    if text.len() > LONGEST_TEXT_BYTES {
        return Err(FactError::TextTooLong { field, bytes: text.len() });
    }
    Ok(())
}

fn positive(field: &'static str, money: crate::money::Money) -> Result<(), FactError> {
    if money.minor <= 0 {
        return Err(FactError::NotPositive { field, amount: money.to_string() });
    }
    Ok(())
}

fn count(field: &'static str, count: usize, most: usize) -> Result<(), FactError> {
    if count == 0 || count > most {
        return Err(FactError::Count { field, count, most });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
