//! The contract and its package of documents, on a client's page (R3.2): what is there, what is
//! missing, and the forms for those who may.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use chrono::NaiveDate;
use saldo_core::account::Contract;
use saldo_core::document_package::{self, Document};
use saldo_core::ids::ClientId;
use saldo_core::money::{Currency, Money};
use serde::Deserialize;

use super::PageError;
use super::amounts::amount;
use super::read::{PageOf, Sent};
use super::terms::{minor_of, number_of};
use crate::auth::{Principal, Visitor, sight};
use crate::error::ApiError;
use crate::flow::Context;
use crate::flow::contract::{self, NOTERS};
use crate::state::AppState;
use crate::store::contracts::{self, Concluded, Noted};
use crate::store::{Tx, clients};

/// The forms about a contract.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/clients/{id}/documents", post(note))
        .route("/clients/{id}/contract", post(conclude))
}

/// A client's contract as its page shows it.
#[derive(Debug)]
pub(super) struct ContractCard {
    pub client: ClientId,
    pub currency: Currency,
    pub today: NaiveDate,
    pub depth: String,
    pub days: String,
    pub safe: String,
    /// What holds, in words.
    pub holds: Vec<String>,
    pub documents: Vec<DocumentLine>,
    pub lacking: Vec<String>,
    pub may_note: bool,
    pub may_conclude: bool,
    pub past: Vec<String>,
    pub home_phones: bool,
}

/// One of the eight.
#[derive(Debug)]
pub(super) struct DocumentLine {
    pub name: &'static str,
    pub title: &'static str,
    pub dated_on: String,
    /// Empty where it is there and young enough.
    pub lack: String,
    pub noted: String,
}

/// The contract, as its form sends it; what is empty is not set.
#[derive(Deserialize)]
pub(super) struct SentContract {
    #[serde(default)]
    depth: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    safe: String,
    #[serde(default)]
    why: String,
}

impl ContractCard {
    /// The card of a client as `who` sees it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], or when the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        who: &Principal,
        client: ClientId,
    ) -> Result<Self, ApiError> {
        let card = clients::by_id(tx, client).await?.ok_or(ApiError::NotFound("client"))?;
        let noted = contracts::documents(tx, client).await?;
        let lacking = contract::lacking(tx, context, client).await?;
        let past = contracts::of_client(tx, client).await?;
        let currency = card.currency;
        let text = |minor: Option<i64>| {
            minor.map(|minor| Money::new(minor, currency).amount_text()).unwrap_or_default()
        };
        let document = |document: Document| {
            let latest = noted.iter().find(|one| one.document == document);
            let lack = lacking.iter().find(|one| one.document() == document);
            line(context, document, latest, lack)
        };
        Ok(Self {
            client,
            currency,
            today: context.today,
            depth: text(card.contract.depth_minor),
            days: card.contract.depth_days.map(|days| days.to_string()).unwrap_or_default(),
            safe: text(card.contract.safe_shipment_minor),
            holds: in_words(&card.contract, currency),
            documents: Document::ALL.map(document).into(),
            may_note: NOTERS.contains(&who.role),
            may_conclude: document_package::who_concludes(&lacking).contains(&who.role),
            lacking: lacking.iter().map(ToString::to_string).collect(),
            past: past.iter().map(|one| past_in_words(one, context, currency)).collect(),
            home_phones: context.policy.personal_data().home_phones,
        })
    }
}

/// `POST /clients/{id}/documents`: a date a document; empty: it is not there.
pub(super) async fn note(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(sent): Sent<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let documents = sent
        .into_iter()
        .map(|(name, date)| {
            let document = Document::try_from(name).map_err(ApiError::BadRequest)?;
            Ok((document, number_of::<NaiveDate>(&date)?))
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    contract::note(&mut tx, &context, &who, client, &documents).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

/// `POST /clients/{id}/contract`.
pub(super) async fn conclude(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(sent): Sent<SentContract>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let wanted = Contract {
        depth_minor: minor_of(&sent.depth, card.currency)?,
        depth_days: number_of(&sent.days)?,
        safe_shipment_minor: minor_of(&sent.safe, card.currency)?,
    };
    contract::conclude(&mut tx, &context, &who, client, &wanted, &sent.why).await?;
    tx.commit().await?;
    state.sequencer.run(&state.db).await?;
    Ok(Redirect::to(&format!("/clients/{client}")).into_response())
}

fn line(
    context: &Context,
    document: Document,
    noted: Option<&Noted>,
    lack: Option<&document_package::Lack>,
) -> DocumentLine {
    use saldo_core::document_package::Lack;
    DocumentLine {
        name: document.name(),
        title: document.title(),
        dated_on: noted
            .and_then(|one| one.dated_on)
            .map(|dated_on| dated_on.to_string())
            .unwrap_or_default(),
        lack: match lack {
            None => String::new(),
            Some(Lack::Missing(_)) => "missing".to_owned(),
            Some(Lack::TooOld { age_days, .. }) => format!("{age_days} days old"),
        },
        noted: noted
            .map(|one| format!("{}, {}", one.by, one.at.civil_date(context.policy.time_zone())))
            .unwrap_or_default(),
    }
}

fn in_words(contract: &Contract, currency: Currency) -> Vec<String> {
    vec![
        contract.depth_minor.map_or("no depth in money".to_owned(), |minor| {
            format!("depth {}", amount(minor, currency))
        }),
        contract
            .depth_days
            .map_or("no depth in days".to_owned(), |days| format!("{days} days of deferral")),
        contract.safe_shipment_minor.map_or("no safe shipment limit".to_owned(), |minor| {
            format!("safe shipment limit {}", amount(minor, currency))
        }),
    ]
}

fn past_in_words(one: &Concluded, context: &Context, currency: Currency) -> String {
    let terms = in_words(&one.contract, currency).join(", ");
    let lacking =
        if one.lacking.is_empty() { String::new() } else { format!(" (without: {})", one.lacking) };
    let at = one.at.in_words(context.policy.time_zone());
    format!("{at}, {} ({}): {terms}: {}{lacking}", one.by, one.role, one.why)
}
