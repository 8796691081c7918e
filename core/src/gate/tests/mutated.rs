//! Random and mutated bytes: nothing panics, and whatever is admitted can be loaded.

use super::*;
use crate::documents::Stop;
use proptest::prelude::*;
use std::sync::LazyLock;

struct Sample {
    subject: Subject,
    saved: Vec<u8>,
    facts: Vec<Fact>,
    /// The next change, without its header.
    body: Vec<u8>,
}

/// A valid next change of every sort.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    type Write = fn(&mut Document) -> WrittenChange;
    let writes: [(Subject, Write); 6] = [
        (sheet(), |sheet| sheet.append_fact(&note(9, "new")).unwrap()),
        (sheet(), |sheet| sheet.edit_note("a net").unwrap().unwrap()),
        (sheet(), |sheet| sheet.plan_stops(&[stop(2, "b"), stop(3, "c")]).unwrap().unwrap()),
        (card(), |card| card.set_fields(&[("price_level", "y"), ("stock", "2")]).unwrap().unwrap()),
        (card(), |card| card.edit_note("another").unwrap().unwrap()),
        (persons(), |card| card.set_fields(&[("buyer.name", "y")]).unwrap().unwrap()),
    ];
    let sample = |(subject, write): (Subject, Write)| {
        let mut phone = open(subject, None, &rep());
        let mut other = open(subject, None, &writer(2, REP, Role::Rep));
        if subject == sheet() {
            phone.append_fact(&note(1, "kept")).unwrap();
            phone.plan_stops(&[stop(1, "a")]).unwrap();
            other.append_fact(&note(2, "kept")).unwrap();
        } else if subject == persons() {
            phone.set_fields(&[("buyer.name", "x")]).unwrap();
            other.set_fields(&[("buyer.name", "z")]).unwrap();
        } else {
            phone.set_fields(&[("price_level", "x")]).unwrap();
            other.set_fields(&[("price_level", "z")]).unwrap();
        }
        if subject != persons() {
            phone.edit_note("note").unwrap();
        }
        phone.merge_saved(&other.save()).unwrap();
        let (saved, facts) = (phone.save(), phone.facts());
        let change = write(&mut phone).bytes;
        let body = Chunk::read(&change).unwrap().body;
        assert_eq!(framed(&body), change);
        Sample { subject, saved, facts, body }
    };
    writes.map(sample).into()
});

fn stop(client: u128, purpose: &str) -> Stop {
    Stop { client: ClientId(Uuid::from_u128(client)), position: 1, purpose: purpose.into() }
}

fn push(sample: &Sample, change: &[u8]) -> bool {
    let passed = admit(sample.subject, Some(&sample.saved), &rep(), &[change]).unwrap();
    let saved = passed.saved.clone();
    let Ok(admitted) = only(passed) else {
        assert!(saved == sample.saved);
        return false;
    };
    let after = Document::load(sample.subject.kind(), &saved).unwrap().facts();
    assert!(sample.facts.iter().chain(&admitted.facts).all(|fact| after.contains(fact)));
    assert_eq!(after.len(), sample.facts.len() + admitted.facts.len());
    true
}

#[test]
fn the_samples_pass() {
    for sample in SAMPLES.iter() {
        assert!(push(sample, &framed(&sample.body)));
    }
}

/// Every byte of every sort of change, flipped.
#[test]
fn every_flipped_byte() {
    let mut admitted = 0;
    for sample in SAMPLES.iter() {
        for at in 0..sample.body.len() {
            let mut body = sample.body.clone();
            body[at] ^= 1;
            admitted += u32::from(push(sample, &framed(&body)));
        }
    }
    // Letters of texts and the time may say anything.
    assert!(admitted > 10, "{admitted}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn mutated_changes(
        sample in 0..5_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let sample = &SAMPLES[sample];
        let mut body = sample.body.clone();
        for (at, byte, sort) in edits {
            let at = at.index(body.len());
            match sort {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => drop(body.remove(at)),
            }
        }
        push(sample, &framed(&body));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_bytes(raw: Vec<u8>, body: Vec<u8>, tail: Vec<u8>) {
        let sample = &SAMPLES[0];
        // The head of a valid change (up to its columns) with random columns behind.
        let head = &sample.body[..sample.body.len().min(64)];
        for bytes in [raw, framed(&body), framed(&[head, &tail[..]].concat())] {
            push(sample, &bytes);
        }
    }
}
