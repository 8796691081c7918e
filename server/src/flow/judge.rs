//! Judges what phones wrote.

use saldo_core::facts::Fact;
use saldo_core::ids::{DeviceId, DocumentId};

use super::Context;
use crate::error::ApiError;
use crate::store::Tx;

/// A fact that has just come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// The document it was written into.
    pub document: DocumentId,
    /// The device that wrote it.
    pub device: DeviceId,
    /// The fact.
    pub fact: Fact,
}

/// Keeps new facts and judges them, all in `tx`. A fact that was kept before is passed over.
///
/// # Errors
/// When the database fails.
pub async fn new_facts(tx: &mut Tx, context: &Context, facts: &[NewFact]) -> Result<(), ApiError> {
    let _ = (tx, context, facts);
    todo!()
}
