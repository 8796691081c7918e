//! Risk (R12): what providers and people said of clients, what was made of it, and what was told.

mod assessments;
mod said;

pub use assessments::{
    Assessed, Current, Untold, assessments_of, current_of, currents, keep, known, set_told, untold,
};
pub use said::{
    RiskEvent, RiskEventKind, events_of, insert_event, insert_score, scores_between, scores_of,
};

use saldo_core::ids::ClientId;

/// Clients whose ids lie between two, both included: so that many are loaded by one static query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: ClientId,
    /// The last.
    pub last: ClientId,
}

impl Span {
    /// One client.
    #[must_use]
    pub const fn one(client: ClientId) -> Self {
        Self { first: client, last: client }
    }

    /// From the first to the last of sorted clients; `None` of none.
    #[must_use]
    pub fn of(sorted: &[ClientId]) -> Option<Self> {
        Some(Self { first: *sorted.first()?, last: *sorted.last()? })
    }
}
