//! Sign-in, sign-out, and who one is.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::JsonBody;
use crate::auth::{Principal, Remote, presented_token, sign_in as door};
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// Login and password.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedIn {
    /// To be sent as `Authorization: Bearer`.
    pub token: String,
    /// When the session ends if nothing happens.
    #[schema(value_type = i64)]
    pub expires_at: UtcMillis,
    /// Who.
    pub person: Me,
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// Which person.
    #[schema(value_type = uuid::Uuid)]
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The role, such as `supervisor`.
    #[schema(value_type = String)]
    pub role: Role,
}

impl From<Principal> for Me {
    fn from(principal: Principal) -> Self {
        Self { id: principal.person, name: principal.name, role: principal.role }
    }
}

/// Signs in with login and password: at most 5 times a minute a login, 30 times an address.
#[utoipa::path(post, path = "/v1/sign-in", tag = "session", security(()), request_body = SignIn,
    responses((status = 200, body = SignedIn), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub(super) async fn sign_in(
    State(state): State<AppState>,
    remote: Remote,
    JsonBody(asked): JsonBody<SignIn>,
) -> Result<Json<SignedIn>, ApiError> {
    let session = door::sign_in(&state, &asked.login, asked.password, remote).await?;
    Ok(Json(SignedIn {
        token: session.token.reveal().to_owned(),
        expires_at: session.expires_at,
        person: session.principal.into(),
    }))
}

/// Ends the session.
#[utoipa::path(post, path = "/v1/sign-out", tag = "session",
    responses((status = 204), (status = 401, body = Problem)))]
pub(super) async fn sign_out(
    State(state): State<AppState>,
    _: Principal,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    if let Some(token) = presented_token(&headers) {
        door::sign_out(&state, &token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Who one is.
#[utoipa::path(get, path = "/v1/me", tag = "session",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub(super) async fn me(principal: Principal) -> Json<Me> {
    Json(principal.into())
}
