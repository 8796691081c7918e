//! Whether a guarantee letter suffices to release an order (R4.1, R4.3). What never lives here: who
//! demands one (`shipment`, and the approvers by their decision), and the register (`paper`).
//!
//! Readings: the letter is dated at most some days before the order was asked for, and not later
//! than today; it names a day of payment that is still to come; it covers everything that is
//! overdue and not disputed, and where nothing is, the order itself. One letter serves as long as
//! it suffices; each order is decided for itself.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::policy::Policy;

/// What a guarantee letter says. The amount is in minor units of the client's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The date on it.
    pub dated_on: NaiveDate,
    /// The day by which it will be paid.
    pub pay_by: NaiveDate,
    /// How much.
    pub amount_minor: i64,
}

/// Why a letter does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Older than the policy allows.
    TooOld {
        /// It must not be dated before this day.
        earliest: NaiveDate,
    },
    /// Dated on a day to come.
    NotYet,
    /// Its day of payment is not to come.
    DayPassed,
    /// It names too little.
    TooLittle {
        /// So much is needed, in minor units.
        needed_minor: i64,
    },
}

/// What a letter must name at least on `today`, in minor units: what is overdue and not disputed;
/// where nothing is, the order.
#[must_use]
pub fn needed_minor(account: &Account, order_minor: i64, today: NaiveDate) -> i64 {
    let overdue_minor: i64 = account
        .still_to_pay()
        .into_iter()
        .filter(|(invoice, _)| invoice.effective_due_on() < today)
        .map(|(_, minor)| minor)
        .sum();
    if overdue_minor > 0 { overdue_minor } else { order_minor }
}

/// Whether `letter` suffices on `today` to release an order of `order_minor` that was asked for on
/// `ordered_on`; the first thing that is wrong with it, if it does not.
#[must_use]
pub fn unfit(
    policy: &Policy,
    account: &Account,
    letter: Letter,
    order_minor: i64,
    ordered_on: NaiveDate,
    today: NaiveDate,
) -> Option<Unfit> {
    let days = u64::from(policy.shipment().letter_days);
    let earliest = ordered_on.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
    if letter.dated_on < earliest {
        return Some(Unfit::TooOld { earliest });
    }
    if letter.dated_on > today {
        return Some(Unfit::NotYet);
    }
    if letter.pay_by <= today {
        return Some(Unfit::DayPassed);
    }
    let needed_minor = needed_minor(account, order_minor, today);
    (letter.amount_minor < needed_minor).then_some(Unfit::TooLittle { needed_minor })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{account, any_account, any_day, day, default_policy, granted, invoice};

    fn letter(dated_on: &str, pay_by: &str, amount_minor: i64) -> Letter {
        Letter { dated_on: day(dated_on), pay_by: day(pay_by), amount_minor }
    }

    /// Asked for on the 16th, looked at on the 18th, 1,000.00 overdue.
    #[test]
    fn dates_and_amount() {
        let (policy, _) = default_policy();
        let mut account = account();
        account.open_invoices.push(invoice(1, "2026-11-10"));
        let too_little = Some(Unfit::TooLittle { needed_minor: 100_000 });
        for (letter, expected) in [
            (letter("2026-11-02", "2026-11-25", 100_000), None), // 14 days before the order
            (
                letter("2026-11-01", "2026-11-25", 100_000),
                Some(Unfit::TooOld { earliest: day("2026-11-02") }),
            ),
            (letter("2026-11-18", "2026-11-25", 100_000), None), // after the order
            (letter("2026-11-19", "2026-11-25", 100_000), Some(Unfit::NotYet)),
            (letter("2026-11-16", "2026-11-19", 100_000), None),
            (letter("2026-11-16", "2026-11-18", 100_000), Some(Unfit::DayPassed)),
            (letter("2026-11-16", "2026-11-25", 99_999), too_little),
            (letter("2026-11-16", "2026-11-25", 100_001), None),
        ] {
            let found =
                unfit(&policy, &account, letter, 5_000, day("2026-11-16"), day("2026-11-18"));
            assert_eq!(found, expected, "{letter:?}");
        }
    }

    /// Overdue is what the stop list sees: deferred, disputed and covered money is not.
    #[test]
    fn what_a_letter_must_cover() {
        let today = day("2026-11-18");
        let mut account = account();
        assert_eq!(needed_minor(&account, 7_000, today), 7_000);
        account.open_invoices.push(invoice(1, "2026-11-18"));
        assert_eq!(needed_minor(&account, 7_000, today), 7_000, "due today is not overdue");
        account.open_invoices.push(invoice(2, "2026-11-10"));
        assert_eq!(needed_minor(&account, 7_000, today), 100_000);
        account.open_invoices[1].disputed_minor = 30_000;
        assert_eq!(needed_minor(&account, 7_000, today), 70_000);
        account.unallocated_minor = 20_000;
        assert_eq!(needed_minor(&account, 7_000, today), 50_000);
        account.open_invoices[1].deferrals.push(granted("2026-11-10", "2026-11-18", 5));
        assert_eq!(needed_minor(&account, 7_000, today), 7_000);
    }

    proptest! {
        #[test]
        fn a_better_letter_never_suffices_less(
            account in any_account(), dated in any_day(), later in 0..40_u64,
            minor in 1..900_000_i64, more in 0..900_000_i64, today in any_day(),
        ) {
            let (policy, _) = default_policy();
            let letter = Letter { dated_on: dated, pay_by: today + Days::new(later), amount_minor: minor };
            let better = Letter {
                pay_by: letter.pay_by + Days::new(3), amount_minor: minor + more, ..letter
            };
            let fit = |letter| unfit(&policy, &account, letter, 50_000, today, today).is_none();
            prop_assert!(!fit(letter) || fit(better));
        }
    }
}
