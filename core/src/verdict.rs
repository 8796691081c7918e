//! What the rules say of the facts, and why: an outcome with *every* reason, each with its
//! R-number and the numbers that were compared (R14.1).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::category::Category;
use crate::facts::{Mark, Order, Promise, Waiver};
use crate::ids::{ClientId, FactId, InvoiceId, VerdictId};
use crate::late_fee::FeeItem;
use crate::loan::LoanStanding;
use crate::money::Currency;
use crate::restructuring::Signed;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::time::UtcMillis;
use crate::words::Language;

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A shipment may go.
    Released,
    /// A shipment waits for the approvals and papers that the verdict lists.
    Held,
    /// A shipment may not go, whoever approves.
    Refused,
    /// A promise is accepted: the deferral holds.
    Accepted,
    /// A promise waits for somebody above the rep.
    Pending,
    /// A promise was rejected by whoever it waited for: the old due date holds.
    Rejected,
    /// The phone knows too little to say (R4.8).
    Unknown,
}

impl Outcome {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Accepted => "accepted",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

/// An outcome with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What follows.
    pub outcome: Outcome,
    /// Every reason, in the order of the regulation.
    pub reasons: Vec<Reason>,
    /// Who must approve before it is released or accepted; all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Role>,
    /// What must be on paper before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
    /// By which version of the policy.
    pub policy_version: u32,
}

/// A paper that a verdict demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// The client's signed promise of payment with a date (R4.3).
    GuaranteeLetter,
    /// The client's schedule of expected payments (R4.4).
    PaymentSchedule,
}

impl Paper {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::GuaranteeLetter => "guarantee letter",
            Self::PaymentSchedule => "schedule of expected payments",
        }
    }
}

/// How a reason bears on the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Speaks for it.
    Allows,
    /// Needs somebody's approval or a paper.
    Holds,
    /// Cannot be approved away.
    Refuses,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The R-number in the regulation, such as `R4.1`.
    pub rule: String,
    /// How it bears on the outcome.
    pub effect: Effect,
    /// What was compared.
    #[serde(flatten)]
    pub what: What,
}

impl Reason {
    /// A reason by rule `rule`.
    #[must_use]
    pub fn new(rule: &str, effect: Effect, what: What) -> Self {
        Self { rule: rule.to_owned(), effect, what }
    }
}

/// Where a limit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    /// The mean of the last complete months (R4.1).
    Months,
    /// The card's safe shipment limit (R3.1): there is no history.
    SafeShipment,
    /// The category's default: there is neither history nor a safe limit.
    CategoryDefault,
}

/// What was compared, with the numbers. Amounts are minor units of the account's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[expect(missing_docs, reason = "a variant says what was compared; its fields' names say the rest")]
pub enum What {
    /// R1.1: a written order lifts the rule until a day.
    Exempted { lifted: String, until: NaiveDate, why: String },
    /// R4.1: fits the month's shipment limit.
    WithinShipmentLimit {
        limit_minor: i64,
        used_minor: i64,
        request_minor: i64,
        months: u8,
        source: LimitSource,
    },
    /// R4.1: does not fit.
    AboveShipmentLimit {
        limit_minor: i64,
        used_minor: i64,
        request_minor: i64,
        months: u8,
        source: LimitSource,
    },
    /// R4.2: fits the contract's depth in money.
    WithinCreditDepth {
        depth_minor: i64,
        receivable_minor: i64,
        reserved_minor: i64,
        request_minor: i64,
    },
    /// R4.2: does not fit.
    AboveCreditDepth {
        depth_minor: i64,
        receivable_minor: i64,
        reserved_minor: i64,
        request_minor: i64,
    },
    /// R4.2: the deferral asked for is longer than contract or category allow.
    DeferralTooLong { asked_days: u16, allowed_days: u16 },
    /// R4.3: on the stop list; finance control and a guarantee letter can release this one order.
    OnStopList { invoice: InvoiceId, number: String, overdue_minor: i64, working_days_overdue: i64 },
    /// R4.4: shipment stopped wholly until the money is in.
    ShipmentStopped { invoice: InvoiceId, number: String, overdue_minor: i64, days_overdue: i64 },
    /// R4.5, R2.7: only against prepayment of this share.
    PrepaymentRequired { percent: u8 },
    /// R4.10: prepaid, so limits do not bind.
    Prepaid,
    /// The order's currency is not the account's: nothing can be compared.
    OtherCurrency { asked: Currency, account: Currency },
    /// R4.8: the snapshot is older than the lease.
    SnapshotTooOld { as_of: UtcMillis, lease_hours: u32 },
    /// R4.9: fits what is left of the part of the limit that was lent to the phone.
    OnLoan { left_minor: i64, request_minor: i64, until: UtcMillis },
    /// R4.9: so much of it was lent to the phone and counts as free for it.
    PartlyOnLoan { drawn_minor: i64, until: UtcMillis },
    /// R4.9: what was lent to the phone was used after its time.
    LoanOver { until: UtcMillis },
    /// R4.9: what the order draws on is not lent to its phone, or not any more.
    LoanGone,
    /// R6.4: within what a rep may grant.
    WithinRepAuthority {
        days: i64,
        granted_before: i64,
        most: u16,
        category: Category,
        mark: Option<Mark>,
    },
    /// R6.4: beyond it.
    BeyondRepAuthority {
        days: i64,
        granted_before: i64,
        most: u16,
        category: Category,
        mark: Option<Mark>,
    },
    /// R6.4: the client is a non-payer: no deferral exists for a rep to give.
    NonPayer,
    /// R6.1, R6.4: mark (c): the supervisor at once.
    HighRiskMark,
    /// Section 15, example 8: the category is not the one the phone knew.
    CategoryChanged { category: Category, at: UtcMillis },
    /// R6.5: a deferral was granted before.
    RepeatedDeferral { times: u16 },
    /// R6.5: the new date lies beyond what the supervisor may grant.
    BeyondSupervisor { until: NaiveDate, working_days: i64, most: u16 },
    /// R6.5: the new date lies beyond what the head of sales may grant.
    BeyondHeadOfSales { until: NaiveDate, last: NaiveDate },
    /// The promised day lies before the day of the promise or the due date: nothing is deferred.
    NothingDeferred { until: NaiveDate },
    /// The promise names an invoice that is not open (paid meanwhile, or unknown).
    InvoiceNotOpen { invoice: InvoiceId, number: String },
    /// R12.3: the risk class is stricter than the category and sets the terms.
    RiskClassStricter { class: RiskClass, category: Category, terms: Category },
    /// R4.1: somebody who must approve demands the client's guarantee letter first.
    LetterDemanded { role: Role, at: UtcMillis },
    /// R4.1, R4.3: the client's guarantee letter is in the register.
    GuaranteedBy { dated_on: NaiveDate, pay_by: NaiveDate, amount_minor: i64 },
    /// R8.3: the invoice was paid in full in this started week of delay; `role` may waive its fee.
    FeePaidInWeek { number: String, paid_on: NaiveDate, week: i64, fee_minor: i64, role: Role },
    /// R8.3: the invoice is not paid in full: only the director may waive its fee.
    FeeNotPaidInFull { number: String, open_minor: i64, fee_minor: i64 },
    /// R8.3, R8.5: the fee was agreed in a restructuring: only the director may waive it.
    FeeOfAgreement { number: String, signed_on: NaiveDate, fee_minor: i64 },
    /// R8.3: no fee of the invoice is open.
    NoFeeOpen { number: String },
    /// R6.7: somebody approved.
    Approved { role: Role, at: UtcMillis },
    /// R6.7: somebody rejected, and said why.
    Turned { role: Role, at: UtcMillis, why: String },
    /// R6.7: sent up, or the one before was absent.
    SentUp { from: Role, to: Role, at: UtcMillis },
}

impl What {
    /// Whether somebody decided so, and not the rules.
    #[must_use]
    pub const fn is_decision(&self) -> bool {
        matches!(
            self,
            Self::Approved { .. }
                | Self::Turned { .. }
                | Self::SentUp { .. }
                | Self::LetterDemanded { .. }
                | Self::GuaranteedBy { .. }
        )
    }
}

impl Verdict {
    /// R4.9: whether it releases an order on a part of the limit that was lent to its phone. Said by a
    /// phone, the server releases it too, without a second look at the limit.
    #[must_use]
    pub fn is_firm(&self) -> bool {
        self.outcome == Outcome::Released
            && self.reasons.iter().any(|reason| matches!(reason.what, What::OnLoan { .. }))
    }

    /// The worst effect of all reasons decides; an empty list allows.
    #[must_use]
    pub fn worst(reasons: &[Reason]) -> Effect {
        reasons.iter().map(|reason| reason.effect).max().unwrap_or(Effect::Allows)
    }
}

/// What a verdict was made from (R14.1): enough to make it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The civil date in the company's time zone.
    pub today: NaiveDate,
    /// The instant of judging.
    pub judged_at: UtcMillis,
    /// The client's figures then.
    pub account: Account,
    /// What was asked.
    pub question: Question,
}

/// What was asked of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// May this order be shipped?
    Shipment {
        /// What the client orders.
        order: Order,
        /// R4.9: how the loan stood on which it draws; none: it draws on none that there is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loan: Option<LoanStanding>,
    },
    /// Does this promise hold?
    Deferral {
        /// What the client promises.
        promise: Promise,
        /// The day of the agreement.
        agreed_on: NaiveDate,
        /// What the category was when the phone last heard (section 15, example 8).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone_category: Option<Category>,
    },
    /// May this late fee be waived (R8.3)?
    Waiver {
        /// What is to be waived.
        waiver: Waiver,
        /// The role of who asks.
        asked_by: Role,
        /// The invoice's fee as kept; none where it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Box<FeeItem>>,
        /// The restructuring that covers the invoice, if one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agreement: Option<Box<Signed>>,
    },
}

/// A verdict of the server as phones and the console show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedFact {
    /// Of the latest verdict on the fact.
    pub id: VerdictId,
    /// On which fact.
    pub fact: FactId,
    /// About which client.
    pub client: ClientId,
    /// When.
    pub judged_at: UtcMillis,
    /// What and why.
    pub verdict: Verdict,
    /// The account's currency, in which the reasons' amounts are.
    pub currency: Currency,
}

impl Reason {
    /// The reason in `language`, as a rep understands it. Amounts are of `currency`.
    #[must_use]
    pub fn in_words(&self, language: Language, currency: Currency) -> String {
        language.reason(&self.what, currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_speaks_every_language() {
        let reason = Reason::new("R8.3", Effect::Allows, What::NoFeeOpen { number: "A-1".into() });
        for language in Language::ALL {
            let told = reason.in_words(language, Currency::EUR);
            assert_eq!(told, language.reason(&reason.what, Currency::EUR));
            assert!(told.contains("A-1"), "{told}");
        }
    }
}
