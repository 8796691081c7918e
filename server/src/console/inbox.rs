//! The inbox: what waits for me, decisions first.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use saldo_core::ids::{ClientId, FactId};
use saldo_core::words::Language;
use serde::Deserialize;

use super::PageError;
use super::amounts::amount;
use super::layout::{Frame, page};
use super::read::Reads;
use super::words::{self, FactInWords};
use crate::auth::{Principal, Visitor, sight};
use crate::flow::Context;
use crate::state::AppState;
use crate::store::clients::{self, ClientFilter, ListedClient, SortBy};
use crate::store::tasks::TaskRecord;
use crate::store::{Tx, facts, tasks, verdicts};

/// At most so many tasks of one group are shown.
const MOST_IN_A_GROUP: usize = 100;

/// What was just done.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    said: String,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    frame: Frame,
    today: NaiveDate,
    waiting: usize,
    groups: Vec<Group>,
}

/// Tasks under one heading.
struct Group {
    heading: &'static str,
    items: Vec<Item>,
    /// How many more there are than shown.
    more: usize,
}

/// A task as a line of the inbox.
struct Item {
    id: String,
    title: String,
    client_name: String,
    client_code: String,
    rule: String,
    due: Option<String>,
    is_late: bool,
    /// Why it waits, of a decision.
    summary: String,
    /// What the client has overdue; empty: nothing.
    overdue: String,
}

/// `GET /`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Reads(language): Reads,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let waiting = tasks::inbox(&mut tx, &who).await?;
    let mut frame = Frame::of(&who, "Inbox", "/");
    frame.said = in_words(&asked.said).map(str::to_owned);
    let count = waiting.len();
    let overdue = overdue_by_client(&mut tx, &who, &context).await?;
    let groups = groups(&mut tx, waiting, &context, language, &overdue).await?;
    page(&InboxPage { frame, today: context.today, waiting: count, groups })
}

/// The line after a decision: one of ours, never the query's own text.
fn in_words(said: &str) -> Option<&'static str> {
    match said {
        "approve" => Some("Approved. The phone learns it with its next sync."),
        "reject" => Some("Rejected, with your reason. The phone learns it with its next sync."),
        "send_up" => Some("Sent up. Whoever decides next has it in the inbox now."),
        "demand_letter" => Some("Demanded. The rep has the task; the order waits for the letter."),
        "done" => Some("Done. The outcome is kept with the task."),
        _ => None,
    }
}

/// What every client in sight has overdue, in one question to the database.
async fn overdue_by_client(
    tx: &mut Tx,
    who: &Principal,
    context: &Context,
) -> Result<BTreeMap<ClientId, String>, PageError> {
    let filter = ClientFilter {
        territories: sight::territories(tx, who).await?,
        text: String::new(),
        overdue_only: true,
        sort_by: SortBy::Overdue,
        limit: u32::MAX,
        offset: 0,
    };
    let found = clients::list(tx, &filter, context.today).await?;
    let of = |client: ListedClient| (client.id, amount(client.overdue_minor, client.currency));
    Ok(found.clients.into_iter().map(of).collect())
}

async fn groups(
    tx: &mut Tx,
    waiting: Vec<TaskRecord>,
    context: &Context,
    language: Language,
    overdue: &BTreeMap<ClientId, String>,
) -> Result<Vec<Group>, PageError> {
    let today = context.today;
    let mut decisions = Vec::new();
    let (mut late, mut now, mut later) = (Vec::new(), Vec::new(), Vec::new());
    for task in waiting {
        let client = task.client;
        // Beyond what is shown, nothing is looked up.
        let question = match task.fact {
            Some(fact) if decisions.len() < MOST_IN_A_GROUP => {
                question(tx, context, language, fact).await?
            }
            _ => None,
        };
        let group = match (&question, task.due_on) {
            (Some(_), _) => &mut decisions,
            (None, Some(due)) if due < today => &mut late,
            (None, Some(due)) if due == today => &mut now,
            (None, _) => &mut later,
        };
        let mut item = item(task, today, question);
        item.overdue = client.and_then(|client| overdue.get(&client)).cloned().unwrap_or_default();
        group.push(item);
    }
    let named = [("To decide", decisions), ("Late", late), ("Due today", now), ("Later", later)];
    Ok(named
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(heading, mut items)| {
            let more = items.len().saturating_sub(MOST_IN_A_GROUP);
            items.truncate(MOST_IN_A_GROUP);
            Group { heading, items, more }
        })
        .collect())
}

/// What is asked and why it waits, of a fact that waits for a decision.
async fn question(
    tx: &mut Tx,
    context: &Context,
    language: Language,
    fact: FactId,
) -> Result<Option<(String, String)>, PageError> {
    let Some(judged) = verdicts::latest_of_fact(tx, fact).await? else { return Ok(None) };
    if !words::waits(&judged.verdict) {
        return Ok(None);
    }
    let asked = facts::by_id(tx, fact).await?;
    let zone = context.policy.time_zone();
    let asked = asked.map(|asked| FactInWords::heading_of(&asked, zone)).unwrap_or_default();
    let why = words::summary(&judged.verdict, judged.basis.account.currency, language);
    Ok(Some((asked, why)))
}

fn item(task: TaskRecord, today: NaiveDate, question: Option<(String, String)>) -> Item {
    let (title, summary) = question.unwrap_or_else(|| (task.title, String::new()));
    Item {
        id: task.id.to_string(),
        title,
        client_name: task.client_name,
        client_code: task.client_code,
        rule: task.rule,
        due: task.due_on.map(|due| words::days_from(today, due)),
        is_late: task.due_on.is_some_and(|due| due < today),
        summary,
        overdue: String::new(),
    }
}
