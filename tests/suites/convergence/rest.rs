//! Rest: everybody syncs until nothing is new, and then what must hold holds.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use saldo_mobile::SyncReport;

use super::picture::{Picture, Pictures};
use super::story::Story;
use crate::truth::{count, ids, same_rows, sight};

/// So often everybody syncs at most until nothing is new.
const MOST_ROUNDS: usize = 12;

impl Story {
    /// The weather is fine, whatever was under way arrives, everybody syncs.
    pub(super) fn sync_until_nothing_is_new(&mut self) {
        for kept in &self.phones {
            kept.handset.line().all_arrive();
        }
        let mut rounds = 0;
        while !self.everybody_syncs() {
            rounds += 1;
            assert!(rounds < MOST_ROUNDS, "it never comes to rest");
        }
    }

    /// Whether nothing was new for anybody.
    fn everybody_syncs(&mut self) -> bool {
        let mut quiet = true;
        for number in 0..self.phones.len() {
            let report = self.phones[number].handset.sync(self.clock()).unwrap();
            self.tell(format_args!("at rest phone {number}: {report:?}"));
            self.tally.syncs += 1;
            quiet &= report == SyncReport { round_trips: 1, ..SyncReport::default() };
        }
        quiet
    }

    /// What must hold at rest.
    pub(super) fn check(&mut self) {
        let sql = self.company.sql();
        let at_server = self.album.of(&sql, "scope_id");
        let facts = ids(&sql, "select id from fact");
        let mut refused = BTreeSet::new();
        for (number, kept) in self.phones.iter_mut().enumerate() {
            let person = kept.handset.person();
            let (sight, phone) = (sight(&sql, person), kept.handset.sql());
            let held = kept.album.of(&phone, "scope");
            same_documents(number, &held, &at_server, &sight);
            same_rows(&format!("phone {number}"), &phone, &sql, person);
            refused.extend(refused_facts(number, &kept.handset, &phone));
            facts_are_settled(number, &phone, &held);
            let sees = ids(&phone, "select id from feed_row where kind = 'client'");
            kept.sees = sees.into_iter().collect();
        }
        self.nothing_is_lost(&facts, &refused, &at_server);
        effects_once(&sql);
        self.tally.refused +=
            self.recorded.iter().filter(|fact| refused.contains(*fact)).count() as u64;
        self.recorded.clear();
        self.perhaps.clear();
    }

    fn nothing_is_lost(
        &self,
        facts: &BTreeSet<String>,
        refused: &BTreeSet<String>,
        at_server: &Pictures,
    ) {
        let in_documents: Vec<String> = at_server
            .values()
            .flat_map(|picture| picture.facts.iter().map(|fact| fact.id.to_string()))
            .collect();
        let once: BTreeSet<String> = in_documents.iter().cloned().collect();
        assert_eq!(in_documents.len(), once.len(), "a fact stands in two documents");
        assert_eq!(&once, facts, "the server's facts are those in its documents");
        for fact in &self.recorded {
            let arrived = facts.contains(fact);
            assert!(arrived || refused.contains(fact), "{fact} is lost");
            assert!(arrived || self.rights_changed, "{fact} is refused without a reason");
        }
        if self.rights_changed || self.forked {
            // What was refused is shown; what is written anew takes the place of what stood there.
            return;
        }
        let notes: String = at_server.values().map(|picture| picture.note.as_str()).collect();
        for word in self.written.values().flatten() {
            assert_eq!(notes.matches(word.as_str()).count(), 1, "{word} of {:?}", self.written);
        }
    }
}

/// The phone holds every document that its person may see, and no other, as the server has it. One
/// that it opened, and of which the server took nothing, stays as an empty one.
fn same_documents(number: usize, held: &Pictures, at_server: &Pictures, sight: &BTreeSet<i64>) {
    let seen: BTreeMap<&String, &Picture> = at_server
        .iter()
        .filter(|(_, picture)| picture.scope.is_some_and(|scope| sight.contains(&scope)))
        .collect();
    for (id, picture) in &seen {
        assert_eq!(held.get(*id), Some(*picture), "phone {number}, document {id}");
    }
    let more: Vec<_> =
        held.iter().filter(|(id, picture)| !seen.contains_key(id) && !picture.is_empty()).collect();
    assert!(more.is_empty(), "phone {number} holds what it may not see: {more:?}");
}

/// The facts that a phone shows as refused.
fn refused_facts(
    number: usize,
    handset: &saldo_tests::inside::Handset,
    phone: &Connection,
) -> BTreeSet<String> {
    let status = handset.phone().status().unwrap();
    assert_eq!(status.unsent, 0, "phone {number}");
    let shown: BTreeSet<String> = status.refused.into_iter().filter_map(|one| one.fact).collect();
    let kept = ids(phone, "select id from fact where state = 'refused'");
    assert!(kept.is_subset(&shown), "phone {number} does not show what was refused");
    shown
}

/// Every fact of the documents that the phone holds is settled, and no other is but those refused.
fn facts_are_settled(number: usize, phone: &Connection, held: &Pictures) {
    let settled = ids(phone, "select id from fact where state <> 'refused'");
    let other = ids(phone, "select id from fact where state not in ('settled', 'refused')");
    assert!(other.is_empty(), "phone {number}: {other:?} are not settled");
    let expected: BTreeSet<String> = held
        .values()
        .flat_map(|picture| picture.facts.iter().map(|fact| fact.id.to_string()))
        .collect();
    let refused = ids(phone, "select id from fact where state = 'refused'");
    let lacks: Vec<_> = expected.difference(&settled).filter(|id| !refused.contains(*id)).collect();
    assert!(lacks.is_empty(), "phone {number} does not show {lacks:?}");
    let more: Vec<_> = settled.difference(&expected).collect();
    assert!(more.is_empty(), "phone {number} shows {more:?}, which stand in no document");
}

/// Each order and promise was judged once, and has had its effects once.
fn effects_once(sql: &Connection) {
    for (what, query) in [
        (
            "orders or promises without exactly one verdict",
            "select count(*) from fact where kind in ('order', 'promise')
             and (select count(*) from verdict where fact_id = fact.id) <> 1",
        ),
        (
            "orders that are not one order",
            "select count(*) from fact where kind = 'order'
             and (select count(*) from client_order where fact_id = fact.id) <> 1",
        ),
        (
            "promises that are not one promise",
            "select count(*) from fact where kind = 'promise'
             and (select count(*) from promise where fact_id = fact.id) <> 1",
        ),
        (
            "tasks given twice",
            "select count(*) from (select 1 from task where fact_id is not null
             group by fact_id, kind, role, person_id having count(*) > 1)",
        ),
        ("entries without a number", "select count(*) from log where seq is null"),
    ] {
        assert_eq!(count(sql, query), 0, "{what}");
    }
}
