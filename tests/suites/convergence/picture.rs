//! Documents as people read them, remembered so that only what changed is read anew.

use std::collections::BTreeMap;

use rusqlite::Connection;
use saldo_core::documents::{CardField, Document, Stop, Subject};
use saldo_core::facts::Fact;

/// What a document says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) scope: Option<i64>,
    pub(super) heads: Vec<[u8; 32]>,
    pub(super) facts: Vec<Fact>,
    pub(super) note: String,
    pub(super) fields: Vec<CardField>,
    pub(super) stops: Vec<Stop>,
}

impl Picture {
    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty()
            && self.note.is_empty()
            && self.fields.is_empty()
            && self.stops.is_empty()
    }
}

/// The documents of one database, by id.
pub(super) type Pictures = BTreeMap<String, Picture>;

/// Reads the documents of a database, and remembers them by their bytes.
#[derive(Debug, Default)]
pub(super) struct Album(BTreeMap<String, (Vec<u8>, Picture)>);

impl Album {
    /// Every document of the phone's or the server's file.
    pub(super) fn of(&mut self, sql: &Connection, scope_column: &str) -> Pictures {
        let query = format!("select id, subject, {scope_column}, saved from document");
        let mut statement = sql.prepare(&query).unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .unwrap();
        let mut pictures = Pictures::new();
        for row in rows {
            let (id, subject, scope, saved): (String, String, Option<i64>, Vec<u8>) = row.unwrap();
            let picture = match self.0.get(&id) {
                Some((bytes, picture)) if *bytes == saved => Picture { scope, ..picture.clone() },
                _ => read(&subject, scope, &saved),
            };
            self.0.insert(id.clone(), (saved, picture.clone()));
            pictures.insert(id, picture);
        }
        pictures
    }
}

fn read(subject: &str, scope: Option<i64>, saved: &[u8]) -> Picture {
    let subject: Subject = serde_json::from_str(subject).unwrap();
    let mut document = Document::load(subject.kind(), saved).unwrap();
    let mut facts = document.facts();
    facts.sort_by_key(|fact| fact.id);
    Picture {
        scope,
        heads: document.heads(),
        facts,
        note: document.note(),
        fields: document.fields(),
        stops: document.stops(),
    }
}
