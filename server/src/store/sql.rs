//! A statement with its parameters: written once, run on whichever database the transaction is of.
//! `sql::query_scalar::<i64>("select count(*) from client").fetch_one(tx).await?`.

use std::borrow::Cow;
use std::marker::PhantomData;

use chrono::NaiveDate;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, FromRow, Postgres, Sqlite};

use super::Tx;
use super::db::Connection;

/// A parameter. Absent ones have a type too: PostgreSQL wants to know it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'q> {
    Text(Option<Cow<'q, str>>),
    Int(Option<i64>),
    Real(Option<f64>),
    Truth(Option<bool>),
    Date(Option<NaiveDate>),
    Bytes(Option<Cow<'q, [u8]>>),
}

/// A row that can be read from every database.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<R> Row for R where R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// A statement that gives nothing back.
#[derive(Debug)]
#[must_use = "it is not run yet"]
pub(crate) struct Query<'q> {
    text: &'static str,
    values: Vec<Value<'q>>,
}

/// A statement that gives rows.
#[derive(Debug)]
#[must_use = "it is not run yet"]
pub(crate) struct Rows<'q, R> {
    query: Query<'q>,
    row: PhantomData<fn() -> R>,
}

/// A statement that gives rows of one column.
#[derive(Debug)]
#[must_use = "it is not run yet"]
pub(crate) struct Scalars<'q, T>(Rows<'q, (T,)>);

/// What a statement did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    rows: u64,
}

pub(crate) const fn query<'q>(text: &'static str) -> Query<'q> {
    Query { text, values: Vec::new() }
}

pub(crate) const fn query_as<'q, R>(text: &'static str) -> Rows<'q, R> {
    Rows { query: query(text), row: PhantomData }
}

pub(crate) const fn query_scalar<'q, T>(text: &'static str) -> Scalars<'q, T> {
    Scalars(query_as(text))
}

/// Mistakes of ours that only tests should see.
fn assert_sound(tx: &mut Tx, text: &str) {
    debug_assert!(tx.unwritten().hides_nothing_of(text), "rows wait to be written for: {text}");
    // SQLite looks at a plain parameter there while it plans, and plans anew whenever it was bound anew.
    debug_assert!(
        !text.contains("limit $"),
        "planned at each run, `limit cast($1 as bigint)`: {text}"
    );
}

/// PostgreSQL stores no NUL. Nobody types one, but a program may send it: the sign for what cannot be
/// shown takes its place, so that nothing else of the text is lost.
fn without_nul(text: Cow<'_, str>) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.into_owned() }
}

/// PostgreSQL knows no day before: "since ever" is this one.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(-4712, 1, 1).unwrap();

/// The parameters as the database's library takes them.
macro_rules! arguments {
    ($values:expr, $arguments:ty, $text:expr) => {{
        let mut arguments = <$arguments>::default();
        for value in $values {
            match value {
                Value::Text(text) => arguments.add(text.map($text)),
                Value::Int(number) => arguments.add(number),
                Value::Real(number) => arguments.add(number),
                Value::Truth(truth) => arguments.add(truth),
                Value::Date(date) => arguments.add(date.map(|date| date.max(FIRST_DAY))),
                Value::Bytes(bytes) => arguments.add(bytes.map(Cow::into_owned)),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

impl<'q> Query<'q> {
    pub(crate) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(crate) async fn execute(self, tx: &mut Tx) -> Result<Done, sqlx::Error> {
        assert_sound(tx, self.text);
        let rows = match tx.connection() {
            Connection::Sqlite(connection) => {
                let arguments = arguments!(self.values, SqliteArguments, Cow::into_owned);
                let query = sqlx::query_with::<Sqlite, _>(self.text, arguments);
                query.execute(connection).await?.rows_affected()
            }
            Connection::Postgres(connection) => {
                let arguments = arguments!(self.values, PgArguments, without_nul);
                let query = sqlx::query_with::<Postgres, _>(self.text, arguments);
                query.execute(connection).await?.rows_affected()
            }
        };
        Ok(Done { rows })
    }
}

/// How rows are fetched, the same way for each database.
macro_rules! fetch {
    ($(#[$doc:meta])* $method:ident -> $found:ty) => {
        $(#[$doc])*
        pub(crate) async fn $method(self, tx: &mut Tx) -> Result<$found, sqlx::Error> {
            let Query { text, values } = self.query;
            assert_sound(tx, text);
            match tx.connection() {
                Connection::Sqlite(connection) => {
                    let arguments = arguments!(values, SqliteArguments, Cow::into_owned);
                    let query = sqlx::query_as_with::<Sqlite, R, _>(text, arguments);
                    query.$method(connection).await
                }
                Connection::Postgres(connection) => {
                    let arguments = arguments!(values, PgArguments, without_nul);
                    let query = sqlx::query_as_with::<Postgres, R, _>(text, arguments);
                    query.$method(connection).await
                }
            }
        }
    };
}

impl<'q, R: Row> Rows<'q, R> {
    pub(crate) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    fetch!(fetch_all -> Vec<R>);
    fetch!(fetch_optional -> Option<R>);
    fetch!(fetch_one -> R);
}

impl<'q, T> Scalars<'q, T>
where
    (T,): Row,
{
    pub(crate) fn bind(self, value: impl Into<Value<'q>>) -> Self {
        Self(self.0.bind(value))
    }

    pub(crate) async fn fetch_all(self, tx: &mut Tx) -> Result<Vec<T>, sqlx::Error> {
        Ok(self.0.fetch_all(tx).await?.into_iter().map(|(value,)| value).collect())
    }

    pub(crate) async fn fetch_optional(self, tx: &mut Tx) -> Result<Option<T>, sqlx::Error> {
        Ok(self.0.fetch_optional(tx).await?.map(|(value,)| value))
    }

    pub(crate) async fn fetch_one(self, tx: &mut Tx) -> Result<T, sqlx::Error> {
        Ok(self.0.fetch_one(tx).await?.0)
    }
}

impl Done {
    /// How many rows were written or deleted.
    pub(crate) const fn rows_affected(self) -> u64 {
        self.rows
    }
}

/// A Rust type as a parameter, and the same when it may be absent.
macro_rules! value {
    ($from:ty, $variant:ident) => {
        impl<'q> From<$from> for Value<'q> {
            fn from(value: $from) -> Self {
                Self::$variant(Some(value.into()))
            }
        }

        impl<'q> From<Option<$from>> for Value<'q> {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    };
}

value!(&'q str, Text);
value!(String, Text);
value!(&'q String, Text);
value!(i64, Int);
value!(i32, Int);
value!(u32, Int);
value!(f64, Real);
value!(bool, Truth);
value!(NaiveDate, Date);
value!(&'q [u8], Bytes);
value!(Vec<u8>, Bytes);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn values_come_back_from_postgres_as_they_went_in() {
        let db = crate::testing::postgres().await;
        let mut tx = db.begin_read().await.unwrap();
        let query = query_as::<(String, Option<String>, i64, bool, Option<NaiveDate>, Vec<u8>)>(
            "select $1, $2, $3, $4, $5, $6",
        )
        .bind("a \0 b")
        .bind(None::<String>)
        .bind(i64::MIN)
        .bind(true)
        .bind(NaiveDate::MIN)
        .bind(vec![0, 255]);
        let (text, absent, number, truth, day, bytes) = query.fetch_one(&mut tx).await.unwrap();
        assert_eq!((text.as_str(), absent, number, truth), ("a \u{fffd} b", None, i64::MIN, true));
        assert_eq!((day, bytes), (Some(FIRST_DAY), vec![0, 255]));
    }
}
