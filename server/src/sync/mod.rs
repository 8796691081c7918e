//! Sync: takes in what phones wrote and tells them what is new.

use crate::store::{Db, StoreError, Tx};
use saldo_core::documents::{Document, DocumentError, Subject, WrittenChange};

/// Gives the log its numbers after commit; one at a time.
#[derive(Debug, Clone, Default)]
pub struct Sequencer {}

impl Sequencer {
    /// Numbers everything that was committed and has no number yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, db: &Db) -> Result<(), StoreError> {
        let _ = db;
        todo!()
    }
}

/// Lets the server itself write into a document (made from its genesis if it does not exist):
/// `write` gets the document and gives the changes it made, which are stored and logged.
///
/// # Errors
/// When the database fails or the stored document cannot be read.
pub async fn write_as_server<F>(tx: &mut Tx, subject: Subject, write: F) -> Result<(), StoreError>
where
    F: FnOnce(&mut Document) -> Result<Vec<WrittenChange>, DocumentError> + Send,
{
    let _ = (tx, subject, write);
    todo!()
}
