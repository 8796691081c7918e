//! The rungs of the ladder: their names, owners and duties (R7). What never lives here: when one is
//! reached.

use serde::{Deserialize, Serialize};

use crate::roles::Role;

/// A rung, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// R7.1.
    Rep,
    /// R7.2.
    Supervisor,
    /// R7.3.
    HeadOfSales,
    /// R7.4.
    FinanceControl,
    /// R7.5.
    Security,
    /// R7.6.
    Director,
    /// R7.7.
    Legal,
    /// R7.8.
    WriteOff,
}

impl Rung {
    /// Every rung, lowest first.
    pub const ALL: [Self; 8] = [
        Self::Rep,
        Self::Supervisor,
        Self::HeadOfSales,
        Self::FinanceControl,
        Self::Security,
        Self::Director,
        Self::Legal,
        Self::WriteOff,
    ];

    /// The name used in SQL and JSON (snake case of the variant).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Supervisor => "supervisor",
            Self::HeadOfSales => "head_of_sales",
            Self::FinanceControl => "finance_control",
            Self::Security => "security",
            Self::Director => "director",
            Self::Legal => "legal",
            Self::WriteOff => "write_off",
        }
    }

    /// The R-number.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Rep => "R7.1",
            Self::Supervisor => "R7.2",
            Self::HeadOfSales => "R7.3",
            Self::FinanceControl => "R7.4",
            Self::Security => "R7.5",
            Self::Director => "R7.6",
            Self::Legal => "R7.7",
            Self::WriteOff => "R7.8",
        }
    }

    /// Who owns it.
    #[must_use]
    pub const fn owner(self) -> Role {
        match self {
            Self::Rep => Role::Rep,
            Self::Supervisor => Role::Supervisor,
            Self::HeadOfSales => Role::HeadOfSales,
            Self::FinanceControl => Role::FinanceControl,
            Self::Security => Role::Security,
            Self::Director | Self::WriteOff => Role::Director,
            Self::Legal => Role::Legal,
        }
    }

    /// What must happen, in a few words for a task's title.
    #[must_use]
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Rep => "Contact the debtor: learn the reason and the real date",
            Self::Supervisor => "Follow the debt yourself and plan measures with the rep",
            Self::HeadOfSales => {
                "Decide: more time for the supervisor, or unconditional collection"
            }
            Self::FinanceControl => "Send the notice letter and demand a payment schedule",
            Self::Security => "Start work on the debtor and report results",
            Self::Director => "Decide: more time, restructuring, new terms, or collection",
            Self::Legal => "Take the case over: fee, restructuring or claim",
            Self::WriteOff => "Look for an acknowledgement of the debt; else write it off",
        }
    }
}

impl TryFrom<String> for Rung {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|rung| rung.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a rung"))
    }
}

impl std::fmt::Display for Rung {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
