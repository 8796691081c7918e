//! Weekly and monthly control: comments on overdue invoices (R11.1), teams (R7.2), the month's plan
//! (R7.9), reps' figures (R11.2), how the rules fare (R11.3).

mod bonus;
mod plan;
mod report;
mod rules;
mod team;

use axum::Router;
use axum::routing::{get, post};
use saldo_core::roles::Role;

use crate::auth::Principal;
use crate::state::AppState;

/// Every page and form of control.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/control", get(report::show))
        .route("/team", get(team::show))
        .route("/plan", get(plan::show).post(plan::propose))
        .route("/plan/decision", post(plan::decide))
        .route("/bonus", get(bonus::show))
        .route("/rules", get(rules::show))
}

/// A page of control: its path and its name.
#[derive(Debug)]
pub(super) struct Tab {
    path: &'static str,
    name: &'static str,
    is_here: bool,
}

/// Who leads: sees teams, the plan and the rules.
const LEADERS: [Role; 4] =
    [Role::HeadOfSales, Role::FinanceControl, Role::CommercialDirector, Role::Director];

/// The pages of control that somebody may open.
fn tabs(who: &Principal, here: &'static str) -> Vec<Tab> {
    let leads = LEADERS.contains(&who.role);
    let mut pages = vec![("/control", "Overdue list")];
    if leads || who.role == Role::Supervisor {
        pages.push(("/team", "Teams"));
        pages.push(("/plan", "Month's plan"));
    }
    if leads || matches!(who.role, Role::Supervisor | Role::Rep) {
        pages.push(("/bonus", "Bonus base"));
    }
    if leads {
        pages.push(("/rules", "Rule health"));
    }
    pages.into_iter().map(|(path, name)| Tab { path, name, is_here: path == here }).collect()
}

/// `12.5 %`.
fn percent(share: rust_decimal::Decimal) -> String {
    format!("{} %", share.normalize())
}
