//! A small company in a temporary file, for the tests of this room.

use saldo_core::feed::{FeedRow, PersonRow};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;
use uuid::Uuid;

use super::Sequencer;
use crate::store::{Db, feed, scopes};

/// A small company.
pub(super) struct World {
    pub(super) db: Db,
    pub(super) sequencer: Sequencer,
    _folder: tempfile::TempDir,
}

impl World {
    /// An empty company.
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("saldo.db")).await.unwrap();
        Self { db, sequencer: Sequencer::default(), _folder: folder }
    }

    /// Writes rows into the company's scope and numbers them.
    pub(super) async fn put(&self, rows: &[FeedRow]) {
        let mut tx = self.db.begin_write().await.unwrap();
        let scope = scopes::company(&mut tx).await.unwrap();
        for row in rows {
            feed::put(&mut tx, scope, row).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.sequencer.run(&self.db).await.unwrap();
    }
}

/// A row of the feed, the `number`-th.
pub(super) fn note_row(number: u128) -> FeedRow {
    FeedRow::Person(PersonRow {
        id: PersonId(Uuid::from_u128(number)),
        name: format!("Somebody {number}"),
        role: Role::Rep,
    })
}

/// What a reader of the log sees.
pub(super) struct Numbered;

impl Numbered {
    /// The numbers after `since`.
    pub(super) async fn after(world: &World, since: i64) -> Vec<i64> {
        let mut tx = world.db.begin_read().await.unwrap();
        crate::store::log::numbers_after(&mut tx, since).await.unwrap()
    }
}
