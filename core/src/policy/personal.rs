//! The section of a policy about personal data (R13.1). What never lives here: what is personal
//! (`crate::documents::persons`) and who sees it.

use serde::{Deserialize, Serialize};

/// R13.1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalData {
    /// Whether home telephone numbers may be kept.
    pub home_phones: bool,
    /// A client's persons are erased so many months after its last invoice.
    pub retention_months: u32,
}
