//! One-time codes and the enrolment of phones.

use axum::Json;
use axum::extract::State;
use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::time::UtcMillis;
use saldo_core::wire::{Enrolled, EnrolmentRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::JsonBody;
use crate::auth::{Principal, Remote, enrolment};
use crate::error::{ApiError, Problem};
use crate::state::AppState;
use crate::store::devices::DeviceRecord;

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

/// A phone as the people who let it in see it.
#[derive(Serialize, ToSchema)]
pub(super) struct PhoneView {
    /// Which.
    #[schema(value_type = String)]
    pub device: DeviceId,
    /// Whose.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// The person's name.
    pub person_name: String,
    /// What the person calls the phone.
    pub name: String,
    /// The app's version at its last sync.
    pub app_version: String,
    /// Its newest installation; above 1 it was restored, copied or let in again.
    pub install_epoch: u32,
    /// When it was let in.
    #[schema(value_type = i64)]
    pub enrolled_at: UtcMillis,
    /// When it last synced.
    #[schema(value_type = Option<i64>)]
    pub last_sync_at: Option<UtcMillis>,
    /// How many changes waited on it after that.
    pub unsent: u32,
    /// When the oldest of them was written, by the phone's clock.
    #[schema(value_type = Option<i64>)]
    pub unsent_since: Option<UtcMillis>,
    /// When it was shut out.
    #[schema(value_type = Option<i64>)]
    pub revoked_at: Option<UtcMillis>,
}

impl From<DeviceRecord> for PhoneView {
    fn from(phone: DeviceRecord) -> Self {
        Self {
            device: phone.id,
            person: phone.person,
            person_name: phone.person_name,
            name: phone.name,
            app_version: phone.app_version,
            install_epoch: phone.install_epoch,
            enrolled_at: phone.enrolled_at,
            last_sync_at: phone.last_sync_at,
            unsent: phone.unsent,
            unsent_since: phone.unsent_since,
            revoked_at: phone.revoked_at,
        }
    }
}

/// The phones of the people whom the one who asks may let in; an operator sees everybody's.
#[utoipa::path(get, path = "/v1/phones", tag = "phones",
    responses((status = 200, body = Vec<PhoneView>), (status = 401, body = Problem)))]
pub(super) async fn phones(
    State(state): State<AppState>,
    who: Principal,
) -> Result<Json<Vec<PhoneView>>, ApiError> {
    let mut tx = state.db.begin_read().await?;
    let phones = enrolment::phones(&mut tx, &who).await?;
    Ok(Json(phones.into_iter().map(PhoneView::from).collect()))
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
