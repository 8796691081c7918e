//! What a change brought, read from the document in which it was applied.

use serde_json::Value as Json;

use super::Refusal;
use super::paths::Touched;
use crate::documents::{Document, stop_of};
use crate::facts::{Fact, LONGEST_TEXT_BYTES};
use crate::ids::PersonId;
use crate::wire::RefusalCode;

/// The facts that the change brought; refuses it when one does not make sense, or a stop does not.
pub(super) fn check(
    before: &Document,
    after: &Document,
    touched: &Touched,
    writer: PersonId,
) -> Result<Vec<Fact>, Refusal> {
    for key in &touched.stops {
        // A stop that lost against a concurrent one is not seen here; then the other one is.
        if !after.raw_stop(key).is_some_and(|body| is_stop(key, &body)) {
            return Err(Refusal::new(RefusalCode::Forbidden, format!("stop {key} cannot be read")));
        }
    }
    touched.facts.iter().map(|key| fact(before, after, key, writer)).collect()
}

fn fact(before: &Document, after: &Document, key: &str, writer: PersonId) -> Result<Fact, Refusal> {
    let bad = |what: String| bad_fact(key, &what);
    if before.has_fact(key) {
        // A phone that was restored writes its unsent facts anew and may not know yet that they came.
        if after.is_written_once_over(key) {
            let known = format!("fact {key} is there already, in the same words");
            return Err(Refusal::new(RefusalCode::KnownFact, known));
        }
        return Err(bad("it was written before; what corrects it is a new fact".into()));
    }
    let body = after.raw_fact(key).ok_or_else(|| bad("it is not there".into()))?;
    sound(key, body, writer)
}

/// Whether this, under this key, is a stop.
pub(super) fn is_stop(key: &str, body: &Json) -> bool {
    stop_of(key, body).is_some_and(|stop| stop.purpose.len() <= LONGEST_TEXT_BYTES)
}

/// The fact that this is, under this key and by this writer.
pub(super) fn sound(key: &str, body: Json, writer: PersonId) -> Result<Fact, Refusal> {
    let bad = |what: String| bad_fact(key, &what);
    let kind = body.get("kind").and_then(Json::as_str).unwrap_or("").to_owned();
    let fact: Fact = serde_json::from_value(body).map_err(|error| {
        let error = error.to_string();
        bad(if error.starts_with(&format!("unknown variant `{kind}`")) {
            format!("this server does not know facts of kind \"{kind}\"; it must be updated first")
        } else {
            format!("it cannot be read: {error}")
        })
    })?;
    if fact.id.to_string() != key {
        return Err(bad(format!("it stands under another id, {}", fact.id)));
    }
    if fact.author != writer {
        return Err(Refusal::new(
            RefusalCode::Forbidden,
            format!("fact {key}: its author is somebody else"),
        ));
    }
    fact.check().map_err(|error| bad(error.to_string()))?;
    Ok(fact)
}

fn bad_fact(key: &str, what: &str) -> Refusal {
    Refusal::new(RefusalCode::BadFact, format!("fact {key}: {what}"))
}
