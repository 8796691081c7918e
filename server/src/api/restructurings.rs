//! A client's restructuring agreements (R8.5): drawn up, read, decided.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::ids::{AgreementId, ClientId, InvoiceId};
use saldo_core::money::{Currency, Money};
use saldo_core::restructuring::{Missing, Standing, missing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::flow::restructuring::{Draft, Word, answer, propose};
use crate::state::AppState;
use crate::store::restructurings::{self, AgreementRecord, Approved};
use crate::store::{Whose, clients};

/// An agreement.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgreementJson {
    #[schema(value_type = uuid::Uuid)]
    id: AgreementId,
    /// `drawn_up`, `approved`, `rejected`, `withdrawn` or `replaced`.
    state: String,
    signed_on: NaiveDate,
    requested_on: Option<NaiveDate>,
    /// What the invoices owed on the day of the signatures.
    #[schema(value_type = String)]
    principal: Money,
    #[schema(value_type = Option<String>)]
    fee: Option<Money>,
    guarantees: Vec<String>,
    invoices: Vec<CoveredJson>,
    schedule: Vec<InstalmentJson>,
    /// What was paid on it so far.
    #[schema(value_type = String)]
    paid: Money,
    /// Of an approved one: `kept`, `fulfilled` or `missed`, with `next_on` or `on`.
    #[schema(value_type = Option<Object>)]
    standing: Option<Standing>,
    /// Of one that waits: what it lacks to be approved (`written_request`, `fee`, `guarantees`,
    /// `schedule`).
    #[schema(value_type = Vec<String>)]
    missing: Vec<Missing>,
    drawn_up_by: String,
    why: String,
}

/// An invoice that it covers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CoveredJson {
    #[schema(value_type = uuid::Uuid)]
    invoice: InvoiceId,
    number: String,
    #[schema(value_type = String)]
    principal: Money,
    /// Its part of the fee agreed.
    #[schema(value_type = String)]
    fee: Money,
}

/// One instalment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct InstalmentJson {
    pay_on: NaiveDate,
    #[schema(value_type = String)]
    amount: Money,
}

/// An agreement to be drawn up.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DraftBody {
    /// Made by who sends it: the same again draws up nothing more.
    #[schema(value_type = uuid::Uuid)]
    id: AgreementId,
    signed_on: NaiveDate,
    requested_on: Option<NaiveDate>,
    #[schema(value_type = Vec<uuid::Uuid>)]
    invoices: Vec<InvoiceId>,
    /// The fee agreed, which may be zero.
    #[schema(value_type = Option<String>)]
    fee: Option<Money>,
    #[serde(default)]
    guarantees: Vec<String>,
    /// In the order of days.
    #[serde(default)]
    schedule: Vec<InstalmentJson>,
}

/// Why an agreement is rejected.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct WhyBody {
    why: String,
}

/// The restructuring agreements of a client whom I see, the newest first.
#[utoipa::path(get, path = "/v1/clients/{id}/restructurings", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Vec<AgreementJson>), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn restructurings_of(
    State(state): State<AppState>,
    who: Principal,
    IdOf(client): IdOf<ClientId>,
) -> Result<Json<Vec<AgreementJson>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, client).await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let approved = restructurings::approved(&mut tx, Whose::One(client)).await?;
    let records = restructurings::of_client(&mut tx, client).await?;
    let json = |record: AgreementRecord| {
        let holds = approved.iter().find(|one| one.signed.id == record.id);
        AgreementJson::of(record, holds, &context, card.currency)
    };
    Ok(Json(records.into_iter().map(json).collect()))
}

/// Draws an agreement up, complete or not; head of sales, finance control or legal.
#[utoipa::path(post, path = "/v1/clients/{id}/restructurings", tag = "clients",
    request_body = DraftBody, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn draw_up(
    State(state): State<AppState>,
    who: Principal,
    IdOf(client): IdOf<ClientId>,
    JsonBody(body): JsonBody<DraftBody>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    drop(tx);
    propose(&state, &who, client, body.draft(card.currency)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Approves an agreement: its schedule replaces the due dates while it is kept; director.
#[utoipa::path(post, path = "/v1/restructurings/{id}/approval", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn approve(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<AgreementId>,
) -> Result<StatusCode, ApiError> {
    answer(&state, &who, id, Word::Approve).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rejects an agreement; director.
#[utoipa::path(post, path = "/v1/restructurings/{id}/rejection", tag = "clients",
    request_body = WhyBody, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn reject(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<AgreementId>,
    JsonBody(body): JsonBody<WhyBody>,
) -> Result<StatusCode, ApiError> {
    answer(&state, &who, id, Word::Reject(&body.why)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back an agreement that I drew up and that waits.
#[utoipa::path(post, path = "/v1/restructurings/{id}/withdrawal", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<AgreementId>,
) -> Result<StatusCode, ApiError> {
    answer(&state, &who, id, Word::Withdraw).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl DraftBody {
    fn draft(self, currency: Currency) -> Result<Draft, ApiError> {
        let minor = |money: Money| {
            if money.currency == currency {
                Ok(money.minor)
            } else {
                Err(ApiError::BadRequest(format!("the account is kept in {currency}")))
            }
        };
        Ok(Draft {
            id: self.id,
            signed_on: self.signed_on,
            requested_on: self.requested_on,
            invoices: self.invoices,
            fee_minor: self.fee.map(minor).transpose()?,
            guarantees: self.guarantees,
            schedule: self
                .schedule
                .into_iter()
                .map(|one| Ok((one.pay_on, minor(one.amount)?)))
                .collect::<Result<_, ApiError>>()?,
        })
    }
}

impl AgreementJson {
    fn of(
        record: AgreementRecord,
        holds: Option<&Approved>,
        context: &Context,
        currency: Currency,
    ) -> Self {
        let money = |minor| Money::new(minor, currency);
        let agreement = record.agreement;
        let waits = record.state == "drawn_up";
        let paid_minor: i64 =
            holds.map_or(0, |one| one.signed.paid.iter().map(|(_, minor)| minor).sum());
        Self {
            id: record.id,
            state: record.state,
            signed_on: agreement.signed_on,
            requested_on: agreement.requested_on,
            principal: money(agreement.principal_minor),
            fee: agreement.fee_minor.map(money),
            paid: money(paid_minor),
            standing: holds.and_then(|one| one.signed.standing(context.today)),
            missing: if waits { missing(&context.policy, &agreement) } else { Vec::new() },
            guarantees: agreement.guarantees,
            schedule: agreement
                .schedule
                .into_iter()
                .map(|one| InstalmentJson { pay_on: one.pay_on, amount: one.amount })
                .collect(),
            invoices: record
                .invoices
                .into_iter()
                .map(|one| CoveredJson {
                    invoice: one.invoice,
                    number: one.number,
                    principal: money(one.principal_minor),
                    fee: money(one.fee_minor),
                })
                .collect(),
            drawn_up_by: record.drawn_up_by_name,
            why: record.why,
        }
    }
}
