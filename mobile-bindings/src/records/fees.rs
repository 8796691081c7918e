//! Late fees and restructuring agreements (R8) as a screen shows them.

use super::{CivilDate, Money};

/// R8.3: the late fee of an invoice shall not be asked for.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewWaiver {
    /// The id of the invoice; it may be paid.
    pub invoice: String,
    /// Why; must say something.
    pub why: String,
}

/// A client's late fees today, computed on the phone from the server's dates and payments and what
/// this phone recorded since.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FeesView {
    /// What is neither paid nor waived.
    pub open: Money,
    /// Of that, what the client must pay now (R8.4).
    pub payable: Money,
    /// By invoice, the earliest due first.
    pub fees: Vec<FeeView>,
    /// The agreements that cover some of the invoices (R8.5).
    pub agreements: Vec<AgreementView>,
}

/// The fee of one invoice; its principal may be paid.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FeeView {
    /// Of which invoice.
    pub invoice: String,
    /// Its number on paper.
    pub number: String,
    /// The due date it counts from: the contract's, or the next instalment's.
    pub due_on: CivilDate,
    /// The started week of delay.
    pub week: i64,
    /// The rate of that week, in per cent.
    pub rate_percent: String,
    /// The day on which the invoice was paid in full, if it was.
    pub paid_in_full_on: Option<CivilDate>,
    /// What accrued, or was agreed.
    pub accrued: Money,
    /// Of that, paid.
    pub paid: Money,
    /// Of that, waived.
    pub waived: Money,
    /// What is neither.
    pub open: Money,
    /// R8.4: the client must pay it now; else it accrues and is shown.
    pub payable: bool,
    /// The fee is the one agreed in the restructuring of this day.
    pub agreed_on: Option<CivilDate>,
}

/// How an agreement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum AgreementStanding {
    /// Its schedule is kept: the next instalment stands in for the due dates.
    Kept,
    /// Everything is paid.
    Fulfilled,
    /// An instalment was missed: the contract's due dates hold again.
    Missed,
}

impl AgreementStanding {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Fulfilled => "fulfilled",
            Self::Missed => "missed",
        }
    }
}

/// A restructuring agreement (R8.5).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AgreementView {
    /// The day of the signatures.
    pub signed_on: CivilDate,
    /// How it stands today.
    pub standing: AgreementStanding,
    /// While it is kept, the day of the next instalment; once missed, of the one that was.
    pub instalment_on: Option<CivilDate>,
    /// What is to be paid by then, less what was paid.
    pub instalment: Option<Money>,
    /// The numbers of the invoices that it covers.
    pub invoices: Vec<String>,
    /// The whole schedule.
    pub schedule: Vec<ScheduledPayment>,
    /// What was paid on it so far.
    pub paid: Money,
}

/// One instalment of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ScheduledPayment {
    /// By the end of which day.
    pub pay_on: CivilDate,
    /// How much.
    pub amount: Money,
}
