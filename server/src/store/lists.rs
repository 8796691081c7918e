//! Many things in one statement, whose text stays the same: they travel as one parameter, a JSON
//! list of lists. In SQL `json_each($1) item` gives a row for each, `item.value ->> 0` its first
//! column. Both are SQLite's own. Bytes travel as hex: `unhex(item.value ->> 1)`.

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
