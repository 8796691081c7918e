//! Risk (R12): who owes at which risk, one client's class with everything that made it, and what
//! providers and registers say of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::feed::RiskRow;
use saldo_core::ids::{ClientId, InvoiceId};
use saldo_core::money::{Currency, Money};
use saldo_core::risk::{ExternalScore, Likelihood, LikelyTo, RiskClass, Score};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody, QueryOf};
use super::verdicts::InLanguage;
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::debtors::{Debtor, Debtors, Likely, Owed, Total};
use crate::flow::{Context, risk as flow};
use crate::state::AppState;
use crate::store::risk::{self, RiskEvent, RiskEventKind};
use crate::store::{accounts, clients};

/// Who owes at which risk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RiskJson {
    as_of: NaiveDate,
    /// What `in_time`, `soon` and `likelihood` are.
    likelihood_is: &'static str,
    totals: Vec<TotalJson>,
    /// Whoever owes, the worst class first, then the most.
    clients: Vec<DebtorJson>,
}

const LIKELIHOOD_IS: &str = "a plain share of the past, no promise: of a hundred invoices of \
    clients of the same class in a public sample so many were paid in time, or, once overdue, \
    within 14 days; nobody knows it of what is overdue for more than 21 days";

/// Everything owed in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TotalJson {
    #[serde(flatten)]
    owed: OwedJson,
    by_class: Vec<ClassJson>,
    by_due: Vec<DueJson>,
}

/// What clients of one class owe.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClassJson {
    /// `very_low` to `very_high`; absent: never assessed.
    #[schema(value_type = Option<String>)]
    class: Option<RiskClass>,
    #[serde(flatten)]
    owed: OwedJson,
}

/// What is due at one time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DueJson {
    due: &'static str,
    #[serde(flatten)]
    owed: OwedJson,
}

/// A sum.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwedJson {
    clients: usize,
    invoices: usize,
    #[schema(value_type = String)]
    open: Money,
    #[schema(value_type = String)]
    overdue: Money,
    /// What of the invoices that are not due yet is likely to come in time.
    in_time: LikelyJson,
    /// What of the overdue ones is likely to come within 14 days.
    soon: LikelyJson,
}

/// What of a sum is likely to come in, by the likelihoods of its invoices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LikelyJson {
    #[schema(value_type = String)]
    likely: Money,
    /// Of those invoices of which it is known.
    #[schema(value_type = String)]
    of: Money,
}

/// A client that owes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DebtorJson {
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    code: String,
    name: String,
    #[schema(value_type = Option<String>)]
    class: Option<RiskClass>,
    oldest_due_on: NaiveDate,
    #[serde(flatten)]
    owed: OwedJson,
    open_invoices: Vec<InvoiceJson>,
}

/// An open invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvoiceJson {
    #[schema(value_type = uuid::Uuid)]
    id: InvoiceId,
    number: String,
    due_on: NaiveDate,
    #[schema(value_type = String)]
    open: Money,
    /// Absent: nobody knows.
    likelihood: Option<LikelihoodJson>,
}

/// How likely an invoice is to be paid.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LikelihoodJson {
    /// `be_paid_in_time`, or `be_paid_soon`: within 14 days.
    #[schema(value_type = String)]
    likely_to: LikelyTo,
    percent: u8,
}

/// A client's class with everything that made it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientRiskJson {
    /// Absent: never assessed.
    #[schema(value_type = Option<Object>)]
    current: Option<RiskRow>,
    /// The class in words.
    class_text: Option<String>,
    /// What made it, in words, a line each.
    why: Vec<String>,
    /// Earlier assessments, newest first.
    #[schema(value_type = Vec<Object>)]
    earlier: Vec<RiskRow>,
    /// What providers said, newest first.
    scores: Vec<ScoreJson>,
    /// What happened to the client, newest first.
    events: Vec<EventJson>,
    /// What it owes; absent: nothing.
    owes: Option<DebtorJson>,
}

/// What a provider says of a client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ScoreJson {
    provider: String,
    rated_on: NaiveDate,
    /// From `0` (good) to `1` (bad).
    score: String,
    /// Of the months to come, the next one first.
    #[serde(default)]
    forecast: Vec<String>,
}

/// What happened to a client and no rule computes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct EventJson {
    /// `board_change` or `tax_debt`.
    event: String,
    happened_on: NaiveDate,
    #[serde(default)]
    note: String,
}

/// How many earlier assessments are shown.
const EARLIER: i64 = 24;

impl OwedJson {
    fn of(owed: &Owed, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        let likely = |known: Likely| LikelyJson {
            likely: money(known.likely_minor),
            of: money(known.of_minor),
        };
        Self {
            clients: owed.clients,
            invoices: owed.invoices,
            open: money(owed.open_minor),
            overdue: money(owed.overdue_minor),
            in_time: likely(owed.in_time),
            soon: likely(owed.soon),
        }
    }
}

impl From<&Total> for TotalJson {
    fn from(total: &Total) -> Self {
        let owed = |owed: &Owed| OwedJson::of(owed, total.currency);
        Self {
            owed: owed(&total.whole),
            by_class: total
                .by_class
                .iter()
                .map(|(class, of)| ClassJson { class: *class, owed: owed(of) })
                .collect(),
            by_due: total
                .by_due
                .iter()
                .map(|(due, of)| DueJson { due: due.name(), owed: owed(of) })
                .collect(),
        }
    }
}

impl From<Debtor> for DebtorJson {
    fn from(debtor: Debtor) -> Self {
        let currency = debtor.currency;
        let likely = |Likelihood { likely_to, percent }| LikelihoodJson { likely_to, percent };
        Self {
            client: debtor.client,
            code: debtor.code,
            name: debtor.name,
            class: debtor.class,
            oldest_due_on: debtor.oldest_due_on,
            owed: OwedJson::of(&debtor.owed, currency),
            open_invoices: debtor
                .invoices
                .into_iter()
                .map(|(invoice, likelihood)| InvoiceJson {
                    id: invoice.id,
                    number: invoice.number,
                    due_on: invoice.due_on,
                    open: Money::new(invoice.open_minor, currency),
                    likelihood: likelihood.map(likely),
                })
                .collect(),
        }
    }
}

impl From<ExternalScore> for ScoreJson {
    fn from(said: ExternalScore) -> Self {
        Self {
            provider: said.provider,
            rated_on: said.rated_on,
            score: said.score.to_string(),
            forecast: said.forecast.iter().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<ScoreJson> for ExternalScore {
    type Error = ApiError;
    fn try_from(said: ScoreJson) -> Result<Self, ApiError> {
        Ok(Self {
            provider: said.provider.trim().to_owned(),
            rated_on: said.rated_on,
            score: score(&said.score)?,
            forecast: said.forecast.iter().map(|text| score(text)).collect::<Result<_, _>>()?,
        })
    }
}

fn score(text: &str) -> Result<Score, ApiError> {
    text.parse().map_err(|error| ApiError::BadRequest(format!("score \"{text}\" {error}")))
}

/// Who owes at which risk, of the clients whom I see (R12.1).
#[utoipa::path(get, path = "/v1/risk", tag = "clients",
    responses((status = 200, body = RiskJson), (status = 401, body = Problem)))]
pub(super) async fn debtors(
    State(state): State<AppState>,
    who: Principal,
) -> Result<Json<RiskJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let territories = sight::territories(&mut tx, &who).await?;
    let found = Debtors::load(&mut tx, &context, territories.as_deref()).await?;
    Ok(Json(RiskJson {
        as_of: context.today,
        likelihood_is: LIKELIHOOD_IS,
        totals: found.totals.iter().map(TotalJson::from).collect(),
        clients: found.clients.into_iter().map(DebtorJson::from).collect(),
    }))
}

/// The risk of a client whom I see, with everything that made it (R12.1).
#[utoipa::path(get, path = "/v1/clients/{id}/risk", tag = "clients",
    params(("id" = uuid::Uuid, Path), InLanguage),
    responses((status = 200, body = ClientRiskJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn client_risk(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    QueryOf(asked): QueryOf<InLanguage>,
) -> Result<Json<ClientRiskJson>, ApiError> {
    let language = asked.language()?;
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let card = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let account =
        accounts::load(&mut tx, &context, id).await?.ok_or(ApiError::NotFound("client"))?;
    let mut earlier = risk::assessments_of(&mut tx, id, EARLIER + 1).await?;
    let current = (!earlier.is_empty()).then(|| earlier.remove(0));
    let scores = risk::scores_of(&mut tx, id).await?;
    let events = risk::events_of(&mut tx, id).await?;
    let told = current.as_ref().map(|row| &row.assessment);
    Ok(Json(ClientRiskJson {
        class_text: told.map(|told| language.risk_class(told.class).to_owned()),
        why: told.map(|told| language.assessment(told)).unwrap_or_default(),
        current,
        earlier,
        scores: scores.into_iter().map(ScoreJson::from).collect(),
        events: events
            .into_iter()
            .map(|event| EventJson {
                event: event.kind.name().to_owned(),
                happened_on: event.happened_on,
                note: event.note,
            })
            .collect(),
        owes: Debtor::of(&card, &account, context.today).map(DebtorJson::from),
    }))
}

/// Keeps a provider's credit score of a client (finance control, security, director). The same
/// again changes nothing; another score of the same provider and day corrects the earlier one.
#[utoipa::path(put, path = "/v1/clients/{id}/score", tag = "clients",
    params(("id" = uuid::Uuid, Path)), request_body = ScoreJson,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn rate(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(said): JsonBody<ScoreJson>,
) -> Result<StatusCode, ApiError> {
    who.require(&flow::RECORDERS)?;
    let said = ExternalScore::try_from(said)?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    flow::rate(&mut tx, &context, &who, id, &said).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Records what happened to a client and no rule computes (finance control, security, director).
#[utoipa::path(post, path = "/v1/clients/{id}/risk-events", tag = "clients",
    params(("id" = uuid::Uuid, Path)), request_body = EventJson,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn record_event(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(told): JsonBody<EventJson>,
) -> Result<StatusCode, ApiError> {
    who.require(&flow::RECORDERS)?;
    let event = RiskEvent {
        client: id,
        kind: RiskEventKind::try_from(told.event).map_err(ApiError::BadRequest)?,
        happened_on: told.happened_on,
        note: told.note.trim().to_owned(),
        recorded_by: Some(who.person),
    };
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    flow::record_event(&mut tx, &context, &who, &event).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}
