//! The client's risk in its picture (R12.1): class, both scores with their dates, what made them,
//! and what happened to the client. What never lives here: the dashboard of all debtors.

use saldo_core::account::Account;
use saldo_core::ids::ClientId;
use saldo_core::risk::{RiskClass, likelihood, terms_on};
use saldo_core::words::Language;

use super::Chip;
use crate::error::ApiError;
use crate::flow::Context;
use crate::store::{Tx, risk};

/// How many scores and events are shown.
const MOST: usize = 6;

/// The client's risk, in words.
#[derive(Debug)]
pub(crate) struct RiskInWords {
    /// The class; `None`: never assessed.
    pub chip: Option<Chip>,
    /// Of which day the assessment is.
    pub assessed_on: String,
    /// Which score decided.
    pub decided_by: &'static str,
    /// What made the class, a line each.
    pub why: Vec<String>,
    /// Whose terms hold, where the class is the stricter (R12.3).
    pub terms: Option<String>,
    /// What providers said, newest first.
    pub scores: Vec<String>,
    /// What happened, newest first.
    pub events: Vec<String>,
    /// R12.1: whether the visitor may record scores and events here.
    pub may_record: bool,
}

impl RiskInWords {
    /// Loads what there is to say.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        language: Language,
        client: ClientId,
        account: &Account,
    ) -> Result<Self, ApiError> {
        let current = risk::current_of(tx, client).await?;
        let scores = risk::scores_of(tx, client).await?;
        let events = risk::events_of(tx, client).await?;
        let terms = terms_on(&context.policy, account, context.today);
        let mut why =
            current.as_ref().map(|row| language.assessment(&row.assessment)).unwrap_or_default();
        // The first line stands beside the class.
        why.drain(..usize::from(!why.is_empty()));
        Ok(Self {
            chip: current.as_ref().map(|row| class_chip(row.assessment.class, language)),
            assessed_on: current
                .as_ref()
                .map(|row| row.assessed_on.to_string())
                .unwrap_or_default(),
            decided_by: current
                .as_ref()
                .map(|row| language.decided_by(row.assessment.decided_by))
                .unwrap_or_default(),
            why,
            terms: terms.set_by_class.map(|_| language.category(terms.category).to_owned()),
            scores: scores
                .iter()
                .take(MOST)
                .map(|said| {
                    let forecast = said.forecast_mean().map(|mean| {
                        format!(", forecast of {} months {}", said.forecast.len(), mean)
                    });
                    let forecast = forecast.unwrap_or_default();
                    format!("{}: {} of {}{forecast}", said.provider, said.score, said.rated_on)
                })
                .collect(),
            events: events
                .iter()
                .take(MOST)
                .map(|event| {
                    let note = if event.note.is_empty() { "" } else { ": " };
                    format!("{} of {}{note}{}", event.kind.title(), event.happened_on, event.note)
                })
                .collect(),
            may_record: false,
        })
    }
}

/// A class as a chip.
pub(crate) fn class_chip(class: RiskClass, language: Language) -> Chip {
    let colour = match class {
        RiskClass::VeryLow | RiskClass::Low => "good",
        RiskClass::Medium => "warn",
        RiskClass::High | RiskClass::VeryHigh => "bad",
    };
    Chip::new(language.risk_class(class), colour)
}

/// How likely an invoice is to be paid, as the share that it is; `None`: nobody knows.
pub(super) fn likely(
    class: Option<RiskClass>,
    days_overdue: i64,
    language: Language,
) -> Option<String> {
    likelihood(class?, days_overdue).map(|known| language.likelihood(known))
}
