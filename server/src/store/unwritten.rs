//! What a transaction has still to write when it ends: rows of the feed, the audit log and the rules that
//! fired. A push of a phone's day tells, decides and fires dozens of times; each written by itself would
//! cost several statements, together they cost a few. What is read again within the transaction is found
//! here first.
//!
//! What never lives here: facts and what holds of them. They are written where they are judged.

use std::collections::HashMap;

use super::audit::Line;
use super::feed::{self, Key, Rows};
use super::rule_firings::{self, Fired};
use super::{StoreError, Tx, audit};

/// So many wait at most: what they cost in memory is bounded, however long the transaction is.
pub(super) const MOST_WAITING: usize = 1_000;

/// What such a statement says.
const BESIDE: &str = "/* beside what waits */";

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    pub(super) rows: Rows,
    /// Rows as they were read, in a transaction that alone writes: so they stand until what waits is written.
    pub(super) read: HashMap<Key, String>,
    pub(super) audit: Vec<Line>,
    pub(super) fired: Vec<Fired>,
    /// Something could not be written: nothing of the transaction may hold.
    is_lost: bool,
}

impl Unwritten {
    fn len(&self) -> usize {
        self.rows.len() + self.audit.len() + self.fired.len()
    }

    /// Whether a statement that runs now sees all that it reads: who reads a table whose rows wait here has
    /// them written before, or says that it looks at them itself.
    pub(super) fn hides_nothing_of(&self, statement: &str) -> bool {
        let reads = |places: &[&str]| places.iter().any(|place| statement.contains(place));
        let of_rows = [" feed_row", " from log ", " join log ", "update log set"];
        let sees = |nothing_waits: bool, places: &[&str]| nothing_waits || !reads(places);
        statement.contains(BESIDE)
            || (sees(self.rows.is_empty(), &of_rows)
                && sees(self.audit.is_empty(), &[" audit "])
                && sees(self.fired.is_empty(), &[" rule_fired"]))
    }
}

/// Writes what waits when it has become much.
pub(super) async fn write_when_much(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.unwritten().len() < MOST_WAITING { Ok(()) } else { write(tx).await }
}

/// Writes everything that waits.
pub(super) async fn write(tx: &mut Tx) -> Result<(), StoreError> {
    let Unwritten { rows, read, audit, fired, is_lost } = std::mem::take(tx.unwritten());
    tx.unwritten().is_lost = true;
    if is_lost {
        let words = "something before could not be written, so nothing of this holds: try again";
        return Err(StoreError::Unfit(words.to_owned()));
    }
    feed::write(tx, rows, read).await?;
    rule_firings::write(tx, fired).await?;
    audit::write(tx, audit).await?;
    tx.unwritten().is_lost = false;
    Ok(())
}

#[cfg(test)]
mod tests;
