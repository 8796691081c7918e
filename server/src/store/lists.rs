//! Many things in one statement, whose text stays the same: they travel as one parameter, a JSON
//! list of lists. In SQL `json_each($1) item` gives a row for each, `item.value ->> 0` its first
//! column. Both are SQLite's own. Bytes travel beside it, joined into one parameter (`Joined`).

use serde::Serialize;

use super::StoreError;

/// The parameter that stands for these rows; each is a tuple, its columns in order.
///
/// # Errors
/// When a column cannot be written as JSON (never for texts and numbers).
pub(super) fn list<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<String, StoreError> {
    serde_json::to_string(&rows.into_iter().collect::<Vec<T>>())
        .map_err(|error| StoreError::unreadable("a list of values")(error.to_string()))
}

/// The parameter that stands for these ids.
///
/// # Errors
/// Never, for ids.
pub(super) fn ids<T: ToString>(ids: impl IntoIterator<Item = T>) -> Result<String, StoreError> {
    list(ids.into_iter().map(|id| (id.to_string(),)))
}

/// Bytes of many rows in one parameter: each row says where its own begin and how many they are, and
/// SQL takes them out again: `substr($2, cast(item.value ->> 1 as integer), cast(item.value ->> 2 as integer))`.
#[derive(Debug, Default)]
pub(super) struct Joined(Vec<u8>);

impl Joined {
    /// Adds bytes; gives where they begin, counted from 1, and how many they are.
    pub(super) fn add(&mut self, bytes: &[u8]) -> (usize, usize) {
        let begins = self.0.len() + 1;
        self.0.extend_from_slice(bytes);
        (begins, bytes.len())
    }

    /// The parameter.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
