//! What passes between client and company: papers, disputes, enforcement. What the app hands in, and
//! how the phone shows them.

use chrono::NaiveDate;
use saldo_core::account::OpenInvoice;
use saldo_core::dispute::DisputeKind as CoreDisputeKind;
use saldo_core::enforcement::{Event, State};
use saldo_core::facts as core_facts;
use saldo_core::feed::{DisputeRow, EnforcementRow, PaperRow};
use saldo_core::ids::InvoiceId;
use saldo_core::money::{Currency, Money as CoreMoney};
use saldo_core::paper::PaperKind as CorePaperKind;

use super::{CivilDate, Money};
use crate::PhoneError;

/// A kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum PaperKind {
    /// The client's signed promise of payment with a date (R4.3).
    GuaranteeLetter,
    /// The client's schedule of expected payments (R4.4).
    PaymentSchedule,
    /// The balance that both sides signed (R7.8).
    ReconciliationAct,
    /// The client's written request for a restructuring (R8.5).
    RestructuringRequest,
    /// The amendment to the contract.
    Amendment,
    /// The company's notice (R4.4, R4.5).
    NoticeLetter,
    /// The company's claim letter (R7.4).
    ClaimLetter,
    /// The demand to pay (R9, step 4).
    Demand,
    /// The claim (R9, step 4).
    Claim,
    /// The settlement, or the judgment (R9, step 7).
    SettlementOrJudgment,
}

/// Why an amount is disputed (R10.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum DisputeKind {
    /// A promotion that was promised and not settled.
    Promotion,
    /// Goods that were returned.
    ReturnedGoods,
    /// Less was delivered than billed.
    ShortDelivery,
    /// Quality, or another claim.
    Claim,
    /// The balances were never reconciled.
    Reconciliation,
}

/// What a rep tells of an enforcement (R9). The rest follows from payments, days, papers and
/// decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum CaseEvent {
    /// The client was reached and gave its reason.
    Reached,
    /// A meeting was fixed, or held.
    Met,
    /// The client avoids contact or refuses explanations.
    NoDialogue,
    /// The client refuses the terms that were proposed.
    Opposes,
    /// The client asks again.
    AsksAgain,
    /// The demand to pay was delivered.
    DemandDelivered,
    /// The claim was delivered.
    ClaimDelivered,
}

/// A paper got or delivered.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewPaper {
    /// Of which kind.
    pub paper: PaperKind,
    /// The date on it.
    pub dated_on: CivilDate,
    /// The day on which it reached the client.
    pub delivered_on: Option<CivilDate>,
    /// The day by which it says that will be paid; a guarantee letter needs one.
    pub pay_by: Option<CivilDate>,
    /// The amount that it names; a guarantee letter needs one.
    pub amount: Option<Money>,
    /// Anything worth saying about it.
    pub note: String,
}

/// The client disputes an invoice.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewDispute {
    /// The id of the invoice.
    pub invoice: String,
    /// Why.
    pub dispute: DisputeKind,
    /// How much of it.
    pub amount: Money,
    /// The client's words.
    pub note: String,
}

/// What the server knows of a client's papers, disputes and enforcement.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DealingsView {
    /// The open case of enforcement.
    pub case: Option<CaseView>,
    /// The disputes, the latest first.
    pub disputes: Vec<DisputeView>,
    /// The papers, the latest date first.
    pub papers: Vec<PaperView>,
}

/// Where an enforcement stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CaseView {
    /// Since when there is a case.
    pub opened_on: CivilDate,
    /// Where it stands, in words.
    pub stands: String,
    /// Who acts first, if it is ours to act, in words.
    pub owner: Option<String>,
    /// The day by which the step is to be done.
    pub act_by: Option<CivilDate>,
    /// The client's last day, if it is the client's turn.
    pub waits_until: Option<CivilDate>,
    /// The papers that the step needs, in words.
    pub papers: Vec<String>,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DisputeView {
    /// The id of the fact that tells of it.
    pub fact: String,
    /// The invoice's number.
    pub number: String,
    /// Why.
    pub dispute: DisputeKind,
    /// How much.
    pub amount: Money,
    /// Since when.
    pub raised_on: CivilDate,
    /// The day by which the client has an answer.
    pub answer_by: CivilDate,
    /// The answer in words, once there is one.
    pub answer: Option<String>,
    /// How much was credited.
    pub credited: Option<Money>,
}

/// A paper of the register.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaperView {
    /// Of which kind.
    pub paper: PaperKind,
    /// The date on it.
    pub dated_on: CivilDate,
    /// The day on which it reached the client.
    pub delivered_on: Option<CivilDate>,
    /// The day by which it says that will be paid.
    pub pay_by: Option<CivilDate>,
    /// The amount that it names.
    pub amount: Option<Money>,
}

impl From<PaperKind> for CorePaperKind {
    fn from(kind: PaperKind) -> Self {
        match kind {
            PaperKind::GuaranteeLetter => Self::GuaranteeLetter,
            PaperKind::PaymentSchedule => Self::PaymentSchedule,
            PaperKind::ReconciliationAct => Self::ReconciliationAct,
            PaperKind::RestructuringRequest => Self::RestructuringRequest,
            PaperKind::Amendment => Self::Amendment,
            PaperKind::NoticeLetter => Self::NoticeLetter,
            PaperKind::ClaimLetter => Self::ClaimLetter,
            PaperKind::Demand => Self::Demand,
            PaperKind::Claim => Self::Claim,
            PaperKind::SettlementOrJudgment => Self::SettlementOrJudgment,
        }
    }
}

impl From<CorePaperKind> for PaperKind {
    fn from(kind: CorePaperKind) -> Self {
        match kind {
            CorePaperKind::GuaranteeLetter => Self::GuaranteeLetter,
            CorePaperKind::PaymentSchedule => Self::PaymentSchedule,
            CorePaperKind::ReconciliationAct => Self::ReconciliationAct,
            CorePaperKind::RestructuringRequest => Self::RestructuringRequest,
            CorePaperKind::Amendment => Self::Amendment,
            CorePaperKind::NoticeLetter => Self::NoticeLetter,
            CorePaperKind::ClaimLetter => Self::ClaimLetter,
            CorePaperKind::Demand => Self::Demand,
            CorePaperKind::Claim => Self::Claim,
            CorePaperKind::SettlementOrJudgment => Self::SettlementOrJudgment,
        }
    }
}

impl PaperKind {
    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        CorePaperKind::from(self).title()
    }
}

impl From<DisputeKind> for CoreDisputeKind {
    fn from(kind: DisputeKind) -> Self {
        match kind {
            DisputeKind::Promotion => Self::Promotion,
            DisputeKind::ReturnedGoods => Self::ReturnedGoods,
            DisputeKind::ShortDelivery => Self::ShortDelivery,
            DisputeKind::Claim => Self::Claim,
            DisputeKind::Reconciliation => Self::Reconciliation,
        }
    }
}

impl From<CoreDisputeKind> for DisputeKind {
    fn from(kind: CoreDisputeKind) -> Self {
        match kind {
            CoreDisputeKind::Promotion => Self::Promotion,
            CoreDisputeKind::ReturnedGoods => Self::ReturnedGoods,
            CoreDisputeKind::ShortDelivery => Self::ShortDelivery,
            CoreDisputeKind::Claim => Self::Claim,
            CoreDisputeKind::Reconciliation => Self::Reconciliation,
        }
    }
}

impl DisputeKind {
    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        CoreDisputeKind::from(self).title()
    }
}

impl From<CaseEvent> for Event {
    fn from(event: CaseEvent) -> Self {
        match event {
            CaseEvent::Reached => Self::Reached,
            CaseEvent::Met => Self::Met,
            CaseEvent::NoDialogue => Self::NoDialogue,
            CaseEvent::Opposes => Self::Opposes,
            CaseEvent::AsksAgain => Self::AsksAgain,
            CaseEvent::DemandDelivered => Self::DemandDelivered,
            CaseEvent::ClaimDelivered => Self::ClaimDelivered,
        }
    }
}

impl NewPaper {
    /// The paper, recorded `today`. Days that cannot be are slips of the pen, and are said at once.
    pub(crate) fn fact(self, today: NaiveDate) -> Result<core_facts::FactBody, PhoneError> {
        let invalid = |detail: String| Err(PhoneError::Invalid { detail });
        let dated_on = self.dated_on.date()?;
        let delivered_on = self.delivered_on.map(|day| day.date()).transpose()?;
        let pay_by = self.pay_by.map(|day| day.date()).transpose()?;
        if dated_on > today {
            return invalid(format!("the paper's date {dated_on} is still to come"));
        }
        match (delivered_on, pay_by) {
            (Some(on), _) if on > today => {
                return invalid(format!("the day of delivery {on} is still to come"));
            }
            (Some(on), _) if on < dated_on => {
                return invalid(format!("delivered on {on}, before the paper's date {dated_on}"));
            }
            (_, Some(by)) if by < dated_on => {
                return invalid(format!("to be paid by {by}, before the paper's date {dated_on}"));
            }
            _ => {}
        }
        Ok(core_facts::FactBody::Paper(core_facts::Paper {
            paper: self.paper.into(),
            dated_on,
            delivered_on,
            pay_by,
            amount: self.amount.as_ref().map(TryInto::try_into).transpose()?,
            note: self.note,
        }))
    }
}

impl NewDispute {
    /// The dispute of one of the client's `open` invoices, of at most what is unpaid of it.
    pub(crate) fn fact(self, open: &[OpenInvoice]) -> Result<core_facts::FactBody, PhoneError> {
        let missing = || PhoneError::not_found(format!("the open invoice {}", self.invoice));
        let invoice: InvoiceId = self.invoice.parse().map_err(|_| missing())?;
        let found = open.iter().find(|one| one.id == invoice).ok_or_else(missing)?;
        let amount = CoreMoney::try_from(&self.amount)?;
        if amount.minor > found.open_minor {
            let unpaid = CoreMoney::new(found.open_minor, amount.currency);
            return Err(PhoneError::Invalid {
                detail: format!("{unpaid} of {} is unpaid: dispute at most that", found.number),
            });
        }
        Ok(core_facts::FactBody::Dispute(core_facts::Dispute {
            invoice,
            number: found.number.clone(),
            dispute: self.dispute.into(),
            amount,
            note: self.note,
        }))
    }
}

impl PaperView {
    pub(crate) fn of(row: &PaperRow, currency: Currency) -> Self {
        Self {
            paper: row.paper.into(),
            dated_on: row.dated_on.into(),
            delivered_on: row.delivered_on.map(Into::into),
            pay_by: row.pay_by.map(Into::into),
            amount: row.amount_minor.map(|minor| CoreMoney::new(minor, currency).into()),
        }
    }
}

impl DisputeView {
    pub(crate) fn of(row: &DisputeRow, currency: Currency) -> Self {
        let money = |minor| Money::from(CoreMoney::new(minor, currency));
        Self {
            fact: row.fact.to_string(),
            number: row.number.clone(),
            dispute: row.dispute.into(),
            amount: money(row.amount_minor),
            raised_on: row.raised_on.into(),
            answer_by: row.answer_by.into(),
            answer: row.answer.as_ref().map(|answer| answer.words.clone()),
            credited: row.answer.as_ref().map(|answer| money(answer.credited_minor)),
        }
    }
}

impl CaseView {
    pub(crate) fn of(row: &EnforcementRow) -> Self {
        let step = match row.state {
            State::Doing { step, .. } => Some(step),
            _ => None,
        };
        let stands = match row.state {
            State::Doing { step, .. } => format!("step {}: {}", step.number(), step.duty()),
            State::Demanded { delivered_on } => {
                format!("the demand to pay was delivered on {delivered_on}")
            }
            State::PreTrial { delivered_on } => {
                format!("the claim was delivered on {delivered_on}: pre-trial period")
            }
            State::Agreed { pay_by } => format!("terms were agreed: to be paid by {pay_by}"),
            State::Ended => "ended".to_owned(),
        };
        Self {
            opened_on: row.opened_on.into(),
            stands,
            owner: step.and_then(|step| step.owners().first()).map(|role| role.title().to_owned()),
            act_by: row.act_by.map(Into::into),
            waits_until: row.waits_until.map(Into::into),
            papers: step
                .map(|step| step.papers().iter().map(|paper| paper.title().to_owned()).collect())
                .unwrap_or_default(),
        }
    }
}
