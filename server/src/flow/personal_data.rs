//! The persons of clients (R13.1): every reading is logged in the transaction that shows them, and
//! erasing drops the whole document. Who sees a client is `auth::sight`'s to say; what may stand in
//! a card is core's.

use saldo_core::documents::persons::{DEFAULT_PURPOSE, Person, PersonField, persons};
use saldo_core::documents::{Document, Subject};
use saldo_core::feed::FeedRow;
use saldo_core::ids::{ClientId, PersonId, ReadingId};
use saldo_core::roles::Role;
use saldo_core::wire::ScopeId;
use uuid::Uuid;

use super::Context;
use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::store::card_readings::{self, NewReading, Place};
use crate::store::personal_cards::{self, NewErasure};
use crate::store::{StoreError, Tx, documents, feed, quarantine, scopes};
use crate::sync;

/// Who may erase.
pub const MAY_ERASE: [Role; 2] = [Role::Director, Role::FinanceControl];

/// Who sees the log of readings.
pub const SEES_READINGS: [Role; 3] = [Role::Director, Role::FinanceControl, Role::Security];

/// Why the nightly job erases.
const RETENTION_ENDED: &str = "the retention time is over";

/// The persons of a client. That `who` read them is in the log of readings with this very
/// transaction: commit it before anything is shown.
///
/// # Errors
/// [`ApiError::NotFound`] for a client out of sight, [`ApiError::Store`].
pub async fn read(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    place: Place,
) -> Result<Vec<Person>, ApiError> {
    sight::require(tx, who, client).await?;
    let reading = NewReading {
        id: ReadingId(Uuid::now_v7()),
        client,
        person: who.person,
        read_at: context.now,
        place,
        purpose: DEFAULT_PURPOSE,
    };
    card_readings::record(tx, reading, context.now).await?;
    let subject = written_now(tx, client).await?;
    let card = sync::documents::read(tx, subject).await?;
    Ok(card.as_ref().map(persons).unwrap_or_default())
}

/// Writes what is kept of a person; empty takes it back.
///
/// # Errors
/// [`ApiError::NotFound`] for a client out of sight, [`ApiError::BadRequest`] for what cannot stand
/// there, [`ApiError::Store`].
pub async fn write(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    field: PersonField,
    text: &str,
) -> Result<(), ApiError> {
    sight::require(tx, who, client).await?;
    let text = text.trim();
    field
        .check(text, context.policy.personal_data().home_phones)
        .map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let subject = written_now(tx, client).await?;
    let name = field.to_string();
    sync::write_as_server(tx, subject, |card: &mut Document| {
        Ok(card.set_fields(&[(&name, text)])?.into_iter().collect())
    })
    .await?;
    if let Subject::PersonalCard { generation, .. } = subject {
        personal_cards::written(tx, client, generation, context.now).await?;
    }
    Ok(())
}

/// Erases the persons of a client for good, on somebody's word.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody but the director and finance control,
/// [`ApiError::BadRequest`] without a reason, [`ApiError::NotFound`], [`ApiError::Store`].
pub async fn erase(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    why: &str,
) -> Result<(), ApiError> {
    who.require(&MAY_ERASE)?;
    sight::require(tx, who, client).await?;
    let why = why.trim();
    if why.is_empty() {
        return Err(ApiError::BadRequest(
            "say why it is erased, without names: the reason is kept".to_owned(),
        ));
    }
    Ok(erase_now(tx, context, client, Some(who.person), why).await?)
}

/// Erases because the retention time is over.
///
/// # Errors
/// When the database fails.
pub async fn retire(tx: &mut Tx, context: &Context, client: ClientId) -> Result<(), StoreError> {
    erase_now(tx, context, client, None, RETENTION_ENDED).await
}

/// Erases again what was erased before and came back with a restored copy: every generation up to
/// `erased`. A client that is not here has nothing to erase.
///
/// # Errors
/// When the database fails.
pub async fn erase_again(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    erased: u32,
    why: &str,
) -> Result<(), StoreError> {
    if scopes::of_client(tx, client).await?.is_none() {
        return Ok(());
    }
    while personal_cards::generation(tx, client).await? <= erased {
        erase_now(tx, context, client, None, why).await?;
    }
    Ok(())
}

/// The document with all its changes goes, phones are told that it left, and whatever a phone still
/// writes of it is refused by its generation.
async fn erase_now(
    tx: &mut Tx,
    context: &Context,
    client: ClientId,
    by: Option<PersonId>,
    why: &str,
) -> Result<(), StoreError> {
    let generation = personal_cards::generation(tx, client).await?;
    let document = Subject::PersonalCard { client, generation }.document();
    documents::erase(tx, document).await?;
    quarantine::forget(tx, document).await?;
    let erasure = NewErasure { client, generation, at: context.now, by, why };
    personal_cards::erased(tx, erasure).await?;
    if let Some(scope) = scopes::of_client(tx, client).await? {
        tell_generation(tx, scope, client, generation + 1).await?;
    }
    tracing::info!(%client, "the persons of a client were erased");
    Ok(())
}

async fn tell_generation(
    tx: &mut Tx,
    scope: ScopeId,
    client: ClientId,
    generation: u32,
) -> Result<(), StoreError> {
    let told = feed::get(tx, scope, "client", &client.to_string()).await?;
    if let Some(FeedRow::Client(mut row)) = told {
        row.personal_card = Some(generation);
        feed::put(tx, scope, &FeedRow::Client(row)).await?;
    }
    Ok(())
}

async fn written_now(tx: &mut Tx, client: ClientId) -> Result<Subject, StoreError> {
    let generation = personal_cards::generation(tx, client).await?;
    Ok(Subject::PersonalCard { client, generation })
}
