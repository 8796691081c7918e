//! Whether the audit log is as it was sealed, and what it tells of still stands.

#[cfg(test)]
mod tests;

use crate::store::audit::{self, FIRST_SEAL, Head};
use crate::store::{Db, StoreError, Tx};

/// How many rows are read at once.
const AT_ONCE: i64 = 1_000;

/// What a look at the audit log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditProof {
    /// Every row is as it was sealed.
    Whole {
        /// Where the chain ends; a copy kept elsewhere proves later that nothing was cut off.
        head: Head,
        /// Rows that wait for their seals: a running server gives them within a second.
        unsealed: i64,
    },
    /// The first row that is not.
    Broken {
        /// Its number.
        number: i64,
        /// What is wrong, and with what.
        words: String,
    },
}

/// Reads the whole chain. `noted` is an end that was written down earlier: it must lie on the chain.
///
/// # Errors
/// When the database fails.
pub async fn verify_audit(db: &Db, noted: Option<Head>) -> Result<AuditProof, StoreError> {
    verify_in(&mut db.begin_read().await?, noted).await
}

/// The same in a transaction.
///
/// # Errors
/// When the database fails.
pub(super) async fn verify_in(tx: &mut Tx, noted: Option<Head>) -> Result<AuditProof, StoreError> {
    let mut chain = Head { number: 0, seal: FIRST_SEAL };
    loop {
        let page = audit::page(tx, chain.number, AT_ONCE).await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            let number = chain.number + 1;
            let what = format!("{} of {}", row.kind, row.about);
            if row.number != Some(number) {
                return Ok(broken(number, "it is missing".to_owned()));
            }
            let seal = row.seal_as(number, &chain.seal);
            if row.seal.as_deref() != Some(&seal) {
                return Ok(broken(number, format!("{what}: it is not what was sealed")));
            }
            chain = Head { number, seal };
            if noted.is_some_and(|noted| noted.number == number && noted.seal != seal) {
                return Ok(broken(number, format!("{what}: its seal is not the one noted")));
            }
            if audit::still_stands(tx, &row).await? == Some(false) {
                return Ok(broken(number, format!("{what}: the database says something else now")));
            }
        }
    }
    let head = audit::head(tx).await?;
    if head.number > chain.number || noted.is_some_and(|noted| noted.number > chain.number) {
        return Ok(broken(chain.number + 1, "it is missing, with all behind it".to_owned()));
    }
    if head != chain {
        return Ok(broken(head.number + 1, "somebody added it behind the end".to_owned()));
    }
    Ok(AuditProof::Whole { head: chain, unsealed: audit::unsealed(tx).await? })
}

const fn broken(number: i64, words: String) -> AuditProof {
    AuditProof::Broken { number, words }
}
