//! Verdicts as a screen shows them: what follows, and why in words.

use saldo_core::money::Currency;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::verdict as core_verdict;
use saldo_core::words::Language as CoreLanguage;

use super::{FactState, Language, Role, UtcMillis};

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Outcome {
    /// A shipment may go.
    Released,
    /// A shipment waits for approvals or papers.
    Held,
    /// A shipment may not go, whoever approves.
    Refused,
    /// A promise is accepted: the deferral holds.
    Accepted,
    /// A promise waits for somebody above the rep.
    Pending,
    /// A promise was rejected: the old due date holds.
    Rejected,
    /// The phone knows too little to say (R4.8): sync first.
    Unknown,
}

impl From<core_verdict::Outcome> for Outcome {
    fn from(outcome: core_verdict::Outcome) -> Self {
        match outcome {
            core_verdict::Outcome::Released => Self::Released,
            core_verdict::Outcome::Held => Self::Held,
            core_verdict::Outcome::Refused => Self::Refused,
            core_verdict::Outcome::Accepted => Self::Accepted,
            core_verdict::Outcome::Pending => Self::Pending,
            core_verdict::Outcome::Rejected => Self::Rejected,
            core_verdict::Outcome::Unknown => Self::Unknown,
        }
    }
}

/// How a reason bears on the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Effect {
    /// Speaks for it.
    Allows,
    /// Needs somebody's approval or a paper.
    Holds,
    /// Cannot be approved away.
    Refuses,
}

impl From<core_verdict::Effect> for Effect {
    fn from(effect: core_verdict::Effect) -> Self {
        match effect {
            core_verdict::Effect::Allows => Self::Allows,
            core_verdict::Effect::Holds => Self::Holds,
            core_verdict::Effect::Refuses => Self::Refuses,
        }
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReasonView {
    /// The R-number of the regulation, such as `R4.1`.
    pub rule: String,
    /// How it bears on the outcome.
    pub effect: Effect,
    /// In the phone's language, with the numbers that were compared.
    pub text: String,
}

/// A verdict with every reason.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VerdictView {
    /// What follows.
    pub outcome: Outcome,
    /// The same in the phone's language.
    pub outcome_text: String,
    /// Made by this phone (R4.8): only the server's verdict releases goods.
    pub provisional: bool,
    /// R4.9: a release within what was lent to the phone: the server will release it too, whatever
    /// other phones order meanwhile.
    pub firm: bool,
    /// When the server judged; of a provisional verdict, when its figures were last known to hold.
    pub as_of: UtcMillis,
    /// Every reason, in the order of the regulation.
    pub reasons: Vec<ReasonView>,
    /// Who must approve; all of them.
    pub approvals: Vec<Role>,
    /// The same in the phone's language.
    pub approvals_text: Vec<String>,
    /// What must be on paper before, in words.
    pub papers: Vec<String>,
    /// By which version of the policy.
    pub policy_version: u32,
}

impl VerdictView {
    pub(crate) fn of_server(judged: &core_verdict::JudgedFact, language: Language) -> Self {
        Self::new(&judged.verdict, judged.currency, judged.judged_at, false, language)
    }

    pub(crate) fn of_phone(
        verdict: &core_verdict::Verdict,
        currency: Currency,
        as_of: Instant,
        language: Language,
    ) -> Self {
        Self::new(verdict, currency, as_of, true, language)
    }

    fn new(
        verdict: &core_verdict::Verdict,
        currency: Currency,
        as_of: Instant,
        provisional: bool,
        language: Language,
    ) -> Self {
        let words = CoreLanguage::from(language);
        let reason = |reason: &core_verdict::Reason| ReasonView {
            rule: reason.rule.clone(),
            effect: reason.effect.into(),
            text: reason.in_words(words, currency),
        };
        Self {
            outcome: verdict.outcome.into(),
            outcome_text: words.outcome(verdict.outcome).to_owned(),
            provisional,
            firm: verdict.is_firm(),
            as_of: as_of.into(),
            reasons: verdict.reasons.iter().map(reason).collect(),
            approvals: verdict.approvals.iter().copied().map(Role::from).collect(),
            approvals_text: verdict
                .approvals
                .iter()
                .map(|role| words.role(*role).to_owned())
                .collect(),
            papers: verdict.papers.iter().map(|paper| words.paper(*paper).to_owned()).collect(),
            policy_version: verdict.policy_version,
        }
    }
}

/// A fact that the rules have a say in (an order, a promise, a waiver), and what they said.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct JudgedFactView {
    /// The fact's id.
    pub fact: String,
    /// About which client.
    pub client: String,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The client's name.
    pub client_name: String,
    /// When it was recorded.
    pub recorded_at: UtcMillis,
    /// What was asked, in words.
    pub words: String,
    /// Where it is.
    pub state: FactState,
    /// The server's verdict, else the phone's provisional one; none while the phone has no figures
    /// of the client.
    pub verdict: Option<VerdictView>,
}
