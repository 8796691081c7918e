//! Documents read and written by the server itself.

use saldo_core::documents::{
    Document, DocumentError, Subject, WrittenChange, actor_of, appended_to,
};
use saldo_core::ids::DeviceId;
use saldo_core::wire::ScopeId;
use uuid::Uuid;

use crate::store::{StoreError, Tx, documents, scopes};

/// Reads a document; `None` when nobody has written it yet.
///
/// # Errors
/// When the database fails or the stored document cannot be read.
pub async fn read(tx: &mut Tx, subject: Subject) -> Result<Option<Document>, StoreError> {
    documents::by_id(tx, subject.document())
        .await?
        .map(|kept| Document::load(subject.kind(), &kept.saved).map_err(unreadable))
        .transpose()
}

/// Lets the server itself write into a document (made from its genesis if it does not exist):
/// `write` gets the document and gives the changes it made, which are stored and logged. Nothing
/// is stored when it gives none. Many documents in one transaction are the quick way to write
/// many.
///
/// # Errors
/// When the database fails, the stored document cannot be read, `write` fails, or the document is
/// about a client that does not exist.
pub async fn write_as_server<F>(tx: &mut Tx, subject: Subject, write: F) -> Result<(), StoreError>
where
    F: FnOnce(&mut Document) -> Result<Vec<WrittenChange>, DocumentError> + Send,
{
    let kept = documents::by_id(tx, subject.document()).await?;
    let scope = match &kept {
        Some(kept) => kept.scope,
        None => scope_of(tx, subject).await?.ok_or_else(|| {
            StoreError::unreadable("client")(format!("{subject:?} is about nobody known"))
        })?,
    };
    let (saved, heads, changes) = {
        let mut document = match &kept {
            Some(kept) => Document::load(subject.kind(), &kept.saved).map_err(unreadable)?,
            None => Document::genesis(subject.kind()),
        };
        // One server writes at a time (inside the transaction), so one actor is enough.
        document.set_actor(actor_of(DeviceId(Uuid::nil()), 0));
        let changes = write(&mut document).map_err(unreadable)?;
        // As phones' changes are: so the gate still sees how the document was before.
        let appended = kept.and_then(|kept| appended_to(kept.saved, &changes));
        (appended.unwrap_or_else(|| document.save()), document.heads(), changes)
    };
    let state = documents::NewState { subject, saved: &saved, heads: &heads };
    documents::write(tx, state, scope, &changes, None).await
}

/// The scope that a document belongs to: of a route sheet its person's, of a card its client's
/// territory's. `None`: there is no such client.
pub(super) async fn scope_of(tx: &mut Tx, subject: Subject) -> Result<Option<ScopeId>, StoreError> {
    match subject {
        Subject::RouteSheet { person, .. } => Ok(Some(scopes::person(tx, person).await?)),
        Subject::ClientCard { client } | Subject::PersonalCard { client, .. } => {
            scopes::of_client(tx, client).await
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn unreadable(error: DocumentError) -> StoreError {
    StoreError::unreadable("document.saved")(error.to_string())
}
