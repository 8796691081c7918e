//! A client's risk on the phone (R12.1): the class, both scores with their dates and what made them,
//! in the phone's language.

use saldo_core::feed::RiskRow;
use saldo_core::words::Language as CoreLanguage;

use super::{CivilDate, Language, RiskClass};

/// A client's risk by the server's last assessment that said something new.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RiskView {
    /// The class: with the category it sets the terms, the stricter of the two (R12.3).
    pub class: RiskClass,
    /// The same in words.
    pub class_text: String,
    /// Of which day the assessment is.
    pub assessed_on: CivilDate,
    /// The deciding score, from 0 (good) to 1 (bad), to the hundredth; none: an unknown score of a
    /// provider decided.
    pub score: Option<String>,
    /// What made the class, a line each: which score decided, the internal one with its parts, the
    /// provider's with its date.
    pub why: Vec<String>,
}

impl RiskView {
    pub(crate) fn of(row: &RiskRow, language: Language) -> Self {
        let words = CoreLanguage::from(language);
        let assessment = &row.assessment;
        Self {
            class: assessment.class.into(),
            class_text: words.risk_class(assessment.class).to_owned(),
            assessed_on: row.assessed_on.into(),
            score: assessment.deciding_score().map(|score| words.score(score)),
            why: words.assessment(assessment),
        }
    }
}
