//! The database that the tests run on: a SQLite file, or with `SALDO_TEST_DATABASE=postgres` a database
//! of its own for each test in a PostgreSQL cluster of this process.

use std::path::Path;

use saldo_test_cluster::Cluster;

use crate::store::Db;

/// A new database; `folder` is where a file would lie.
pub(crate) async fn database(folder: &Path) -> Db {
    match std::env::var("SALDO_TEST_DATABASE").as_deref() {
        Err(_) | Ok("sqlite") => file(folder).await,
        Ok("postgres") => postgres().await,
        Ok(other) => panic!("SALDO_TEST_DATABASE={other}: it is `sqlite` or `postgres`"),
    }
}

/// A new SQLite file in this folder, for what only files have.
pub(crate) async fn file(folder: &Path) -> Db {
    Db::open_sqlite(&folder.join("saldo.db")).await.unwrap()
}

/// A new PostgreSQL database, for what only nodes have.
pub(crate) async fn postgres() -> Db {
    Db::connect_postgres(&postgres_url().await).await.unwrap()
}

/// The URL of a new PostgreSQL database.
pub(crate) async fn postgres_url() -> String {
    Cluster::of_this_process().unwrap().database(prepare).await.unwrap()
}

/// Whether the text lies anywhere in the database: in a row of any table, and of a file in this folder
/// also in a free page or the journal.
pub(crate) async fn lies_in(db: &Db, folder: &Path, text: &str) -> bool {
    db.rows_hold(text).await.unwrap_or_else(|| {
        std::fs::read_dir(folder).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    })
}

async fn prepare(template: String) {
    Db::connect_postgres(&template).await.unwrap().close().await;
}
