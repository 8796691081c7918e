//! What a new company starts with: its name, the default policy and one person who can let the
//! others in. Never changes what is there.

use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;
use uuid::Uuid;

use crate::auth::passwords;
use crate::error::ApiError;
use crate::store::company::{self, Company};
use crate::store::people::{self, Person};
use crate::store::{Db, policies};

/// The login of the first person.
pub const FIRST_LOGIN: &str = "admin";

/// Letters and digits that nobody misreads: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A password that was drawn, to be shown once. Only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct DrawnPassword(String);

impl DrawnPassword {
    /// A new one, of 80 random bits.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn draw() -> Result<Self, ApiError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| ApiError::Internal(format!("no randomness: {error}")))?;
        let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Ok(Self(groups.join("-")))
    }

    /// The password itself: for its owner and nobody else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for DrawnPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DrawnPassword(hidden)")
    }
}

/// Makes sure that there is a company with a policy and somebody to sign in. When nobody was
/// there, gives the password of the first person, [`FIRST_LOGIN`].
///
/// # Errors
/// When the database fails or the machine has no randomness.
pub async fn prepare(db: &Db, now: UtcMillis) -> Result<Option<DrawnPassword>, ApiError> {
    let mut tx = db.begin_write().await?;
    let unnamed = Company { name: "The company".to_owned(), is_demo: false, created_at: now };
    company::ensure(&mut tx, &unnamed).await?;
    policies::ensure_default(&mut tx, now).await?;
    let first = if people::all(&mut tx).await?.is_empty() {
        let password = DrawnPassword::draw()?;
        people::insert(&mut tx, &first_person(&password, now)?).await?;
        Some(password)
    } else {
        None
    };
    tx.commit().await?;
    Ok(first)
}

fn first_person(password: &DrawnPassword, now: UtcMillis) -> Result<Person, ApiError> {
    Ok(Person {
        id: PersonId(Uuid::now_v7()),
        login: FIRST_LOGIN.to_owned(),
        name: "Administrator".to_owned(),
        role: Role::Operator,
        supervisor: None,
        password_hash: passwords::hash_here(password.reveal())?,
        active: true,
        created_at: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_start_lets_one_person_in_and_the_second_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let password = prepare(&db, UtcMillis(1_000)).await.unwrap().unwrap();
        assert_eq!(prepare(&db, UtcMillis(2_000)).await.unwrap(), None);

        let mut tx = db.begin_read().await.unwrap();
        let people = people::all(&mut tx).await.unwrap();
        assert_eq!(people.len(), 1);
        assert_eq!((people[0].login.as_str(), people[0].role), (FIRST_LOGIN, Role::Operator));
        let hash = Some(people[0].password_hash.clone());
        assert!(passwords::verify(password.reveal().to_owned(), hash).await.unwrap());
        assert!(company::load(&mut tx).await.unwrap().is_some());
        assert_eq!(policies::all(&mut tx).await.unwrap().len(), 1);
    }

    #[test]
    fn no_two_passwords_are_the_same_and_none_is_logged() {
        let (one, other) = (DrawnPassword::draw().unwrap(), DrawnPassword::draw().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 19);
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
