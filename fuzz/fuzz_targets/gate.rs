//! Pushes through the gate: which document and who writes (one byte), then a bundle of changes,
//! whose checksums the bundle makes right. What is admitted must be kept, by the server and by every
//! phone, and an honest colleague must be able to go on writing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saldo_core::documents::{Document, actor_of, unpack_bundle};
use saldo_core::gate::{Passed, admit};
use saldo_core::roles::Role;
use saldo_fuzz::{COLLEAGUE, KEPT, Kept, REP, honest, writer};

const ROLES: [Role; 5] =
    [Role::Rep, Role::Supervisor, Role::Director, Role::Operator, Role::Security];

fuzz_target!(|data: &[u8]| saldo_fuzz::run(|| {
    let Some((&selector, bundle)) = data.split_first() else { return };
    let kept = &KEPT[usize::from(selector % 3)];
    let role = ROLES[usize::from(selector / 3) % ROLES.len()];
    let is_rep = selector & 0x80 == 0;
    let Ok(changes) = unpack_bundle(bundle, 8) else { return };
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    let writer = writer(role, is_rep);
    let passed = admit(kept.subject, Some(&kept.saved), &writer, &changes).expect("it loads");
    assert_eq!(passed.changes.len(), changes.len(), "so few small ones are all looked at");
    for refusal in passed.changes.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(!refusal.detail.is_empty() && refusal.detail.len() <= 1_000, "{refusal:?}");
    }
    let new: Vec<_> = passed.changes.iter().flatten().filter(|change| !change.known).collect();
    if new.is_empty() {
        assert!(passed.saved == kept.saved, "nothing was admitted, and something changed");
        return;
    }
    assert!(role != Role::Operator, "an operator writes nothing");
    let facts: Vec<_> = new.iter().flat_map(|change| &change.facts).collect();
    assert!(facts.is_empty() || is_rep, "facts are written by the sheet's own person");
    assert!(facts.iter().all(|fact| fact.author == REP));
    stays(kept, &passed, facts.len());
    phones_take_it(kept, &passed, &changes);
    others_go_on(kept, &passed);
}));

/// It loads, with these heads, and everything that was there is there.
fn stays(kept: &Kept, passed: &Passed, new_facts: usize) {
    let mut loaded = Document::load(kept.subject.kind(), &passed.saved).expect("it loads");
    assert_eq!(loaded.heads(), passed.heads);
    let before = Document::load(kept.subject.kind(), &kept.saved).expect("it loads").facts();
    let after = loaded.facts();
    assert!(before.iter().all(|fact| after.contains(fact)));
    assert_eq!(after.len(), before.len() + new_facts);
    let again = loaded.save();
    let mut reloaded = Document::load(kept.subject.kind(), &again).expect("it loads again");
    assert_eq!(reloaded.heads(), passed.heads);
}

/// A phone that has the document applies the admitted changes and holds the same.
fn phones_take_it(kept: &Kept, passed: &Passed, changes: &[&[u8]]) {
    let mut phone = Document::load(kept.subject.kind(), &kept.saved).expect("it loads");
    let admitted: Vec<&[u8]> = changes
        .iter()
        .zip(&passed.changes)
        .filter_map(|(bytes, answer)| answer.is_ok().then_some(*bytes))
        .collect();
    phone.apply(&admitted).expect("a phone applies what the server took");
    assert_eq!(phone.heads(), passed.heads);
    let mut merged = Document::load(kept.subject.kind(), &kept.saved).expect("it loads");
    merged.merge_saved(&passed.saved).expect("a phone merges what the server holds");
    assert_eq!(merged.heads(), passed.heads);
}

/// The colleague's phone writes onto the document and is admitted.
fn others_go_on(kept: &Kept, passed: &Passed) {
    let mut phone = Document::load(kept.subject.kind(), &passed.saved).expect("it loads");
    phone.set_actor(actor_of(COLLEAGUE, 1));
    let written = honest(&mut phone, 7).expect("a colleague can write");
    let written: Vec<&[u8]> = written.iter().map(Vec::as_slice).collect();
    let colleague = saldo_core::gate::Writer { device: COLLEAGUE, ..writer(Role::Rep, true) };
    let after = admit(kept.subject, Some(&passed.saved), &colleague, &written).expect("it loads");
    for answer in &after.changes {
        assert!(answer.is_ok(), "an honest change is refused: {answer:?}");
    }
}
