//! Categories of clients (R2) and how the system suggests one. What never lives here: the terms that
//! follow from a category (`policy`), and who decides (people).

mod evidence;
mod suggest;

pub use evidence::{Evidence, PaidInvoice, PaymentHistory, Suggestion};
pub use suggest::suggest;

use serde::{Deserialize, Serialize};

/// A client's category, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// R2.1.
    Reliable,
    /// R2.2.
    Uncertain,
    /// R2.3.
    Threatened,
    /// R2.4.
    NonPayer,
}

impl Category {
    /// Every category, best first.
    pub const ALL: [Self; 4] = [Self::Reliable, Self::Uncertain, Self::Threatened, Self::NonPayer];

    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reliable => "reliable",
            Self::Uncertain => "uncertain",
            Self::Threatened => "threatened",
            Self::NonPayer => "non_payer",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reliable => "reliable",
            Self::Uncertain => "uncertain",
            Self::Threatened => "threatened",
            Self::NonPayer => "non-payer",
        }
    }
}

impl TryFrom<String> for Category {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|category| category.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a category"))
    }
}

#[cfg(test)]
mod tests;
