//! Who may waive a late fee (R8.3), asked by somebody for one invoice. What never lives here: what
//! is waived in the end, which is what of the fee is open when it is waived.

use chrono::NaiveDate;

use super::{Fee, FeeItem};
use crate::calendar::Calendar;
use crate::facts::Waiver;
use crate::policy::Policy;
use crate::restructuring::Signed;
use crate::roles::Role;
use crate::verdict::{Effect, Outcome, Reason, Verdict, What};

/// The rule of R8.3.
const RULE: &str = "R8.3";

/// The verdict on `waiver`, asked for by somebody in the role `asked_by` on `today`: accepted where
/// that role may waive the fee itself, else pending the one that may. `fee` is the invoice's, with
/// the agreement that covers it; `None`, as where nothing of the fee is open: there is nothing to
/// waive, and nothing to decide.
///
/// Readings: whoever may waive more may waive what those below may; a supervisor may what its reps
/// may. A fee agreed in a restructuring that is kept or fulfilled is the director's alone.
#[must_use]
pub fn judge(
    policy: &Policy,
    calendar: &Calendar,
    waiver: &Waiver,
    fee: Option<(&FeeItem, Option<&Signed>)>,
    asked_by: Role,
    today: NaiveDate,
) -> Verdict {
    let fee = fee
        .map(|(item, agreement)| item.on(policy, calendar, agreement, today))
        .filter(|fee| fee.open_minor() > 0);
    let Some(fee) = fee else {
        let what = What::NoFeeOpen { number: waiver.number.clone() };
        return verdict(policy, Outcome::Accepted, Effect::Allows, what, Vec::new());
    };
    let (role, what) = authority(policy, calendar, &fee);
    if may(asked_by, role) {
        verdict(policy, Outcome::Accepted, Effect::Allows, what, Vec::new())
    } else {
        verdict(policy, Outcome::Pending, Effect::Holds, what, vec![role])
    }
}

/// The lowest role that may waive `fee`, and why.
fn authority(policy: &Policy, calendar: &Calendar, fee: &Fee) -> (Role, What) {
    let (number, fee_minor) = (fee.number.clone(), fee.open_minor());
    if let Some(signed_on) = fee.agreed_on {
        return (Role::Director, What::FeeOfAgreement { number, signed_on, fee_minor });
    }
    let role = super::may_waive(policy, calendar, fee.due_on, fee.paid_in_full_on);
    let what = match fee.paid_in_full_on {
        Some(paid_on) => What::FeePaidInWeek { number, paid_on, week: fee.week, fee_minor, role },
        None => What::FeeNotPaidInFull { number, open_minor: fee.unpaid_minor, fee_minor },
    };
    (role, what)
}

/// Whether somebody in the role `who` may waive what `needed` may.
#[must_use]
pub const fn may(who: Role, needed: Role) -> bool {
    match needed {
        Role::Rep => {
            matches!(who, Role::Rep | Role::Supervisor | Role::HeadOfSales | Role::Director)
        }
        Role::HeadOfSales => matches!(who, Role::HeadOfSales | Role::Director),
        _ => matches!(who, Role::Director),
    }
}

fn verdict(
    policy: &Policy,
    outcome: Outcome,
    effect: Effect,
    what: What,
    approvals: Vec<Role>,
) -> Verdict {
    Verdict {
        outcome,
        reasons: vec![Reason::new(RULE, effect, what)],
        approvals,
        papers: Vec::new(),
        policy_version: policy.version(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;
    use crate::samples::{day, default_policy, fee_item, invoice_id, signed};

    const DUE: &str = "2026-08-31";

    fn asked(item: Option<&FeeItem>, agreement: Option<&Signed>, by: Role) -> Verdict {
        let (policy, calendar) = default_policy();
        let waiver = Waiver {
            invoice: invoice_id(1),
            number: "A-1".to_owned(),
            why: "paid at once when reminded".to_owned(),
        };
        let fee = item.map(|item| (item, agreement));
        judge(&policy, &calendar, &waiver, fee, by, day("2026-10-20"))
    }

    /// Section 15, example 3, and its edges.
    #[test]
    fn example_3_each_role_waives_its_weeks() {
        let paid_after = |days: Option<u64>| {
            let paid = days.map(|days| (day(DUE) + Days::new(days), 100_000));
            fee_item(DUE, &paid.into_iter().collect::<Vec<_>>())
        };
        for (days, needed) in [
            (Some(5), Role::Rep),
            (Some(7), Role::Rep),
            (Some(8), Role::HeadOfSales),
            (Some(12), Role::HeadOfSales),
            (Some(14), Role::HeadOfSales),
            (Some(15), Role::Director),
            (Some(16), Role::Director),
            (None, Role::Director),
        ] {
            let item = paid_after(days);
            for by in Role::ALL {
                let verdict = asked(Some(&item), None, by);
                let (outcome, approvals) = if may(by, needed) {
                    (Outcome::Accepted, vec![])
                } else {
                    (Outcome::Pending, vec![needed])
                };
                assert_eq!((verdict.outcome, verdict.approvals), (outcome, approvals), "{days:?}");
            }
        }
        let reps = Role::ALL.map(|by| may(by, Role::Rep)).iter().filter(|may| **may).count();
        let heads = Role::ALL.map(|by| may(by, Role::HeadOfSales)).iter().filter(|m| **m).count();
        assert_eq!((reps, heads), (4, 2));
    }

    #[test]
    fn what_is_not_open_needs_nobody() {
        let in_time = fee_item(DUE, &[(day(DUE), 100_000)]);
        let mut settled = fee_item(DUE, &[(day(DUE) + Days::new(30), 100_000)]);
        settled.fee_paid = vec![(day("2026-10-10"), 4_000)];
        settled.waived = vec![(day("2026-10-11"), 4_000)];
        for item in [None, Some(&in_time), Some(&settled)] {
            let verdict = asked(item, None, Role::Rep);
            assert_eq!(verdict.outcome, Outcome::Accepted);
            assert!(matches!(verdict.reasons[0].what, What::NoFeeOpen { .. }));
        }
    }

    #[test]
    fn an_agreed_fee_is_the_directors() {
        let agreement = signed("2026-10-01", &[("2026-11-02", 106_000)]);
        let item = FeeItem {
            agreed: Some(crate::late_fee::AgreedFee {
                agreement: agreement.id,
                signed_on: day("2026-10-01"),
                fee_minor: 6_000,
            }),
            ..fee_item(DUE, &[])
        };
        let verdict = asked(Some(&item), Some(&agreement), Role::HeadOfSales);
        assert_eq!(verdict.approvals, [Role::Director]);
        assert!(matches!(verdict.reasons[0].what, What::FeeOfAgreement { fee_minor: 6_000, .. }));
    }
}
