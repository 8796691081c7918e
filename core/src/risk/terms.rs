//! R12.3: category and risk class are two scales; the stricter sets the terms (R2.7). What never
//! lives here: what the terms are (the policy), and what follows for an order or a promise.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::RiskClass;
use crate::account::Account;
use crate::category::Category;
use crate::policy::Policy;
use crate::verdict::{Effect, Reason, What};

/// R12.3: whose terms (R2.7) a client has, and which scale set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsOf {
    /// The category whose terms hold.
    pub category: Category,
    /// What set them.
    pub set_by: Scale,
}

/// One of the two scales, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The category is the stricter.
    Category,
    /// The risk class is the stricter.
    RiskClass,
    /// Both say the same.
    Both,
}

/// R12.3: the stricter of `category` and of the category whose terms `class` brings.
#[must_use]
pub fn terms_of(policy: &Policy, category: Category, class: RiskClass) -> TermsOf {
    let by_class = policy.risk().terms.of(class);
    match by_class.cmp(&category) {
        std::cmp::Ordering::Less => TermsOf { category, set_by: Scale::Category },
        std::cmp::Ordering::Equal => TermsOf { category, set_by: Scale::Both },
        std::cmp::Ordering::Greater => TermsOf { category: by_class, set_by: Scale::RiskClass },
    }
}

/// Whose terms an account has on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountTerms {
    /// The category whose terms hold.
    pub category: Category,
    /// The class, where it is the stricter scale and so set the terms.
    pub set_by_class: Option<RiskClass>,
}

/// R12.3 of `account` on `today`. A client that was never assessed has its category's terms, and so
/// has one that a written order exempts from R12.3 (R1.1).
#[must_use]
pub fn terms_on(policy: &Policy, account: &Account, today: NaiveDate) -> AccountTerms {
    let by_category = AccountTerms { category: account.category, set_by_class: None };
    let Some(class) = account.risk else { return by_category };
    let found = terms_of(policy, account.category, class);
    if found.set_by != Scale::RiskClass || account.exempt_from("R12.3", today).is_some() {
        return by_category;
    }
    AccountTerms { category: found.category, set_by_class: Some(class) }
}

impl AccountTerms {
    /// The reason that names the class, where it set the terms. `effect` is what followed from it
    /// and would not have followed from the category.
    #[must_use]
    pub fn reason(&self, account: &Account, effect: Effect) -> Option<Reason> {
        let class = self.set_by_class?;
        let (category, terms) = (account.category, self.category);
        Some(Reason::new("R12.3", effect, What::RiskClassStricter { class, category, terms }))
    }
}
