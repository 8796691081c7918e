//! `GET /v1/health`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// The server is up and reaches its database.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    pub status: &'static str,
    /// The server's version.
    pub version: &'static str,
    /// The sync protocol spoken.
    pub protocol: u16,
}

/// Whether the server is up and reaches its database.
#[utoipa::path(get, path = "/v1/health", tag = "operation", security(()),
    responses((status = 200, body = Health), (status = 500, body = Problem)))]
pub(super) async fn health(State(state): State<AppState>) -> Result<Json<Health>, ApiError> {
    state.db.begin_read().await?;
    Ok(Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        protocol: saldo_core::wire::PROTOCOL,
    }))
}
