//! One-time codes and the enrolment of phones.

use axum::Json;
use axum::extract::State;
use saldo_core::time::UtcMillis;
use saldo_core::wire::{Enrolled, EnrolmentRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::JsonBody;
use crate::auth::{Principal, Remote, enrolment};
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// For whom a code is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CodeRequest {
    /// Somebody else's login: a supervisor may let its team in, an operator everybody.
    #[serde(default)]
    pub login: Option<String>,
}

/// A one-time code.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedCode {
    /// `XXXX-XXXX`; shown only now.
    pub code: String,
    /// For whom.
    pub login: String,
    /// Until when it holds.
    #[schema(value_type = i64)]
    pub expires_at: UtcMillis,
}

/// Issues a one-time code that lets one phone in within 24 hours.
#[utoipa::path(post, path = "/v1/enrolment-codes", tag = "phones", request_body = CodeRequest,
    responses((status = 200, body = IssuedCode), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn issue_code(
    State(state): State<AppState>,
    who: Principal,
    remote: Remote,
    JsonBody(asked): JsonBody<CodeRequest>,
) -> Result<Json<IssuedCode>, ApiError> {
    let issued = enrolment::issue(&state, &who, asked.login.as_deref(), remote).await?;
    Ok(Json(IssuedCode {
        code: issued.code.reveal(),
        login: issued.candidate.login,
        expires_at: issued.expires_at,
    }))
}

/// Lets a phone in with a one-time code: at most 10 times a minute an address.
///
/// The body is `EnrolmentRequest` (`code`, `public_key` in hexadecimal, `device_name`,
/// `app_version`), the answer `Enrolled` (`device`, `person`, `name`, `role`, `time_zone`,
/// `install_epoch`) of the sync protocol.
#[utoipa::path(post, path = "/v1/enrol", tag = "phones", security(()), request_body = Object,
    responses((status = 200, body = Object), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn enrol(
    State(state): State<AppState>,
    remote: Remote,
    JsonBody(request): JsonBody<EnrolmentRequest>,
) -> Result<Json<Enrolled>, ApiError> {
    enrolment::enrol(&state, &request, remote).await.map(Json)
}
