//! Numbers are given after commit, one run at a time: a number drawn before commit would let a
//! reader pass a writer that commits later, and lose its entry for good. Only where one transaction writes
//! at a time, in a file, nobody can commit later, and the writer may give them itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::bell::Bell;
use crate::measure;
use crate::store::log::{self, Numbered};
use crate::store::{Db, StoreError, Tx, audit};

/// Gives the log its numbers after commit; one at a time. Clones share their turns.
#[derive(Debug, Clone, Default)]
pub struct Sequencer {
    /// Callers so far: who asks draws a ticket.
    asked: Arc<AtomicU64>,
    /// The highest ticket whose entries are numbered. Its lock is the turn.
    served: Arc<Mutex<u64>>,
    /// A run will begin soon.
    soon: Arc<AtomicBool>,
    /// Rings for what was numbered.
    bell: Bell,
}

impl Sequencer {
    /// A sequencer that rings `bell`.
    #[must_use]
    pub fn ringing(bell: Bell) -> Self {
        Self { bell, ..Self::default() }
    }

    /// Numbers everything that was committed and has no number yet. Callers that come while a run
    /// is under way share the next one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, db: &Db) -> Result<(), StoreError> {
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut served = self.served.lock().await;
        if *served >= ticket {
            return Ok(());
        }
        // Whoever drew a ticket up to here had committed before, so this run sees its entries.
        let up_to = self.asked.load(Ordering::SeqCst);
        if wants_numbers(db).await? {
            // Its own lock is the state of the log: of several nodes one numbers, and the next sees
            // what it has numbered.
            let mut tx = db.begin_write_beside().await?;
            let numbered = number(&mut tx).await?;
            tx.commit().await?;
            self.tell(numbered);
        }
        *served = up_to;
        Ok(())
    }

    /// Gives numbers to what a transaction has written, as its last work, if it alone writes: they hold together
    /// with what they stand for, and a commit is saved. `None`: others write beside it.
    pub(super) async fn number(&self, tx: &mut Tx) -> Result<Option<Numbered>, StoreError> {
        if !tx.writes_alone() {
            return Ok(None);
        }
        Ok(Some(number(tx).await?))
    }

    /// Commits a transaction after [`Sequencer::number`].
    pub(super) async fn commit(
        &self,
        tx: Tx,
        numbered: Option<Numbered>,
    ) -> Result<(), StoreError> {
        tx.commit().await?;
        if let Some(numbered) = numbered {
            self.tell(numbered);
        }
        Ok(())
    }

    fn tell(&self, Numbered { entries, state, .. }: Numbered) {
        self.bell.pull(state.last_seq);
        measure::numbered(entries);
        tracing::debug!(entries, "the log got its numbers");
    }

    /// The same in a moment, for many at once, by whoever does not wait for it. Should the process die
    /// before, the next look of any node numbers it.
    pub fn run_soon(&self, db: &Db) {
        if self.soon.swap(true, Ordering::SeqCst) {
            return;
        }
        let (sequencer, db) = (self.clone(), db.clone());
        tokio::spawn(async move {
            tokio::time::sleep(SOON).await;
            // Before the run: who commits from now on asks for another.
            sequencer.soon.store(false, Ordering::SeqCst);
            if let Err(error) = sequencer.run(&db).await {
                tracing::error!(%error, "the log could not be numbered and will be tried again");
            }
        });
    }
}

async fn number(tx: &mut Tx) -> Result<Numbered, StoreError> {
    let numbered = log::number_all(tx).await?;
    if numbered.wants_seals {
        audit::seal_all(tx).await?;
    }
    tx.announce_numbers().await?;
    Ok(numbered)
}

/// How soon [`Sequencer::run_soon`] numbers: nobody who watches a phone sees it.
const SOON: Duration = Duration::from_millis(100);

/// A look without the writer's turn: most syncs bring nothing.
async fn wants_numbers(db: &Db) -> Result<bool, StoreError> {
    log::wants_numbers(&mut db.begin_read().await?).await
}
