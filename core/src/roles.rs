//! Who somebody is in the credit process.

use serde::{Deserialize, Serialize};

/// A role (section 0 of the regulation). The order is not a chain of command; see [`Role::above`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sales representative.
    Rep,
    /// The rep's direct superior.
    Supervisor,
    /// Head of the sales department.
    HeadOfSales,
    /// Head of finance control.
    FinanceControl,
    /// Commercial director.
    CommercialDirector,
    /// Director of the company.
    Director,
    /// Security service.
    Security,
    /// Legal department.
    Legal,
    /// Keeps the system running; sees no clients.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Rep,
        Self::Supervisor,
        Self::HeadOfSales,
        Self::FinanceControl,
        Self::CommercialDirector,
        Self::Director,
        Self::Security,
        Self::Legal,
        Self::Operator,
    ];

    /// The name used in SQL, JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Supervisor => "supervisor",
            Self::HeadOfSales => "head_of_sales",
            Self::FinanceControl => "finance_control",
            Self::CommercialDirector => "commercial_director",
            Self::Director => "director",
            Self::Security => "security",
            Self::Legal => "legal",
            Self::Operator => "operator",
        }
    }

    /// The name that people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rep => "sales rep",
            Self::Supervisor => "supervisor",
            Self::HeadOfSales => "head of sales",
            Self::FinanceControl => "head of finance control",
            Self::CommercialDirector => "commercial director",
            Self::Director => "director",
            Self::Security => "head of security",
            Self::Legal => "legal department",
            Self::Operator => "operator",
        }
    }

    /// The role with this [`Role::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Who decides when this role sends a question up or does not answer (R6.5, R6.7).
    #[must_use]
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::Rep => Some(Self::Supervisor),
            Self::Supervisor => Some(Self::HeadOfSales),
            Self::HeadOfSales
            | Self::FinanceControl
            | Self::CommercialDirector
            | Self::Security
            | Self::Legal => Some(Self::Director),
            Self::Director | Self::Operator => None,
        }
    }

    /// Whether this role sees every client of the company. A rep sees its territory, a supervisor
    /// the territories of its team, an operator none.
    #[must_use]
    pub const fn sees_whole_company(self) -> bool {
        !matches!(self, Self::Rep | Self::Supervisor | Self::Operator)
    }
}

impl TryFrom<String> for Role {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| format!("\"{name}\" is not a role"))
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}
