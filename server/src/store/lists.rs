//! Many things in one statement, whose text stays the same: they travel as one parameter, a JSON
//! list of lists. In SQL `jsonb_each($1) item` gives a row for each, `item.value ->> 0` its first
//! column. Both are SQLite's own. Bytes travel beside it, joined into one parameter (`Joined`). Ids by
//! themselves are a plain list, and `item.atom` is one of them: that is many times less work.

use std::io::Write;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::StoreError;

/// The parameter that stands for these rows; each is a tuple, its columns in order.
///
/// # Errors
/// When a column cannot be written as JSON (never for texts and numbers).
pub(super) fn list<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<String, StoreError> {
    let unwritable = |error: String| StoreError::unreadable("a list of values")(error);
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, WithoutNul);
    let rows: Vec<T> = rows.into_iter().collect();
    rows.serialize(&mut serializer).map_err(|error| unwritable(error.to_string()))?;
    String::from_utf8(json).map_err(|error| unwritable(error.to_string()))
}

/// A day as a column of a list, for `date(item.value ->> 0)`. That takes four digits of a year: what a phone
/// that lost its clock puts beyond them becomes the last day that has four.
pub(super) fn day(day: NaiveDate) -> String {
    day.clamp(FIRST_DAY, LAST_DAY).to_string()
}

const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();

/// PostgreSQL takes no NUL, in JSON neither: as in a parameter by itself (`store::sql`), the sign for what
/// cannot be shown takes its place.
struct WithoutNul;

impl Formatter for WithoutNul {
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> std::io::Result<()> {
        match escape {
            CharEscape::AsciiControl(0) => writer.write_all("\u{fffd}".as_bytes()),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

/// The parameter that stands for these ids; each is `item.atom`.
///
/// # Errors
/// Never, for ids.
pub(super) fn ids<T: ToString>(ids: impl IntoIterator<Item = T>) -> Result<String, StoreError> {
    list(ids.into_iter().map(|id| id.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql;

    /// A phone may say anything; with a NUL in a text the whole push failed on PostgreSQL.
    #[tokio::test]
    async fn any_text_travels_in_a_list() {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let texts = [
            "a \0 b",
            "\0",
            r"a \u0000 b",
            "\u{1}\u{1f}\t\n\r\u{8}\u{c}",
            r#"'"[{\"#,
            "õ\u{10ffff}",
            "",
        ];
        let mut tx = db.begin_read().await.unwrap();
        let query = sql::query_scalar::<String>(
            "select item.value ->> 0 from jsonb_each($1) item order by item.key",
        )
        .bind(list(texts.map(|text| (text,))).unwrap());
        let told: Vec<String> = query.fetch_all(&mut tx).await.unwrap();
        assert_eq!(told, texts.map(|text| text.replace('\0', "\u{fffd}")));
    }

    #[tokio::test]
    async fn ids_are_a_plain_list() {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let names = ["b", "", "a \"b\" \\", "[1]", "12"];
        let mut tx = db.begin_read().await.unwrap();
        let query = sql::query_scalar::<String>(
            "select item.atom from jsonb_each($1) item order by item.key",
        )
        .bind(ids(names).unwrap());
        let told: Vec<String> = query.fetch_all(&mut tx).await.unwrap();
        assert_eq!(told, names);
    }

    /// On PostgreSQL a push with a visit that agreed on such a day failed; in a file its task had no day.
    #[tokio::test]
    async fn any_day_travels_in_a_list() {
        let folder = tempfile::tempdir().unwrap();
        let db = crate::testing::database(folder.path()).await;
        let today = NaiveDate::from_ymd_opt(2026, 3, 11).unwrap();
        let days = [NaiveDate::MIN, today, NaiveDate::MAX];
        let mut tx = db.begin_read().await.unwrap();
        let query = sql::query_scalar::<Option<NaiveDate>>(
            "select date(item.value ->> 0) from jsonb_each($1) item order by item.key",
        )
        .bind(list(days.map(|one| (day(one),))).unwrap());
        let told: Vec<Option<NaiveDate>> = query.fetch_all(&mut tx).await.unwrap();
        assert_eq!(told, [FIRST_DAY, today, LAST_DAY].map(Some));
    }
}
