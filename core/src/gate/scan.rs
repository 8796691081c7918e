//! A look at a change without Automerge: how much work would decoding it be? 113 valid bytes can
//! claim 100 million operations, so every count and length is added up here first. Also refuses
//! what no document of ours ever holds: marks, counters, bytes, floats, tables, footers.
//!
//! Nothing is allocated by a claimed length, and every loop eats bytes of the change.

use automerge::{ActorId, ChangeHash};

use super::Refusal;
use super::columns::{Bytes, malformed, too_many};
use crate::documents::{Chunk, MOST_OPERATIONS};
use crate::wire::RefusalCode;

/// The most operations that the operations of one change may replace, together: one each, and as
/// many again for conflicts.
const MOST_PREDECESSORS: u64 = 2 * MOST_OPERATIONS as u64;

/// The latest time of a change, and the earliest below zero: what a clock that counts milliseconds can
/// say. Automerge keeps the differences from one change to the next, and one that does not fit into
/// 64 bits makes it panic when anybody writes next.
const LATEST_SECONDS: u64 = i64::MAX.unsigned_abs() / 1_000 + 1;

/// The columns of a change (id, type) that our documents need, in their order.
mod column {
    pub(super) const OBJECT_ACTOR: u64 = 0x01;
    pub(super) const OBJECT_COUNTER: u64 = 0x02;
    pub(super) const KEY_ACTOR: u64 = 0x11;
    pub(super) const KEY_COUNTER: u64 = 0x13;
    pub(super) const KEY_STRING: u64 = 0x15;
    pub(super) const INSERT: u64 = 0x34;
    pub(super) const ACTION: u64 = 0x42;
    pub(super) const VALUE_META: u64 = 0x56;
    pub(super) const VALUE: u64 = 0x57;
    pub(super) const PREDECESSOR_GROUP: u64 = 0x70;
    pub(super) const PREDECESSOR_ACTOR: u64 = 0x71;
    pub(super) const PREDECESSOR_COUNTER: u64 = 0x73;
}

/// What a change says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) hash: ChangeHash,
    pub(super) dependencies: Vec<ChangeHash>,
    pub(super) actor: ActorId,
    pub(super) sequence: u64,
    pub(super) first_operation: u64,
    pub(super) operations: usize,
}

/// Reads the head of a change and counts its operations.
pub(super) fn scan(chunk: &Chunk) -> Result<Scanned, Refusal> {
    let mut rest = Bytes(&chunk.body);
    let dependencies =
        (0..rest.unsigned()?).map(|_| rest.array().map(ChangeHash)).collect_bounded()?;
    let actor = ActorId::from(rest.prefixed()?);
    let sequence = rest.unsigned()?;
    let first_operation = rest.unsigned()?;
    if rest.signed()?.unsigned_abs() > LATEST_SECONDS {
        return Err(malformed("its time is none that a clock can say"));
    }
    if !rest.prefixed()?.is_empty() {
        return Err(forbidden("a change carries no message"));
    }
    for _ in 0..rest.unsigned()? {
        rest.prefixed()?;
    }
    let operations = operations(rest)?;
    Ok(Scanned {
        hash: ChangeHash(chunk.hash),
        dependencies,
        actor,
        sequence,
        first_operation,
        operations,
    })
}

/// Collects until the first error, without trusting the iterator's length.
trait CollectBounded<T> {
    fn collect_bounded(self) -> Result<Vec<T>, Refusal>;
}

impl<T, I: Iterator<Item = Result<T, Refusal>>> CollectBounded<T> for I {
    fn collect_bounded(self) -> Result<Vec<T>, Refusal> {
        let mut collected = Vec::new();
        for item in self {
            collected.push(item?);
        }
        Ok(collected)
    }
}

/// The columns: their specifications, then their contents.
fn operations(mut rest: Bytes<'_>) -> Result<usize, Refusal> {
    let mut specified = Vec::new();
    for _ in 0..rest.unsigned()? {
        specified.push((rest.unsigned()?, rest.unsigned()?));
    }
    if !specified.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(malformed("its columns are out of order"));
    }
    let mut columns = Vec::new();
    for (id, length) in specified {
        columns.push((id, Bytes(rest.take(length)?)));
    }
    if !rest.0.is_empty() {
        return Err(forbidden("a change carries no footer"));
    }
    count(&columns)
}

fn count(columns: &[(u64, Bytes<'_>)]) -> Result<usize, Refusal> {
    let of = |wanted| {
        columns.iter().find(|(id, _)| *id == wanted).map_or(Bytes(&[]), |(_, bytes)| *bytes)
    };
    let most = u64::try_from(MOST_OPERATIONS).unwrap_or(u64::MAX);
    let operations = of(column::ACTION).runs(most, Bytes::unsigned, |action, _| match action {
        Some(0..=3) => Ok(()),
        _ => Err(forbidden("only maps, lists, values and deletions are written")),
    })?;
    if operations == 0 {
        return Err(malformed("it does nothing"));
    }
    let mut predecessors: u64 = 0;
    of(column::PREDECESSOR_GROUP).runs(operations, Bytes::unsigned, |group, times| {
        let more = group.unwrap_or(0).saturating_mul(times);
        predecessors = predecessors.saturating_add(more);
        if predecessors > MOST_PREDECESSORS { Err(too_many()) } else { Ok(()) }
    })?;
    let mut value_bytes: u64 = 0;
    of(column::VALUE_META).runs(operations, Bytes::unsigned, |meta, times| {
        let meta = meta.unwrap_or(0);
        value_bytes = value_bytes.saturating_add((meta >> 4).saturating_mul(times));
        // Null, false, true, unsigned, signed, text.
        match meta & 0xf {
            0..=4 | 6 => Ok(()),
            _ => Err(forbidden("only texts, whole numbers, true, false and null are written")),
        }
    })?;
    for (id, bytes) in columns {
        match *id {
            column::OBJECT_ACTOR | column::OBJECT_COUNTER | column::KEY_ACTOR => {
                bytes.runs(operations, Bytes::unsigned, |_, _| Ok(()))?;
            }
            column::KEY_COUNTER => {
                bytes.runs(operations, Bytes::signed, |_, _| Ok(()))?;
            }
            column::KEY_STRING => {
                bytes.runs(operations, Bytes::prefixed, |_, _| Ok(()))?;
            }
            column::INSERT => bytes.flags(operations, |_, _| ())?,
            column::PREDECESSOR_ACTOR => {
                bytes.runs(predecessors, Bytes::unsigned, |_, _| Ok(()))?;
            }
            column::PREDECESSOR_COUNTER => {
                bytes.runs(predecessors, Bytes::signed, |_, _| Ok(()))?;
            }
            column::VALUE if u64::try_from(bytes.0.len()) != Ok(value_bytes) => {
                return Err(malformed("its values are not as long as they say"));
            }
            column::ACTION | column::VALUE | column::VALUE_META | column::PREDECESSOR_GROUP => {}
            _ => return Err(forbidden("it has columns that our documents do not need")),
        }
    }
    usize::try_from(operations).map_err(|_| too_many())
}

fn forbidden(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Forbidden, what)
}
