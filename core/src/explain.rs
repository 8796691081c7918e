//! The same verdict again, from what was kept of it (R14.1), and what people's decisions make of
//! what the rules say.

use crate::calendar::Calendar;
use crate::late_fee::waiver;
use crate::policy::Policy;
use crate::roles::Role;
use crate::verdict::{Basis, Outcome, Paper, Question, Reason, Verdict, What};
use crate::{deferral, shipment};

/// The verdict of the rules on `basis`. With the policy version that judged then, it is the first
/// verdict on the fact again, to the letter; with another, what that one would have said (R14.2).
/// What people decided afterwards is not part of it.
#[must_use]
pub fn judge_again(policy: &Policy, calendar: &Calendar, basis: &Basis) -> Verdict {
    match &basis.question {
        Question::Shipment { order, loan } => {
            let loan = loan.as_ref();
            shipment::judge_on_loan(policy, calendar, &basis.account, order, loan, basis.today)
        }
        Question::Deferral { promise, agreed_on, phone_category } => {
            deferral::judge(policy, calendar, &basis.account, promise, *agreed_on, *phone_category)
        }
        Question::Waiver { waiver, asked_by, item, agreement } => {
            let fee = item.as_deref().map(|item| (item, agreement.as_deref()));
            waiver::judge(policy, calendar, waiver, fee, *asked_by, basis.today)
        }
    }
}

/// What the rules said, and what people then decided, in the order in which it happened: the
/// verdict that holds.
///
/// A shipment is refused by one rejection and goes when all who must approve it have (R4.1), unless
/// the rules refuse it: nobody approves that away. On a deferral (R6.7) and on a waiver (R8.3) the last decision
/// counts.
#[must_use]
pub fn decided(question: &Question, by_rules: Verdict, decisions: Vec<Reason>) -> Verdict {
    let mut verdict = by_rules;
    match question {
        Question::Shipment { .. } => of_shipment(&mut verdict, &decisions),
        Question::Deferral { .. } | Question::Waiver { .. } => {
            of_request(&mut verdict, &decisions);
        }
    }
    verdict.reasons.extend(decisions);
    verdict
}

fn of_shipment(verdict: &mut Verdict, decisions: &[Reason]) {
    if decisions.is_empty() {
        return;
    }
    let approved = |role: &Role| {
        decisions
            .iter()
            .any(|one| matches!(one.what, What::Approved { role: by, .. } if by == *role))
    };
    verdict.approvals.retain(|role| !approved(role));
    if decisions.iter().any(|one| matches!(one.what, What::Turned { .. })) {
        verdict.outcome = Outcome::Refused;
        verdict.approvals.clear();
    } else if verdict.outcome != Outcome::Refused && verdict.approvals.is_empty() {
        verdict.outcome = Outcome::Released;
    }
    papers_of_shipment(verdict, decisions);
}

/// A letter that somebody demanded is missing until it stands in the register.
fn papers_of_shipment(verdict: &mut Verdict, decisions: &[Reason]) {
    let demanded = decisions.iter().any(|one| matches!(one.what, What::LetterDemanded { .. }));
    if demanded
        && verdict.outcome == Outcome::Held
        && !verdict.papers.contains(&Paper::GuaranteeLetter)
    {
        verdict.papers.push(Paper::GuaranteeLetter);
    }
    if decisions.iter().any(|one| matches!(one.what, What::GuaranteedBy { .. })) {
        verdict.papers.retain(|paper| *paper != Paper::GuaranteeLetter);
    }
}

fn of_request(verdict: &mut Verdict, decisions: &[Reason]) {
    let Some(last) = decisions.last() else { return };
    let (outcome, approvals) = match last.what {
        What::Approved { .. } => (Outcome::Accepted, Vec::new()),
        What::Turned { .. } => (Outcome::Rejected, Vec::new()),
        What::SentUp { to, .. } => (Outcome::Pending, vec![to]),
        _ => return,
    };
    verdict.outcome = outcome;
    verdict.approvals = approvals;
}

/// A kept verdict beside the one that comes out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// What the rules say of the basis.
    pub by_rules: Verdict,
    /// What people decided, as the kept verdict tells it.
    pub decisions: Vec<Reason>,
    /// Rules and decisions together: equal to the kept verdict, or something is wrong.
    pub whole: Verdict,
}

impl Again {
    /// Judges `basis` again and lays over it the decisions that `kept` tells. `policy` is the
    /// version that `kept` names.
    #[must_use]
    pub fn of(kept: &Verdict, basis: &Basis, policy: &Policy, calendar: &Calendar) -> Self {
        let by_rules = judge_again(policy, calendar, basis);
        let decisions: Vec<Reason> =
            kept.reasons.iter().filter(|reason| reason.what.is_decision()).cloned().collect();
        let whole = decided(&basis.question, by_rules.clone(), decisions.clone());
        Self { by_rules, decisions, whole }
    }

    /// Whether the kept verdict came out again, to the letter.
    #[must_use]
    pub fn is(&self, kept: &Verdict) -> bool {
        self.whole == *kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_account, any_category, any_day, default_policy, order, promise};
    use crate::time::UtcMillis;
    use crate::verdict::Effect;

    /// Verdicts as some version of this house kept them, with the policy that judged. Nothing here
    /// may ever be changed: a company's database holds such texts for as long as the law wants.
    const KEPT: [(&str, &str); 4] = [
        ("held", include_str!("explain/kept/held.json")),
        ("released_by_three", include_str!("explain/kept/released_by_three.json")),
        ("stopped", include_str!("explain/kept/stopped.json")),
        ("sent_up", include_str!("explain/kept/sent_up.json")),
    ];
    const KEPT_POLICY: &str = include_str!("explain/kept/policy.toml");

    #[derive(serde::Deserialize)]
    struct Kept {
        verdict: Verdict,
        basis: Basis,
    }

    #[test]
    fn what_was_kept_years_ago_is_judged_the_same() {
        let policy = Policy::from_toml(KEPT_POLICY).unwrap();
        for (name, text) in KEPT {
            let kept: Kept = serde_json::from_str(text).unwrap();
            let again = Again::of(&kept.verdict, &kept.basis, &policy, &policy.calendar());
            assert!(again.is(&kept.verdict), "{name}: {:#?}", again.whole);
        }
    }

    /// R4.1, R4.3: a letter that was demanded is missing until it stands in the register.
    #[test]
    fn a_demanded_letter_is_missing_until_it_is_there() {
        let demanded = Reason::new(
            "R4.1",
            Effect::Holds,
            What::LetterDemanded { role: Role::Director, at: UtcMillis(1) },
        );
        let there = Reason::new(
            "R4.1",
            Effect::Allows,
            What::GuaranteedBy {
                dated_on: crate::samples::day("2026-11-18"),
                pay_by: crate::samples::day("2026-11-25"),
                amount_minor: 1,
            },
        );
        let letter = [Paper::GuaranteeLetter];
        for (outcome, before, decisions, after) in [
            (Outcome::Held, &[][..], vec![&demanded], &letter[..]),
            (Outcome::Held, &letter[..], vec![&demanded], &letter[..]),
            (Outcome::Held, &[][..], vec![], &[][..]),
            (Outcome::Refused, &[][..], vec![&demanded], &[][..]),
            (Outcome::Held, &letter[..], vec![&there], &[][..]),
            (Outcome::Held, &[][..], vec![&demanded, &there], &[][..]),
        ] {
            let kept: Kept = serde_json::from_str(KEPT[0].1).unwrap();
            let mut verdict = Verdict { outcome, papers: before.to_vec(), ..kept.verdict };
            let decisions: Vec<Reason> = decisions.into_iter().cloned().collect();
            papers_of_shipment(&mut verdict, &decisions);
            assert_eq!(verdict.papers, after, "{outcome:?} {before:?} {decisions:?}");
        }
    }

    fn approved(role: Role) -> Reason {
        Reason::new("R4.1", Effect::Allows, What::Approved { role, at: UtcMillis(1) })
    }

    #[test]
    fn decisions_make_the_verdict_that_holds() {
        let (policy, _) = default_policy();
        let verdict = |outcome, approvals: &[Role]| Verdict {
            outcome,
            reasons: Vec::new(),
            approvals: approvals.to_vec(),
            papers: Vec::new(),
            policy_version: policy.version(),
        };
        let three = [Role::CommercialDirector, Role::Security, Role::FinanceControl];
        let turned = Reason::new(
            "R4.1",
            Effect::Refuses,
            What::Turned { role: Role::Security, at: UtcMillis(1), why: "no".to_owned() },
        );
        let up = Reason::new(
            "R6.7",
            Effect::Holds,
            What::SentUp { from: Role::HeadOfSales, to: Role::Director, at: UtcMillis(1) },
        );
        let shipment = Question::Shipment { order: order(1), loan: None };
        let deferral = Question::Deferral {
            promise: promise(&[1], "2026-12-01"),
            agreed_on: "2026-11-20".parse().unwrap(),
            phone_category: None,
        };
        let all = three.map(approved).to_vec();
        let held = verdict(Outcome::Held, &three);
        let pending = verdict(Outcome::Pending, &[Role::Supervisor]);
        for (question, by_rules, decisions, outcome, approvals) in [
            (&shipment, held.clone(), vec![], Outcome::Held, &three[..]),
            (&shipment, held.clone(), vec![approved(three[0])], Outcome::Held, &three[1..]),
            (&shipment, held.clone(), all.clone(), Outcome::Released, &[]),
            (&shipment, held, vec![approved(three[0]), turned.clone()], Outcome::Refused, &[]),
            // The account worsened meanwhile: nobody approves a refusal away.
            (&shipment, verdict(Outcome::Refused, &[]), all, Outcome::Refused, &[]),
            (&deferral, pending.clone(), vec![up.clone()], Outcome::Pending, &[Role::Director]),
            (&deferral, pending.clone(), vec![up.clone(), turned], Outcome::Rejected, &[]),
            (&deferral, pending, vec![up, approved(Role::Director)], Outcome::Accepted, &[]),
        ] {
            let count = decisions.len();
            let whole = decided(question, by_rules, decisions);
            assert_eq!((whole.outcome, &whole.approvals[..]), (outcome, approvals));
            assert_eq!(whole.reasons.len(), count, "every decision is told");
        }
    }

    #[test]
    fn a_verdict_that_was_tampered_with_is_found() {
        let (policy, calendar) = default_policy();
        let basis = Basis {
            today: "2026-11-18".parse().unwrap(),
            judged_at: UtcMillis(0),
            account: crate::samples::account(),
            question: Question::Shipment { order: order(1_000_000_000), loan: None },
        };
        let honest = judge_again(&policy, &calendar, &basis);
        let is_again = |kept: &Verdict| Again::of(kept, &basis, &policy, &calendar).is(kept);
        assert!(is_again(&honest));
        let released = Verdict { outcome: Outcome::Released, ..honest.clone() };
        assert!(!is_again(&released));
        let silent = Verdict { reasons: Vec::new(), ..honest.clone() };
        assert!(!is_again(&silent));
        let mut by_hand = honest;
        by_hand.reasons.push(approved(Role::Security));
        assert!(!is_again(&by_hand), "an approval that changed nothing is no approval");
    }

    /// Through the text in which the server keeps it.
    fn kept(basis: &Basis) -> Basis {
        serde_json::from_str(&serde_json::to_string(basis).unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn a_kept_basis_gives_the_same_verdict(
            account in any_account(), today in any_day(), agreed_on in any_day(),
            until in any_day(), amount in 1..1_000_000_i64,
            phone_category in prop::option::of(any_category()),
        ) {
            let (policy, calendar) = default_policy();
            let order = order(amount);
            let promise = promise(&[1, 2, 3], &until.to_string());
            let shipped = shipment::judge(&policy, &calendar, &account, &order, today);
            let deferred =
                deferral::judge(&policy, &calendar, &account, &promise, agreed_on, phone_category);
            let basis = |question| Basis {
                today,
                judged_at: UtcMillis(0),
                account: account.clone(),
                question,
            };
            let again = |question| judge_again(&policy, &calendar, &kept(&basis(question)));
            prop_assert_eq!(again(Question::Shipment { order, loan: None }), shipped);
            let question = Question::Deferral { promise, agreed_on, phone_category };
            prop_assert_eq!(again(question), deferred);
        }
    }
}
