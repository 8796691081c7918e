//! The persons of a client (R13.1). Reading them is logged before they are shown; they go from the
//! phone when the server erased them, or when the client is not the rep's any more.

use saldo_core::documents::Subject;
use saldo_core::documents::persons::{self, PersonField};
use saldo_core::feed::ClientRow;
use saldo_core::ids::ReadingId;

use super::{Phone, card, own_identity, views};
use crate::PhoneError;
use crate::engine;
use crate::records::{
    PersonDetail, PersonDetailView, PersonView, PersonalCardView, Post, UtcMillis,
};
use crate::store::{self, OwnIdentity, Store, StoredReading};

#[uniffi::export]
impl Phone {
    /// The persons of a client. The reading is on this phone's disk before this returns and goes to
    /// the server with the next sync: show the card only to the phone's own person.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the client is not on this phone, [`PhoneError::Invalid`] when
    /// the server keeps no personal data yet, [`PhoneError::StorageFull`]: what cannot be logged is
    /// not shown.
    pub fn personal_card(
        &self,
        client: &str,
        now: UtcMillis,
    ) -> Result<PersonalCardView, PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let row = views::client(store.read(), views::client_id(client)?)?;
        let subject = written_now(&row)?;
        let reading = StoredReading {
            id: ReadingId(uuid::Builder::from_random_bytes(engine::random()?).into_uuid()),
            client: row.id,
            read_at: now.into(),
        };
        store.write(|tx| store::put_reading(tx, &reading))?;
        let document = card::document(&store, subject)?;
        Ok(PersonalCardView {
            client: row.id.to_string(),
            code: row.code,
            name: row.name,
            persons: persons::persons(&document).into_iter().map(person).collect(),
            home_phones: home_phones(&store, &own)?,
        })
    }

    /// Writes what is kept of a person of a client; empty takes it back. Write only what the person
    /// was told of, and nothing that is not needed.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the client is not on this phone; [`PhoneError::Invalid`] for
    /// what cannot stand there, such as a home telephone number where the policy keeps none;
    /// [`PhoneError::StorageFull`].
    pub fn edit_person(
        &self,
        client: &str,
        post: Post,
        detail: PersonDetail,
        text: &str,
        now: UtcMillis,
    ) -> Result<(), PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let row = views::client(store.read(), views::client_id(client)?)?;
        let subject = written_now(&row)?;
        let (field, text) = (PersonField { post: post.into(), detail: detail.into() }, text.trim());
        field.check(text, home_phones(&store, &own)?).map_err(PhoneError::invalid)?;
        let name = field.to_string();
        store.write(|tx| engine::write_field(tx, &own, subject, &name, text, now.into()))
    }
}

/// The personal card that may be written now.
fn written_now(row: &ClientRow) -> Result<Subject, PhoneError> {
    match row.personal_card {
        Some(generation) => Ok(Subject::PersonalCard { client: row.id, generation }),
        None => Err(PhoneError::Invalid {
            detail: "the server keeps no personal data of this client yet: sync; if that does not \
                     help, the server must be updated"
                .to_owned(),
        }),
    }
}

/// Off until a policy says otherwise.
fn home_phones(store: &Store, own: &OwnIdentity) -> Result<bool, PhoneError> {
    let rules = views::rules(store.read(), own)?;
    Ok(rules.is_some_and(|rules| rules.policy().personal_data().home_phones))
}

fn person(person: persons::Person) -> PersonView {
    let detail = |(detail, values): (persons::Detail, Vec<String>)| PersonDetailView {
        detail: detail.into(),
        values,
    };
    PersonView {
        post: person.post.into(),
        details: person.details.into_iter().map(detail).collect(),
    }
}
