//! Numbers are given after commit, one run at a time: a number drawn before commit would let a
//! reader pass a writer that commits later, and lose its entry for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::store::{Db, StoreError, log};

/// Gives the log its numbers after commit; one at a time. Clones share their turns.
#[derive(Debug, Clone, Default)]
pub struct Sequencer {
    /// Callers so far: who asks draws a ticket.
    asked: Arc<AtomicU64>,
    /// The highest ticket whose entries are numbered. Its lock is the turn.
    served: Arc<Mutex<u64>>,
}

impl Sequencer {
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
            let mut tx = db.begin_write().await?;
            let numbered = log::number_all(&mut tx).await?;
            tx.commit().await?;
            tracing::debug!(numbered, "the log got its numbers");
        }
        *served = up_to;
        Ok(())
    }
}

/// A look without the writer's turn: most syncs bring nothing.
async fn wants_numbers(db: &Db) -> Result<bool, StoreError> {
    log::wants_numbers(&mut db.begin_read().await?).await
}

#[cfg(test)]
mod tests {
    use crate::store::scopes;
    use crate::sync::worlds::{Numbered, World, note_row};

    /// Sixteen writers and a reader that follows: no number is missing, none comes late.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn numbers_have_no_holes_and_a_reader_never_skips() {
        let world = World::new().await;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..16_u128 {
            let (db, sequencer) = (world.db.clone(), world.sequencer.clone());
            writers.spawn(async move {
                for entry in 0..5_u128 {
                    let mut tx = db.begin_write().await.unwrap();
                    let scope = scopes::company(&mut tx).await.unwrap();
                    let row = note_row(writer * 100 + entry);
                    crate::store::feed::put(&mut tx, scope, &row).await.unwrap();
                    tx.commit().await.unwrap();
                    sequencer.run(&db).await.unwrap();
                }
            });
        }
        let mut read = Vec::new();
        while read.len() < 80 {
            let since = read.last().copied().unwrap_or(0);
            read.extend(Numbered::after(&world, since).await);
            tokio::task::yield_now().await;
        }
        writers.join_all().await;
        assert_eq!(read, (1..=80).collect::<Vec<i64>>());
    }

    #[tokio::test]
    async fn what_is_not_committed_gets_no_number() {
        let world = World::new().await;
        let mut tx = world.db.begin_write().await.unwrap();
        let scope = scopes::company(&mut tx).await.unwrap();
        crate::store::feed::put(&mut tx, scope, &note_row(1)).await.unwrap();
        drop(tx);
        world.sequencer.run(&world.db).await.unwrap();
        assert_eq!(Numbered::after(&world, 0).await, Vec::<i64>::new());
        world.put(&[note_row(1), note_row(1), note_row(2)]).await;
        assert_eq!(Numbered::after(&world, 0).await, vec![1, 2], "the same row again is no news");
    }
}
