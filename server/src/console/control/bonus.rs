//! `/bonus`: what reps brought in above their minimum (R11.2). Pay is not computed.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::Months;
use saldo_core::feed::BonusRow;
use saldo_core::roles::Role;
use serde::Deserialize;

use super::super::PageError;
use super::super::amounts::{amount, number};
use super::super::layout::{Frame, page};
use super::super::picture::Chip;
use super::plan::{names, read_month};
use super::{LEADERS, Tab, percent, tabs};
use crate::auth::Visitor;
use crate::flow::month_plan::{month_of, named};
use crate::flow::{Context, bonus};
use crate::state::AppState;
use crate::store::people;

/// Which month.
#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    month: String,
}

#[derive(Template)]
#[template(path = "control/bonus.html")]
struct BonusPage {
    frame: Frame,
    tabs: Vec<Tab>,
    month: String,
    previous: String,
    next: Option<String>,
    break_even: String,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    currency: String,
    prepaid: String,
    current: String,
    overdue: String,
    collected: String,
    expected: String,
    minimum: String,
    base: String,
    is_above: bool,
    share: Option<Chip>,
}

/// `GET /bonus`.
pub(in crate::console) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    who.require(&[Role::Rep, Role::Supervisor, LEADERS[0], LEADERS[1], LEADERS[2], LEADERS[3]])?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let this = month_of(context.today);
    let month = if asked.month.is_empty() { this } else { read_month(&asked.month)? };
    let mut rows = bonus::of_month(&mut tx, &context, month).await?;
    match who.role {
        Role::Rep => rows.retain(|row| row.rep == who.person),
        Role::Supervisor => {
            let team = people::reps_of(&mut tx, who.person).await?;
            rows.retain(|row| team.iter().any(|rep| rep.id == row.rep));
        }
        _ => {}
    }
    let names = names(&mut tx).await?;
    let name_of = |row: &BonusRow| names.get(&row.rep).cloned().unwrap_or_default();
    rows.sort_by_cached_key(|row| (name_of(row), row.currency));
    page(&BonusPage {
        frame: Frame::of(&who, "Bonus base", "/control"),
        tabs: tabs(&who, "/bonus"),
        month: named(month),
        previous: named(month.checked_sub_months(Months::new(1)).unwrap_or(month)),
        next: (month < this)
            .then(|| named(month.checked_add_months(Months::new(1)).unwrap_or(month))),
        break_even: percent(context.policy.weekly_control().break_even_percent),
        lines: rows.iter().map(|row| line(row, name_of(row))).collect(),
    })
}

fn line(row: &BonusRow, name: String) -> Line {
    let currency = row.currency;
    Line {
        name,
        currency: currency.to_string(),
        prepaid: number(row.collected.prepaid_minor, currency),
        current: number(row.collected.current_minor, currency),
        overdue: number(row.collected.overdue_minor, currency),
        collected: number(row.base.collected_minor, currency),
        expected: number(row.expected_minor, currency),
        minimum: number(row.base.minimum_minor, currency),
        base: amount(row.base.base_minor, currency),
        is_above: row.base.base_minor > 0,
        share: row.share.map(|share| {
            let class = if share.is_within { "good" } else { "bad" };
            let (is, may) = (percent(share.percent), percent(share.allowed_percent));
            Chip::new(format!("{is} overdue, {may} allowed"), class)
        }),
    }
}
