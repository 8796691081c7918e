//! Whoever changes the audit log, or what it tells of, by SQL is found out.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use saldo_core::exemption::Exemption;
use saldo_core::roles::Role;

use super::*;
use crate::flow::decide::{Choice, decide};
use crate::flow::world::{NOW, World, order, today, who};
use crate::store::audit::AuditRow;
use crate::store::exemptions;

/// An order that three approve, and an exemption.
async fn company() -> World {
    let world = World::new().await;
    world.send(1, order(200_000)).await;
    for role in [Role::CommercialDirector, Role::Security, Role::FinanceControl] {
        let task = world.inbox(role).await.remove(0);
        decide(&world.state, &who(role), task.id, Choice::Approve, "known for years", None)
            .await
            .unwrap();
    }
    let exemption = Exemption {
        rules: vec!["R4.3".to_owned()],
        from: today(),
        until: today(),
        why: "by order".to_owned(),
        by: who(Role::Director).person,
    };
    let mut tx = world.state.db.begin_write().await.unwrap();
    exemptions::insert(&mut tx, world.client, &exemption, NOW).await.unwrap();
    tx.commit().await.unwrap();
    world.state.sequencer.run(&world.state.db).await.unwrap();
    world
}

async fn whole(world: &World) -> Head {
    match verify_audit(&world.state.db, None).await.unwrap() {
        AuditProof::Whole { head, unsealed: 0 } => head,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_decided_stands_in_the_chain() {
    let world = company().await;
    let head = whole(&world).await;
    let mut tx = world.state.db.begin_read().await.unwrap();
    let rows = audit::page(&mut tx, 0, 100).await.unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "decision").count(), 3, "{kinds:?}");
    for kind in ["policy", "verdict", "exemption"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert_eq!(head.number, i64::try_from(rows.len()).unwrap());
    drop(tx);
    // An end that was noted stays on the chain as it grows.
    let noted = Head { number: 2, seal: rows[1].seal.clone().unwrap().try_into().unwrap() };
    let proof = verify_audit(&world.state.db, Some(noted)).await.unwrap();
    assert!(matches!(proof, AuditProof::Whole { .. }), "{proof:?}");
}

#[tokio::test]
async fn nothing_sealed_is_changed_without_taking_the_guards_away() {
    let world = company().await;
    for statement in ["update audit set at = at + 1", "delete from audit where number = 1"] {
        let mut tx = world.state.db.begin_write().await.unwrap();
        let error = tx.run_raw(statement.to_owned()).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn a_thousand_edits_are_found() {
    let world = company().await;
    let noted = whole(&world).await;
    let rows = {
        let mut tx = world.state.db.begin_read().await.unwrap();
        audit::page(&mut tx, 0, 100).await.unwrap()
    };
    for seed in 0..1_000 {
        let mut random = StdRng::seed_from_u64(seed);
        let edit = edit(&mut random, &rows);
        let mut tx = world.state.db.begin_write().await.unwrap();
        tx.take_audit_guards_away().await.unwrap();
        tx.run_raw(edit.statements.clone()).await.unwrap();
        let found = verify_in(&mut tx, Some(noted)).await.unwrap();
        let AuditProof::Broken { number, .. } = found else {
            panic!("seed {seed}: {} was not found: {found:?}", edit.statements)
        };
        assert!(edit.first.is_none_or(|first| first == number), "seed {seed}: {edit:?} {number}");
    }
    assert_eq!(whole(&world).await, noted, "every edit was undone");
}

#[derive(Debug)]
struct Edit {
    statements: String,
    /// The first bad row, where it is one for certain.
    first: Option<i64>,
}

/// Some change by SQL.
fn edit(random: &mut StdRng, rows: &[AuditRow]) -> Edit {
    let last = rows.len();
    let at = random.random_range(0..last);
    let row = &rows[at];
    let number = at as i64 + 1;
    let of = |statements: String| Edit { statements, first: Some(number) };
    let seal = |seal: &[u8; 32]| hex::encode(seal);
    match random.random_range(0..13) {
        0 => of(format!("update audit set at = at + 1 where number = {number}")),
        1 => of(format!("update audit set kind = 'decisions' where number = {number}")),
        2 => of(format!("update audit set about = about || '0' where number = {number}")),
        3 => of(format!("update audit set body = body || ' ' where number = {number}")),
        4 => of(format!("update audit set id = id + 100000 where number = {number}")),
        5 => of(format!("delete from audit where number = {number}")),
        6 => of(format!(
            "update audit set seal = (select seal from audit where number = {}) where number = {number}",
            number % last as i64 + 1
        )),
        // Text moves over the border of two columns.
        7 => of(format!(
            "update audit set kind = kind || substr(about, 1, 1), about = substr(about, 2)
             where number = {number}"
        )),
        // Two rows change places.
        8 => {
            let other = number % last as i64 + 1;
            let statements = format!(
                "update audit set number = -1 where number = {number};
                 update audit set number = {number} where number = {other};
                 update audit set number = {other} where number = -1"
            );
            Edit { statements, first: Some(number.min(other)) }
        }
        // The end is cut off, and the head says so too: only the noted end tells.
        9 => {
            let kept = number - 1;
            let before = if kept == 0 { [0; 32] } else { sealed(&rows[at - 1]) };
            of(format!(
                "delete from audit where number >= {number};
                 update audit_head set number = {kept}, seal = x'{}'",
                seal(&before)
            ))
        }
        // A row is changed and everything behind it sealed anew.
        10 => {
            let mut before = if at == 0 { [0; 32] } else { sealed(&rows[at - 1]) };
            let mut statements = String::new();
            for (number, row) in (number..).zip(&rows[at..]) {
                let mut row = row.clone();
                if number == at as i64 + 1 {
                    row.at += 1;
                }
                before = row.seal_as(number, &before);
                statements += &format!(
                    "update audit set at = {}, seal = x'{}' where number = {number};",
                    row.at,
                    seal(&before)
                );
            }
            statements += &format!("update audit_head set seal = x'{}'", seal(&before));
            // Where the row's own table still tells the old, it is found there; else at the end.
            Edit { statements, first: None }
        }
        // Somebody adds a decision.
        11 => Edit {
            statements: format!(
                "insert into audit (number, at, kind, about, body, seal)
                 select {}, at, kind, about, body, seal from audit where number = {number}",
                last + 1
            ),
            first: Some(last as i64 + 1),
        },
        // What the log tells of is changed instead.
        _ => Edit {
            statements: match row.kind.as_str() {
                "verdict" => {
                    format!("update verdict set outcome = 'refused' where id = '{}'", row.about)
                }
                "decision" => {
                    format!("update decision set why = 'because' where id = '{}'", row.about)
                }
                "policy" => {
                    format!("update policy set toml = toml || '#' where version = {}", row.about)
                }
                "exemption" => {
                    format!("update exemption set rules = 'R4.1' where id = '{}'", row.about)
                }
                other => panic!("{other}"),
            },
            first: Some(number),
        },
    }
}

fn sealed(row: &AuditRow) -> [u8; 32] {
    row.seal.clone().unwrap().try_into().unwrap()
}
