//! Reading optional columns back into the types of core. No SQL is here.

use super::StoreError;

/// An optional text column as the value it stands for.
///
/// # Errors
/// When the text is no such value; `place` says which column it stood in.
pub(super) fn optional<T>(
    place: &'static str,
    text: Option<String>,
) -> Result<Option<T>, StoreError>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    text.map(T::try_from)
        .transpose()
        .map_err(|error| StoreError::Unreadable { place, detail: error.to_string() })
}

/// An optional integer column as a smaller integer.
///
/// # Errors
/// When the number does not fit; `place` says which column it stood in.
pub(super) fn small<T>(place: &'static str, number: Option<i64>) -> Result<Option<T>, StoreError>
where
    T: TryFrom<i64>,
{
    number
        .map(|number| {
            T::try_from(number)
                .map_err(|_| StoreError::Unreadable { place, detail: number.to_string() })
        })
        .transpose()
}

/// An optional id as the text it is stored as.
pub(super) fn text<T: std::fmt::Display>(id: Option<T>) -> Option<String> {
    id.map(|id| id.to_string())
}

/// An id column as the id it stands for.
///
/// # Errors
/// When the text is no such id; `place` says which column it stood in.
pub(super) fn id<T>(place: &'static str, text: String) -> Result<T, StoreError>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(|error| StoreError::Unreadable { place, detail: error.to_string() })
}
