//! One verdict with its reasons in words and its basis, and the proof that the rules say the same
//! again (R14.1).

use axum::Json;
use axum::extract::State;
use saldo_core::ids::{ClientId, FactId, VerdictId};
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis;
use saldo_core::verdict::{Basis, Effect, Reason, Verdict};
use saldo_core::words::Language;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{IdOf, QueryOf};
use crate::auth::{Principal, sight};
use crate::error::{ApiError, Problem};
use crate::flow::explain::{self, Explanation};
use crate::state::AppState;
use crate::store::Tx;
use crate::store::verdicts::{self, VerdictRecord};

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InLanguage {
    /// `en` (if left out), `et`, `lv`, `lt` or `ru`: the language of the texts.
    lang: Option<String>,
}

impl InLanguage {
    pub(super) fn language(&self) -> Result<Language, ApiError> {
        let Some(code) = self.lang.as_deref() else { return Ok(Language::English) };
        code.parse().map_err(|unknown| ApiError::BadRequest(format!("lang: {unknown}")))
    }
}

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
    #[serde(flatten)]
    verdict: VerdictJson,
    /// From what it was made: enough to make it again.
    #[schema(value_type = Object)]
    basis: Basis,
}

/// What follows, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerdictJson {
    /// `released`, `held`, `refused`, `accepted`, `pending` or `rejected`.
    outcome: &'static str,
    /// The same in words.
    outcome_text: &'static str,
    /// Every reason, in the order of the regulation.
    reasons: Vec<ReasonJson>,
    /// The roles that must approve, such as `finance_control`.
    approvals: Vec<&'static str>,
    /// What must be on paper, in words.
    papers: Vec<&'static str>,
    policy_version: u32,
}

/// A reason of a verdict.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonJson {
    /// The R-number.
    rule: String,
    /// `allows`, `holds` or `refuses`.
    #[schema(value_type = String)]
    effect: Effect,
    /// In words, with the numbers that were compared.
    text: String,
}

/// A verdict, made again from its basis by the policy version that it names.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplanationJson {
    #[schema(value_type = uuid::Uuid)]
    id: VerdictId,
    #[schema(value_type = uuid::Uuid)]
    fact: FactId,
    #[schema(value_type = uuid::Uuid)]
    client: ClientId,
    #[schema(value_type = i64)]
    judged_at: UtcMillis,
    /// When the figures were taken that the rules saw.
    #[schema(value_type = i64)]
    figures_of: UtcMillis,
    /// How old they were when the verdict was given.
    age_millis: i64,
    /// Whether the same verdict came out again, to the letter.
    same: bool,
    /// The verdict as kept.
    kept: VerdictJson,
    /// What the rules alone say of the basis.
    by_rules: VerdictJson,
    /// What people decided afterwards.
    decisions: Vec<ReasonJson>,
    /// From what it was made.
    #[schema(value_type = Object)]
    basis: Basis,
}

impl VerdictJson {
    pub(super) fn of(verdict: &Verdict, language: Language, currency: Currency) -> Self {
        Self {
            outcome: verdict.outcome.name(),
            outcome_text: language.outcome(verdict.outcome),
            reasons: reasons(&verdict.reasons, language, currency),
            approvals: verdict.approvals.iter().map(|role| role.name()).collect(),
            papers: verdict.papers.iter().map(|paper| language.paper(*paper)).collect(),
            policy_version: verdict.policy_version,
        }
    }
}

fn reasons(reasons: &[Reason], language: Language, currency: Currency) -> Vec<ReasonJson> {
    let of = |reason: &Reason| ReasonJson {
        rule: reason.rule.clone(),
        effect: reason.effect,
        text: reason.in_words(language, currency),
    };
    reasons.iter().map(of).collect()
}

impl JudgedJson {
    pub(super) fn of(record: VerdictRecord, language: Language) -> Self {
        let currency = record.basis.account.currency;
        Self {
            id: record.id,
            fact: record.fact,
            client: record.client,
            judged_at: record.judged_at,
            verdict: VerdictJson::of(&record.verdict, language, currency),
            basis: record.basis,
        }
    }
}

impl ExplanationJson {
    fn of(explained: Explanation, language: Language) -> Self {
        let currency = explained.record.basis.account.currency;
        let verdict = |verdict: &Verdict| VerdictJson::of(verdict, language, currency);
        Self {
            figures_of: explained.figures_of(),
            age_millis: explained.age_millis(),
            same: explained.is_same(),
            kept: verdict(&explained.record.verdict),
            by_rules: verdict(&explained.again.by_rules),
            decisions: reasons(&explained.again.decisions, language, currency),
            id: explained.record.id,
            fact: explained.record.fact,
            client: explained.record.client,
            judged_at: explained.record.judged_at,
            basis: explained.record.basis,
        }
    }
}

/// One verdict about a client whom I see, with its basis.
#[utoipa::path(get, path = "/v1/verdicts/{id}", tag = "clients",
    params(("id" = uuid::Uuid, Path), InLanguage),
    responses((status = 200, body = JudgedJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn verdict(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<VerdictId>,
    QueryOf(asked): QueryOf<InLanguage>,
) -> Result<Json<JudgedJson>, ApiError> {
    let language = asked.language()?;
    let mut tx = state.db.begin_read().await?;
    let record = in_sight(&mut tx, &who, id).await?;
    Ok(Json(JudgedJson::of(record, language)))
}

/// Why: a verdict about a client whom I see, judged again from its basis by the policy version that
/// it names, with the age of the figures, and what people decided listed apart (R14.1).
#[utoipa::path(get, path = "/v1/verdicts/{id}/explanation", tag = "clients",
    params(("id" = uuid::Uuid, Path), InLanguage),
    responses((status = 200, body = ExplanationJson), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn explanation(
    State(state): State<AppState>,
    who: Principal,
    IdOf(id): IdOf<VerdictId>,
    QueryOf(asked): QueryOf<InLanguage>,
) -> Result<Json<ExplanationJson>, ApiError> {
    let language = asked.language()?;
    let mut tx = state.db.begin_read().await?;
    let record = in_sight(&mut tx, &who, id).await?;
    let explained = explain::verdict(&mut tx, record).await?;
    Ok(Json(ExplanationJson::of(explained, language)))
}

async fn in_sight(tx: &mut Tx, who: &Principal, id: VerdictId) -> Result<VerdictRecord, ApiError> {
    let record = verdicts::by_id(tx, id).await?.ok_or(ApiError::NotFound("verdict"))?;
    if !sight::may_see(tx, who, record.client).await? {
        return Err(ApiError::NotFound("verdict"));
    }
    Ok(record)
}
