//! The debtors' dashboard (R12.1 (5) to (7)): by class, by due date, by client; and the forms with
//! which finance control records scores and events.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use saldo_core::ids::ClientId;
use saldo_core::money::Currency;
use saldo_core::risk::{ExternalScore, RiskClass};
use saldo_core::words::Language;
use serde::Deserialize;

use super::PageError;
use super::amounts::number;
use super::layout::{Frame, page};
use super::picture::{Chip, class_chip};
use super::read::{PageOf, Reads, Sent, day_of};
use super::words;
use crate::auth::{Visitor, sight};
use crate::error::ApiError;
use crate::flow::debtors::{Debtor, Debtors, Likely, Owed, Total};
use crate::flow::{Context, risk};
use crate::state::AppState;
use crate::store::risk::{RiskEvent, RiskEventKind};

/// At most so many clients are listed; the totals are of all.
const MOST_CLIENTS: usize = 300;

/// Which class is shown; empty: all.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    class: String,
}

#[derive(Template)]
#[template(path = "risk.html")]
struct RiskPage {
    frame: Frame,
    as_of: String,
    totals: Vec<TotalLines>,
    /// The class that is shown; `None`: all.
    only: Option<Chip>,
    clients: Vec<ClientLine>,
    more: usize,
}

struct TotalLines {
    currency: Currency,
    whole: Sum,
    by_class: Vec<ClassLine>,
    by_due: Vec<(&'static str, Sum)>,
}

struct ClassLine {
    /// `None`: never assessed.
    name: Option<&'static str>,
    chip: Chip,
    sum: Sum,
}

/// A sum in words.
struct Sum {
    clients: usize,
    invoices: usize,
    open: String,
    overdue: String,
    is_overdue: bool,
    /// Of what is not due yet, the share that is likely to come in time; empty: of nothing.
    in_time: String,
    /// Of what is overdue for up to three weeks, the share that is likely to come in 14 days.
    soon: String,
    percent: i64,
}

struct ClientLine {
    id: ClientId,
    code: String,
    name: String,
    chip: Chip,
    currency: Currency,
    sum: Sum,
    oldest: String,
}

/// `GET /risk`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Reads(language): Reads,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let found = Debtors::load(&mut tx, &context, territories.as_deref()).await?;
    let only = RiskClass::try_from(asked.class).ok();
    let mut clients = found.clients;
    clients.retain(|debtor| only.is_none() || debtor.class == only);
    let more = clients.len().saturating_sub(MOST_CLIENTS);
    clients.truncate(MOST_CLIENTS);
    page(&RiskPage {
        frame: Frame::of(&who, "Risk", "/risk"),
        as_of: context.today.to_string(),
        totals: found.totals.iter().map(|total| total_lines(total, language)).collect(),
        only: only.map(|class| class_chip(class, language)),
        clients: clients.iter().map(|one| client_line(one, &context, language)).collect(),
        more,
    })
}

fn total_lines(total: &Total, language: Language) -> TotalLines {
    let whole_minor = total.whole.open_minor;
    let sum = |owed: &Owed| Sum::of(owed, whole_minor, total.currency);
    TotalLines {
        currency: total.currency,
        whole: sum(&total.whole),
        by_class: total
            .by_class
            .iter()
            .map(|(class, owed)| ClassLine {
                name: class.map(RiskClass::name),
                chip: chip(*class, language),
                sum: sum(owed),
            })
            .collect(),
        by_due: total.by_due.iter().map(|(due, owed)| (due.title(), sum(owed))).collect(),
    }
}

fn client_line(debtor: &Debtor, context: &Context, language: Language) -> ClientLine {
    ClientLine {
        id: debtor.client,
        code: debtor.code.clone(),
        name: debtor.name.clone(),
        chip: chip(debtor.class, language),
        currency: debtor.currency,
        sum: Sum::of(&debtor.owed, debtor.owed.open_minor, debtor.currency),
        oldest: words::days_from(context.today, debtor.oldest_due_on),
    }
}

fn chip(class: Option<RiskClass>, language: Language) -> Chip {
    class.map_or_else(|| Chip::new("not assessed", ""), |class| class_chip(class, language))
}

impl Sum {
    fn of(owed: &Owed, whole_minor: i64, currency: Currency) -> Self {
        let share = |known: Likely| {
            known.percent().map(|percent| format!("{percent} %")).unwrap_or_default()
        };
        Self {
            clients: owed.clients,
            invoices: owed.invoices,
            open: number(owed.open_minor, currency),
            overdue: number(owed.overdue_minor, currency),
            is_overdue: owed.overdue_minor > 0,
            in_time: share(owed.in_time),
            soon: share(owed.soon),
            percent: (owed.open_minor * 100 + whole_minor / 2) / whole_minor.max(1),
        }
    }
}

/// A score that somebody typed in.
#[derive(Deserialize)]
pub(super) struct Rated {
    provider: String,
    rated_on: String,
    score: String,
}

/// `POST /clients/{id}/score`.
pub(super) async fn rate(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(form): Sent<Rated>,
) -> Result<Response, PageError> {
    who.require(&risk::RECORDERS)?;
    let said = ExternalScore {
        provider: form.provider.trim().to_owned(),
        rated_on: day_of(&form.rated_on, "the day of the score")?,
        score: form
            .score
            .replace(',', ".")
            .parse()
            .map_err(|error| ApiError::BadRequest(format!("the score {error}")))?,
        forecast: Vec::new(),
    };
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    risk::rate(&mut tx, &context, &who, client, &said).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

/// What happened, as somebody typed it in.
#[derive(Deserialize)]
pub(super) struct Happened {
    event: String,
    happened_on: String,
    #[serde(default)]
    note: String,
}

/// `POST /clients/{id}/risk-events`.
pub(super) async fn record_event(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(form): Sent<Happened>,
) -> Result<Response, PageError> {
    who.require(&risk::RECORDERS)?;
    let event = RiskEvent {
        client,
        kind: RiskEventKind::try_from(form.event).map_err(ApiError::BadRequest)?,
        happened_on: day_of(&form.happened_on, "the day")?,
        note: form.note.trim().to_owned(),
        recorded_by: Some(who.person),
    };
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    risk::record_event(&mut tx, &context, &who, &event).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}
