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
    name: &'static str,
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
        StandsOut::NeverFired => Chip::new("never applied", ""),
        StandsOut::AlwaysOverridden => Chip::new("always overridden", "bad"),
        StandsOut::AlwaysLate => Chip::new("always late", "warn"),
    });
    Line {
        rule: health.rule.clone(),
        name: name_of(&health.rule),
        fired: health.all.fired,
        in_time: health.all.in_time,
        late: health.all.late,
        overridden: health.all.overridden,
        roles: health
            .by_role
            .iter()
            .map(|(role, counts)| {
                let (title, fired) = (role.title(), counts.fired);
                format!("{title}: {fired}, {} in time, {} late", counts.in_time, counts.late)
            })
            .collect(),
        stands_out,
    }
}

/// What a rule is about, for who does not know the numbers by heart.
fn name_of(rule: &str) -> &'static str {
    match rule {
        "R2.6" => "Category proposed and approved",
        "R2.7" => "Terms of the category",
        "R4.1" => "Shipment limit of the month",
        "R4.2" => "Credit depth",
        "R4.3" => "Stop list",
        "R4.4" => "Shipments stopped wholly",
        "R4.5" => "Prepayment list",
        "R5.2" => "Check after delivery",
        "R5.3" => "Letters before the due date",
        "R5.4" => "Personal reminders",
        "R5.5" => "Friday's warning calls",
        "R6.1" => "Mark at the visit",
        "R6.4" => "Deferral by the rep",
        "R6.5" => "Deferral above the rep",
        "R6.8" => "Broken promises",
        "R7.1" => "Overdue: the rep acts",
        "R7.2" => "Overdue: the supervisor acts",
        "R7.3" => "Overdue: the head of sales decides",
        "R7.4" => "Overdue: finance control's letters",
        "R7.5" => "Overdue: security looks into it",
        "R7.6" => "Overdue: the director decides",
        "R7.7" => "Overdue: legal takes over",
        "R7.8" => "Limitation and write-off",
        "R7.9" => "The month's plan",
        "R8.3" => "Waiver of a late fee",
        "R8.5" => "Restructuring",
        "R9.1" => "Enforcement: contact",
        "R9.2" => "Enforcement: offer",
        "R9.3" => "Enforcement: reconciliation",
        "R9.4" => "Enforcement: demand",
        "R9.7" => "Settlement or court",
        "R10.1" => "Disputes",
        "R11.1" => "Comments on the weekly list",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use saldo_core::rule_health::CAN_FIRE;

    use super::name_of;

    #[test]
    fn every_rule_that_can_fire_has_a_name() {
        for rule in CAN_FIRE {
            assert!(!name_of(rule).is_empty(), "{rule}");
        }
    }
}
