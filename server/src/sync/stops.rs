//! Who is on whose way: the clients on people's route sheets. Read whenever the risk of a client rises, for a
//! whole team, while others wait to write; so what was read of a sheet is remembered until it changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use saldo_core::documents::{Document, Subject};
use saldo_core::ids::{ClientId, DocumentId, PersonId};
use saldo_core::wire::digest::NOTHING;

use super::documents::unreadable;
use crate::store::{StoreError, Tx, documents};

type Stops = Arc<BTreeSet<ClientId>>;

/// Sheets as they were read lately, by their digests: the same digest is the same sheet.
static READ: Mutex<Option<HashMap<(DocumentId, u64), Stops>>> = Mutex::new(None);

/// Those of a company of a thousand reps, and each as it was before some of its changes.
const MOST_READ: usize = 4_000;

/// The clients on the route sheets of people for a day; who has none has no clients.
///
/// # Errors
/// When the database fails or a stored sheet cannot be read.
pub async fn stops_of(
    tx: &mut Tx,
    people: &[PersonId],
    day: NaiveDate,
) -> Result<HashMap<PersonId, Stops>, StoreError> {
    let subject = |person: PersonId| Subject::RouteSheet { person, day };
    let sheet_of = |person: &PersonId| subject(*person).document();
    let kept = documents::places(tx, people.iter().map(sheet_of)).await?;
    let mut known: HashMap<DocumentId, Stops> = HashMap::new();
    let mut unread = Vec::new();
    for (sheet, place) in &kept {
        match remembered(*sheet, place.digest) {
            Some(stops) => drop(known.insert(*sheet, stops)),
            None => unread.push(*sheet),
        }
    }
    if !unread.is_empty() {
        for (sheet, saved) in documents::by_ids(tx, unread).await? {
            let document =
                Document::load(saved.subject.kind(), &saved.saved).map_err(unreadable)?;
            let clients = document.stops().into_iter().map(|stop| stop.client);
            let stops: Stops = Arc::new(clients.collect());
            remember(sheet, saved.digest, &stops);
            known.insert(sheet, stops);
        }
    }
    let of =
        |person: &PersonId| (*person, known.get(&sheet_of(person)).cloned().unwrap_or_default());
    Ok(people.iter().map(of).collect())
}

fn remembered(sheet: DocumentId, digest: u64) -> Option<Stops> {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.as_ref()?.get(&(sheet, digest)).cloned()
}

fn remember(sheet: DocumentId, digest: u64, stops: &Stops) {
    // Not computed yet, in a database from before there were digests.
    if digest == NOTHING {
        return;
    }
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let read = read.get_or_insert_default();
    if read.len() >= MOST_READ {
        read.clear();
    }
    read.insert((sheet, digest), Arc::clone(stops));
}

#[cfg(test)]
mod tests {
    use saldo_core::documents::Stop;
    use uuid::Uuid;

    use super::*;
    use crate::store::Db;
    use crate::sync::write_as_server;

    const REP: PersonId = PersonId(Uuid::from_u128(1));
    const OTHER: PersonId = PersonId(Uuid::from_u128(2));

    fn day() -> NaiveDate {
        "2026-03-11".parse().unwrap()
    }

    fn client(number: u128) -> ClientId {
        ClientId(Uuid::from_u128(number))
    }

    async fn database() -> (Db, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (crate::testing::database(folder.path()).await, folder)
    }

    async fn plan(db: &Db, number: u128) {
        let stop = Stop { client: client(number), position: 1, purpose: "collect".to_owned() };
        let mut tx = db.begin_write().await.unwrap();
        let subject = Subject::RouteSheet { person: REP, day: day() };
        write_as_server(&mut tx, subject, |sheet| {
            Ok(sheet.plan_stops(std::slice::from_ref(&stop))?.into_iter().collect())
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    async fn stops(db: &Db) -> Vec<ClientId> {
        let mut tx = db.begin_read().await.unwrap();
        let stops = stops_of(&mut tx, &[REP, OTHER], day()).await.unwrap();
        assert!(stops[&OTHER].is_empty(), "no sheet, no clients");
        stops[&REP].iter().copied().collect()
    }

    /// The same sheets lie in two databases, as they do in a test run, and as in one before and after a
    /// restore.
    #[tokio::test]
    async fn a_sheet_that_changes_is_read_again() {
        let ((one, _one), (another, _another)) = (database().await, database().await);
        assert_eq!(stops(&one).await, []);
        plan(&one, 10).await;
        plan(&another, 20).await;
        for _ in 0..2 {
            assert_eq!(stops(&one).await, [client(10)]);
            assert_eq!(stops(&another).await, [client(20)]);
        }
        plan(&one, 11).await;
        assert_eq!(stops(&one).await, [client(10), client(11)]);
        assert_eq!(stops(&another).await, [client(20)]);
    }
}
