//! The outline of a document, read from its saved form: Automerge's columns of operations and changes.
//! What none of our documents holds is not understood here, and the document left to Automerge.

use automerge::{ActorId, ChangeHash};

use super::outline::{Entries, Outline};
use crate::documents::{DocumentKind, MOST_DOCUMENT_OPERATIONS, genesis, saved_whole};
use crate::gate::columns::Bytes;

/// Of changes (id, type).
mod change {
    pub(super) const ACTOR: u64 = 0x01;
    pub(super) const SEQUENCE: u64 = 0x03;
    pub(super) const LAST_OPERATION: u64 = 0x13;
}

/// Of operations. One that another replaces has that one among its successors.
mod operation {
    pub(super) const OBJECT_ACTOR: u64 = 0x01;
    pub(super) const OBJECT_NUMBER: u64 = 0x02;
    pub(super) const KEY: u64 = 0x15;
    pub(super) const ACTOR: u64 = 0x21;
    pub(super) const NUMBER: u64 = 0x23;
    pub(super) const INSERT: u64 = 0x34;
    pub(super) const ACTION: u64 = 0x42;
    pub(super) const SUCCESSORS: u64 = 0x80;
}

/// A column that Automerge deflated has this in its id.
const DEFLATED: u64 = 0x08;

/// The outline of the document that was saved whole, and what stands behind it. `None`: it is none of
/// this kind, or was saved in a way in which we do not save.
pub(super) fn read(kind: DocumentKind, saved: &[u8]) -> Option<(Outline, &[u8])> {
    let (body, behind) = saved_whole(saved)?;
    Some((outline(kind, Bytes(body))?, behind))
}

fn outline(kind: DocumentKind, mut rest: Bytes<'_>) -> Option<Outline> {
    let mut actors = Vec::new();
    for _ in 0..rest.unsigned().ok()? {
        actors.push(ActorId::from(rest.prefixed().ok()?));
    }
    let mut heads = Vec::new();
    for _ in 0..rest.unsigned().ok()? {
        heads.push(ChangeHash(rest.array().ok()?));
    }
    let changes = specified(&mut rest)?;
    let operations = specified(&mut rest)?;
    let changes = Columns::take(&changes, &mut rest)?;
    let operations = Columns::take(&operations, &mut rest)?;
    let sequences = vec![0; actors.len()];
    let mut outline = Outline { actors, sequences, ..Outline::default() };
    let writers = read_changes(&changes, &mut outline)?;
    read_operations(kind, &operations, &mut outline)?;
    for head in &heads {
        // Behind all stands which of the changes each head is.
        let writer = writers.get(usize::try_from(rest.unsigned().ok()?).ok()?)?;
        outline.newest.insert(*writer, *head);
    }
    heads.sort_unstable();
    outline.heads = heads;
    Some(outline)
}

/// The ids and lengths of columns.
fn specified(rest: &mut Bytes<'_>) -> Option<Vec<(u64, u64)>> {
    let mut columns = Vec::new();
    for _ in 0..rest.unsigned().ok()? {
        let (id, length) = (rest.unsigned().ok()?, rest.unsigned().ok()?);
        if id & DEFLATED != 0 {
            return None;
        }
        columns.push((id, length));
    }
    Some(columns)
}

/// How many changes each actor wrote, and the newest operation; gives the writers of the changes.
fn read_changes(columns: &Columns<'_>, outline: &mut Outline) -> Option<Vec<usize>> {
    let rows = columns.count(change::ACTOR)?;
    let actors = columns.numbers(change::ACTOR, rows)?;
    let sequences = columns.differences(change::SEQUENCE, rows)?;
    let last = columns.differences(change::LAST_OPERATION, rows)?;
    let mut writers = Vec::with_capacity(rows);
    for ((actor, sequence), last) in actors.into_iter().zip(sequences).zip(last) {
        let writer = usize::try_from(actor?).ok()?;
        let newest = outline.sequences.get_mut(writer)?;
        *newest = (*newest).max(sequence?);
        outline.last_operation = outline.last_operation.max(last?);
        writers.push(writer);
    }
    Some(writers)
}

/// What stands in each container.
fn read_operations(kind: DocumentKind, columns: &Columns<'_>, outline: &mut Outline) -> Option<()> {
    let rows = columns.count(operation::ACTION)?;
    let object_actors = columns.numbers(operation::OBJECT_ACTOR, rows)?;
    let object_numbers = columns.numbers(operation::OBJECT_NUMBER, rows)?;
    let keys = columns.texts(operation::KEY, rows)?;
    let actors = columns.numbers(operation::ACTOR, rows)?;
    let numbers = columns.differences(operation::NUMBER, rows)?;
    let inserts = columns.flags(operation::INSERT, rows)?;
    let successors = columns.numbers(operation::SUCCESSORS, rows)?;
    let genesis = outline.actors.iter().position(genesis::is_genesis)?;
    let mut containers = 0;
    outline.operations = u64::try_from(rows).ok()?;
    for row in 0..rows {
        let replaced = successors.get(row).copied()?.unwrap_or(0);
        outline.operations = outline.operations.checked_add(replaced)?;
        let name = (numbers.get(row).copied()??, usize::try_from(actors.get(row).copied()??).ok()?);
        let key = keys.get(row).copied()?;
        let (Some(actor), Some(number)) = (object_actors.get(row)?, object_numbers.get(row)?)
        else {
            // At the root: the containers of the genesis, each as it was made.
            let is_whole = name.1 == genesis && replaced == 0;
            if !is_whole || genesis::name_of(kind, name.0).is_none_or(|known| key != Some(known)) {
                return None;
            }
            containers += 1;
            continue;
        };
        if usize::try_from(*actor) != Ok(genesis) {
            continue;
        }
        match genesis::name_of(kind, *number)? {
            genesis::FACTS => {
                outline.facts.insert(key?.to_owned());
            }
            genesis::NOTE => {
                if !*inserts.get(row)? {
                    return None;
                }
                outline.letters.tell(name, replaced == 0);
            }
            genesis::STOPS if replaced == 0 => outline.shows(Entries::Stops, key?, name),
            genesis::FIELDS if replaced == 0 => outline.shows(Entries::Fields, key?, name),
            _ => {}
        }
    }
    (containers == kind.containers().len()).then_some(())
}

impl Outline {
    fn shows(&mut self, entries: Entries, key: &str, name: (u64, usize)) {
        self.entries.entry((entries, key.to_owned())).or_default().push(name);
    }
}

/// The columns of a table, by their ids. One that holds nothing but what is absent may be left out.
struct Columns<'a>(Vec<(u64, Bytes<'a>)>);

impl<'a> Columns<'a> {
    fn take(specified: &[(u64, u64)], rest: &mut Bytes<'a>) -> Option<Self> {
        let mut columns = Vec::new();
        for (id, length) in specified {
            columns.push((*id, Bytes(rest.take(*length).ok()?)));
        }
        Some(Self(columns))
    }

    fn of(&self, wanted: u64) -> Bytes<'a> {
        self.0.iter().find(|(id, _)| *id == wanted).map_or(Bytes(&[]), |(_, bytes)| *bytes)
    }

    /// How many rows there are, by a column in which nothing is absent.
    fn count(&self, column: u64) -> Option<usize> {
        let rows = self.of(column).runs(MOST_DOCUMENT_OPERATIONS, Bytes::unsigned, |_, _| Ok(()));
        usize::try_from(rows.ok()?).ok()
    }

    fn numbers(&self, column: u64, rows: usize) -> Option<Vec<Option<u64>>> {
        self.expanded(column, rows, Bytes::unsigned)
    }

    /// A column of differences from row to row.
    fn differences(&self, column: u64, rows: usize) -> Option<Vec<Option<u64>>> {
        let mut last: i64 = 0;
        let differences = self.expanded(column, rows, Bytes::signed)?;
        let numbers = differences.into_iter().map(|difference| {
            let Some(difference) = difference else { return Some(None) };
            last = last.checked_add(difference)?;
            Some(Some(u64::try_from(last).ok()?))
        });
        numbers.collect()
    }

    fn texts(&self, column: u64, rows: usize) -> Option<Vec<Option<&'a str>>> {
        let texts = self.expanded(column, rows, Bytes::prefixed)?;
        texts.into_iter().map(|text| text.map(std::str::from_utf8).transpose().ok()).collect()
    }

    fn flags(&self, column: u64, rows: usize) -> Option<Vec<bool>> {
        let mut flags = Vec::with_capacity(rows);
        let each = |flag, times| flags.extend(std::iter::repeat_n(flag, short(times)));
        self.of(column).flags(u64::try_from(rows).ok()?, each).ok()?;
        flags.resize(rows, false);
        Some(flags)
    }

    fn expanded<T: Copy>(
        &self,
        column: u64,
        rows: usize,
        read: impl Fn(&mut Bytes<'a>) -> Result<T, crate::gate::Refusal>,
    ) -> Option<Vec<Option<T>>> {
        let mut values = Vec::with_capacity(rows);
        let each = |value, times| {
            values.extend(std::iter::repeat_n(value, short(times)));
            Ok(())
        };
        self.of(column).runs(u64::try_from(rows).ok()?, read, each).ok()?;
        values.resize(rows, None);
        Some(values)
    }
}

/// A length that was compared with the number of rows.
fn short(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
