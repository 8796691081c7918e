//! The client card (R3.1): what is known of a client's outlets. Edited in place and offline; what
//! several people wrote at once is merged, and a conflict stays visible.

use saldo_core::documents::{CARD_FIELDS, CardField, Document, Subject};

use super::{Phone, own_identity, views};
use crate::PhoneError;
use crate::engine;
use crate::records::{CardFieldView, CardView, UtcMillis};
use crate::store::{self, Store};

#[uniffi::export]
impl Phone {
    /// What is known of a client's outlets. A card that nobody wrote has empty fields.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the client is not on this phone.
    pub fn card(&self, client: &str) -> Result<CardView, PhoneError> {
        let store = self.store();
        own_identity(&store)?;
        let row = views::client(store.read(), views::client_id(client)?)?;
        let card = document(&store, Subject::ClientCard { client: row.id })?;
        let fields = card.fields();
        Ok(CardView {
            client: row.id.to_string(),
            code: row.code,
            name: row.name,
            fields: CARD_FIELDS
                .iter()
                .map(|field| CardFieldView {
                    name: field.name.to_owned(),
                    title: field.title.to_owned(),
                    used_for: field.used_for.to_owned(),
                    values: values(&fields, field.name),
                })
                .collect(),
            note: card.note(),
        })
    }

    /// Writes a field of a client's card; empty takes it back. Writing settles a conflict.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the client is not on this phone, [`PhoneError::Invalid`] for a
    /// field that the card does not have or a text too long, [`PhoneError::StorageFull`].
    pub fn edit_card_field(
        &self,
        client: &str,
        field: &str,
        text: &str,
        now: UtcMillis,
    ) -> Result<(), PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let client = views::client(store.read(), views::client_id(client)?)?.id;
        let (subject, text) = (Subject::ClientCard { client }, text.trim());
        store.write(|tx| engine::write_field(tx, &own, subject, field, text, now.into()))
    }

    /// Edits the free note of a client's card so that it reads `text`. Edits of several people at
    /// once merge. It is no place for names and numbers of people: [`Phone::edit_person`] is.
    ///
    /// # Errors
    /// As [`Phone::edit_card_field`].
    pub fn edit_card_note(
        &self,
        client: &str,
        text: &str,
        now: UtcMillis,
    ) -> Result<(), PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let client = views::client(store.read(), views::client_id(client)?)?.id;
        let subject = Subject::ClientCard { client };
        store.write(|tx| engine::write_note(tx, &own, subject, text, now.into()))
    }
}

/// The document as it stands on this phone; empty where nobody wrote it.
pub(super) fn document(store: &Store, subject: Subject) -> Result<Document, PhoneError> {
    match store::load_document(store.read(), subject.document())? {
        Some(stored) => Ok(Document::load(subject.kind(), &stored.saved)?),
        None => Ok(Document::genesis(subject.kind())),
    }
}

/// What stands in a field; nothing where it was taken back.
fn values(fields: &[CardField], name: &str) -> Vec<String> {
    let found = fields.iter().find(|field| field.name == name);
    let values = found.map(|field| field.values.clone()).unwrap_or_default();
    if values.iter().all(String::is_empty) { Vec::new() } else { values }
}
