//! The objects that a change makes, facts and stops with what is in them, put together from its
//! operations.

use std::collections::BTreeMap;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};
use automerge::{ObjType, ScalarValue};
use serde_json::Value as Json;

/// How deep a fact may be nested; deeper ones are left to the other gate.
const DEEPEST_NESTING: usize = 8;

/// By the numbers of the operations that made them.
#[derive(Debug, Default)]
pub(super) struct Objects(BTreeMap<u64, Object>);

#[derive(Debug)]
enum Object {
    Map(BTreeMap<String, Item>),
    /// With the number of the operation that put the last one.
    List(Vec<Item>, Option<u64>),
}

#[derive(Debug)]
enum Item {
    Value(Json),
    Object(u64),
}

impl Objects {
    /// The operation of this number makes an object; `None`: it does not.
    pub(super) fn make(&mut self, number: u64, action: &OpType) -> Option<()> {
        let object = match action {
            OpType::Make(ObjType::Map) => Object::Map(BTreeMap::new()),
            OpType::Make(ObjType::List) => Object::List(Vec::new(), None),
            _ => return None,
        };
        self.0.insert(number, object).is_none().then_some(())
    }

    /// An operation puts something into an object that was made here: under a name where nothing is,
    /// or at the end of a list. `None`: it does something else.
    pub(super) fn put(&mut self, number: u64, op: &Op) -> Option<()> {
        let item = match &op.action {
            OpType::Put(value) => Item::Value(json(value)?),
            action => {
                self.make(number, action)?;
                Item::Object(number)
            }
        };
        let ObjectId::Id(into) = &op.obj else { return None };
        match (self.0.get_mut(&into.0)?, &op.key) {
            (Object::Map(items), Key::Map(name)) => {
                items.insert(name.to_string(), item).is_none().then_some(())
            }
            (Object::List(items, last), Key::Seq(behind)) => {
                let behind = match behind {
                    ElementId::Head => None,
                    ElementId::Id(id) => Some(id.0),
                };
                if behind != *last {
                    return None;
                }
                items.push(item);
                *last = Some(number);
                Some(())
            }
            _ => None,
        }
    }

    /// The object that the operation of this number made; `None`: it is nested too deep.
    pub(super) fn read(&self, number: u64) -> Option<Json> {
        self.at(number, 0)
    }

    fn at(&self, number: u64, depth: usize) -> Option<Json> {
        if depth > DEEPEST_NESTING {
            return None;
        }
        let item = |item: &Item| match item {
            Item::Value(value) => Some(value.clone()),
            Item::Object(made) => self.at(*made, depth + 1),
        };
        match self.0.get(&number)? {
            Object::Map(items) => {
                let items = items.iter().map(|(name, one)| Some((name.clone(), item(one)?)));
                items.collect::<Option<_>>().map(Json::Object)
            }
            Object::List(items, _) => {
                items.iter().map(item).collect::<Option<_>>().map(Json::Array)
            }
        }
    }
}

/// As the documents read it.
fn json(value: &ScalarValue) -> Option<Json> {
    match value {
        ScalarValue::Str(text) => Some(Json::String(text.to_string())),
        ScalarValue::Int(number) => Some(Json::from(*number)),
        ScalarValue::Uint(number) => Some(Json::from(*number)),
        ScalarValue::Boolean(truth) => Some(Json::Bool(*truth)),
        ScalarValue::Null => Some(Json::Null),
        _ => None,
    }
}
