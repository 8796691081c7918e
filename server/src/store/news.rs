//! What the numbered log tells a phone: each entry with what it is about, as that stands now.

use saldo_core::documents::{Subject, pack_bundle};
use saldo_core::ids::DocumentId;
use saldo_core::wire::ScopeId;

use super::documents::subject_from;
use super::sql;
use super::{StoreError, Tx};

/// One numbered entry of the log, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Its number.
    pub seq: i64,
    /// What it tells.
    pub tells: Tells,
}

/// What an entry tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tells {
    /// A row of the feed, as it stands now.
    Row {
        /// The row's kind.
        kind: String,
        /// The row's id.
        id: String,
        /// The row as JSON; `None`: it was deleted.
        body: Option<String>,
    },
    /// A document came into the scope, or is told whole.
    Document {
        /// What it is about.
        subject: Subject,
        /// Its saved form, as it stands now.
        saved: Vec<u8>,
        /// Of the change up to which the document had come when it was opened; `None`: it was not
        /// opened here, but moved.
        opened_with: Option<Vec<u8>>,
    },
    /// A document left the scope.
    Left {
        /// Which.
        document: DocumentId,
        /// Where it is now; none: it was erased.
        now_in: Option<ScopeId>,
    },
    /// Changes were added to a document.
    Change {
        /// Which document.
        subject: Subject,
        /// The hash of the last.
        hash: Vec<u8>,
        /// The bundle.
        bundle: Vec<u8>,
    },
}

/// How a scope is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// For a phone that does not have the scope yet: each thing once, documents whole.
    Filling,
    /// For a phone that has it: documents change by change.
    Following,
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    entry: String,
    row_kind: String,
    about: String,
    row_body: Option<String>,
    subject: Option<String>,
    document_scope: Option<i64>,
    saved: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
    bytes: Option<Vec<u8>>,
    bundled: Option<bool>,
}

/// At most `limit` entries of a scope after the number `since`, in order.
///
/// An entry is left out when a newer *numbered* one tells the same thing: the row as it stands
/// now goes with its newest entry. (A newer entry without a number does not count: nobody knows
/// yet when it will be read.)
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn after(
    tx: &mut Tx,
    scope: ScopeId,
    since: i64,
    reading: Reading,
    limit: i64,
) -> Result<Vec<News>, StoreError> {
    let query = sql::query_as::<Row>(
        "select l.seq, l.entry, l.row_kind, l.about, r.body as row_body,
                d.subject, d.scope_id as document_scope,
                case when d.scope_id = l.scope_id and ($4 = 1 or l.entry = 'document')
                     then d.saved end as saved,
                c.hash, case when l.entry = 'change' then c.bytes end as bytes, c.bundled
         from log l
         left join feed_row r on l.entry = 'row' and r.scope_id = l.scope_id
                             and r.kind = l.row_kind and r.id = l.about
         left join document d on l.entry <> 'row' and d.id = l.about
         left join document_change c on l.entry <> 'row' and c.log_id = l.id
         left join log newest on newest.id = coalesce(r.log_id, d.log_id)
         where l.scope_id = $1 and l.seq > $2
           and ((l.entry = 'row' and (newest.id = l.id or newest.seq is null))
             or (l.entry = 'document' and (d.id is null or d.scope_id <> l.scope_id))
             or (l.entry <> 'row' and d.scope_id = l.scope_id
                 and ($4 = 0 or newest.id = l.id or newest.seq is null)))
         order by l.seq limit cast($3 as bigint)",
    )
    .bind(scope.0)
    .bind(since)
    .bind(limit)
    .bind(i64::from(reading == Reading::Filling));
    let rows: Vec<Row> = query.fetch_all(tx).await?;
    rows.into_iter().map(|row| row.into_news(scope)).collect()
}

impl Row {
    fn into_news(self, scope: ScopeId) -> Result<News, StoreError> {
        let seq = self.seq;
        if self.entry == "row" {
            let tells = Tells::Row { kind: self.row_kind, id: self.about, body: self.row_body };
            return Ok(News { seq, tells });
        }
        let unreadable = StoreError::unreadable("log");
        let document: DocumentId =
            self.about.parse().map_err(|error| unreadable(format!("about: {error}")))?;
        let tells = match (self.document_scope, self.subject, self.saved, self.hash, self.bytes) {
            (Some(now_in), ..) if now_in != scope.0 => {
                Tells::Left { document, now_in: Some(ScopeId(now_in)) }
            }
            (None, ..) => Tells::Left { document, now_in: None },
            (_, Some(subject), Some(saved), hash, _) => {
                let opened_with = hash.filter(|_| self.entry == "document");
                Tells::Document { subject: subject_from(&subject)?, saved, opened_with }
            }
            (_, Some(subject), None, Some(hash), Some(bytes)) => {
                let bundle = match self.bundled {
                    Some(true) => bytes,
                    // Written before there were bundles.
                    _ => pack_bundle([bytes.as_slice()]),
                };
                Tells::Change { subject: subject_from(&subject)?, hash, bundle }
            }
            _ => return Err(unreadable(format!("entry {seq} is about nothing"))),
        };
        Ok(News { seq, tells })
    }
}
