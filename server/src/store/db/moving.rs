//! Every table of a SQLite file into an empty PostgreSQL database, in one transaction, and the proof that
//! each row came over as it was.

use std::borrow::Cow;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{Arguments as _, AssertSqlSafe, PgConnection, Row as _, SqliteConnection};

use super::super::sql::Value;
use super::{Db, Kind, StoreError};

/// Rows that are written by one statement.
const AT_ONCE: usize = 1_000;

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: String,
    /// Its rows, each of them read back and compared.
    pub rows: u64,
}

/// Copies every table of the SQLite file `from` into the PostgreSQL database `to`, and reads every row
/// back. Nothing holds before all is proved.
///
/// # Errors
/// When `from` is no file or `to` no PostgreSQL database, a company is in `to` already, a value cannot be
/// stored there, or a database fails.
pub async fn move_tables(from: &Db, to: &Db) -> Result<Vec<MovedTable>, StoreError> {
    let (Kind::Sqlite(from), Kind::Postgres(to)) = (&from.0, &to.0) else {
        return Err(StoreError::Unfit("it is moved from a file into PostgreSQL".into()));
    };
    let mut from = from.begin_read().await?;
    let mut to = to.begin_write().await?;
    let companies: i64 =
        sqlx::query_scalar("select count(*) from company").fetch_one(&mut *to).await?;
    if companies > 0 {
        return Err(StoreError::Unfit(
            "there is a company in the PostgreSQL database already: give this one its own".into(),
        ));
    }
    let tables = Table::all(&mut to).await?;
    foreign_keys(&mut to, "deferrable").await?;
    sqlx::query("set constraints all deferred").execute(&mut *to).await?;
    let mut moved = Vec::new();
    for table in &tables {
        table.copy(&mut from, &mut to).await?;
    }
    sqlx::query("set constraints all immediate").execute(&mut *to).await?;
    foreign_keys(&mut to, "not deferrable").await?;
    for table in tables {
        let rows = table.compare(&mut from, &mut to).await?;
        moved.push(MovedTable { name: table.name, rows });
    }
    to.commit().await?;
    Ok(moved)
}

/// Makes every foreign key `deferrable` or not: rows name others that come later.
async fn foreign_keys(to: &mut PgConnection, how: &str) -> Result<(), StoreError> {
    let statements: Vec<String> = sqlx::query_scalar(
        "select format('alter table %s alter constraint %I ', conrelid::regclass, conname)
         from pg_constraint
         where contype = 'f' and connamespace = current_schema()::regnamespace",
    )
    .fetch_all(&mut *to)
    .await?;
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(statement + how)).execute(&mut *to).await?;
    }
    Ok(())
}

/// A table as PostgreSQL has it; a test proves that SQLite has the same.
struct Table {
    name: String,
    columns: Vec<Column>,
    /// The columns of the primary key, in order.
    key: Vec<String>,
}

struct Column {
    name: String,
    kind: ColumnKind,
    counts_itself: bool,
}

#[derive(Clone, Copy)]
enum ColumnKind {
    Int,
    Truth,
    Text,
    Date,
    Bytes,
}

/// Reads a column of a database's row.
macro_rules! reads {
    ($name:ident, $row:ty) => {
        fn $name(self, row: &$row, at: usize) -> Result<Value<'static>, sqlx::Error> {
            Ok(match self {
                Self::Int => Value::Int(row.try_get(at)?),
                Self::Truth => Value::Truth(row.try_get(at)?),
                Self::Text => Value::Text(row.try_get::<Option<String>, _>(at)?.map(Cow::Owned)),
                Self::Date => Value::Date(row.try_get(at)?),
                Self::Bytes => Value::Bytes(row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cow::Owned)),
            })
        }
    };
}

impl ColumnKind {
    fn of(sql_type: &str) -> Result<Self, StoreError> {
        match sql_type {
            "int8" => Ok(Self::Int),
            "bool" => Ok(Self::Truth),
            "text" => Ok(Self::Text),
            "date" => Ok(Self::Date),
            "bytea" => Ok(Self::Bytes),
            other => Err(StoreError::Unfit(format!("columns of type {other} cannot be moved yet"))),
        }
    }

    const fn array(self) -> &'static str {
        match self {
            Self::Int => "bigint[]",
            Self::Truth => "boolean[]",
            Self::Text => "text[]",
            Self::Date => "date[]",
            Self::Bytes => "bytea[]",
        }
    }

    reads!(of_sqlite, SqliteRow);
    reads!(of_postgres, PgRow);
}

type Values = Vec<Value<'static>>;

impl Table {
    async fn all(to: &mut PgConnection) -> Result<Vec<Self>, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(
            "select table_name::text from information_schema.tables
             where table_schema = current_schema() and table_type = 'BASE TABLE'
                 and table_name not like '\\_sqlx%' order by table_name",
        )
        .fetch_all(&mut *to)
        .await?;
        let mut tables = Vec::new();
        for name in names {
            let columns: Vec<(String, String, bool)> = sqlx::query_as(
                "select column_name::text, udt_name::text, is_identity = 'YES'
                 from information_schema.columns
                 where table_schema = current_schema() and table_name = $1 order by ordinal_position",
            )
            .bind(&name)
            .fetch_all(&mut *to)
            .await?;
            let columns = columns.into_iter().map(|(name, sql_type, counts_itself)| {
                Ok(Column { name, kind: ColumnKind::of(&sql_type)?, counts_itself })
            });
            let columns = columns.collect::<Result<_, StoreError>>()?;
            let key = sqlx::query_scalar(
                "select a.attname::text from pg_constraint k
                 cross join unnest(k.conkey) with ordinality n (number, place)
                 join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.number
                 where k.contype = 'p' and k.conrelid = $1::regclass order by n.place",
            )
            .bind(&name)
            .fetch_all(&mut *to)
            .await?;
            tables.push(Self { name, columns, key });
        }
        Ok(tables)
    }

    fn quoted(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
        let quoted = names.into_iter().map(|name| format!("\"{}\"", name.as_ref()));
        quoted.collect::<Vec<_>>().join(", ")
    }

    /// Every row, in the order of the key: both databases sort alike.
    fn select(&self) -> AssertSqlSafe<String> {
        AssertSqlSafe(format!(
            "select {} from \"{}\" order by {}",
            Self::quoted(self.columns.iter().map(|column| &column.name)),
            self.name,
            Self::quoted(&self.key)
        ))
    }

    async fn copy(
        &self,
        from: &mut SqliteConnection,
        to: &mut PgConnection,
    ) -> Result<(), StoreError> {
        let mut rows = sqlx::query(self.select()).fetch(&mut *from);
        let mut batch = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let values = self.values(|column, at| column.kind.of_sqlite(&row, at))?;
            self.assert_storable(&values)?;
            batch.push(values);
            if batch.len() == AT_ONCE {
                self.insert(to, std::mem::take(&mut batch)).await?;
            }
        }
        drop(rows);
        self.insert(to, batch).await?;
        self.count_on(from, to).await
    }

    fn values(
        &self,
        read: impl Fn(&Column, usize) -> Result<Value<'static>, sqlx::Error>,
    ) -> Result<Values, StoreError> {
        let values = self.columns.iter().enumerate().map(|(at, column)| read(column, at));
        Ok(values.collect::<Result<_, _>>()?)
    }

    fn assert_storable(&self, values: &[Value<'_>]) -> Result<(), StoreError> {
        for (column, value) in self.columns.iter().zip(values) {
            if matches!(value, Value::Text(Some(text)) if text.contains('\0')) {
                return Err(StoreError::Unfit(format!(
                    "{}.{} holds a NUL character, which PostgreSQL does not store: take it out of the \
                     row {:?} first",
                    self.name,
                    column.name,
                    values.first()
                )));
            }
        }
        Ok(())
    }

    /// Columns travel as arrays: one statement of few parameters for many rows.
    async fn insert(&self, to: &mut PgConnection, rows: Vec<Values>) -> Result<(), StoreError> {
        let mut columns: Vec<Values> = self.columns.iter().map(|_| Vec::new()).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let mut arguments = PgArguments::default();
        for (column, values) in self.columns.iter().zip(columns) {
            add_array(&mut arguments, column.kind, values).map_err(sqlx::Error::Encode)?;
        }
        let arrays: Vec<String> = (1..)
            .zip(&self.columns)
            .map(|(number, column)| format!("${number}::{}", column.kind.array()))
            .collect();
        let statement = format!(
            "insert into \"{}\" ({}) select * from unnest({})",
            self.name,
            Self::quoted(self.columns.iter().map(|column| &column.name)),
            arrays.join(", ")
        );
        sqlx::query_with(AssertSqlSafe(statement), arguments).execute(to).await?;
        Ok(())
    }

    /// A column that counts by itself goes on where it stood, also behind what was deleted.
    async fn count_on(
        &self,
        from: &mut SqliteConnection,
        to: &mut PgConnection,
    ) -> Result<(), StoreError> {
        for column in self.columns.iter().filter(|column| column.counts_itself) {
            let last: Option<i64> =
                sqlx::query_scalar("select seq from sqlite_sequence where name = $1")
                    .bind(&self.name)
                    .fetch_optional(&mut *from)
                    .await?;
            if let Some(last) = last.filter(|last| *last > 0) {
                sqlx::query("select setval(pg_get_serial_sequence($1, $2), $3)")
                    .bind(&self.name)
                    .bind(&column.name)
                    .bind(last)
                    .execute(&mut *to)
                    .await?;
            }
        }
        Ok(())
    }

    /// Reads every row of both; gives how many there are.
    async fn compare(
        &self,
        from: &mut SqliteConnection,
        to: &mut PgConnection,
    ) -> Result<u64, StoreError> {
        let mut theirs = sqlx::query(self.select()).fetch(from);
        let mut ours = sqlx::query(self.select()).fetch(to);
        let mut rows = 0;
        loop {
            let pair = match (theirs.try_next().await?, ours.try_next().await?) {
                (None, None) => return Ok(rows),
                (Some(theirs), Some(ours)) => (
                    self.values(|column, at| column.kind.of_sqlite(&theirs, at))?,
                    self.values(|column, at| column.kind.of_postgres(&ours, at))?,
                ),
                _ => return Err(self.differs(rows)),
            };
            if pair.0 != pair.1 {
                return Err(self.differs(rows));
            }
            rows += 1;
        }
    }

    fn differs(&self, after_rows: u64) -> StoreError {
        StoreError::Unfit(format!(
            "row {} of {} did not come over as it was: nothing was moved; please report it",
            after_rows + 1,
            self.name
        ))
    }
}

fn add_array(
    arguments: &mut PgArguments,
    kind: ColumnKind,
    values: Values,
) -> Result<(), sqlx::error::BoxDynError> {
    macro_rules! array {
        ($variant:ident, $of:ty, $map:expr) => {{
            let array: Vec<Option<$of>> = values
                .into_iter()
                .map(|value| match value {
                    Value::$variant(value) => value.map($map),
                    _ => None,
                })
                .collect();
            arguments.add(array)
        }};
    }
    match kind {
        ColumnKind::Int => array!(Int, i64, |number| number),
        ColumnKind::Truth => array!(Truth, bool, |truth| truth),
        ColumnKind::Text => array!(Text, String, Cow::into_owned),
        ColumnKind::Date => array!(Date, chrono::NaiveDate, |date| date),
        ColumnKind::Bytes => array!(Bytes, Vec<u8>, Cow::into_owned),
    }
}
