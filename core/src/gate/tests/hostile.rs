//! What must not pass, and must not harm what does.

mod bounded;

use super::*;
use RefusalCode::{
    BadFact, Forbidden, ForeignActor, Malformed, MissingDependency, OperationCounter, Sequence,
    TooLarge,
};
use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use std::io::Write;

/// A sheet at the server with one fact, a stop and a note; and its phone.
fn started() -> (Vec<u8>, Document, Vec<WrittenChange>) {
    let mut phone = open(sheet(), None, &rep());
    let stop = crate::documents::Stop { client: CLIENT, position: 1, purpose: "plan".into() };
    let changes = vec![
        phone.append_fact(&note(1, "kept")).unwrap(),
        phone.edit_note("note").unwrap().unwrap(),
        phone.plan_stops(&[stop]).unwrap().unwrap(),
    ];
    (admit(sheet(), None, &rep(), &bytes(&changes)).unwrap().saved, phone, changes)
}

fn container(doc: &AutoCommit, name: &str) -> ObjId {
    doc.get(ROOT, name).unwrap().unwrap().1
}

/// Pushes `hostile` between two good changes; the good ones must pass and nothing else change.
fn refused(name: &str, hostile: &[u8], codes: &[RefusalCode]) {
    let (saved, mut phone, _) = started();
    let first = phone.append_fact(&note(2, "good")).unwrap();
    let second = phone.append_fact(&note(3, "good")).unwrap();
    let alone = admit(sheet(), Some(&saved), &rep(), &[hostile]).unwrap();
    assert_eq!(alone.saved, saved, "{name}");
    let refusal = only(alone).expect_err(name);
    assert!(codes.contains(&refusal.code), "{name}: {refusal:?}");
    assert!(!refusal.detail.is_empty());
    let among = admit(sheet(), Some(&saved), &rep(), &[&first.bytes, hostile, &second.bytes]);
    let among = among.unwrap();
    let passed: Vec<_> = among.changes.iter().map(Result::is_ok).collect();
    assert_eq!(passed, [true, false, true], "{name}: {:?}", among.changes);
    let document = Document::load(DocumentKind::RouteSheet, &among.saved).unwrap();
    assert_eq!(document.facts(), [note(1, "kept"), note(2, "good"), note(3, "good")], "{name}");
    assert_eq!((document.note().as_str(), document.stops().len()), ("note", 1), "{name}");
}

#[test]
fn bytes_that_are_no_change() {
    let (saved, mut phone, _) = started();
    let good = phone.append_fact(&note(9, &"x".repeat(300))).unwrap().bytes;
    let mut deflated = Change::try_from(&good[..]).unwrap().bytes().to_vec();
    let mut flipped = good.clone();
    flipped[40] ^= 1;
    let mut long = good.clone();
    long.push(0);
    for (name, bytes, code) in [
        ("nothing", vec![], Malformed),
        ("text", b"hello".to_vec(), Malformed),
        ("cut", good[..good.len() - 1].to_vec(), Malformed),
        ("cut within the header", good[..9].to_vec(), Malformed),
        ("longer", long, Malformed),
        ("a bit flipped", flipped, Malformed),
        ("two changes", [good.clone(), good.clone()].concat(), Malformed),
        ("a whole document", saved, Malformed),
        ("an empty body", framed(&[]), Malformed),
        ("too large", framed(&vec![0; 65_536]), TooLarge),
    ] {
        refused(name, &bytes, &[code]);
    }
    deflated.pop();
    refused("deflated and cut", &deflated, &[Malformed]);
    let mut bomb = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 50_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 65_000);
    let head = [0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 2];
    refused("deflate bomb", &[&head[..], &length(bomb.len()), &bomb].concat(), &[TooLarge]);
}

/// The body of a change with these columns, following the genesis.
fn body(columns: &[(u8, &[u8])]) -> Vec<u8> {
    let mut body = vec![1];
    body.extend(DocumentKind::RouteSheet.genesis_hash().0);
    body.push(20);
    body.extend(actor_of(rep().device, rep().install_epoch));
    body.extend([1, 4, 0, 0, 0, u8::try_from(columns.len()).unwrap()]);
    for (id, bytes) in columns {
        body.extend([*id, u8::try_from(bytes.len()).unwrap()]);
    }
    body.extend(columns.iter().flat_map(|(_, bytes)| bytes.iter().copied()));
    body
}

#[test]
fn bombs_are_counted_before_they_are_decoded() {
    /// 100 million, signed and unsigned.
    const MANY: [u8; 4] = [0x80, 0xc2, 0xd7, 0x2f];
    let many_of = |value: &[u8]| [&MANY[..], value].concat();
    for (name, columns) in [
        (
            "operations",
            vec![(0x15, many_of(b"\x01a")), (0x34, MANY.to_vec()), (0x42, many_of(&[1]))],
        ),
        ("absent actions", vec![(0x42, [&[0][..], &MANY].concat())]),
        ("5,001 operations", vec![(0x42, vec![0x89, 0x27, 1])]),
        ("predecessors", vec![(0x42, vec![1, 1]), (0x70, [&[1][..], &MANY].concat())]),
        ("many with some", vec![(0x42, vec![0xf4, 0x03, 1]), (0x70, vec![0xf4, 0x03, 21])]),
        ("keys", vec![(0x15, many_of(b"\x01a")), (0x42, vec![1, 1])]),
        ("flags", vec![(0x34, MANY.to_vec()), (0x42, vec![1, 1])]),
    ] {
        let columns: Vec<_> = columns.iter().map(|(id, bytes)| (*id, &bytes[..])).collect();
        let bytes = framed(&body(&columns));
        let refusal = only(admit(sheet(), None, &rep(), &[&bytes]).unwrap()).expect_err(name);
        assert_eq!(refusal.code, TooLarge, "{name}: {refusal:?}");
    }
    for (name, columns) in [
        ("no operation", vec![]),
        (
            "a key that claims 1 GB",
            vec![(0x15, &[1, 0x80, 0x80, 0x80, 0x80, 4][..]), (0x42, &[1, 1])],
        ),
        ("columns twice", vec![(0x42, &[1, 1]), (0x42, &[1, 1])]),
        ("columns out of order", vec![(0x56, &[1, 0]), (0x42, &[1, 1])]),
        ("a value that claims more", vec![(0x42, &[1, 1]), (0x56, &[1, 0x36]), (0x57, b"ab")]),
        ("an endless number", vec![(0x42, &[0x80; 12])]),
    ] {
        let refusal = only(admit(sheet(), None, &rep(), &[&framed(&body(&columns))]).unwrap());
        assert_eq!(refusal.expect_err(name).code, Malformed, "{name}");
    }
    for (name, columns) in [
        ("a deflated column", [(0x42, &[1, 1][..]), (0x5e, &[1, 0])]),
        ("a column from the future", [(0x42, &[1, 1]), (0x7b, &[1, 0])]),
        ("a mark", [(0x42, &[1, 7]), (0x56, &[1, 0])]),
    ] {
        let refusal = only(admit(sheet(), None, &rep(), &[&framed(&body(&columns))]).unwrap());
        assert_eq!(refusal.expect_err(name).code, Forbidden, "{name}");
    }
}

#[test]
fn a_change_at_a_wrong_place() {
    let (_, mut phone, old) = started();
    let base = phone.clone();
    let good = phone.append_fact(&note(9, "x")).unwrap();
    let after = phone.append_fact(&note(8, "x")).unwrap();
    let foreign = ActorId::from(actor_of(rep().device, 2));
    let genesis = DocumentKind::RouteSheet.genesis_hash();
    let t = |tamper: fn(&mut ExpandedChange)| tampered(&good.bytes, tamper);
    let last: ChangeHash = ChangeHash(old[2].hash);
    for (name, bytes, code) in [
        ("another installation", tampered(&good.bytes, |c| c.actor_id = foreign), ForeignActor),
        ("without the one before", after.bytes, MissingDependency),
        ("of nothing", t(|c| c.deps.clear()), MissingDependency),
        ("of the unknown", t(|c| c.deps = vec![ChangeHash([7; 32])]), MissingDependency),
        ("a number again", t(|c| c.seq -= 1), Sequence),
        ("the first number again", t(|c| c.seq = 1), Sequence),
        ("number zero", t(|c| c.seq = 0), Sequence),
        ("a number left out", t(|c| c.seq += 1), Sequence),
        ("the last number there is", t(|c| c.seq = u64::MAX), Sequence),
        ("not after its own", tampered(&good.bytes, |c| c.deps = vec![genesis]), Sequence),
        ("twice after one", tampered(&good.bytes, |c| c.deps = vec![last, last]), Malformed),
    ] {
        refused(name, &bytes, &[code]);
    }
    // In the middle of a push the number that it wants is taken by then: alone it says more.
    for jump in [1, 1_000, u64::from(u32::MAX), u64::MAX / 4] {
        let bytes = restarted(&base, jump);
        refused("the counter jumps", &bytes, &[OperationCounter, Malformed]);
    }
}

/// The next change, with its operations counted from `jump` too far on.
fn restarted(base: &Document, jump: u64) -> Vec<u8> {
    let bytes = by_hand(base, &rep(), |doc| {
        let stops = container(doc, "stops");
        doc.delete(stops, CLIENT.to_string()).unwrap();
    });
    tampered(&bytes, |change| change.start_op = change.start_op.checked_add(jump).unwrap())
}

#[test]
fn writing_where_nobody_may() {
    let (_, phone, _) = started();
    let kept = note(1, "kept").id.to_string();
    let fact =
        |doc: &AutoCommit| doc.get(container(doc, "facts"), kept.as_str()).unwrap().unwrap().1;
    let hand = |write: &dyn Fn(&mut AutoCommit)| by_hand(&phone, &rep(), |doc| write(doc));
    let client = CLIENT.to_string();
    for (name, bytes) in [
        ("a root key", hand(&|doc| doc.put(ROOT, "new", 1).unwrap())),
        (
            "the facts anew",
            hand(&|doc| {
                doc.put_object(ROOT, "facts", ObjType::Map).unwrap();
            }),
        ),
        ("the facts deleted", hand(&|doc| doc.delete(ROOT, "facts").unwrap())),
        ("a fact altered", hand(&|doc| doc.put(fact(doc), "text", "other").unwrap())),
        ("a fact extended", hand(&|doc| doc.put(fact(doc), "more", "x").unwrap())),
        ("a fact cut", hand(&|doc| doc.delete(fact(doc), "text").unwrap())),
        (
            "a fact deleted",
            hand(&|doc| doc.delete(container(doc, "facts"), kept.as_str()).unwrap()),
        ),
        (
            "a fact replaced",
            hand(&|doc| {
                doc.put_object(container(doc, "facts"), kept.as_str(), ObjType::Map).unwrap();
            }),
        ),
        (
            "a scalar for a fact",
            hand(&|doc| {
                doc.put(container(doc, "facts"), note(9, "").id.to_string(), "x").unwrap();
            }),
        ),
        (
            "a stop of nobody",
            hand(&|doc| {
                doc.put_object(container(doc, "stops"), "x", ObjType::Map).unwrap();
            }),
        ),
        (
            "a stop without content",
            hand(&|doc| {
                doc.put_object(container(doc, "stops"), client.as_str(), ObjType::Map).unwrap();
            }),
        ),
        (
            "a stop as a text",
            hand(&|doc| {
                doc.put(container(doc, "stops"), client.as_str(), "x").unwrap();
            }),
        ),
        (
            "an old stop",
            hand(&|doc| {
                let stop = doc.get(container(doc, "stops"), client.as_str()).unwrap().unwrap().1;
                doc.put(stop, "position", 2).unwrap();
            }),
        ),
        (
            "a mark",
            hand(&|doc| {
                let mark = Mark::new("bold".into(), true, 0, 2);
                doc.mark(container(doc, "note"), mark, ExpandMark::Both).unwrap();
            }),
        ),
        (
            "a block",
            hand(&|doc| {
                doc.split_block(container(doc, "note"), 1).unwrap();
            }),
        ),
        (
            "a word as a character",
            hand(&|doc| {
                doc.insert(container(doc, "note"), 0, "word!").unwrap();
            }),
        ),
        ("a character changed", hand(&|doc| doc.put(container(doc, "note"), 0, "x").unwrap())),
        ("bytes", hand(&|doc| put_fact(doc, ScalarValue::Bytes(vec![1])))),
        ("a counter", hand(&|doc| put_fact(doc, ScalarValue::counter(1)))),
        ("a timestamp", hand(&|doc| put_fact(doc, ScalarValue::Timestamp(1)))),
        ("a float", hand(&|doc| put_fact(doc, ScalarValue::F64(f64::NAN)))),
        ("a message", {
            let mut doc = phone.doc.clone();
            doc.set_actor(ActorId::from(actor_of(rep().device, 1)));
            put_fact(&mut doc, ScalarValue::Null);
            doc.commit_with(CommitOptions::default().with_message("hello"));
            doc.get_last_local_change().unwrap().raw_bytes().to_vec()
        }),
        (
            "a footer",
            tampered(&hand(&|doc| put_fact(doc, ScalarValue::Null)), |change| {
                change.extra_bytes = vec![1, 1, 1];
            }),
        ),
    ] {
        refused(name, &bytes, &[Forbidden]);
    }
}

/// A fact that is right but for one more field.
fn put_fact(doc: &mut AutoCommit, extra: ScalarValue) {
    write_fact(doc, &note(9, "x").id.to_string(), "extra", extra);
}

/// A fact under `key` that is right but for one field.
fn write_fact(doc: &mut AutoCommit, key: &str, field: &str, value: ScalarValue) {
    let facts = container(doc, "facts");
    let made = doc.put_object(facts, key, ObjType::Map).unwrap();
    let fact = serde_json::to_value(note(9, "x")).unwrap();
    for (name, right) in fact.as_object().unwrap() {
        if name != field {
            let right = right.as_str().map_or(ScalarValue::Int(1), ScalarValue::from);
            doc.put(&made, name.as_str(), right).unwrap();
        }
    }
    doc.put(&made, field, value).unwrap();
}

#[test]
fn facts_that_make_no_sense() {
    let (_, phone, _) = started();
    let id = note(9, "x").id.to_string();
    let write = |key: &str, field: &str, value: ScalarValue| {
        by_hand(&phone, &rep(), |doc| write_fact(doc, key, field, value))
    };
    let put = |field: &str, value: ScalarValue| write(&id, field, value);
    let under = |key: &str| write(key, "text", "x".into());
    let other = note(8, "x").id.to_string();
    assert!(admit_alone(&under(&id)).is_ok());
    assert!(admit_alone(&put("unknown", "kept".into())).is_ok());
    for (name, bytes, code) in [
        ("an unknown kind", put("kind", "from_the_future".into()), BadFact),
        ("no kind", put("kind", ScalarValue::Null), BadFact),
        ("another id", put("id", other.as_str().into()), BadFact),
        ("no id", put("id", 7_i64.into()), BadFact),
        ("another key", under(&other), BadFact),
        ("a key that is no id", under("x"), BadFact),
        ("an id written otherwise", under(&id.to_uppercase().replace('-', "")), BadFact),
        ("too long a text", put("text", "x".repeat(4_001).into()), BadFact),
        ("a text that is none", put("text", 1_i64.into()), BadFact),
        ("an author that is somebody else", put("author", BOSS.to_string().into()), Forbidden),
        ("written before", under(&note(1, "x").id.to_string()), Forbidden),
    ] {
        refused(name, &bytes, &[code]);
    }
    let twice = by_hand(&phone, &rep(), |doc| {
        write_fact(doc, &id, "text", "x".into());
        let fact = doc.get(container(doc, "facts"), id.as_str()).unwrap().unwrap().1;
        doc.put(fact, "text", "y").unwrap();
    });
    refused("a field written twice", &twice, &[BadFact]);
    let unknown = admit_alone(&put("kind", "from_the_future".into())).unwrap_err();
    assert!(unknown.detail.contains("kind \"from_the_future\""), "{unknown}");
}

fn admit_alone(bytes: &[u8]) -> Result<Admitted, Refusal> {
    only(admit(sheet(), Some(&started().0), &rep(), &[bytes]).unwrap())
}

/// Two phones of one person wrote the same fact in the same words: the second is told that it is
/// there.
#[test]
fn the_same_fact_from_two_phones() {
    let other = writer(2, REP, Role::Rep);
    let same = open(sheet(), None, &other).append_fact(&note(1, "kept")).unwrap();
    let passed = admit(sheet(), Some(&started().0), &other, &[&same.bytes]).unwrap();
    assert_eq!(only(passed).unwrap_err().code, RefusalCode::KnownFact);
}

#[test]
fn what_depends_on_a_refused_change_is_refused() {
    let (saved, mut phone, _) = started();
    let mut foreign = note(9, "x");
    foreign.author = BOSS;
    let bad = phone.append_fact(&foreign).unwrap();
    let good = phone.append_fact(&note(8, "x")).unwrap();
    let passed = admit(sheet(), Some(&saved), &rep(), &[&bad.bytes, &good.bytes]).unwrap();
    let codes: Vec<_> = passed.changes.iter().map(|a| a.as_ref().unwrap_err().code).collect();
    assert_eq!(codes, [Forbidden, MissingDependency]);
    assert_eq!(passed.saved, saved);
}

/// An operation in a place of its own that says it replaces one elsewhere.
#[test]
fn reaching_out_of_ones_place() {
    let (_, phone, old) = started();
    let mut changes = phone.doc.clone();
    let mut targets = vec![(1, genesis_actor(&mut changes))];
    let own = ActorId::from(actor_of(rep().device, 1));
    let fact = Change::try_from(&old[0].bytes[..]).unwrap();
    targets.extend((fact.start_op().get()..=fact.max_op()).map(|n| (n, own.clone())));
    let new_stop = by_hand(&phone, &rep(), |doc| {
        let stops = container(doc, "stops");
        doc.delete(stops, CLIENT.to_string()).unwrap();
    });
    let insert =
        by_hand(&phone, &rep(), |doc| doc.splice_text(container(doc, "note"), 0, 2, "").unwrap());
    for (counter, actor) in targets {
        for change in [&new_stop, &insert] {
            let bytes = tampered(change, |change| {
                for op in &mut change.operations {
                    op.pred = vec![OpId(counter, actor.clone())].into();
                }
            });
            refused("predecessor elsewhere", &bytes, &[Malformed, Forbidden]);
        }
        let bytes = tampered(&new_stop, |change| {
            let obj = change.operations[0].obj.clone();
            change.operations[0] = Op {
                action: OpType::Make(ObjType::Map),
                obj,
                key: Key::Map(CLIENT.to_string().into()),
                pred: vec![OpId(counter, actor.clone())].into(),
                insert: false,
            };
            let made = ObjectId::Id(OpId(change.start_op.get(), change.actor_id.clone()));
            for (key, value) in [("position", 1.into()), ("purpose", ScalarValue::from("x"))] {
                change.operations.push(Op {
                    action: OpType::Put(value),
                    obj: made.clone(),
                    key: Key::Map(key.into()),
                    pred: vec![].into(),
                    insert: false,
                });
            }
        });
        refused("a stop instead of a fact", &bytes, &[Malformed, Forbidden]);
    }
}

/// What only the proof at the end of a push finds must not take the others with it.
#[test]
fn broken_changes_among_many() {
    let (saved, mut phone, _) = started();
    let genesis = genesis_actor(&mut phone.doc.clone());
    let mut pushed = Vec::new();
    for n in 10..30 {
        if matches!(n, 10 | 17 | 18 | 29) {
            let stop = crate::documents::Stop { client: CLIENT, position: 9, purpose: "x".into() };
            let planned = phone.clone().plan_stops(&[stop]).unwrap().unwrap();
            pushed.push(tampered(&planned.bytes, |change| {
                change.operations[0].pred = vec![OpId(1, genesis.clone())].into();
            }));
        }
        pushed.push(phone.append_fact(&note(n, "good")).unwrap().bytes);
    }
    let pushed: Vec<_> = pushed.iter().map(Vec::as_slice).collect();
    let passed = admit(sheet(), Some(&saved), &rep(), &pushed).unwrap();
    let refused: Vec<_> = (0..pushed.len()).filter(|n| passed.changes[*n].is_err()).collect();
    assert_eq!(refused, [0, 8, 10, 22]);
    let document = Document::load(DocumentKind::RouteSheet, &passed.saved).unwrap();
    assert_eq!(document.facts(), phone.facts());
}

fn genesis_actor(doc: &mut AutoCommit) -> ActorId {
    doc.get_changes(&[])[0].actor_id().clone()
}

/// A card holds the fields that the program knows, and nothing else: nobody hides a telephone
/// number among what is told of the shelves.
#[test]
fn a_card_has_no_other_fields() {
    for (subject, name, value) in [
        (card(), "owner", "x"),
        (card(), "home_telephone", "x"),
        (card(), "owner.name", "x"),
        (card(), "", "x"),
        (persons(), "stock", "x"),
        (persons(), "owner", "x"),
        (persons(), "cousin.name", "x"),
        (persons(), "owner.name", "two\nlines"),
        (persons(), "owner.email", "nowhere"),
        (persons(), "owner.marketing_consent", "yes"),
    ] {
        let start = open(subject, None, &rep());
        let change = by_hand(&start, &rep(), |doc| {
            let (_, fields) = doc.get(automerge::ROOT, "fields").unwrap().unwrap();
            doc.put(&fields, name, value).unwrap();
        });
        let refused = only(admit(subject, None, &rep(), &[&change]).unwrap()).unwrap_err();
        assert_eq!(refused.code, RefusalCode::Forbidden, "{name} {value}");
    }
}
