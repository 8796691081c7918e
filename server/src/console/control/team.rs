//! `/team`: what teams have overdue and which measures are planned (R7.2).

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use saldo_core::escalation::Rung;
use saldo_core::ids::ClientId;
use saldo_core::roles::Role;

use super::super::amounts::amount;
use super::super::layout::{Frame, page};
use super::super::picture::Chip;
use super::super::{PageError, ladder, words};
use super::{LEADERS, Tab, tabs};
use crate::auth::{Visitor, sight};
use crate::flow::{Context, ladder as ladder_flow, team};
use crate::state::AppState;
use crate::store::tasks;

/// More clients are not listed: who owes most stands first.
const MOST_SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "control/team.html")]
struct TeamPage {
    frame: Frame,
    tabs: Vec<Tab>,
    total: usize,
    planned: usize,
    lines: Vec<Line>,
}

struct Line {
    id: ClientId,
    name: String,
    code: String,
    territory: String,
    overdue: String,
    oldest: String,
    rung: Option<Chip>,
    measures: Vec<String>,
    /// The open task of R7.2, where it is the visitor's: a measure is planned there.
    task: Option<String>,
}

/// `GET /team`.
pub(in crate::console) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    who.require(&[Role::Supervisor, LEADERS[0], LEADERS[1], LEADERS[2], LEADERS[3]])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let found = team::overdue(&mut tx, &context, territories).await?;
    let mine = tasks::inbox(&mut tx, &who).await?;
    let kind = ladder_flow::task_kind(Rung::Supervisor);
    let task_of = |client: ClientId| {
        let mut of_rung = mine.iter().filter(|task| task.kind == kind);
        of_rung.find(|task| task.client == Some(client)).map(|task| task.id.to_string())
    };
    let zone = context.policy.time_zone();
    let total = found.len();
    let planned = found.iter().filter(|one| !one.measures.is_empty()).count();
    let lines = found.into_iter().take(MOST_SHOWN).map(|one| Line {
        id: one.client.id,
        overdue: amount(one.client.overdue_minor, one.client.currency),
        oldest: one
            .client
            .oldest_due_on
            .map(|day| words::days_from(context.today, day))
            .unwrap_or_default(),
        rung: one.client.rung.map(|rung| {
            let class = if rung > Rung::Supervisor { "bad" } else { "warn" };
            Chip::new(format!("now with the {}", rung.owner()), class)
        }),
        measures: one.measures.iter().map(|made| ladder::in_words(made, zone)).collect(),
        task: task_of(one.client.id),
        name: one.client.name,
        code: one.client.code,
        territory: one.client.territory_name,
    });
    page(&TeamPage {
        frame: Frame::of(&who, "Teams", "/control"),
        tabs: tabs(&who, "/team"),
        total,
        planned,
        lines: lines.collect(),
    })
}
