//! The same verdict again, from what was kept of it (R14.1).

use crate::calendar::Calendar;
use crate::policy::Policy;
use crate::verdict::{Basis, Question, Verdict};
use crate::{deferral, shipment};

/// The verdict of the rules on `basis`. With the policy version that judged then, it is the first
/// verdict on the fact again, to the letter; with another, what that one would have said (R14.2).
/// What people decided afterwards is not part of it.
#[must_use]
pub fn judge_again(policy: &Policy, calendar: &Calendar, basis: &Basis) -> Verdict {
    match &basis.question {
        Question::Shipment { order } => {
            shipment::judge(policy, calendar, &basis.account, order, basis.today)
        }
        Question::Deferral { promise, agreed_on, phone_category } => {
            deferral::judge(policy, calendar, &basis.account, promise, *agreed_on, *phone_category)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{any_account, any_category, any_day, default_policy, order, promise};
    use crate::time::UtcMillis;

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
            prop_assert_eq!(again(Question::Shipment { order }), shipped);
            let question = Question::Deferral { promise, agreed_on, phone_category };
            prop_assert_eq!(again(question), deferred);
        }
    }
}
