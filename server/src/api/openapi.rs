//! The description of the JSON interface, generated from the handlers and locked by
//! `docs/openapi.json`.

use axum::Json;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::auth::sign_in::COOKIE;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Saldo",
        description = "Phones write facts; the server writes verdicts. A refusal by the rules is a \
                       verdict (200), never an error. Errors are `application/problem+json` with a \
                       stable `code`. Instants are milliseconds since 1970 UTC, dates are civil \
                       dates in the company's time zone, money is a decimal with its currency \
                       (`\"1250.50 EUR\"`).",
    ),
    security(("bearer" = []), ("cookie" = [])),
    modifiers(&Doors),
)]
struct Head;

/// The ways to show who one is.
struct Doors;

impl Modify for Doors {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "api_key",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("saldo_...")
                    .build(),
            ),
        );
        components.add_security_scheme(
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))),
        );
    }
}

/// What stands above the paths.
pub(super) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// The whole description.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    super::json_routes().split_for_parts().1
}

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "operation", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(super) async fn openapi_json() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
