//! What registers say of some demo clients and no rule computes (R12.1 (8)).

use chrono::Days;
use saldo_core::roles::Role;

use super::company::Company;
use super::showcase;
use crate::error::ApiError;
use crate::flow::{Context, risk};
use crate::state::AppState;
use crate::store::clients;
use crate::store::risk::{RiskEvent, RiskEventKind, insert_event};

/// Client, what happened, how many days ago, what finance control noted.
const TOLD: [(&str, RiskEventKind, u64, &str); 2] = [
    (showcase::STOPPED, RiskEventKind::TaxDebt, 4, "in the tax board's list of debtors"),
    (showcase::STOP_LISTED, RiskEventKind::BoardChange, 9, "two of three members left"),
];

/// Records them as finance control does, and tells them.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell(state: &AppState, made: &Company) -> Result<(), ApiError> {
    let control = made.people.iter().find(|one| one.role == Role::FinanceControl);
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    for (code, kind, days_ago, note) in TOLD {
        let Some(client) = clients::by_code(&mut tx, code).await? else { continue };
        let event = RiskEvent {
            client: client.id,
            kind,
            happened_on: context.today - Days::new(days_ago),
            note: note.to_owned(),
            recorded_by: control.map(|one| one.id),
        };
        if insert_event(&mut tx, &event, context.now).await? {
            risk::tell_event(&mut tx, &context, &event).await?;
        }
    }
    Ok(tx.commit().await?)
}
