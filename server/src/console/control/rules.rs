//! `/rules`: how the rules fare (R11.3).

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{Days, NaiveDate};
use saldo_core::rule_health::{RuleHealth, StandsOut};
use serde::Deserialize;

use super::super::PageError;
use super::super::layout::{Frame, page};
use super::super::picture::Chip;
use super::{LEADERS, Tab, tabs};
use crate::auth::Visitor;
use crate::error::ApiError;
use crate::flow::{Context, rules};
use crate::state::AppState;

/// Without a period: so many days back.
const DAYS_BACK: u64 = 90;

/// Which period.
#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "control/rules.html")]
struct RulesPage {
    frame: Frame,
    tabs: Vec<Tab>,
    from: NaiveDate,
    to: NaiveDate,
    groups: Vec<Group>,
}

/// Rules under one heading.
struct Group {
    heading: &'static str,
    lines: Vec<Line>,
}

struct Line {
    rule: String,
    fired: u64,
    in_time: u64,
    late: u64,
    overridden: u64,
    roles: Vec<String>,
    stands_out: Option<Chip>,
}

/// `GET /rules`.
pub(in crate::console) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    who.require(&LEADERS)?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let to = read(&asked.to)?.unwrap_or(context.today);
    let from = read(&asked.from)?.unwrap_or(to - Days::new(DAYS_BACK));
    let found = rules::health(&mut tx, &context, from, to).await?;
    let (notable, lines) = found.iter().map(line).partition(|line| line.stands_out.is_some());
    page(&RulesPage {
        frame: Frame::of(&who, "Rule health", "/control"),
        tabs: tabs(&who, "/rules"),
        from,
        to,
        groups: vec![
            Group { heading: "Look at these", lines: notable },
            Group { heading: "The others", lines },
        ],
    })
}

fn read(text: &str) -> Result<Option<NaiveDate>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        ApiError::BadRequest(format!("\"{text}\" is not a day: give it as 2026-01-31"))
    })
}

fn line(health: &RuleHealth) -> Line {
    let stands_out = health.stands_out.map(|why| match why {
        StandsOut::NeverFired => Chip::new("never fired", ""),
        StandsOut::AlwaysOverridden => Chip::new("always overridden", "bad"),
        StandsOut::AlwaysLate => Chip::new("always late", "warn"),
    });
    Line {
        rule: health.rule.clone(),
        fired: health.all.fired,
        in_time: health.all.in_time,
        late: health.all.late,
        overridden: health.all.overridden,
        roles: health
            .by_role
            .iter()
            .map(|(role, counts)| {
                format!(
                    "{}: {} in time, {} late of {}",
                    role.title(),
                    counts.in_time,
                    counts.late,
                    counts.fired
                )
            })
            .collect(),
        stands_out,
    }
}
