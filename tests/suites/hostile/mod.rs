//! Hostile phones and bytes against the server: nothing panics out, nothing that is accepted fails to
//! load again, every refusal says why, and honest phones go on working. The inputs are drawn from a
//! seed; most go straight to the gate, the others through the door, many in one push.

mod attacker;
mod bytes;
mod cost;
mod door;
mod facts;
mod ground;
mod requests;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use saldo_core::documents::Document;
use saldo_core::gate::{Passed, Refusal, Writer, admit};
use saldo_core::ids::DeviceId;
use saldo_core::roles::Role;
use saldo_core::wire::RefusalCode;
use saldo_tests::inside::scale;
use uuid::Uuid;

use self::bytes::Forge;
use self::cost::Cost;
use self::ground::Ground;

/// Inputs in every run.
const SHORT: u64 = 20_000;

/// Of so many inputs one goes through the door.
const ONE_THROUGH_THE_DOOR: u64 = 5;

/// How often inputs were admitted, and refused for what.
#[derive(Debug, Default)]
struct Tally {
    admitted: u64,
    refused: BTreeMap<String, u64>,
}

impl Tally {
    fn count(&mut self, answer: Result<(), RefusalCode>) {
        match answer {
            Ok(()) => self.admitted += 1,
            Err(code) => *self.refused.entry(format!("{code:?}")).or_default() += 1,
        }
    }

    fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.admitted += other.admitted;
        for (code, times) in other.refused {
            *self.refused.entry(code).or_default() += times;
        }
    }
}

/// What every refusal holds, whoever tells it.
fn says_why(detail: &str) {
    assert!(!detail.is_empty(), "a refusal without words");
    assert!(detail.len() <= 1_000, "a refusal of {} bytes", detail.len());
}

#[test]
fn hostile_changes_at_the_gate() {
    saldo_server::panics::say_only_what_is_unexpected();
    let scale = scale("SALDO_HOSTILE", SHORT);
    let inputs = scale.times - scale.times / ONE_THROUGH_THE_DOOR;
    let (mut tally, mut cost) = (Tally::default(), Cost::default());
    let mut forge = Forge::new(scale.seed);
    let mut ground = Ground::new();
    for number in 0..inputs {
        // What is admitted stays for a while: the next inputs meet what earlier ones left.
        if number % 200 == 0 {
            ground = Ground::new();
        }
        let (at, writer, change) = forge.input(&ground);
        let kept = &mut ground.kept[at];
        let before = kept.saved.clone();
        let passed = cost
            .of(|| admit(kept.subject, Some(&before), &writer, &[&change]))
            .unwrap_or_else(|error| panic!("input {number} of seed {}: {error}", scale.seed));
        let again = format!("input {number}; again with SALDO_SEED={}", scale.seed);
        tally.count(looked_at(kept, &writer, &passed, &again));
        kept.saved = passed.saved;
        kept.heads = passed.heads;
    }
    println!("hostile, at the gate: {inputs} inputs from seed {}: {tally:?}; {cost}", scale.seed);
    assert!(tally.admitted > inputs / 100, "letters and clocks may say anything");
    assert!(tally.refused.len() >= 8, "every sort of refusal is met: {tally:?}");
    assert!(tally.refusals() > inputs / 2, "{tally:?}");
    cost.is_bounded();
}

/// What must hold of an answer of the gate.
fn looked_at(
    before: &ground::Kept,
    writer: &Writer,
    passed: &Passed,
    again: &str,
) -> Result<(), RefusalCode> {
    let [answer] = passed.changes.as_slice() else { panic!("{again}: not one answer") };
    match answer {
        Err(Refusal { code, detail }) => {
            says_why(detail);
            assert!(passed.saved == before.saved, "{again}: a refused change left a trace");
            Err(*code)
        }
        Ok(admitted) => {
            assert!(admitted.known || writer.role != Role::Operator, "{again}: an operator wrote");
            let kind = before.subject.kind();
            let mut loaded = Document::load(kind, &passed.saved)
                .unwrap_or_else(|error| panic!("{again}: admitted, and cannot be loaded: {error}"));
            assert_eq!(loaded.heads(), passed.heads, "{again}");
            let facts = loaded.facts();
            for fact in before.facts().iter().chain(&admitted.facts) {
                assert!(facts.contains(fact), "{again}: a fact is gone");
            }
            assert!(admitted.facts.iter().all(|fact| fact.author == writer.person), "{again}");
            if !admitted.known {
                ground::a_colleague_goes_on(before.subject, &passed.saved, again);
            }
            Ok(())
        }
    }
}

/// A device that is none of the attackers'.
const COLLEAGUE: DeviceId = DeviceId(Uuid::from_u128(0xc0));
