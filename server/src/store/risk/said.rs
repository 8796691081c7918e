//! Credit scores of providers and events that no rule computes: never updated, never deleted.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::risk::{ExternalScore, Score};
use saldo_core::time::UtcMillis;

use super::Span;
use crate::store::sql;
use crate::store::{StoreError, Tx, columns};

/// What worsens a client and no rule computes (R12.1 (8)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RiskEventKind {
    /// The board of the client changed.
    BoardChange,
    /// The client owes taxes.
    TaxDebt,
}

impl RiskEventKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::BoardChange, Self::TaxDebt];

    /// The name used in SQL, JSON and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BoardChange => "board_change",
            Self::TaxDebt => "tax_debt",
        }
    }

    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BoardChange => "change of the board",
            Self::TaxDebt => "tax debt",
        }
    }
}

impl TryFrom<String> for RiskEventKind {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a risk event: give board_change or tax_debt"))
    }
}

/// Something that happened to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskEvent {
    /// To whom.
    pub client: ClientId,
    /// What.
    pub kind: RiskEventKind,
    /// When.
    pub happened_on: NaiveDate,
    /// What there is to know; never sent to phones.
    pub note: String,
    /// Who recorded it; `None`: it came in a file.
    pub recorded_by: Option<PersonId>,
}

/// Keeps a score. `false`: this provider has said exactly this of that day before. Another score of
/// the same day is a correction and holds from now on.
///
/// # Errors
/// When the database fails.
pub async fn insert_score(
    tx: &mut Tx,
    client: ClientId,
    said: &ExternalScore,
    by: Option<PersonId>,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let known = scores_of(tx, client).await?;
    if known.contains(said) {
        return Ok(false);
    }
    let forecast: Vec<String> =
        said.forecast.iter().map(|score| score.parts().to_string()).collect();
    let query = sql::query(
        "insert into external_score \
         (client_id, provider, rated_on, score, forecast, recorded_by, recorded_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(client.to_string())
    .bind(&said.provider)
    .bind(said.rated_on)
    .bind(i64::from(said.score.parts()))
    .bind(forecast.join(","))
    .bind(columns::text(by))
    .bind(now.0);
    query.execute(tx).await?;
    Ok(true)
}

/// What was said of one client, newest first; of each provider and day what holds.
///
/// # Errors
/// When the database fails.
pub async fn scores_of(tx: &mut Tx, client: ClientId) -> Result<Vec<ExternalScore>, StoreError> {
    Ok(scores_between(tx, Span::one(client)).await?.remove(&client).unwrap_or_default())
}

/// The same of every client of a span.
///
/// # Errors
/// When the database fails.
pub async fn scores_between(
    tx: &mut Tx,
    span: Span,
) -> Result<HashMap<ClientId, Vec<ExternalScore>>, StoreError> {
    let query = sql::query_as::<ScoreRecord>(
        "select client_id, provider, rated_on, score, forecast from external_score \
         where client_id >= $1 and client_id <= $2 order by client_id, rated_on, id",
    )
    .bind(span.first.to_string())
    .bind(span.last.to_string());
    // A correction of a day comes later and takes the earlier one's place.
    let mut held: HashMap<ClientId, BTreeMap<(NaiveDate, String), ExternalScore>> = HashMap::new();
    for record in query.fetch_all(tx).await? {
        let said = ExternalScore {
            provider: record.provider,
            rated_on: record.rated_on,
            score: score(record.score)?,
            forecast: record
                .forecast
                .split(',')
                .filter(|part| !part.is_empty())
                .map(|part| score(part.parse().unwrap_or(-1)))
                .collect::<Result<_, _>>()?,
        };
        let place = (said.rated_on, said.provider.clone());
        held.entry(record.client_id).or_default().insert(place, said);
    }
    let newest_first =
        |said: BTreeMap<_, ExternalScore>| said.into_values().rev().collect::<Vec<_>>();
    Ok(held.into_iter().map(|(client, said)| (client, newest_first(said))).collect())
}

pub(super) fn score(parts: i64) -> Result<Score, StoreError> {
    u16::try_from(parts)
        .ok()
        .and_then(Score::from_parts)
        .ok_or_else(|| StoreError::unreadable("external_score.score")(parts.to_string()))
}

/// Keeps an event. `false`: the same of that day is known.
///
/// # Errors
/// When the database fails.
pub async fn insert_event(
    tx: &mut Tx,
    event: &RiskEvent,
    now: UtcMillis,
) -> Result<bool, StoreError> {
    let query = sql::query(
        "insert into risk_event \
         (id, client_id, kind, happened_on, note, recorded_by, recorded_at) \
         values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (client_id, kind, happened_on) do nothing",
    )
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(event.client.to_string())
    .bind(event.kind.name())
    .bind(event.happened_on)
    .bind(&event.note)
    .bind(columns::text(event.recorded_by))
    .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}

/// What happened to a client, newest first.
///
/// # Errors
/// When the database fails.
pub async fn events_of(tx: &mut Tx, client: ClientId) -> Result<Vec<RiskEvent>, StoreError> {
    let query = sql::query_as::<EventRecord>(
        "select kind, happened_on, note, recorded_by from risk_event where client_id = $1 \
         order by happened_on desc, id desc",
    )
    .bind(client.to_string());
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|record| {
            let recorded_by = record.recorded_by.map(|by| by.parse()).transpose().map_err(
                |error: uuid::Error| {
                    StoreError::unreadable("risk_event.recorded_by")(error.to_string())
                },
            )?;
            Ok(RiskEvent {
                client,
                kind: record.kind,
                happened_on: record.happened_on,
                note: record.note,
                recorded_by,
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct ScoreRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    provider: String,
    rated_on: NaiveDate,
    score: i64,
    forecast: String,
}

#[derive(sqlx::FromRow)]
struct EventRecord {
    #[sqlx(try_from = "String")]
    kind: RiskEventKind,
    happened_on: NaiveDate,
    note: String,
    recorded_by: Option<String>,
}
