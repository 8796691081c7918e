//! The server's database for questions in plain SQL, whichever it is: of a PostgreSQL database a copy,
//! as it is at that instant, in memory.

use chrono::NaiveDate;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column as _, Connection as _, PgConnection, Row as _, TypeInfo as _};

use crate::Place;

impl Place {
    /// The file, or what the PostgreSQL database holds now, for questions in plain SQL.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn sql(&self) -> Connection {
        match self {
            Self::File(file) => {
                Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
            }
            Self::Postgres(url) => tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(copy_of_postgres(url)),
        }
    }
}

/// The tables that the suites ask.
const TABLES: [&str; 18] = [
    "client_order",
    "device",
    "device_install",
    "document",
    "document_change",
    "fact",
    "feed_row",
    "loan",
    "loan_draw",
    "log",
    "log_state",
    "person",
    "promise",
    "quarantine",
    "scope",
    "task",
    "territory",
    "verdict",
];

async fn copy_of_postgres(url: &str) -> Connection {
    let copy = Connection::open_in_memory().unwrap();
    let mut server = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("begin isolation level repeatable read read only")
        .execute(&mut server)
        .await
        .unwrap();
    for table in TABLES {
        let rows = sqlx::query(AssertSqlSafe(format!("select * from {table}")))
            .fetch_all(&mut server)
            .await
            .unwrap();
        let columns = sqlx::query_scalar::<_, String>(
            "select column_name::text from information_schema.columns where table_name = $1
             order by ordinal_position",
        )
        .bind(table)
        .fetch_all(&mut server)
        .await
        .unwrap();
        copy.execute_batch(&format!("create table {table} ({})", columns.join(", "))).unwrap();
        let places = vec!["?"; columns.len()].join(", ");
        let mut insert = copy.prepare(&format!("insert into {table} values ({places})")).unwrap();
        for row in &rows {
            insert.execute(rusqlite::params_from_iter(values(row))).unwrap();
        }
    }
    server.close().await.unwrap();
    copy
}

/// As SQLite stores them.
fn values(row: &PgRow) -> Vec<Value> {
    let value = |column: &sqlx::postgres::PgColumn| {
        let at = column.ordinal();
        let value = match column.type_info().name() {
            "INT8" => row.get::<Option<i64>, _>(at).map(Value::Integer),
            "BOOL" => row.get::<Option<bool>, _>(at).map(|is| Value::Integer(is.into())),
            "TEXT" => row.get::<Option<String>, _>(at).map(Value::Text),
            "DATE" => row.get::<Option<NaiveDate>, _>(at).map(|day| Value::Text(day.to_string())),
            "BYTEA" => row.get::<Option<Vec<u8>>, _>(at).map(Value::Blob),
            other => panic!("{}: {other}", column.name()),
        };
        value.unwrap_or(Value::Null)
    };
    row.columns().iter().map(value).collect()
}
