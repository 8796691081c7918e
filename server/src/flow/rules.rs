//! How the rules fare in a period (R11.3): counted by the database, weighed by core.
//!
//! Readings: a rule fires when it holds or refuses something at its first judgement, or gives a task.
//! Who approves what a rule held decides against it, and so does a written order that lifts it (R1.1),
//! the director's override of a category and a decision of the three against the suggestion. A task
//! that went away by itself (paid, or replaced) counts as in time when that was by its day.

use chrono::NaiveDate;
use chrono_tz::Tz;
use saldo_core::roles::Role;
use saldo_core::rule_health::{Acted, CAN_FIRE, Firing, RuleHealth, tally};
use saldo_core::time::UtcMillis;

use super::Context;
use crate::store::{StoreError, Tx, rule_firings};

/// A quarter of an hour: no time zone lies across one, so its start tells the civil date.
const QUARTER_MILLIS: i64 = 900_000;

/// How every rule fared from `from` to `to`, both included.
///
/// # Errors
/// When the database fails.
pub async fn health(
    tx: &mut Tx,
    context: &Context,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RuleHealth>, StoreError> {
    let zone = context.policy.time_zone();
    let begins = UtcMillis::start_of(from, zone);
    let ends = UtcMillis::start_of(to.succ_opt().unwrap_or(to), zone);
    let mut counted: Vec<(Firing, u64)> = Vec::new();
    for one in rule_firings::judged(tx, begins, ends).await? {
        let ended = Ended { state: one.state.as_deref(), quarter: one.ended_quarter };
        counted.push((
            Firing {
                rule: one.rule,
                role: role(one.role)?,
                acted: if one.was_lifted {
                    Acted::InTime
                } else {
                    acted(context, zone, one.due_on, &ended)
                },
                was_overridden: one.was_lifted || one.was_approved,
            },
            times(one.times),
        ));
    }
    for one in rule_firings::tasks(tx, begins, ends).await? {
        let ended = Ended { state: Some(&one.state), quarter: one.ended_quarter };
        counted.push((
            Firing {
                acted: acted(context, zone, one.due_on, &ended),
                rule: one.rule,
                role: role(Some(one.role))?,
                was_overridden: false,
            },
            times(one.times),
        ));
    }
    let (decided, otherwise, overridden) = rule_firings::categories(tx, begins, ends).await?;
    let category = |role, was_overridden| Firing {
        rule: "R2.6".to_owned(),
        role,
        acted: Acted::InTime,
        was_overridden,
    };
    let three = Role::CommercialDirector;
    counted.push((category(three, false), times(decided - otherwise)));
    counted.push((category(three, true), times(otherwise)));
    counted.push((category(Role::Director, true), times(overridden)));
    counted.retain(|(_, times)| *times > 0);
    Ok(tally(&CAN_FIRE, counted.iter().map(|(firing, times)| (firing, *times))))
}

/// How and when a task ended.
struct Ended<'a> {
    state: Option<&'a str>,
    quarter: Option<i64>,
}

/// A refusal that asks nobody is acted on by itself.
fn acted(context: &Context, zone: Tz, due_on: Option<NaiveDate>, ended: &Ended<'_>) -> Acted {
    let ended_on =
        ended.quarter.map(|quarter| UtcMillis(quarter * QUARTER_MILLIS).civil_date(zone));
    match (ended.state, ended_on, due_on) {
        (None, _, _) | (_, Some(_), None) => Acted::InTime,
        (_, Some(ended_on), Some(due_on)) if ended_on <= due_on => Acted::InTime,
        (_, Some(_), Some(_)) => Acted::Late,
        (_, None, Some(due_on)) if due_on < context.today => Acted::Late,
        (_, None, _) => Acted::NotYet,
    }
}

/// What nobody has to act on is the rep's, who asked.
fn role(name: Option<String>) -> Result<Role, StoreError> {
    name.map_or(Ok(Role::Rep), |name| {
        Role::try_from(name).map_err(StoreError::unreadable("task.role"))
    })
}

fn times(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
