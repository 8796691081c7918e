//! The client card (R3.1): read and written by whoever sees the client. Persons never stand in it:
//! they have `personal_data`.

use saldo_core::documents::{Document, DocumentError, Subject, card_field, card_field_names};
use saldo_core::ids::ClientId;

use crate::auth::{Principal, sight};
use crate::error::ApiError;
use crate::store::Tx;
use crate::sync;

/// The card of a client; empty where nobody wrote it.
///
/// # Errors
/// [`ApiError::NotFound`] for a client out of sight, [`ApiError::Store`].
pub async fn read(tx: &mut Tx, who: &Principal, client: ClientId) -> Result<Document, ApiError> {
    sight::require(tx, who, client).await?;
    let subject = Subject::ClientCard { client };
    let card = sync::documents::read(tx, subject).await?;
    Ok(card.unwrap_or_else(|| Document::genesis(subject.kind())))
}

/// Writes a field of the card, which settles its conflict; empty takes it back.
///
/// # Errors
/// [`ApiError::NotFound`] for a client out of sight, [`ApiError::BadRequest`] for a field that the
/// card does not have or a text too long, [`ApiError::Store`].
pub async fn write_field(
    tx: &mut Tx,
    who: &Principal,
    client: ClientId,
    name: &str,
    text: &str,
) -> Result<(), ApiError> {
    sight::require(tx, who, client).await?;
    let Some(field) = card_field(name) else {
        let names = card_field_names();
        return Err(ApiError::BadRequest(format!("the card has no such field; it has {names}")));
    };
    write(tx, client, |card| {
        Ok(card.set_fields(&[(field.name, text.trim())])?.into_iter().collect())
    })
    .await
}

/// Edits the card's note so that it reads `text`.
///
/// # Errors
/// As [`write_field`].
pub async fn write_note(
    tx: &mut Tx,
    who: &Principal,
    client: ClientId,
    text: &str,
) -> Result<(), ApiError> {
    sight::require(tx, who, client).await?;
    write(tx, client, |card| Ok(card.edit_note(text.trim())?.into_iter().collect())).await
}

/// What somebody typed may be too long; that is theirs to mend and no fault of ours.
async fn write<F>(tx: &mut Tx, client: ClientId, write: F) -> Result<(), ApiError>
where
    F: FnOnce(&mut Document) -> Result<Vec<saldo_core::documents::WrittenChange>, DocumentError>
        + Send,
{
    let mut refused = None;
    let written = sync::write_as_server(tx, Subject::ClientCard { client }, |card| {
        write(card).or_else(|error| match error {
            DocumentError::TooLong { .. } | DocumentError::Fact(_) => {
                refused = Some(error.to_string());
                Ok(Vec::new())
            }
            other => Err(other),
        })
    })
    .await;
    written?;
    refused.map_or(Ok(()), |why| Err(ApiError::BadRequest(why)))
}
