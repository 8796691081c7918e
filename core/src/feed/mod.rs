//! The read-only feed: verdicts, balances, limits, tasks and names reach phones as rows. A phone
//! never writes one. Each row replaces the earlier one with the same kind and id.

mod account;

pub use account::with_mark;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::dispute::DisputeKind;
use crate::enforcement::State;
use crate::escalation::Rung;
use crate::ids::{
    AlertId, ClientId, FactId, InvoiceId, OutletId, PaperId, PersonId, TaskId, TerritoryId,
};
use crate::late_fee::FeesRow;
use crate::loan::Loan;
use crate::money::Currency;
use crate::paper::PaperKind;
use crate::risk::Assessment;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::time::UtcMillis;
use crate::verdict::JudgedFact;
use crate::weekly_control::{BonusBase, Collected, Line, OverdueShare};

/// One row. Its JSON is what the wire carries and what both ends store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeedRow {
    /// The policy in force, for provisional verdicts.
    Policy(PolicyRow),
    /// Somebody of the company.
    Person(PersonRow),
    /// A client with its outlets.
    Client(ClientRow),
    /// A client's figures: the phone's account snapshot (R4.8).
    Account(#[serde(with = "account")] Box<Account>),
    /// Where a client stands on the ladder and the stop list, by the server.
    Standing(StandingRow),
    /// Something somebody must do.
    Task(TaskRow),
    /// What the server decided on a fact.
    Verdict(Box<JudgedFact>),
    /// A client's risk rose.
    Alert(AlertRow),
    /// A client's risk class with both scores and what made them (R12.1).
    Risk(Box<RiskRow>),
    /// What the desk says of a task that a person reported as done, where it is not done.
    TaskAnswer(TaskAnswerRow),
    /// R11.1: a rep's list of overdue invoices.
    WeeklyList(WeeklyListRow),
    /// R11.2: a rep's own figures of a month.
    Bonus(BonusRow),
    /// A paper of the register.
    Paper(PaperRow),
    /// A disputed part of an invoice.
    Dispute(DisputeRow),
    /// Where the enforcement against a client stands.
    Enforcement(EnforcementRow),
    /// A client's late fees and restructuring agreements (R8): what the phone computes today's fee
    /// from, as far as the account does not say it.
    Fees(Box<FeesRow>),
    /// R4.9: a part of a client's limit that is lent to one of the person's phones.
    Loan(Loan),
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// Its version.
    pub version: u32,
    /// The whole policy as TOML.
    pub toml: String,
}

/// Somebody of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Who.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// A client with its outlets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRow {
    /// Which.
    pub id: ClientId,
    /// Its number in the company's ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whose clients it belongs to.
    pub territory: TerritoryId,
    /// Where reps visit it.
    pub outlets: Vec<OutletRow>,
    /// The generation of its personal card that may be written now (R13.1); none: the server
    /// keeps no personal data yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal_card: Option<u32>,
}

/// A point of sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletRow {
    /// Which.
    pub id: OutletId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// Where a client stands, by the last night's job or the last money received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingRow {
    /// Which client.
    pub client: ClientId,
    /// The highest rung of its open invoices (R7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<Rung>,
    /// Since when it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung_since: Option<NaiveDate>,
    /// The stop list (R4.3, R4.4).
    pub stop: StopLevel,
}

/// Something somebody must do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRow {
    /// Which.
    pub id: TaskId,
    /// What kind, such as `deferral_request` or `ladder_rep`.
    pub task: String,
    /// In words.
    pub title: String,
    /// About whom; none: it concerns no single client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The R-number it comes from.
    pub rule: String,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether it is done.
    pub done: bool,
}

/// A client's risk rose (R12.1 (8)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    /// Which.
    pub id: AlertId,
    /// About whom.
    pub client: ClientId,
    /// What happened, in words.
    pub text: String,
    /// The R-number it comes from.
    pub rule: String,
    /// When.
    pub raised_at: UtcMillis,
}

/// A client's risk by its last assessment that said something new (R12.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRow {
    /// Which client.
    pub client: ClientId,
    /// Of which day the assessment is.
    pub assessed_on: NaiveDate,
    /// By which version of the policy.
    pub policy_version: u32,
    /// The class, both scores, and what made them.
    pub assessment: Assessment,
}

/// Why a task that was reported as done was not ended by that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAnswerRow {
    /// The fact that reported it.
    pub fact: FactId,
    /// Which task.
    pub task: TaskId,
    /// About which client the fact was.
    pub client: ClientId,
    /// Why not, in words.
    pub words: String,
}

/// R11.1: a rep's list of overdue invoices, as it last went out. A later list takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyListRow {
    /// Whose.
    pub rep: PersonId,
    /// When it went out.
    pub list_on: NaiveDate,
    /// The invoices, the longest overdue first.
    pub lines: Vec<ListedInvoice>,
}

/// An overdue invoice on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedInvoice {
    /// Of the amounts.
    pub currency: Currency,
    /// Which, and how much of it.
    #[serde(flatten)]
    pub line: Line,
}

/// R11.2: a rep's own figures of a month in one currency. Pay is not computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BonusRow {
    /// Whose.
    pub rep: PersonId,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Of the amounts.
    pub currency: Currency,
    /// The day up to which money was counted.
    pub as_of: NaiveDate,
    /// What came in.
    pub collected: Collected,
    /// What was to come in, in minor units.
    pub expected_minor: i64,
    /// What follows for the bonus.
    pub base: BonusBase,
    /// What is overdue against what is allowed; none: not known for that month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<OverdueShare>,
}

/// A paper of the register. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRow {
    /// Which.
    pub id: PaperId,
    /// With which client.
    pub client: ClientId,
    /// Of which kind.
    pub paper: PaperKind,
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day on which it reached the client, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_on: Option<NaiveDate>,
    /// The day by which it says that will be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_by: Option<NaiveDate>,
    /// The amount that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
}

/// R10.1: a disputed part of an invoice. Amounts are minor units of the client's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeRow {
    /// The fact that told of it.
    pub fact: FactId,
    /// Whose.
    pub client: ClientId,
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// Why.
    pub dispute: DisputeKind,
    /// How much.
    pub amount_minor: i64,
    /// Since when.
    pub raised_on: NaiveDate,
    /// The day by which the client has an answer.
    pub answer_by: NaiveDate,
    /// The answer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<DisputeAnswer>,
}

/// What the client was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeAnswer {
    /// When.
    pub on: NaiveDate,
    /// How much of it was credited; zero: turned down.
    pub credited_minor: i64,
    /// In words.
    pub words: String,
}

/// R9: where the enforcement against a client stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnforcementRow {
    /// Against whom.
    pub client: ClientId,
    /// Since when there is a case.
    pub opened_on: NaiveDate,
    /// Where it stands.
    pub state: State,
    /// The day by which the step is to be done, if it is ours to act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_by: Option<NaiveDate>,
    /// The client's last day, if it is the client's turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<NaiveDate>,
}

impl FeedRow {
    /// The kind, as stored.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Policy(_) => "policy",
            Self::Person(_) => "person",
            Self::Client(_) => "client",
            Self::Account(_) => "account",
            Self::Standing(_) => "standing",
            Self::Task(_) => "task",
            Self::Verdict(_) => "verdict",
            Self::Alert(_) => "alert",
            Self::Risk(_) => "risk",
            Self::TaskAnswer(_) => "task_answer",
            Self::WeeklyList(_) => "weekly_list",
            Self::Bonus(_) => "bonus",
            Self::Paper(_) => "paper",
            Self::Dispute(_) => "dispute",
            Self::Enforcement(_) => "enforcement",
            Self::Fees(_) => "fees",
            Self::Loan(_) => "loan",
        }
    }

    /// What the row is about: two rows of one kind and id are versions of one thing. A verdict's
    /// id is its fact's, so that a later verdict on a fact replaces the earlier one.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Policy(_) => "policy".to_owned(),
            Self::Person(row) => row.id.to_string(),
            Self::Client(row) => row.id.to_string(),
            Self::Account(row) => row.client.to_string(),
            Self::Standing(row) => row.client.to_string(),
            Self::Task(row) => row.id.to_string(),
            Self::Verdict(row) => row.fact.to_string(),
            Self::Alert(row) => row.id.to_string(),
            Self::Risk(row) => row.client.to_string(),
            Self::TaskAnswer(row) => row.fact.to_string(),
            Self::WeeklyList(row) => row.rep.to_string(),
            Self::Bonus(row) => format!("{}/{}/{}", row.rep, row.month, row.currency),
            Self::Paper(row) => row.id.to_string(),
            Self::Dispute(row) => row.fact.to_string(),
            Self::Enforcement(row) => row.client.to_string(),
            Self::Fees(row) => row.fees.client.to_string(),
            Self::Loan(row) => row.id.to_string(),
        }
    }

    /// The client the row is about, for the phone's index.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        match self {
            Self::Policy(_) | Self::Person(_) | Self::WeeklyList(_) | Self::Bonus(_) => None,
            Self::Client(row) => Some(row.id),
            Self::Account(row) => Some(row.client),
            Self::Standing(row) => Some(row.client),
            Self::Task(row) => row.client,
            Self::Verdict(row) => Some(row.client),
            Self::Alert(row) => Some(row.client),
            Self::Risk(row) => Some(row.client),
            Self::TaskAnswer(row) => Some(row.client),
            Self::Paper(row) => Some(row.client),
            Self::Dispute(row) => Some(row.client),
            Self::Enforcement(row) => Some(row.client),
            Self::Fees(row) => Some(row.fees.client),
            Self::Loan(row) => Some(row.client),
        }
    }
}
