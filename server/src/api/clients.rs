//! Clients whom I see: the list, one of them, its account.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use saldo_core::account::Account;
use saldo_core::category::Category;
use saldo_core::escalation::Rung;
use saldo_core::facts::Mark;
use saldo_core::ids::{ClientId, OutletId};
use saldo_core::money::Money;
use saldo_core::risk::RiskClass;
use saldo_core::stop_list::StopLevel;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{IdOf, QueryOf};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::Context;
use crate::state::AppState;
use crate::store::clients::{self, ClientFilter, ListedClient, SortBy};
use crate::store::{accounts, standings, territories};

/// The most clients one answer lists.
const MOST: u32 = 500;

/// Which clients.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Part of the name or the code.
    #[serde(default)]
    q: String,
    /// Only those with an overdue invoice, most overdue first.
    #[serde(default)]
    overdue: bool,
    /// `name`, `code`, `balance`, `overdue`, `oldest_due` or `risk`; by name if absent.
    sort: Option<String>,
    /// At most so many; 100 if absent, never more than 500.
    limit: Option<u32>,
    /// After skipping so many.
    #[serde(default)]
    offset: u32,
}

impl Asked {
    fn sort_by(&self) -> Result<SortBy, ApiError> {
        match self.sort.as_deref() {
            None if self.overdue => Ok(SortBy::Overdue),
            None => Ok(SortBy::Name),
            Some(name) => SortBy::named(name).ok_or_else(|| {
                ApiError::BadRequest(format!(
                    "\"{name}\" is no order: give name, code, balance, overdue, oldest_due or risk"
                ))
            }),
        }
    }
}

/// A page of clients.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientsJson {
    /// How many fit in all.
    total: u64,
    clients: Vec<ListedJson>,
}

/// A client as the list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListedJson {
    #[schema(value_type = uuid::Uuid)]
    id: ClientId,
    code: String,
    name: String,
    territory: String,
    /// `reliable`, `uncertain`, `threatened` or `non_payer`.
    #[schema(value_type = String)]
    category: Category,
    /// `a`, `b` or `c`.
    #[schema(value_type = Option<String>)]
    mark: Option<Mark>,
    #[schema(value_type = String)]
    balance: Money,
    #[schema(value_type = String)]
    overdue: Money,
    oldest_due_on: Option<NaiveDate>,
    /// `free`, `stop_list` or `stopped`.
    #[schema(value_type = String)]
    stop: StopLevel,
    #[schema(value_type = Option<String>)]
    rung: Option<Rung>,
    /// `very_low` to `very_high`; absent: never assessed.
    #[schema(value_type = Option<String>)]
    risk: Option<RiskClass>,
}

/// One client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientJson {
    #[schema(value_type = uuid::Uuid)]
    id: ClientId,
    code: String,
    name: String,
    country: String,
    territory: String,
    outlets: Vec<OutletJson>,
    #[schema(value_type = String)]
    category: Category,
    #[schema(value_type = String)]
    stop: StopLevel,
    #[schema(value_type = Option<String>)]
    rung: Option<Rung>,
    rung_since: Option<NaiveDate>,
}

/// A point of sale.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutletJson {
    #[schema(value_type = uuid::Uuid)]
    id: OutletId,
    name: String,
    address: String,
}

impl From<ListedClient> for ListedJson {
    fn from(client: ListedClient) -> Self {
        Self {
            id: client.id,
            code: client.code,
            name: client.name,
            territory: client.territory_name,
            category: client.category,
            mark: client.mark,
            balance: Money::new(client.balance_minor, client.currency),
            overdue: Money::new(client.overdue_minor, client.currency),
            oldest_due_on: client.oldest_due_on,
            stop: client.stop,
            rung: client.rung,
            risk: client.risk,
        }
    }
}

/// The clients whom I see.
#[utoipa::path(get, path = "/v1/clients", tag = "clients", params(Asked),
    responses((status = 200, body = ClientsJson), (status = 401, body = Problem)))]
pub(super) async fn list(
    State(state): State<AppState>,
    who: Principal,
    QueryOf(asked): QueryOf<Asked>,
) -> Result<Json<ClientsJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let filter = ClientFilter {
        territories: sight::territories(&mut tx, &who).await?,
        text: asked.q.trim().to_owned(),
        overdue_only: asked.overdue,
        sort_by: asked.sort_by()?,
        limit: asked.limit.unwrap_or(100).min(MOST),
        offset: asked.offset,
    };
    let found = clients::list(&mut tx, &filter, context.today).await?;
    let clients = found.clients.into_iter().map(ListedJson::from).collect();
    Ok(Json(ClientsJson { total: found.total, clients }))
}

/// One client whom I see.
#[utoipa::path(get, path = "/v1/clients/{id}", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ClientJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn one(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<ClientJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, id).await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("client"))?;
    let outlets = clients::outlets_of(&mut tx, id).await?;
    let standing = standings::of_client(&mut tx, id).await?;
    let territory = territories::by_id(&mut tx, client.territory).await?;
    Ok(Json(ClientJson {
        id,
        code: client.code,
        name: client.name,
        country: client.country,
        territory: territory.map(|territory| territory.name).unwrap_or_default(),
        outlets: outlets
            .into_iter()
            .map(|outlet| OutletJson { id: outlet.id, name: outlet.name, address: outlet.address })
            .collect(),
        category: client.category,
        stop: standing.as_ref().map_or(StopLevel::Free, |standing| standing.stop),
        rung: standing.as_ref().and_then(|standing| standing.rung),
        rung_since: standing.and_then(|standing| standing.rung_since),
    }))
}

/// The account of a client whom I see: every figure that the rules look at, in minor units.
#[utoipa::path(get, path = "/v1/clients/{id}/account", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Object), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn account(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<ClientId>,
) -> Result<Json<Account>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    accounts::load(&mut tx, &context, id).await?.map(Json).ok_or(ApiError::NotFound("client"))
}
