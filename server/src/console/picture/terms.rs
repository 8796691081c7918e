//! What holds in place of a client's contract and why (R4.4, R4.5), and how its category moved
//! (R2.8).

use saldo_core::ids::ClientId;

use super::Chip;
use crate::console::{terms, words};
use crate::flow::Context;
use crate::store::stricter_terms::TermsState;
use crate::store::{StoreError, Tx, category_history, stricter_terms};

/// The part of a picture about terms over time.
#[derive(Debug, Default)]
pub(in crate::console) struct TermsOverTime {
    pub terms: Vec<TermsInWords>,
    pub moves: Vec<MoveInWords>,
}

/// Stricter terms.
#[derive(Debug)]
pub(in crate::console) struct TermsInWords {
    pub rule: &'static str,
    pub chip: Chip,
    pub what: String,
    pub evidence: String,
    pub story: String,
}

/// A change of the category.
#[derive(Debug)]
pub(in crate::console) struct MoveInWords {
    pub on: String,
    pub held: Chip,
    pub category: Chip,
}

impl TermsOverTime {
    /// Loads what is to be said of a client.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<Self, StoreError> {
        let zone = context.policy.time_zone();
        let terms = stricter_terms::of_client(tx, client).await?;
        let moves = category_history::of_client(tx, client).await?;
        let chip = |category: saldo_core::category::Category| {
            Chip::new(category.title(), words::category_class(category))
        };
        Ok(Self {
            terms: terms
                .iter()
                .filter(|one| one.state() != TermsState::Rejected)
                .map(|one| TermsInWords {
                    rule: one.kind.rule(),
                    chip: terms::chip(one, context.today),
                    what: terms::what(one),
                    evidence: one.evidence.clone(),
                    story: terms::story(one, context),
                })
                .collect(),
            moves: moves
                .iter()
                .map(|one| MoveInWords {
                    on: one.at.civil_date(zone).to_string(),
                    held: chip(one.held),
                    category: chip(one.category),
                })
                .collect(),
        })
    }
}
