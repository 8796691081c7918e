//! A company looks what a changed policy would have said of its own past (R14.2). Writes nothing.

use std::collections::BTreeMap;
use std::mem::discriminant;

use chrono::NaiveDate;
use saldo_core::explain::judge_again;
use saldo_core::ids::{FactId, VerdictId};
use saldo_core::policy::Policy;
use saldo_core::time::UtcMillis;
use saldo_core::verdict::{Outcome, Reason, Verdict};
use saldo_core::words::Language;

use crate::store::verdicts::{Page, VerdictRecord};
use crate::store::{StoreError, Tx, clients, verdicts};

/// How many verdicts are read at once.
const PAGE: i64 = 1_000;

/// A verdict that the changed policy would not have given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// On which fact.
    pub fact: FactId,
    /// About whom, by its code.
    pub client_code: String,
    /// The civil date of the verdict.
    pub judged_on: NaiveDate,
    /// What the rules said.
    pub before: Outcome,
    /// What they would have said.
    pub after: Outcome,
    /// Reasons that would have come: R-number and words.
    pub gained: Vec<(String, String)>,
    /// Reasons that would have gone.
    pub lost: Vec<(String, String)>,
}

/// What came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Verdicts that were judged again.
    pub judged: u64,
    /// Of them different.
    pub differing: u64,
    /// Of those with another outcome: from, to, how many.
    pub outcomes: BTreeMap<(Outcome, Outcome), u64>,
    /// By R-number: in how many verdicts it would have come, and gone.
    pub by_rule: BTreeMap<String, (u64, u64)>,
}

/// Judges everything again that was judged from `from` to `to`, each verdict from its own basis,
/// by `policy`; hands over what would differ, in the order of time.
///
/// What people decided afterwards is theirs and not the policy's: only what the rules themselves
/// said is compared. A reason whose numbers alone would be others is no difference.
///
/// # Errors
/// When the database fails or a basis cannot be read.
pub async fn dry_run(
    tx: &mut Tx,
    policy: &Policy,
    from: NaiveDate,
    to: NaiveDate,
    mut differs: impl FnMut(Difference),
) -> Result<Totals, StoreError> {
    let calendar = policy.calendar();
    let zone = policy.time_zone();
    let codes = clients::codes(tx).await?;
    let end = UtcMillis::start_of(to.succ_opt().unwrap_or(to), zone);
    let mut page = Page::starting(UtcMillis::start_of(from, zone), end);
    let mut totals = Totals::default();
    loop {
        let records = verdicts::page(tx, &page, PAGE).await?;
        let Some(last) = records.last() else { return Ok(totals) };
        page = page.after(last);
        for record in records {
            if record.id != VerdictId::of_fact(record.fact, "first") {
                continue;
            }
            totals.judged += 1;
            let again = judge_again(policy, &calendar, &record.basis);
            if let Some(mut difference) = compare(&record, &again) {
                difference.client_code = codes.get(&record.client).cloned().unwrap_or_default();
                totals.count(&difference);
                differs(difference);
            }
        }
    }
}

fn compare(record: &VerdictRecord, again: &Verdict) -> Option<Difference> {
    let before = &record.verdict;
    let only_in = |one: &Verdict, other: &Verdict| -> Vec<(String, String)> {
        let currency = record.basis.account.currency;
        one.reasons
            .iter()
            .filter(|reason| !other.reasons.iter().any(|other| same(reason, other)))
            .map(|reason| (reason.rule.clone(), reason.in_words(Language::English, currency)))
            .collect()
    };
    let (gained, lost) = (only_in(again, before), only_in(before, again));
    let differs = before.outcome != again.outcome
        || before.approvals != again.approvals
        || before.papers != again.papers
        || !(gained.is_empty() && lost.is_empty());
    differs.then(|| Difference {
        fact: record.fact,
        client_code: String::new(),
        judged_on: record.basis.today,
        before: before.outcome,
        after: again.outcome,
        gained,
        lost,
    })
}

/// The same thing compared by the same rule with the same effect, whatever the numbers.
fn same(one: &Reason, other: &Reason) -> bool {
    one.rule == other.rule
        && one.effect == other.effect
        && discriminant(&one.what) == discriminant(&other.what)
}

impl Totals {
    fn count(&mut self, difference: &Difference) {
        self.differing += 1;
        if difference.before != difference.after {
            *self.outcomes.entry((difference.before, difference.after)).or_default() += 1;
        }
        let rules = |reasons: &[(String, String)]| {
            let mut rules: Vec<String> = reasons.iter().map(|(rule, _)| rule.clone()).collect();
            rules.sort();
            rules.dedup();
            rules
        };
        for rule in rules(&difference.gained) {
            self.by_rule.entry(rule).or_default().0 += 1;
        }
        for rule in rules(&difference.lost) {
            self.by_rule.entry(rule).or_default().1 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use saldo_core::facts::{FactBody, Order};
    use saldo_core::roles::Role;

    use super::*;
    use crate::flow::decide::{Choice, decide};
    use crate::flow::world::{World, eur, today, who};

    fn order(minor: i64) -> FactBody {
        FactBody::Order(Order {
            amount: eur(minor),
            deferral_days: 14,
            prepaid: false,
            wanted_on: None,
            loan: None,
            lines: vec![],
            note: String::new(),
        })
    }

    async fn run(world: &World, text: &str, from: NaiveDate) -> (Totals, Vec<Difference>) {
        let policy = Policy::from_toml(text).unwrap();
        let mut found = Vec::new();
        let mut tx = world.state.db.begin_read().await.unwrap();
        let totals = dry_run(&mut tx, &policy, from, today(), |one| found.push(one)).await.unwrap();
        (totals, found)
    }

    #[tokio::test]
    async fn a_changed_policy_shows_what_it_would_have_said() {
        let world = World::new().await;
        world.send(1, order(40_000)).await;
        let held = world.send(2, order(80_000)).await;
        // The three approve: that is theirs, not the rules'.
        for role in [Role::CommercialDirector, Role::Security, Role::FinanceControl] {
            let task = world.inbox(role).await.first().unwrap().id;
            decide(&world.state, &who(role), task, Choice::Approve, "", None).await.unwrap();
        }
        let (totals, found) = run(&world, "", today()).await;
        assert_eq!((totals.judged, totals.differing, found), (2, 0, vec![]));

        let (totals, found) = run(&world, "[terms.reliable]\nlimit_percent = 200", today()).await;
        assert_eq!((totals.judged, totals.differing), (2, 1));
        let one = &found[0];
        assert_eq!((one.fact, &*one.client_code), (held, "10001"));
        assert_eq!((one.before, one.after), (Outcome::Held, Outcome::Released));
        assert_eq!((one.gained[0].0.as_str(), one.lost[0].0.as_str()), ("R4.1", "R4.1"));
        assert_eq!(totals.by_rule["R4.1"], (1, 1));
        assert_eq!(totals.outcomes[&(Outcome::Held, Outcome::Released)], 1);

        let (totals, found) = run(&world, "[terms.reliable]\nprepaid_only = true", today()).await;
        assert_eq!(totals.by_rule["R2.7"], (2, 0));
        assert!(found.iter().all(|one| one.after == Outcome::Refused));
    }

    #[tokio::test]
    async fn only_the_period_is_judged() {
        let world = World::new().await;
        world.send(1, order(40_000)).await;
        assert_eq!(run(&world, "", today() - Days::new(9)).await.0.judged, 1);
        assert_eq!(run(&world, "", today() + Days::new(1)).await.0.judged, 0);
    }
}
