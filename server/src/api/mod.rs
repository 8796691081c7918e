//! The JSON interface: one page that lists every route. Handlers are thin; what a request means
//! is decided in `flow` and `auth`.

mod aging;
mod cards;
mod clients;
mod contract;
mod control;
mod decisions;
mod devices;
mod disputes;
mod enforcement;
mod expected_payments;
mod extract;
mod fees;
mod health;
mod ladder;
mod ledger;
mod news;
mod openapi;
mod papers;
mod restructurings;
mod risk;
mod session;
mod shipments;
mod sync;
mod terms;
mod verdicts;

#[cfg(test)]
mod tests;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(crate) use decisions::{ChoiceName, in_sight};
pub(crate) use enforcement::event_named;
pub(crate) use extract::IdOf;
pub use openapi::document as openapi_document;

/// The JSON interface. The paths stand at the handlers and, all of them, in `docs/openapi.json`.
pub(crate) fn json_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::head())
        // open to everybody: /v1/health, /v1/openapi.json, /v1/sign-in, /v1/enrol
        .routes(routes!(health::health))
        .routes(routes!(openapi::openapi_json))
        .routes(routes!(session::sign_in))
        .routes(routes!(devices::enrol))
        // for phones, by their key: /v1/sync, /v1/news
        .routes(routes!(sync::sync))
        .routes(routes!(news::news))
        // for people, by their session
        .routes(routes!(session::sign_out))
        .routes(routes!(session::me))
        .routes(routes!(devices::issue_code))
        .routes(routes!(devices::phones))
        .routes(routes!(decisions::inbox))
        .routes(routes!(decisions::task))
        .routes(routes!(decisions::decide))
        .routes(routes!(decisions::done))
        .routes(routes!(clients::list))
        .routes(routes!(clients::one))
        .routes(routes!(clients::account))
        .routes(routes!(risk::debtors))
        .routes(routes!(risk::client_risk))
        .routes(routes!(risk::rate))
        .routes(routes!(risk::record_event))
        .routes(routes!(cards::client_card))
        .routes(routes!(cards::personal_card))
        .routes(routes!(cards::personal_card_readings))
        .routes(routes!(cards::erase_personal_card))
        .routes(routes!(fees::fees_of))
        .routes(routes!(fees::book_fee))
        .routes(routes!(fees::waive_fee))
        .routes(routes!(restructurings::restructurings_of, restructurings::draw_up))
        .routes(routes!(restructurings::approve))
        .routes(routes!(restructurings::reject))
        .routes(routes!(restructurings::withdraw))
        .routes(routes!(aging::aging))
        .routes(routes!(expected_payments::expected_payments))
        .routes(routes!(contract::contract, contract::conclude))
        .routes(routes!(contract::note_documents))
        .routes(routes!(terms::list))
        .routes(routes!(terms::step))
        .routes(routes!(terms::set_new))
        .routes(routes!(shipments::released))
        .routes(routes!(papers::list, papers::record))
        .routes(routes!(papers::withdraw))
        .routes(routes!(disputes::list))
        .routes(routes!(disputes::answer))
        .routes(routes!(enforcement::one, enforcement::tell))
        .routes(routes!(verdicts::verdict))
        .routes(routes!(verdicts::explanation))
        .merge(control::routes())
        .merge(ladder::routes())
        // for the company's ERP, by its key
        .merge(ledger::routes())
}
