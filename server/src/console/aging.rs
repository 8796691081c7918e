//! How old the receivables are: in total and by client, as of a day.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use saldo_core::aging::Bucket;
use saldo_core::ids::ClientId;
use saldo_core::money::Currency;
use serde::Deserialize;

use super::PageError;
use super::amounts::{amount, number};
use super::bar::{AgingBar, CLASSES, title};
use super::layout::{Frame, page};
use crate::auth::{Visitor, sight};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::aging::Aging;
use crate::state::AppState;

/// At most so many clients are listed; the totals are of all.
const MOST_CLIENTS: usize = 500;

/// As of which day.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    as_of: String,
}

#[derive(Template)]
#[template(path = "aging.html")]
struct AgingPage {
    frame: Frame,
    as_of: NaiveDate,
    titles: [&'static str; 6],
    totals: Vec<Total>,
    clients: Vec<Line>,
    more: usize,
    written_off: Vec<WrittenOff>,
}

/// An invoice that was given up (R7.8).
struct WrittenOff {
    client: ClientId,
    name: String,
    number: String,
    open: String,
    since: NaiveDate,
}

/// The total of one currency.
struct Total {
    currency: Currency,
    whole: String,
    overdue_percent: i64,
    bar: AgingBar,
    buckets: Vec<BucketLine>,
}

struct BucketLine {
    title: &'static str,
    class: &'static str,
    amount: String,
    percent: i64,
}

struct Line {
    id: String,
    code: String,
    name: String,
    whole: String,
    amounts: Vec<String>,
    bar: AgingBar,
}

/// `GET /aging`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let as_of = match asked.as_of.as_str() {
        "" => context.today,
        text => text.parse().map_err(|_| {
            ApiError::BadRequest(format!("\"{text}\" is not a day: give it as 2026-01-31"))
        })?,
    };
    let territories = sight::territories(&mut tx, &who).await?;
    let aging = Aging::load(&mut tx, territories.as_deref(), as_of).await?;
    page(&AgingPage {
        frame: Frame::of(&who, "Aging", "/aging"),
        as_of,
        titles: Bucket::ALL.map(title),
        totals: aging.totals.iter().map(|total| total_line(total.currency, &total.minor)).collect(),
        more: aging.clients.len().saturating_sub(MOST_CLIENTS),
        written_off: aging
            .written_off
            .into_iter()
            .map(|one| WrittenOff {
                client: one.client,
                open: amount(one.open_minor, one.currency),
                name: one.name,
                number: one.number,
                since: one.on_day,
            })
            .collect(),
        clients: aging
            .clients
            .into_iter()
            .take(MOST_CLIENTS)
            .map(|client| Line {
                id: client.client.to_string(),
                whole: amount(client.unpaid_minor(), client.currency),
                amounts: client
                    .minor
                    .iter()
                    .map(|minor| match minor {
                        0 => String::new(),
                        minor => number(*minor, client.currency),
                    })
                    .collect(),
                bar: AgingBar::of(&client.minor, client.currency),
                code: client.code,
                name: client.name,
            })
            .collect(),
    })
}

fn total_line(currency: Currency, minor: &[i64; 6]) -> Total {
    let whole: i64 = minor.iter().sum();
    let percent = |part: i64| (part * 100 + whole / 2).checked_div(whole).unwrap_or_default();
    Total {
        currency,
        whole: amount(whole, currency),
        overdue_percent: percent(whole - minor[0]),
        bar: AgingBar::of(minor, currency),
        buckets: Bucket::ALL
            .into_iter()
            .zip(CLASSES)
            .zip(minor)
            .map(|((bucket, class), minor)| BucketLine {
                title: title(bucket),
                class,
                amount: number(*minor, currency),
                percent: percent(*minor),
            })
            .collect(),
    }
}
