//! Weekly control as screens see it: overdue invoices with comments (R11.1), own figures (R11.2).

use chrono::NaiveDate;
use saldo_core::weekly_control::Comment as CoreComment;

use super::{CivilDate, FactState, Money};
use crate::PhoneError;

/// R11.1: what a rep says of an overdue invoice.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Comment {
    /// Paid, waiting for the bank.
    WaitingForBank,
    /// Told, pays on a day.
    PaysOn {
        /// The day.
        day: CivilDate,
    },
    /// Asks for a reconciliation.
    AsksReconciliation,
    /// Disputes the debt.
    Disputes,
    /// Could not be reached.
    NotReached,
    /// Refuses to pay.
    Refuses,
    /// Something else, in words.
    Other {
        /// The words.
        text: String,
    },
}

impl TryFrom<Comment> for CoreComment {
    type Error = PhoneError;
    fn try_from(comment: Comment) -> Result<Self, PhoneError> {
        Ok(match comment {
            Comment::WaitingForBank => Self::WaitingForBank,
            Comment::PaysOn { day } => Self::PaysOn { day: day.date()? },
            Comment::AsksReconciliation => Self::AsksReconciliation,
            Comment::Disputes => Self::Disputes,
            Comment::NotReached => Self::NotReached,
            Comment::Refuses => Self::Refuses,
            Comment::Other { text } => Self::Other { text },
        })
    }
}

/// The weekly list of overdue invoices.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OverdueList {
    /// When it went out.
    pub list_on: CivilDate,
    /// The longest overdue first; what was paid since is left out.
    pub lines: Vec<OverdueLine>,
}

/// An overdue invoice on the list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OverdueLine {
    /// Of which client.
    pub client: String,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The client's name.
    pub client_name: String,
    /// Which invoice.
    pub invoice: String,
    /// Its number on paper.
    pub number: String,
    /// Its due date by contract.
    pub due_on: CivilDate,
    /// Calendar days since, today.
    pub days_overdue: i64,
    /// What is unpaid, as far as the phone knows.
    pub open: Money,
    /// Of that, disputed.
    pub disputed: Money,
    /// The last comment since the list went out, in words.
    pub comment: Option<String>,
    /// Where that comment is.
    pub comment_state: Option<FactState>,
}

/// R11.2: a rep's own figures of a month in one currency. Pay is not computed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BonusView {
    /// The first day of the month.
    pub month: CivilDate,
    /// The day up to which money was counted.
    pub as_of: CivilDate,
    /// Paid before shipment.
    pub prepaid: Money,
    /// Paid by the due date.
    pub current: Money,
    /// Paid later.
    pub overdue: Money,
    /// All three.
    pub collected: Money,
    /// What was to come in.
    pub expected: Money,
    /// The minimum: bonus accrues above it.
    pub minimum: Money,
    /// What exceeds it.
    pub base: Money,
    /// What of the receivables is overdue, in per cent, such as `8.5`; none: not known.
    pub overdue_percent: Option<String>,
    /// What is allowed.
    pub allowed_percent: Option<String>,
    /// Whether the share is within it.
    pub is_within: bool,
}

/// Days since `due_on`.
pub(crate) fn days_since(due_on: NaiveDate, today: NaiveDate) -> i64 {
    (today - due_on).num_days()
}
