//! What the phone holds of a scope, as digests: to prove that it is what the server tells.

use rusqlite::Connection;
use saldo_core::wire::{RowChange, digest};

use crate::PhoneError;

/// A row or document of a scope with its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldThing {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) digest: u64,
}

/// The digests of everything that is held of a scope; of a document that the server does not know it is
/// [`digest::NOTHING`].
const DIGESTS_OF_SCOPE: &str = "SELECT digest FROM feed_row WHERE scope = ?1
     UNION ALL SELECT digest FROM document WHERE scope = ?1";

/// The digest of a scope as it is held.
pub(crate) fn digest_of_scope(connection: &Connection, scope: i64) -> Result<u64, PhoneError> {
    let mut statement = connection.prepare_cached(DIGESTS_OF_SCOPE)?;
    let mut held = digest::NOTHING;
    for thing in statement.query_map([scope], |row| row.get(0))? {
        held = digest::exchange(held, digest::NOTHING, i64::cast_unsigned(thing?));
    }
    Ok(held)
}

/// Everything held of a scope that the server knows.
pub(crate) fn things_of_scope(
    connection: &Connection,
    scope: i64,
) -> Result<Vec<HeldThing>, PhoneError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, id, digest FROM feed_row WHERE scope = ?1
         UNION ALL SELECT ?2, id, digest FROM document WHERE scope = ?1 AND digest <> 0",
    )?;
    let rows = statement.query_map(rusqlite::params![scope, RowChange::DOCUMENT], |row| {
        let digest: i64 = row.get(2)?;
        Ok(HeldThing { kind: row.get(0)?, id: row.get(1)?, digest: digest.cast_unsigned() })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::DIGESTS_OF_SCOPE;
    use crate::store::tests::plan_of;

    /// After each sync, over everything that the phone holds: rows and documents themselves are not read.
    #[test]
    fn digests_come_from_their_indexes_alone() {
        let steps = plan_of(DIGESTS_OF_SCOPE);
        for index in ["feed_row_digest", "document_digest"] {
            let covering = format!("USING COVERING INDEX {index}");
            assert!(steps.iter().any(|step| step.contains(&covering)), "{index}: {steps:?}");
        }
    }
}
