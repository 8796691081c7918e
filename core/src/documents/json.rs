//! Facts and stops as Automerge maps, lists and scalars, and back. Nothing is dropped on the way
//! in, so that a field which this build does not know survives on the phones that do.

use automerge::transaction::Transactable;
use automerge::{
    AutoCommit, AutomergeError, ObjId, ObjType, Prop, ReadDoc, ScalarValue, ScalarValueRef, Value,
    ValueRef,
};
use serde_json::{Map, Number, Value as Json};

/// How deep a fact may be nested; deeper is read as `null`, so that a hostile one cannot exhaust
/// the stack.
const DEEPEST_NESTING: usize = 16;

/// Writes a JSON object under `key`.
pub(super) fn put_object(
    doc: &mut AutoCommit,
    parent: &ObjId,
    key: &str,
    object: &Map<String, Json>,
) -> Result<(), AutomergeError> {
    let made = doc.put_object(parent, key, ObjType::Map)?;
    fill_map(doc, &made, object)
}

fn fill_map(
    doc: &mut AutoCommit,
    map: &ObjId,
    object: &Map<String, Json>,
) -> Result<(), AutomergeError> {
    // In the order of the keys whatever features serde_json is built with: the bytes are fixed.
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    for (key, value) in entries {
        match value {
            Json::Object(inner) => put_object(doc, map, key, inner)?,
            Json::Array(items) => {
                let list = doc.put_object(map, key.as_str(), ObjType::List)?;
                fill_list(doc, &list, items)?;
            }
            scalar => doc.put(map, key.as_str(), to_scalar(scalar))?,
        }
    }
    Ok(())
}

fn fill_list(doc: &mut AutoCommit, list: &ObjId, items: &[Json]) -> Result<(), AutomergeError> {
    for (index, item) in items.iter().enumerate() {
        match item {
            Json::Object(inner) => {
                let map = doc.insert_object(list, index, ObjType::Map)?;
                fill_map(doc, &map, inner)?;
            }
            Json::Array(inner) => {
                let nested = doc.insert_object(list, index, ObjType::List)?;
                fill_list(doc, &nested, inner)?;
            }
            scalar => doc.insert(list, index, to_scalar(scalar))?,
        }
    }
    Ok(())
}

fn to_scalar(json: &Json) -> ScalarValue {
    match json {
        Json::Bool(value) => ScalarValue::Boolean(*value),
        Json::String(text) => ScalarValue::from(text.as_str()),
        Json::Number(number) => number
            .as_i64()
            .map(ScalarValue::Int)
            .or_else(|| number.as_u64().map(ScalarValue::Uint))
            .or_else(|| number.as_f64().map(ScalarValue::F64))
            .unwrap_or(ScalarValue::Null),
        Json::Null | Json::Array(_) | Json::Object(_) => ScalarValue::Null,
    }
}

/// The object under `prop`, if there is one of this type.
pub(super) fn object_in<P: Into<Prop>>(
    doc: &AutoCommit,
    parent: &ObjId,
    prop: P,
    wanted: ObjType,
) -> Option<ObjId> {
    match doc.get(parent, prop) {
        Ok(Some((Value::Object(found), id))) if found == wanted => Some(id),
        _ => None,
    }
}

/// A map as a JSON object.
pub(super) fn read_map(doc: &AutoCommit, map: &ObjId) -> Map<String, Json> {
    map_at(doc, map, 0)
}

/// The map under `key` of `map` as a JSON object.
pub(super) fn read_entry(doc: &AutoCommit, map: &ObjId, key: &str) -> Option<Json> {
    object_in(doc, map, key, ObjType::Map).map(|found| Json::Object(map_at(doc, &found, 1)))
}

fn map_at(doc: &AutoCommit, map: &ObjId, depth: usize) -> Map<String, Json> {
    doc.map_range(map, ..)
        .map(|item| (item.key.to_string(), value_at(doc, &item.value, &|| item.id(), depth)))
        .collect()
}

fn value_at(doc: &AutoCommit, value: &ValueRef<'_>, id: &dyn Fn() -> ObjId, depth: usize) -> Json {
    match value {
        ValueRef::Scalar(scalar) => from_scalar(scalar),
        ValueRef::Object(_) if depth >= DEEPEST_NESTING => Json::Null,
        ValueRef::Object(ObjType::Map | ObjType::Table) => {
            Json::Object(map_at(doc, &id(), depth + 1))
        }
        ValueRef::Object(ObjType::List) => Json::Array(
            doc.list_range(id(), ..)
                .map(|item| value_at(doc, &item.value, &|| item.id(), depth + 1))
                .collect(),
        ),
        ValueRef::Object(ObjType::Text) => doc.text(id()).map_or(Json::Null, Json::String),
    }
}

fn from_scalar(scalar: &ScalarValueRef<'_>) -> Json {
    match scalar {
        ScalarValueRef::Str(text) => Json::String(text.to_string()),
        ScalarValueRef::Int(n) | ScalarValueRef::Counter(n) | ScalarValueRef::Timestamp(n) => {
            Json::Number(Number::from(*n))
        }
        ScalarValueRef::Uint(n) => Json::Number(Number::from(*n)),
        ScalarValueRef::F64(n) => Number::from_f64(*n).map_or(Json::Null, Json::Number),
        ScalarValueRef::Boolean(value) => Json::Bool(*value),
        ScalarValueRef::Bytes(_) | ScalarValueRef::Unknown { .. } | ScalarValueRef::Null => {
            Json::Null
        }
    }
}
