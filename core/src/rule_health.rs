//! How the rules fare (R11.3): how often each fired, was acted on in time, was late or overridden,
//! by role. What never lives here: where the events come from (tasks, verdicts and decisions of the
//! server).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::roles::Role;

/// The rules that can fire: those that hold or refuse something, and those that give somebody a task.
/// The others set figures or say how something is read.
pub const CAN_FIRE: [&str; 33] = [
    "R2.6", "R2.7", "R4.1", "R4.2", "R4.3", "R4.4", "R4.5", "R5.2", "R5.3", "R5.4", "R5.5", "R6.1",
    "R6.4", "R6.5", "R6.8", "R7.1", "R7.2", "R7.3", "R7.4", "R7.5", "R7.6", "R7.7", "R7.8", "R7.9",
    "R8.3", "R8.5", "R9.1", "R9.2", "R9.3", "R9.4", "R9.7", "R10.1", "R11.1",
];

/// A rule fired, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// The R-number.
    pub rule: String,
    /// Who had to act.
    pub role: Role,
    /// What that role did.
    pub acted: Acted,
    /// Somebody decided otherwise than the rule said.
    pub was_overridden: bool,
}

/// Whether whoever had to act did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acted {
    /// By the deadline.
    InTime,
    /// Later, or not at all although the deadline has passed.
    Late,
    /// Not yet; the deadline lies ahead.
    NotYet,
}

/// How often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// It fired.
    pub fired: u64,
    /// Acted on by the deadline.
    pub in_time: u64,
    /// Acted on later or, its deadline over, not at all.
    pub late: u64,
    /// Decided otherwise.
    pub overridden: u64,
}

/// Why a rule should be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandsOut {
    /// It never fired: is it needed, does it work?
    NeverFired,
    /// It was overridden every time: nobody believes it.
    AlwaysOverridden,
    /// Whoever had to act was late every time: nobody can keep it.
    AlwaysLate,
}

/// How one rule fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHealth {
    /// The R-number.
    pub rule: String,
    /// In all.
    pub all: Counts,
    /// By who had to act.
    pub by_role: BTreeMap<Role, Counts>,
    /// Why it should be looked at, if so.
    pub stands_out: Option<StandsOut>,
}

/// How every rule of `rules` and every other that fired fared, in the order of the regulation
/// (R4.10 after R4.9). The order of the firings does not matter.
#[must_use]
pub fn health(rules: &[&str], firings: &[Firing]) -> Vec<RuleHealth> {
    tally(rules, firings.iter().map(|firing| (firing, 1)))
}

/// [`health`] of firings that were counted already: a company's quarter has few different ones, each
/// thousands of times.
#[must_use]
pub fn tally<'a>(
    rules: &[&'a str],
    counted: impl IntoIterator<Item = (&'a Firing, u64)>,
) -> Vec<RuleHealth> {
    let mut found: BTreeMap<&str, (Counts, BTreeMap<Role, Counts>)> =
        rules.iter().map(|rule| (*rule, Default::default())).collect();
    for (firing, times) in counted {
        let (all, by_role) = found.entry(firing.rule.as_str()).or_default();
        all.count(firing, times);
        by_role.entry(firing.role).or_default().count(firing, times);
    }
    let mut by_rule: Vec<RuleHealth> = found
        .into_iter()
        .map(|(rule, (all, by_role))| RuleHealth {
            rule: rule.to_owned(),
            all,
            by_role,
            stands_out: all.stands_out(),
        })
        .collect();
    by_rule.sort_by_cached_key(|one| (numbers(&one.rule), one.rule.clone()));
    by_rule
}

impl Counts {
    const fn count(&mut self, firing: &Firing, times: u64) {
        self.fired += times;
        match firing.acted {
            Acted::InTime => self.in_time += times,
            Acted::Late => self.late += times,
            Acted::NotYet => {}
        }
        if firing.was_overridden {
            self.overridden += times;
        }
    }

    /// One firing alone says nothing of "always".
    const fn stands_out(self) -> Option<StandsOut> {
        if self.fired == 0 {
            Some(StandsOut::NeverFired)
        } else if self.fired > 1 && self.overridden == self.fired {
            Some(StandsOut::AlwaysOverridden)
        } else if self.fired > 1 && self.late == self.fired {
            Some(StandsOut::AlwaysLate)
        } else {
            None
        }
    }
}

/// `R4.10` as 4 and 10.
fn numbers(rule: &str) -> Vec<u32> {
    rule.trim_start_matches('R').split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn firing(rule: &str, role: Role, acted: Acted, was_overridden: bool) -> Firing {
        Firing { rule: rule.to_owned(), role, acted, was_overridden }
    }

    #[test]
    fn each_rule_by_role_in_the_order_of_the_regulation() {
        let firings = [
            firing("R4.10", Role::Rep, Acted::InTime, false),
            firing("R4.9", Role::FinanceControl, Acted::Late, false),
            firing("R4.9", Role::FinanceControl, Acted::InTime, true),
            firing("R4.9", Role::Director, Acted::NotYet, false),
        ];
        let found = health(&["R4.9", "R7.1"], &firings);
        let rules: Vec<_> = found.iter().map(|one| one.rule.as_str()).collect();
        assert_eq!(rules, ["R4.9", "R4.10", "R7.1"]);
        assert_eq!(found[0].all, Counts { fired: 3, in_time: 1, late: 1, overridden: 1 });
        let of_finance = found[0].by_role[&Role::FinanceControl];
        assert_eq!(of_finance, Counts { fired: 2, in_time: 1, late: 1, overridden: 1 });
        assert_eq!(found[0].by_role[&Role::Director].in_time, 0);
        let stands_out: Vec<_> = found.iter().map(|one| one.stands_out).collect();
        assert_eq!(stands_out, [None, None, Some(StandsOut::NeverFired)]);
    }

    #[test]
    fn always_is_more_than_once_and_never_less() {
        for (late, in_time, overridden, expected) in [
            (0, 0, 0, Some(StandsOut::NeverFired)),
            (1, 0, 1, None),
            (2, 0, 0, Some(StandsOut::AlwaysLate)),
            (2, 1, 0, None),
            (0, 2, 2, Some(StandsOut::AlwaysOverridden)),
            (0, 2, 1, None),
            (2, 0, 2, Some(StandsOut::AlwaysOverridden)),
        ] {
            let counts = Counts { fired: late + in_time, in_time, late, overridden };
            assert_eq!(counts.stands_out(), expected, "{counts:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_order_is_nothing(
            mut drawn in prop::collection::vec((0..4_usize, 0..3_usize, 0..3_usize, any::<bool>()), 0..30),
        ) {
            let firings = |drawn: &[(usize, usize, usize, bool)]| -> Vec<Firing> {
                drawn.iter().map(|(rule, role, acted, overridden)| firing(
                    ["R4.1", "R5.3", "R7.1", "R10.1"][*rule],
                    Role::ALL[*role],
                    [Acted::InTime, Acted::Late, Acted::NotYet][*acted],
                    *overridden,
                )).collect()
            };
            let found = health(&[], &firings(&drawn));
            let fired: u64 = found.iter().map(|one| one.all.fired).sum();
            prop_assert_eq!(usize::try_from(fired).unwrap(), drawn.len());
            for one in &found {
                let by_role: u64 = one.by_role.values().map(|counts| counts.fired).sum();
                prop_assert_eq!(by_role, one.all.fired);
                prop_assert!(one.all.in_time + one.all.late <= one.all.fired);
            }
            drawn.reverse();
            prop_assert_eq!(health(&[], &firings(&drawn)), found);
        }
    }
}
