//! `/control`: what reps said of the overdue invoices on the week's list (R11.1).

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use saldo_core::ids::ClientId;
use saldo_core::weekly_control::Comment;
use serde::Deserialize;

use super::super::amounts::number;
use super::super::layout::{Frame, page};
use super::super::{PageError, words};
use super::{Tab, tabs};
use crate::auth::{Visitor, sight};
use crate::flow::{Context, weekly};
use crate::state::AppState;
use crate::store::weekly_lists::{ReportLine, Said};

/// Which list.
#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    list: String,
}

#[derive(Template)]
#[template(path = "control/report.html")]
struct ReportPage {
    frame: Frame,
    tabs: Vec<Tab>,
    list_on: Option<NaiveDate>,
    days: Vec<NaiveDate>,
    silent: usize,
    told: usize,
    reps: Vec<RepLines>,
}

/// One rep's part of the list.
struct RepLines {
    name: String,
    commented: usize,
    lines: Vec<Line>,
}

struct Line {
    client: ClientId,
    client_name: String,
    number: String,
    /// By how many days it is late.
    late: String,
    open: String,
    currency: String,
    /// What was said; empty: nothing.
    said: String,
    at: String,
    class: &'static str,
    is_paid: bool,
    /// It was to be paid on a day that has passed, and is not.
    is_day_past: bool,
}

/// `GET /control`.
pub(in crate::console) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let wanted = asked.list.parse().ok();
    let report = weekly::report(&mut tx, wanted, territories.as_deref()).await?;
    let mut reps: Vec<RepLines> = Vec::new();
    let (mut silent, mut told) = (0, 0);
    for line in report.lines {
        let name = if line.rep_name.is_empty() { "nobody serves these" } else { &line.rep_name }
            .to_owned();
        if reps.last().is_none_or(|rep| rep.name != name) {
            reps.push(RepLines { name, commented: 0, lines: Vec::new() });
        }
        let Some(rep) = reps.last_mut() else { continue };
        let said = in_words(&context, &line);
        rep.commented += usize::from(!said.said.is_empty() || said.is_paid);
        silent += usize::from(said.said.is_empty() && !said.is_paid);
        told += usize::from(said.class == "warn");
        rep.lines.push(said);
    }
    page(&ReportPage {
        frame: Frame::of(&who, "Overdue list", "/control"),
        tabs: tabs(&who, "/control"),
        list_on: report.list_on,
        days: report.days,
        silent,
        told,
        reps,
    })
}

fn said_day_is_past(one: &Said, context: &Context) -> bool {
    matches!(one.said.comment, Comment::PaysOn { day } if day < context.today)
}

fn in_words(context: &Context, line: &ReportLine) -> Line {
    let zone = context.policy.time_zone();
    let due_on = context.policy.rolled(&context.calendar, line.due_on);
    let is_paid = line.open_minor == 0;
    let (said, at, class) = match &line.comment {
        Some(one) => (
            one.said.comment.in_words(),
            one.recorded_at.in_words(zone),
            if one.is_standard { "" } else { "warn" },
        ),
        None if is_paid => (String::new(), String::new(), "good"),
        None => (String::new(), String::new(), "bad"),
    };
    Line {
        client: line.client,
        client_name: line.client_name.clone(),
        number: line.number.clone(),
        late: words::days_from(context.today, due_on),
        is_day_past: !is_paid
            && line.comment.as_ref().is_some_and(|one| said_day_is_past(one, context)),
        open: number(line.open_minor, line.currency),
        currency: line.currency.to_string(),
        said,
        at,
        class,
        is_paid,
    }
}
