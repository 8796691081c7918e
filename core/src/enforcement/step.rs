//! The steps of enforcement: their numbers, owners, papers and duties (R9). What never lives here:
//! which step follows from what.

use serde::{Deserialize, Serialize};

use crate::roles::Role;

/// A step. Step 5 is no step of its own: it repeats 3 or 3 and 4 for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Step 1.
    Contact,
    /// Step 2.
    Propose,
    /// Step 3.
    Reconcile,
    /// Step 4, until the demand is delivered.
    Demand,
    /// Step 4, from the end of the demand's days until the claim is delivered.
    Claim,
    /// Step 6.
    AskAgain,
    /// Step 7.
    Court,
}

/// A paper that a step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// The client's signed promise with a date, and the fee.
    GuaranteeLetter,
    /// The signed balance of both sides.
    ReconciliationAct,
    /// The amendment to the contract.
    Amendment,
    /// The client's written request for a deferral.
    WrittenRequest,
    /// A copy of the contract.
    ContractCopy,
    /// The demand to pay within some days.
    Demand,
    /// A copy of the completed claim.
    ClaimCopy,
    /// The claim itself.
    Claim,
    /// The settlement, or the judgment.
    SettlementOrJudgment,
}

impl Paper {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::GuaranteeLetter => "guarantee letter with date and fee",
            Self::ReconciliationAct => "reconciliation act",
            Self::Amendment => "amendment to the contract",
            Self::WrittenRequest => "written request for a deferral",
            Self::ContractCopy => "copy of the contract",
            Self::Demand => "demand to pay",
            Self::ClaimCopy => "copy of the completed claim",
            Self::Claim => "claim",
            Self::SettlementOrJudgment => "settlement or judgment",
        }
    }
}

impl Step {
    /// Every step, in the order of the regulation.
    pub const ALL: [Self; 7] = [
        Self::Contact,
        Self::Propose,
        Self::Reconcile,
        Self::Demand,
        Self::Claim,
        Self::AskAgain,
        Self::Court,
    ];

    /// Its number in R9.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Contact => 1,
            Self::Propose => 2,
            Self::Reconcile => 3,
            Self::Demand | Self::Claim => 4,
            Self::AskAgain => 6,
            Self::Court => 7,
        }
    }

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Propose => "propose",
            Self::Reconcile => "reconcile",
            Self::Demand => "demand",
            Self::Claim => "claim",
            Self::AskAgain => "ask_again",
            Self::Court => "court",
        }
    }

    /// Who owns it; whoever stands first acts, the others take part.
    #[must_use]
    pub const fn owners(self) -> &'static [Role] {
        match self {
            Self::Contact | Self::Propose => &[Role::Rep],
            Self::Reconcile => &[Role::Rep, Role::Supervisor],
            Self::Demand | Self::Claim => {
                &[Role::Rep, Role::Supervisor, Role::HeadOfSales, Role::Security, Role::Legal]
            }
            // Who may grant a second deferral is for R6.5 to say.
            Self::AskAgain => &[Role::Supervisor, Role::HeadOfSales, Role::Director],
            Self::Court => &[Role::Legal, Role::FinanceControl, Role::Director],
        }
    }

    /// The papers it needs.
    #[must_use]
    pub const fn papers(self) -> &'static [Paper] {
        match self {
            Self::Contact | Self::AskAgain => &[],
            Self::Propose => &[Paper::GuaranteeLetter],
            Self::Reconcile => &[Paper::ReconciliationAct, Paper::Amendment, Paper::WrittenRequest],
            Self::Demand => {
                &[Paper::ReconciliationAct, Paper::ContractCopy, Paper::Demand, Paper::ClaimCopy]
            }
            Self::Claim => &[Paper::Claim],
            Self::Court => &[Paper::SettlementOrJudgment],
        }
    }

    /// What must happen, for a task's title.
    #[must_use]
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Contact => "Inform the client of the default; learn the reason and the date",
            Self::Propose => "Propose a restructuring, demand a guarantee letter, fix a meeting",
            Self::Reconcile => "Meet the client; have the reconciliation and the amendment signed",
            Self::Demand => "Deliver the demand to pay against signature or by registered letter",
            Self::Claim => "Deliver the claim: the pre-trial period runs from then",
            Self::AskAgain => "Decide on the new deferral that the client asks for",
            Self::Court => "Settle or go to court; collect debt and fees",
        }
    }
}

impl TryFrom<String> for Step {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|step| step.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a step of enforcement"))
    }
}
