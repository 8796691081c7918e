//! The policy in force, as the server told it.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use saldo_core::feed::FeedRow;
use saldo_core::policy::Policy;

use super::row;
use crate::PhoneError;

/// The policy in force. None before the first sync has brought it, and while it says something that
/// this app does not understand. Keys that only newer apps know are passed over.
pub(crate) fn policy(connection: &Connection) -> Result<Option<Policy>, PhoneError> {
    match row(connection, "policy", "policy")? {
        Some(FeedRow::Policy(row)) => Ok(read(row.toml)),
        _ => Ok(None),
    }
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
