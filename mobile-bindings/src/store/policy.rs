//! The policy in force, as the server told it.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use saldo_core::feed::FeedRow;
use saldo_core::policy::Policy;

use super::row;
use crate::PhoneError;

/// The kind of the row in which it comes.
pub(super) const KIND: &str = "policy";

/// The policy in force. None before the first sync has brought it, and while it says something that
/// this app does not understand. Keys that only newer apps know are passed over.
pub(crate) fn policy(connection: &Connection) -> Result<Option<Policy>, PhoneError> {
    match row(connection, KIND, "policy")? {
        Some(FeedRow::Policy(row)) => Ok(read(row.toml)),
        _ => Ok(None),
    }
}

/// Whether the policy lends limit to phones (R4.9); no while there is none that this app understands.
/// Every sync asks it, and reading a policy takes longer than all the rest of a sync that brings nothing.
pub(crate) fn lends(connection: &Connection) -> Result<bool, PhoneError> {
    let noted = connection
        .prepare_cached("SELECT lends FROM sync_state WHERE lends IS NOT NULL")?
        .query_row([], |row| row.get(0))
        .optional()?;
    match noted {
        Some(lends) => Ok(lends),
        None => Ok(policy(connection)?.is_some_and(|policy| policy.loan().lends())),
    }
}

/// Notes what the policy says of lending, unless that is noted. A policy that this app does not understand
/// is left to the next one, which may.
pub(crate) fn note_lending(tx: &Connection) -> Result<(), PhoneError> {
    let is_noted: bool = tx
        .prepare_cached("SELECT lends IS NOT NULL FROM sync_state")?
        .query_row([], |row| row.get(0))?;
    if !is_noted && let Some(policy) = policy(tx)? {
        tx.execute("UPDATE sync_state SET lends = ?1", [policy.loan().lends()])?;
    }
    Ok(())
}

/// The policy changed, or is gone: nothing is known of it that was not read anew.
pub(super) fn forget_lending(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute("UPDATE sync_state SET lends = NULL", [])?;
    Ok(())
}

/// The policy that was read last, by its text: reading it takes longer than judging by it, and the
/// same text always reads the same.
static READ: Mutex<Option<(String, Policy)>> = Mutex::new(None);

fn read(text: String) -> Option<Policy> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match &*read {
        Some((known, policy)) if *known == text => Some(policy.clone()),
        _ => {
            let policy = Policy::from_toml_lenient(&text).ok()?;
            *read = Some((text, policy.clone()));
            Some(policy)
        }
    }
}

#[cfg(test)]
mod tests {
    use saldo_core::feed::PolicyRow;

    use super::*;
    use crate::store::{Store, delete_row, forget_rows, put_row};

    const SCOPE: i64 = 1;

    fn row_of(toml: &str) -> String {
        let row = FeedRow::Policy(PolicyRow { version: 1, toml: toml.to_owned() });
        serde_json::to_string(&row).unwrap()
    }

    /// What is noted is what a reading of the policy says, whatever came meanwhile.
    #[test]
    fn what_is_noted_of_lending_goes_with_the_policy() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut after = |work: &dyn Fn(&Connection) -> Result<(), PhoneError>| {
            store.write(|tx| work(tx)).unwrap();
            let read = lends(store.read()).unwrap();
            store.write(|tx| note_lending(tx)).unwrap();
            assert_eq!(lends(store.read()).unwrap(), read, "noted otherwise than read");
            read
        };
        let put = |toml: &'static str| {
            move |tx: &Connection| put_row(tx, SCOPE, KIND, "policy", &row_of(toml))
        };
        assert!(!after(&|_| Ok(())), "there is no policy");
        assert!(after(&put("[loan]\nshare_percent = 20")));
        assert!(!after(&put("[loan]\nshare_percent = 0")));
        assert!(!after(&put("[loan]\nshare_percent = 101")), "not understood");
        assert!(after(&put("[loan]\nshare_percent = 5")));
        assert!(!after(&|tx| delete_row(tx, SCOPE, KIND, "policy")));
        assert!(after(&put("[loan]\nshare_percent = 5")));
        assert!(!after(&|tx| forget_rows(tx)));
    }

    #[test]
    fn a_note_of_lending_is_asked_before_the_policy_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        store
            .write(|tx| put_row(tx, SCOPE, KIND, "policy", &row_of("[loan]\nshare_percent = 5")))
            .unwrap();
        store.write(|tx| note_lending(tx)).unwrap();
        // Behind the back of those who forget the note.
        store.write(|tx| Ok(tx.execute("DELETE FROM feed_row", [])?)).unwrap();
        assert!(lends(store.read()).unwrap());
    }
}
