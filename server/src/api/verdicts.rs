//! One verdict with its reasons in words and its basis (R14.1).

use axum::Json;
use axum::extract::State;
use saldo_core::ids::{ClientId, FactId, VerdictId};
use saldo_core::time::UtcMillis;
use saldo_core::verdict::Basis;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::IdOf;
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::state::AppState;
use crate::store::verdicts::{self, VerdictRecord};

/// A verdict.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JudgedJson {
    #[schema(value_type = uuid::Uuid)]
    id: VerdictId,
    #[schema(value_type = uuid::Uuid)]
    fact: FactId,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    #[schema(value_type = i64)]
    judged_at: UtcMillis,
    /// `released`, `held`, `refused`, `accepted`, `pending` or `rejected`.
    outcome: &'static str,
    /// Every reason, in the order of the regulation.
    reasons: Vec<ReasonJson>,
    /// The roles that must approve, such as `finance_control`.
    approvals: Vec<&'static str>,
    /// What must be on paper.
    papers: Vec<&'static str>,
    policy_version: u32,
    /// From what it was made: enough to make it again.
    #[schema(value_type = Object)]
    basis: Basis,
}

/// A reason of a verdict.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonJson {
    /// The R-number.
    rule: String,
    /// `allows`, `holds` or `refuses`.
    #[schema(value_type = String)]
    effect: saldo_core::verdict::Effect,
    /// In words, with the numbers that were compared.
    text: String,
}

impl From<VerdictRecord> for JudgedJson {
    fn from(record: VerdictRecord) -> Self {
        let currency = record.basis.account.currency;
        let verdict = record.verdict;
        Self {
            id: record.id,
            fact: record.fact,
            client: record.client,
            judged_at: record.judged_at,
            outcome: verdict.outcome.name(),
            approvals: verdict.approvals.iter().map(|role| role.name()).collect(),
            papers: verdict.papers.iter().map(|paper| paper.title()).collect(),
            reasons: verdict
                .reasons
                .into_iter()
                .map(|reason| ReasonJson {
                    text: reason.in_words(currency),
                    effect: reason.effect,
                    rule: reason.rule,
                })
                .collect(),
            policy_version: verdict.policy_version,
            basis: record.basis,
        }
    }
}

/// One verdict about a client whom I see, with its basis.
#[utoipa::path(get, path = "/v1/verdicts/{id}", tag = "clients",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = JudgedJson), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn verdict(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<VerdictId>,
) -> Result<Json<JudgedJson>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let record = verdicts::by_id(&mut tx, id).await?.ok_or(ApiError::NotFound("verdict"))?;
    if !sight::may_see(&mut tx, &who, record.client).await? {
        return Err(ApiError::NotFound("verdict"));
    }
    Ok(Json(record.into()))
}
