//! A client on the phone: a line of the list, and the whole account.

use super::{
    Category, CivilDate, FactView, FeesView, Mark, Money, RiskClass, RiskView, Rung, StopLevel,
    UtcMillis, VerdictView,
};

/// A client in a list. The figures count what this phone recorded and the server has not judged.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClientLine {
    /// Which.
    pub client: String,
    /// Its number in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where its first outlet is.
    pub address: String,
    /// The figures; none until the first sync has brought them.
    pub figures: Option<ClientFigures>,
}

/// The figures of a line.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClientFigures {
    /// Everything it owes.
    pub balance: Money,
    /// Of that, past the contract's due date.
    pub overdue: Money,
    /// The stop list.
    pub stop: StopLevel,
    /// The category.
    pub category: Category,
    /// The rung of the ladder.
    pub rung: Option<Rung>,
    /// The risk class (R12); none: never assessed.
    pub risk: Option<RiskClass>,
}

/// A client with its whole picture.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClientView {
    /// Which.
    pub client: String,
    /// Its number in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where reps visit it.
    pub outlets: Vec<OutletView>,
    /// The account; none until the first sync has brought it.
    pub account: Option<AccountView>,
    /// What this phone knows of it, newest first.
    pub facts: Vec<FactView>,
}

/// A point of sale.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OutletView {
    /// Which.
    pub outlet: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// A client's account: the server's last figures and what this phone recorded since (R4.8).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AccountView {
    /// When the figures were last known to hold.
    pub as_of: UtcMillis,
    /// Older than the policy's lease: nothing can be promised before a sync.
    pub stale: bool,
    /// The account's currency.
    pub currency: String,
    /// The category that holds.
    pub category: Category,
    /// Since when.
    pub category_since: UtcMillis,
    /// The latest mark of behaviour.
    pub mark: Option<Mark>,
    /// The client's risk with what made it (R12.1); none: never assessed.
    pub risk: Option<RiskView>,
    /// Everything it owes, less money not yet allocated.
    pub balance: Money,
    /// Of that, past the contract's due date.
    pub overdue: Money,
    /// The stop list.
    pub stop: StopLevel,
    /// The rung of the ladder.
    pub rung: Option<Rung>,
    /// Since when it stands there.
    pub rung_since: Option<CivilDate>,
    /// R4.2: greatest debt by contract, if set.
    pub depth: Option<Money>,
    /// R4.2: longest deferral by contract, if set.
    pub depth_days: Option<u16>,
    /// R4.5: the share to be prepaid.
    pub prepayment_percent: Option<u8>,
    /// Shipped, released or reserved this month (R4.1).
    pub ordered_this_month: Money,
    /// Released or reserved, not yet invoiced (R4.2).
    pub reserved: Money,
    /// Every open invoice, oldest due date first.
    pub invoices: Vec<InvoiceView>,
    /// Payments announced by the client that no bank has confirmed.
    pub announced: Vec<AnnouncedPayment>,
    /// Late fees and restructuring agreements (R8); none where there are none.
    pub fees: Option<FeesView>,
    /// What a rep may do here now.
    pub may_do: MayDo,
}

/// An open invoice.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct InvoiceView {
    /// Which.
    pub invoice: String,
    /// Its number on paper.
    pub number: String,
    /// When it was issued, if known.
    pub issued_on: Option<CivilDate>,
    /// The contract's due date.
    pub due_on: CivilDate,
    /// The date that counts for stop list and reminders: an accepted deferral's, else the
    /// contract's (R6.9), or the next instalment's while a restructuring is kept (R8.5).
    pub effective_due_on: CivilDate,
    /// The whole amount.
    pub amount: Money,
    /// What is unpaid.
    pub open: Money,
    /// Of that, disputed.
    pub disputed: Money,
    /// Whole calendar days since the contract's due date, or since the next instalment's while a
    /// restructuring is kept (R8.5); below zero before it.
    pub days_overdue: i64,
    /// How many deferrals were accepted.
    pub deferrals: u32,
    /// R6.4: how many more days a rep may grant on this invoice.
    pub rep_days_left: u16,
    /// R12.1 (7): how likely it is to be paid, in the phone's language: a plain share of the past,
    /// no promise. None: nobody knows.
    pub likely: Option<String>,
}

/// A payment that the client says it ordered (R6.2).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AnnouncedPayment {
    /// How much.
    pub amount: Money,
    /// The payment order's number.
    pub order_number: String,
    /// The payment order's date.
    pub ordered_on: CivilDate,
}

/// "What may I do here?"
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MayDo {
    /// What may still be shipped on credit (R4.1, R4.2); none: unknown, sync first (R4.8).
    pub free_limit: Option<Money>,
    /// The provisional verdict on the smallest order there can be: what stands in the way of any.
    pub shipment: VerdictView,
    /// R6.4: calendar days that a rep may grant on its own authority.
    pub rep_days: u16,
    /// R4.9: what of that limit is lent to this phone: an order within it is firm.
    pub lent: Option<LentView>,
}

/// A part of a client's free limit that is lent to this phone (R4.9).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LentView {
    /// Of whose limit.
    pub client: String,
    /// Its number in the ledger; empty where it stands beside the client itself.
    pub client_code: String,
    /// Its name; the same.
    pub client_name: String,
    /// How much was lent.
    pub lent: Money,
    /// How much of it orders have left.
    pub left: Money,
    /// Up to when an order within it is firm, by the server's clock.
    pub until: UtcMillis,
}
