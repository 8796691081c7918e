//! The gate without Automerge: honest phones pass it, and it lets nobody in whom the other one would not.
//! (In a build with assertions `admit` itself compares the two, each time the quick one lets in.)

use std::collections::BTreeSet;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::transaction::Transactable;
use automerge::{ObjType, ReadDoc, ScalarValue};
use proptest::prelude::*;

use super::*;
use crate::documents::{Stop, appended, genesis};

fn stop(client: u128, purpose: &str) -> Stop {
    Stop { client: ClientId(Uuid::from_u128(client)), position: 1, purpose: purpose.into() }
}

/// Something that a phone does with a document.
#[derive(Debug, Clone)]
enum Does {
    Fact(String),
    Note(String),
    Stop(u128, String),
    StopGoes(u128),
    Field(usize, String),
    FieldGoes(usize),
}

const FIELDS: [&str; 3] = ["price_level", "stock", "location"];

impl Does {
    /// Does it; `None`: the document has no such part, or nothing changes.
    fn to(&self, phone: &mut Document, writer: &Writer, number: u128) -> Option<Vec<u8>> {
        let written = match self {
            Self::Fact(text) => phone.append_fact(&note(number, text)).ok(),
            Self::Note(text) => phone.edit_note(text).ok()?,
            Self::Stop(client, purpose) => phone.plan_stops(&[stop(*client, purpose)]).ok()?,
            Self::Field(field, value) => phone.set_fields(&[(FIELDS[*field], value)]).ok()?,
            Self::StopGoes(client) => {
                return goes(
                    phone,
                    writer,
                    "stops",
                    &ClientId(Uuid::from_u128(*client)).to_string(),
                );
            }
            Self::FieldGoes(field) => return goes(phone, writer, "fields", FIELDS[*field]),
        };
        written.map(|change| change.bytes)
    }
}

/// Takes an entry away, which other apps than ours may do.
fn goes(phone: &mut Document, writer: &Writer, container: &str, key: &str) -> Option<Vec<u8>> {
    let (_, into) = phone.doc.get(automerge::ROOT, container).ok()??;
    phone.doc.get(&into, key).ok()??;
    let change = by_hand(phone, writer, |doc| doc.delete(&into, key).unwrap());
    phone.apply(&[&change]).unwrap();
    Some(change)
}

fn does() -> impl Strategy<Value = Does> {
    let text = "[a-zõю ]{0,12}";
    prop_oneof![
        text.prop_map(Does::Fact),
        text.prop_map(Does::Note),
        (1..4_u128, text).prop_map(|(client, purpose)| Does::Stop(client, purpose)),
        (1..4_u128).prop_map(Does::StopGoes),
        (0..FIELDS.len(), text).prop_map(|(field, value)| Does::Field(field, value)),
        (0..FIELDS.len()).prop_map(Does::FieldGoes),
    ]
}

/// One of two phones of the rep, which writes and sends.
#[derive(Debug, Clone)]
struct Turn {
    phone: usize,
    /// It hears what the server has before it writes.
    hears: bool,
    does: Vec<Does>,
    /// The night comes afterwards.
    night: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let hears = prop::bool::weighted(0.8);
    (0..2_usize, hears, prop::collection::vec(does(), 1..5), any::<bool>())
        .prop_map(|(phone, hears, does, night)| Turn { phone, hears, does, night })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whoever writes onto what the server has passes without Automerge, whatever was written before.
    #[test]
    fn honest_phones(is_sheet: bool, turns in prop::collection::vec(turn(), 1..12)) {
        let subject = if is_sheet { sheet() } else { card() };
        let writers = [rep(), writer(2, REP, Role::Rep)];
        let mut phones = [&writers[0], &writers[1]].map(|writer| open(subject, None, writer));
        let mut saved: Option<Vec<u8>> = None;
        // What was saved whole does not tell whose changes are not its heads.
        let mut is_known = [true; 2];
        let mut number = 0;
        for turn in turns {
            let (phone, writer) = (&mut phones[turn.phone], &writers[turn.phone]);
            if let (true, Some(saved)) = (turn.hears, &saved) {
                phone.merge_saved(saved).unwrap();
            }
            let mut pushed = Vec::new();
            for does in &turn.does {
                number += 1;
                pushed.extend(does.to(phone, writer, number));
            }
            if pushed.is_empty() {
                continue;
            }
            let pushed: Vec<&[u8]> = pushed.iter().map(Vec::as_slice).collect();
            if turn.hears && is_known[turn.phone] {
                let quick = quick::admit(subject, saved.as_deref(), writer, &pushed);
                prop_assert!(quick.is_some(), "{:?}", turn.does);
            }
            let passed = admit(subject, saved.as_deref(), writer, &pushed).unwrap();
            prop_assert!(passed.changes.iter().all(Result::is_ok));
            let mut loaded = Document::load(subject.kind(), &passed.saved).unwrap();
            prop_assert_eq!(loaded.heads(), passed.heads);
            is_known[turn.phone] = true;
            let mut now = passed.saved;
            if turn.night {
                now = saved_whole(subject, &now).unwrap();
                prop_assert_eq!(appended(&now), 0);
            }
            if appended(&now) == 0 {
                is_known = [turn.phone == 0, turn.phone == 1];
            }
            saved = Some(now);
        }
    }
}

/// A day that is sent in pieces stands behind the document as it came, until it is much.
#[test]
fn what_is_let_in_is_appended() {
    let mut phone = open(sheet(), None, &rep());
    let mut saved: Option<Vec<u8>> = None;
    for number in 1..=300 {
        let change = phone.append_fact(&note(number, "x")).unwrap();
        let passed = admit(sheet(), saved.as_deref(), &rep(), &[&change.bytes]).unwrap();
        let so_many = usize::try_from(number).unwrap() % 251;
        assert_eq!(appended(&passed.saved), so_many, "after {number}");
        saved = Some(passed.saved);
    }
    let whole = saved_whole(sheet(), saved.as_deref().unwrap()).unwrap();
    assert!(whole.len() < saved.as_deref().unwrap().len());
    assert_eq!(Document::load(DocumentKind::RouteSheet, &whole).unwrap().facts(), phone.facts());
    assert!(saved_whole(sheet(), &whole[1..]).is_err());
    assert!(saved_whole(card(), &whole).is_err());
    assert_eq!(appended(b"rubbish"), 0);
}

/// A phone that had not heard of what others wrote passes too, as far as what it had seen can be told: it
/// began the sheet that the server planned in the night, or knew a card before a colleague edited it.
#[test]
fn who_has_not_heard_of_everything_passes_too() {
    let boss = writer(2, BOSS, Role::Supervisor);
    let mut planner = open(sheet(), None, &boss);
    let planned = planner.plan_stops(&[stop(0xc, "plan"), stop(0xd, "plan")]).unwrap().unwrap();
    let planned = admit(sheet(), None, &boss, &[&planned.bytes]).unwrap().saved;
    let planned = saved_whole(sheet(), &planned).unwrap();
    let mut phone = open(sheet(), None, &rep());
    let day: Vec<Vec<u8>> = (1..50)
        .flat_map(|number| [Does::Fact("x".into()), Does::Note(format!("line {number}"))])
        .zip(1..)
        .filter_map(|(does, number)| does.to(&mut phone, &rep(), number))
        .collect();
    let day: Vec<&[u8]> = day.iter().map(Vec::as_slice).collect();
    let passed = quick::admit(sheet(), Some(&planned), &rep(), &day).unwrap();
    assert_eq!(passed.heads.len(), 2);
    let passed = admit(sheet(), Some(&planned), &rep(), &day).unwrap();
    phone.merge_saved(&passed.saved).unwrap();
    let next = phone.append_fact(&note(999, "x")).unwrap();
    assert!(quick::admit(sheet(), Some(&passed.saved), &rep(), &[&next.bytes]).is_some());

    let mut card_phone = open(card(), None, &rep());
    let first = card_phone.set_fields(&[("stock", "1")]).unwrap().unwrap();
    let known = admit(card(), None, &rep(), &[&first.bytes]).unwrap().saved;
    let known = saved_whole(card(), &known).unwrap();
    let mut colleague = open(card(), Some(&known), &boss);
    let edited = colleague.set_fields(&[("stock", "2")]).unwrap().unwrap();
    let now = admit(card(), Some(&known), &boss, &[&edited.bytes]).unwrap().saved;
    let mine = card_phone.set_fields(&[("stock", "3")]).unwrap().unwrap();
    let passed = quick::admit(card(), Some(&now), &rep(), &[&mine.bytes]).unwrap();
    let both = Document::load(DocumentKind::ClientCard, &passed.saved).unwrap();
    assert_eq!(both.fields()[0].values.len(), 2, "a conflict that somebody looks at");
    // Saved whole, the document does not tell any more how it was before.
    let whole = saved_whole(card(), &now).unwrap();
    assert!(quick::admit(card(), Some(&whole), &rep(), &[&mine.bytes]).is_none());
    assert!(only(admit(card(), Some(&whole), &rep(), &[&mine.bytes]).unwrap()).is_ok());
}

/// What is not right as it stands goes through the other gate, which says why.
#[test]
fn who_is_not_up_to_date_is_left_to_the_other_gate() {
    let mut phone = open(sheet(), None, &rep());
    let first = phone.append_fact(&note(1, "x")).unwrap().bytes;
    let second = phone.append_fact(&note(2, "x")).unwrap().bytes;
    let saved = admit(sheet(), None, &rep(), &[&first]).unwrap().saved;
    let quick =
        |saved: &[u8], changes: &[&[u8]]| quick::admit(sheet(), Some(saved), &rep(), changes);
    assert!(quick(&saved, &[&second]).is_some());
    let mut damaged = saved.clone();
    damaged[30] ^= 1;
    let other_kind = Document::genesis(DocumentKind::ClientCard).save();
    type Push<'a> = (&'a str, &'a [u8], &'a [&'a [u8]]);
    let pushes: [Push<'_>; 7] = [
        ("nothing", &saved, &[]),
        ("a retry", &saved, &[&first, &second]),
        ("one that is missing", genesis::saved(DocumentKind::RouteSheet), &[&second]),
        ("one that is broken behind one that is right", &saved, &[&second, b"rubbish"]),
        ("a damaged document", &damaged, &[&second]),
        ("a document of another kind", &other_kind, &[&second]),
        ("no document", b"", &[&second]),
    ];
    for (name, saved, changes) in pushes {
        assert!(quick(saved, changes).is_none(), "{name}");
    }
}

/// How one operation is tampered with.
#[derive(Debug, Clone)]
enum Tampers {
    Replaces(Vec<usize>),
    Into(usize),
    Under(usize),
    Does(u8),
    Inserts,
    Twice,
    Never,
    LaterOn,
    Sequence(i8),
    Starts(i8),
}

fn tampers() -> impl Strategy<Value = Tampers> {
    prop_oneof![
        prop::collection::vec(any::<usize>(), 0..3).prop_map(Tampers::Replaces),
        any::<usize>().prop_map(Tampers::Into),
        any::<usize>().prop_map(Tampers::Under),
        (0..8_u8).prop_map(Tampers::Does),
        Just(Tampers::Inserts),
        Just(Tampers::Twice),
        Just(Tampers::Never),
        Just(Tampers::LaterOn),
        (-1..2_i8).prop_map(Tampers::Sequence),
        (-1..2_i8).prop_map(Tampers::Starts),
    ]
}

impl Tampers {
    fn with(&self, change: &mut ExpandedChange, at: usize, known: &[OpId]) {
        let at = at % change.operations.len().max(1);
        let keys: Vec<Key> = change
            .operations
            .iter()
            .map(|op| op.key.clone())
            .chain(["x", "kind", FIELDS[0]].map(|key| Key::Map(key.into())))
            .chain([Key::Map(CLIENT.to_string().into()), Key::Seq(ElementId::Head)])
            .chain(known.iter().map(|id| Key::Seq(ElementId::Id(id.clone()))))
            .collect();
        let last = change.operations.len().saturating_sub(1);
        let step = |number: u64, by: i8| number.saturating_add_signed(i64::from(by));
        match self {
            Self::Sequence(by) => change.seq = step(change.seq, *by),
            Self::Starts(by) => {
                if let Some(number) = std::num::NonZero::new(step(change.start_op.get(), *by)) {
                    change.start_op = number;
                }
            }
            Self::Never if last > 0 => drop(change.operations.remove(at)),
            Self::LaterOn => change.operations.swap(at, last),
            Self::Twice => {
                if let Some(op) = change.operations.get(at).cloned() {
                    change.operations.insert(at, op);
                }
            }
            tampers => {
                let Some(op) = change.operations.get_mut(at) else { return };
                tampers.with_one(op, known, &keys);
            }
        }
    }

    fn with_one(&self, op: &mut Op, known: &[OpId], keys: &[Key]) {
        match self {
            Self::Replaces(which) => {
                // Sorted and each once, as Automerge wants them.
                let mut named: Vec<OpId> = Vec::new();
                for one in which {
                    let one = pick(known, *one);
                    if !named.contains(one) {
                        named.push(one.clone());
                    }
                }
                named.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
                op.pred = named.into();
            }
            Self::Into(which) => op.obj = ObjectId::Id(pick(known, *which).clone()),
            Self::Under(which) => op.key = pick(keys, *which).clone(),
            Self::Does(sort) => {
                op.action = match sort {
                    0 => OpType::Delete,
                    1 => OpType::Make(ObjType::Map),
                    2 => OpType::Make(ObjType::List),
                    3 => OpType::Make(ObjType::Text),
                    4 => OpType::Put(ScalarValue::Null),
                    5 => OpType::Put(ScalarValue::Uint(u64::MAX)),
                    6 => OpType::Put(ScalarValue::Boolean(true)),
                    _ => OpType::Put(ScalarValue::Str("y".into())),
                };
            }
            Self::Inserts => op.insert = !op.insert,
            _ => {}
        }
    }
}

/// A document with a conflict and things taken away, saved whole or with changes behind it.
fn lived_in(subject: Subject, night: bool) -> (Vec<u8>, Document) {
    let other = writer(2, REP, Role::Rep);
    let mut saved: Option<Vec<u8>> = None;
    let mut phones = [open(subject, None, &rep()), open(subject, None, &other)];
    let day = [
        Does::Fact("kept".into()),
        Does::Stop(0xc, "plan".into()),
        Does::Field(0, "x".into()),
        Does::Field(1, "x".into()),
        Does::Note("note".into()),
        Does::Note("not".into()),
        Does::FieldGoes(1),
    ];
    for (phone, (writer, first)) in phones.iter_mut().zip([(rep(), 1), (other, 100)]) {
        let pushed: Vec<Vec<u8>> = (first..)
            .zip(&day)
            .filter_map(|(number, does)| does.to(phone, &writer, number))
            .collect();
        let pushed: Vec<&[u8]> = pushed.iter().map(Vec::as_slice).collect();
        saved = Some(admit(subject, saved.as_deref(), &writer, &pushed).unwrap().saved);
    }
    let mut saved = saved.unwrap();
    let mut phone = open(subject, Some(&saved), &rep());
    let more: Vec<Vec<u8>> = [Does::Fact("more".into()), Does::Field(2, "z".into())]
        .iter()
        .filter_map(|does| does.to(&mut phone, &rep(), 7))
        .collect();
    let more: Vec<&[u8]> = more.iter().map(Vec::as_slice).collect();
    saved = admit(subject, Some(&saved), &rep(), &more).unwrap().saved;
    assert!(appended(&saved) > 0);
    if night {
        saved = saved_whole(subject, &saved).unwrap();
    }
    (saved, phone)
}

/// The names of every operation in it, and some that follow.
fn names(document: &Document, writer: &Writer) -> Vec<OpId> {
    let mut doc = document.doc.clone();
    let mut names = BTreeSet::new();
    let mut last = 0;
    for change in doc.get_changes(&[]) {
        for number in change.start_op().get()..=change.max_op() {
            names.insert((number, change.actor_id().clone()));
        }
        last = last.max(change.max_op());
    }
    let own = ActorId::from(actor_of(writer.device, writer.install_epoch));
    names.extend((last + 1..last + 9).map(|number| (number, own.clone())));
    names.into_iter().map(|(number, actor)| OpId(number, actor)).collect()
}

/// A change with operations that name what they should not, its bytes as Automerge would pack them. Whether
/// the quick gate let it in.
fn tampered_with(
    is_sheet: bool,
    night: bool,
    does: &Does,
    tampers: &[(usize, Tampers)],
) -> Option<bool> {
    let subject = if is_sheet { sheet() } else { card() };
    let (saved, mut phone) = lived_in(subject, night);
    let known = names(&phone, &rep());
    let written = does.to(&mut phone, &rep(), 9)?;
    // What cannot even be packed is no change.
    let bytes = std::panic::catch_unwind(|| {
        tampered(&written, |change| {
            for (at, tampers) in tampers {
                tampers.with(change, *at, &known);
            }
        })
    })
    .ok()?;
    let quick = quick::admit(subject, Some(&saved), &rep(), &[&bytes]).is_some();
    let passed = admit(subject, Some(&saved), &rep(), &[&bytes]).unwrap();
    assert!(agrees(&passed, subject, Some(&saved), &rep(), &[&bytes]) || !quick);
    Some(quick)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn who_cheats_is_let_in_by_neither(
        is_sheet: bool,
        night: bool,
        does in does(),
        tampers in prop::collection::vec((any::<usize>(), tampers()), 1..4),
    ) {
        tampered_with(is_sheet, night, &does, &tampers);
    }
}

/// What the property above compares is not always nothing.
#[test]
fn some_that_are_tampered_with_are_let_in() {
    for night in [false, true] {
        let with =
            |tampers| tampered_with(false, night, &Does::Field(0, "a".into()), &[(0, tampers)]);
        assert_eq!(with(Tampers::Does(7)), Some(true), "it writes something else");
        assert_eq!(with(Tampers::Does(1)), Some(false), "a field is no map");
        assert_eq!(
            with(Tampers::Replaces(vec![])),
            Some(false),
            "it does not replace what it sees"
        );
        assert_eq!(with(Tampers::Sequence(1)), Some(false));
        assert_eq!(with(Tampers::Starts(1)), Some(false));
    }
}

fn pick<T>(from: &[T], at: usize) -> &T {
    &from[at % from.len()]
}
