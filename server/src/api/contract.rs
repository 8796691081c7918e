//! A client's contract and its package of documents (R3.2).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use saldo_core::account::Contract;
use saldo_core::document_package::{self, Document};
use saldo_core::ids::ClientId;
use saldo_core::money::{Currency, Money};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{IdOf, JsonBody};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::{Context, contract as flow};
use crate::state::AppState;
use crate::store::contracts::{self, Concluded};
use crate::store::{Tx, clients};

/// What a contract allows; what is absent is not set, which is not zero.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ContractJson {
    /// R4.2: the greatest debt, such as `5000.00 EUR`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    depth: Option<Money>,
    /// R4.2: the longest deferral, in calendar days.
    #[serde(default)]
    depth_days: Option<u16>,
    /// R3.1: what may be shipped in a month where there is no history.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    safe_shipment: Option<Money>,
}

/// One of the eight documents.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentJson {
    /// Such as `register_extract`.
    document: &'static str,
    /// In words.
    title: &'static str,
    /// The date on it; absent: it is not there.
    dated_on: Option<NaiveDate>,
    /// What is wrong with it, in words; absent: nothing.
    lack: Option<String>,
}

/// A contract as it was concluded or changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConcludedJson {
    #[serde(flatten)]
    contract: ContractJson,
    /// What the package lacked then, in words; empty: nothing.
    lacking: String,
    why: String,
    #[schema(value_type = String)]
    role: Role,
    by: String,
    #[schema(value_type = i64)]
    at: UtcMillis,
}

/// A client's contract, with what is there and who may conclude it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContractOfClient {
    /// Without stricter terms that hold for some months: those are in the account.
    contract: ContractJson,
    documents: Vec<DocumentJson>,
    /// The roles that may conclude or change it now.
    #[schema(value_type = Vec<String>)]
    who_concludes: Vec<Role>,
    /// The newest first.
    history: Vec<ConcludedJson>,
}

/// Documents that are there, or not any more.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NotedDocument {
    /// Such as `register_extract`.
    document: String,
    /// The date on it; absent: it is not there.
    #[serde(default)]
    dated_on: Option<NaiveDate>,
}

/// A contract to be concluded or changed.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ToConclude {
    #[serde(flatten)]
    contract: ContractJson,
    /// It is kept with the contract.
    why: String,
}

impl ContractJson {
    fn of(contract: &Contract, currency: Currency) -> Self {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, currency));
        Self {
            depth: money(contract.depth_minor),
            depth_days: contract.depth_days,
            safe_shipment: money(contract.safe_shipment_minor),
        }
    }

    fn into_contract(self, currency: Currency) -> Result<Contract, ApiError> {
        Ok(Contract {
            depth_minor: minor_in(self.depth, currency)?,
            depth_days: self.depth_days,
            safe_shipment_minor: minor_in(self.safe_shipment, currency)?,
        })
    }
}

/// An amount in the client's currency.
///
/// # Errors
/// [`ApiError::BadRequest`] for one in another.
pub(super) fn minor_in(money: Option<Money>, currency: Currency) -> Result<Option<i64>, ApiError> {
    match money {
        Some(money) if money.currency != currency => Err(ApiError::BadRequest(format!(
            "the client's account is kept in {currency}: write the amount in it"
        ))),
        money => Ok(money.map(|money| money.minor)),
    }
}

/// The contract of a client whom I see, and its documents.
#[utoipa::path(get, path = "/v1/clients/{id}/contract", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ContractOfClient), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn contract(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<ContractOfClient>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let card = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    Ok(Json(ContractOfClient {
        contract: ContractJson::of(&card.contract, card.currency),
        documents: documents(&mut tx, &context, id).await?,
        who_concludes: document_package::who_concludes(
            &flow::lacking(&mut tx, &context, id).await?,
        )
        .to_vec(),
        history: contracts::of_client(&mut tx, id)
            .await?
            .into_iter()
            .map(|one| concluded(one, card.currency))
            .collect(),
    }))
}

/// Notes which documents of a client are there; those that are not named stay as they were.
#[utoipa::path(post, path = "/v1/clients/{id}/documents", tag = "clients",
    request_body = Vec<NotedDocument>, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn note_documents(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(noted): JsonBody<Vec<NotedDocument>>,
) -> Result<StatusCode, ApiError> {
    let documents = noted
        .into_iter()
        .map(|one| {
            let document = Document::try_from(one.document).map_err(ApiError::BadRequest)?;
            Ok((document, one.dated_on))
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    flow::note(&mut tx, &context, &who, id, &documents).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Concludes or changes a client's contract: all of it, as it shall be.
#[utoipa::path(post, path = "/v1/clients/{id}/contract", tag = "clients",
    request_body = ToConclude, params(("id" = uuid::Uuid, Path)),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn conclude(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
    JsonBody(asked): JsonBody<ToConclude>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let card = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let contract = asked.contract.into_contract(card.currency)?;
    flow::conclude(&mut tx, &context, &who, id, &contract, &asked.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn documents(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
) -> Result<Vec<DocumentJson>, ApiError> {
    let noted = contracts::documents(tx, client).await?;
    let lacking = flow::lacking(tx, context, client).await?;
    let document = |document: Document| DocumentJson {
        document: document.name(),
        title: document.title(),
        dated_on: noted.iter().find(|one| one.document == document).and_then(|one| one.dated_on),
        lack: lacking.iter().find(|lack| lack.document() == document).map(ToString::to_string),
    };
    Ok(Document::ALL.map(document).into())
}

fn concluded(one: Concluded, currency: Currency) -> ConcludedJson {
    ConcludedJson {
        contract: ContractJson::of(&one.contract, currency),
        lacking: one.lacking,
        why: one.why,
        role: one.role,
        by: one.by,
        at: one.at,
    }
}
