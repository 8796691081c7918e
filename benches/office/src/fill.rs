//! A log as long as that of years, written in bulk as the sequencer leaves it: numbered without holes,
//! the entries of all territories among each other, the newest entry of each thing known to it.

use saldo_core::documents::Subject;
use saldo_core::ids::ClientId;
use saldo_server::sync::{Sequencer, write_as_server};

use crate::database::{Bulk, Database};
use crate::error::OfficeError;

/// Cards of each territory that are edited last.
pub(crate) const CARDS_OF_A_TERRITORY: usize = 5;

/// Fills the log with so many entries about the accounts of all clients, each as often as any other; then
/// some cards of each territory are edited.
pub(crate) async fn log(database: &Database, entries: u64) -> Result<(), OfficeError> {
    let cards = cards(database).await?;
    edit(database, &cards, "the yard is behind the house").await?;
    let mut bulk = database.connect().await?;
    for statement in statements(&bulk, entries) {
        bulk.run(statement).await?;
    }
    bulk.close().await?;
    edit(database, &cards, "the yard is closed, deliver in front").await?;
    database.settle().await
}

/// In the order in which they are to be run.
fn statements(bulk: &Bulk, entries: u64) -> Vec<String> {
    let (series, begin) = match bulk {
        Bulk::Sqlite(_) => (
            format!(
                "with recursive series (number) as (select 1 union all
                     select number + 1 from series where number < {entries})"
            ),
            // Nothing of this need survive a failing machine.
            "pragma synchronous = off; pragma cache_size = -400000",
        ),
        Bulk::Postgres(_) => (
            format!("with series as (select generate_series(1, {entries}) as number)"),
            // What an entry names is there: it need not be looked up for each.
            "set session_replication_role = replica; set synchronous_commit = off",
        ),
    };
    let things = "select count(*) from thing";
    let last = "select last_seq from log_state";
    vec![
        begin.to_owned(),
        // The first of every scope, then the second of every scope, and so on.
        "create temporary table thing as
         select row_number() over (order by place, scope_id) - 1 as number, scope_id, kind, id
         from (select scope_id, kind, id,
                   row_number() over (partition by scope_id order by id) as place
               from feed_row where kind = 'account' and body is not null) as placed"
            .to_owned(),
        "create unique index thing_number on thing (number)".to_owned(),
        format!(
            "{series}
             insert into log (seq, scope_id, entry, row_kind, about, delta)
             select ({last}) + series.number, thing.scope_id, 'row', thing.kind, thing.id, 0
             from series join thing on thing.number = series.number % ({things})
             order by series.number"
        ),
        format!("update log_state set last_seq = last_seq + {entries}"),
        format!(
            "update feed_row set log_id = newest.id
             from (select id, scope_id, row_kind, about from log
                   where seq > ({last}) - ({things})) as newest
             where feed_row.scope_id = newest.scope_id and feed_row.kind = newest.row_kind
                 and feed_row.id = newest.about"
        ),
    ]
}

/// The first clients of each territory.
async fn cards(database: &Database) -> Result<Vec<ClientId>, OfficeError> {
    let rows = database
        .rows(&format!(
            "select place, id
             from (select id, row_number() over (partition by territory_id order by code) as place
                   from client) as placed
             where place <= {CARDS_OF_A_TERRITORY} order by id"
        ))
        .await?;
    Ok(rows.into_iter().filter_map(|(_, id)| id.parse().ok()).collect())
}

async fn edit(database: &Database, cards: &[ClientId], text: &str) -> Result<(), OfficeError> {
    let db = database.open().await?;
    let mut tx = db.begin_write().await?;
    for client in cards {
        write_as_server(&mut tx, Subject::ClientCard { client: *client }, |card| {
            Ok(card.set_fields(&[("location", text)])?.into_iter().collect())
        })
        .await?;
    }
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    Ok(())
}
