//! SQL, and nothing but SQL: one file a table family. No rule is here, and no SQL is elsewhere.
//!
//! Every function takes a [`Tx`]; whoever opens it decides what is done at once. SQL text is
//! static and the same for every database: `$1` placeholders, `on conflict`, `returning`.

mod db;

pub use db::{Db, StoreError, Tx};

/// Runs a query on whichever database the transaction is of: `run!(tx, query, fetch_all)`.
/// The query is written once and compiled against each database.
macro_rules! run {
    ($tx:expr, $query:expr, $method:ident) => {
        match $tx.connection() {
            $crate::store::db::Connection::Sqlite(connection) => $query.$method(connection).await,
        }
    };
}
pub(crate) use run;
