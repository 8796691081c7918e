//! The index of facts: what stands in the documents, quick to find.

use rusqlite::{Connection, OptionalExtension, Row, params};
use saldo_core::facts::Fact;
use saldo_core::ids::{ClientId, DocumentId, FactId, PersonId};

use super::{from_json, id, to_json};
use crate::PhoneError;

/// Where a fact is, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredState {
    /// In the outbox.
    Unsent,
    /// Durable at the server; its consequences may not be here yet.
    Sent,
    /// Durable, and everything that followed is here.
    Settled,
    /// Not taken by the server.
    Refused,
}

impl StoredState {
    const fn name(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Sent => "sent",
            Self::Settled => "settled",
            Self::Refused => "refused",
        }
    }

    fn from_name(name: &str) -> Result<Self, PhoneError> {
        [Self::Unsent, Self::Sent, Self::Settled, Self::Refused]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| PhoneError::damaged(format!("a fact is {name}")))
    }
}

/// A fact as stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredFact {
    pub(crate) fact: Fact,
    pub(crate) state: StoredState,
    /// A verdict of the server on it is here.
    pub(crate) judged: bool,
    /// That verdict binds credit or days: released or accepted.
    pub(crate) bound: bool,
}

const COLUMNS: &str = "body, state,
    EXISTS (SELECT 1 FROM feed_row WHERE feed_row.kind = 'verdict' AND feed_row.id = fact.id),
    EXISTS (SELECT 1 FROM feed_row WHERE feed_row.kind = 'verdict' AND feed_row.id = fact.id
        AND json_valid(feed_row.body)
        AND json_extract(feed_row.body, '$.verdict.outcome') IN ('released', 'accepted'))";

type FactRow = (String, String, bool, bool);

fn read(row: &Row<'_>) -> rusqlite::Result<FactRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn parse((body, state, judged, bound): FactRow) -> Result<StoredFact, PhoneError> {
    let state = StoredState::from_name(&state)?;
    Ok(StoredFact { fact: from_json(&body)?, state, judged, bound })
}

fn select(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<StoredFact>, PhoneError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM fact WHERE {condition}"))?;
    let rows = statement.query_map(parameters, read)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(parse).collect()
}

pub(crate) fn fact(
    connection: &Connection,
    wanted: FactId,
) -> Result<Option<StoredFact>, PhoneError> {
    connection
        .query_row(&format!("SELECT {COLUMNS} FROM fact WHERE id = ?1"), [wanted.to_string()], read)
        .optional()?
        .map(parse)
        .transpose()
}

/// Oldest first.
pub(crate) fn facts_of_client(
    connection: &Connection,
    client: ClientId,
) -> Result<Vec<StoredFact>, PhoneError> {
    select(connection, "client = ?1 ORDER BY recorded_at, id", [client.to_string()])
}

/// Oldest first.
pub(crate) fn facts_of_document(
    connection: &Connection,
    document: DocumentId,
) -> Result<Vec<StoredFact>, PhoneError> {
    select(connection, "document = ?1 ORDER BY recorded_at, id", [document.to_string()])
}

/// A person's orders, promises and waivers, newest first: what verdicts are given on.
pub(crate) fn own_facts_to_watch(
    connection: &Connection,
    author: PersonId,
    most: u32,
) -> Result<Vec<StoredFact>, PhoneError> {
    select(
        connection,
        "author = ?1 AND kind IN ('order', 'promise', 'waiver') ORDER BY recorded_at DESC, id DESC LIMIT ?2",
        params![author.to_string(), most],
    )
}

/// A person's facts of one kind, oldest first.
pub(crate) fn own_facts_of_kind(
    connection: &Connection,
    author: PersonId,
    kind: &str,
) -> Result<Vec<StoredFact>, PhoneError> {
    select(
        connection,
        "author = ?1 AND kind = ?2 ORDER BY recorded_at, id",
        params![author.to_string(), kind],
    )
}

/// The greatest id of a person's facts here.
pub(crate) fn last_fact_id(
    connection: &Connection,
    author: PersonId,
) -> Result<Option<FactId>, PhoneError> {
    let last: Option<String> = connection
        .prepare_cached("SELECT max(id) FROM fact WHERE author = ?1")?
        .query_row([author.to_string()], |row| row.get(0))?;
    last.map(|last| id(&last)).transpose()
}

/// Stores a fact in a state; one that is there keeps its own.
pub(crate) fn put_fact(
    tx: &Connection,
    document: DocumentId,
    fact: &Fact,
    state: StoredState,
) -> Result<(), PhoneError> {
    tx.prepare_cached(
        "INSERT INTO fact (id, document, client, kind, author, recorded_at, body, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![
        fact.id.to_string(),
        document.to_string(),
        fact.client.to_string(),
        fact.body.kind(),
        fact.author.to_string(),
        fact.recorded_at.0,
        to_json(fact)?,
        state.name(),
    ])?;
    Ok(())
}

/// Facts that came with a document from the server.
pub(crate) fn index_facts(
    tx: &Connection,
    document: DocumentId,
    facts: &[Fact],
) -> Result<(), PhoneError> {
    facts.iter().try_for_each(|fact| put_fact(tx, document, fact, StoredState::Settled))
}

pub(crate) fn set_fact_state(
    tx: &Connection,
    fact: FactId,
    state: StoredState,
) -> Result<(), PhoneError> {
    tx.execute(
        "UPDATE fact SET state = ?2 WHERE id = ?1",
        [fact.to_string().as_str(), state.name()],
    )?;
    Ok(())
}

// The state stands in it word for word, so that the index of those that are sent serves it.
const SETTLE: &str = "UPDATE fact SET state = 'settled' WHERE state = 'sent'";

/// What was durable before is settled: everything that followed has come in.
pub(crate) fn settle_facts(tx: &Connection) -> Result<(), PhoneError> {
    tx.execute(SETTLE, [])?;
    Ok(())
}

/// Forgets the facts of a document that is gone, but never what the server does not have.
pub(crate) fn forget_facts(tx: &Connection, document: DocumentId) -> Result<(), PhoneError> {
    tx.execute(
        "DELETE FROM fact WHERE document = ?1 AND state IN ('sent', 'settled')",
        [document.to_string()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::SETTLE;
    use crate::store::tests::plan_of;

    /// At the end of each sync, among everything that the phone ever wrote: other facts are not read.
    #[test]
    fn facts_to_settle_come_from_their_index() {
        let steps = plan_of(SETTLE);
        assert!(steps.iter().any(|step| step.contains("INDEX fact_sent")), "{steps:?}");
    }
}
