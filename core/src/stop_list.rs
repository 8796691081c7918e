//! The stop list in two levels (R4.3, R4.4). What never lives here: what it means for one order
//! (`shipment`), and the ladder (`escalation`), which counts from the contract's due date.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::{Account, OpenInvoice};
use crate::calendar::Calendar;
use crate::policy::Policy;

/// How far a client is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopLevel {
    /// Not on the stop list.
    Free,
    /// R4.3: finance control and a guarantee letter can release one order.
    StopList,
    /// R4.4: nothing is shipped until the money is in.
    Stopped,
}

impl StopLevel {
    /// The name used in SQL and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::StopList => "stop_list",
            Self::Stopped => "stopped",
        }
    }
}

impl TryFrom<String> for StopLevel {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        [Self::Free, Self::StopList, Self::Stopped]
            .into_iter()
            .find(|level| level.name() == name)
            .ok_or_else(|| format!("\"{name}\" is not a level of the stop list"))
    }
}

/// Why a client is stopped: its longest overdue invoice and what is overdue in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop<'a> {
    /// How far.
    pub level: StopLevel,
    /// The invoice overdue for longest; of several the one with the lowest id.
    pub invoice: &'a OpenInvoice,
    /// Overdue in all, in minor units.
    pub overdue_minor: i64,
    /// Calendar days since that invoice was really due.
    pub days_overdue: i64,
    /// Working days since then.
    pub working_days_overdue: i64,
}

/// The stop level of `account` on `today`.
#[must_use]
pub fn level(
    policy: &Policy,
    calendar: &Calendar,
    account: &Account,
    today: NaiveDate,
) -> StopLevel {
    stop(policy, calendar, account, today).map_or(StopLevel::Free, |stop| stop.level)
}

/// Why `account` is stopped on `today`; `None`: it is not. Days count from the date that a deferral
/// moved (R6.9), on a banking day. Money that no invoice has taken up pays the oldest first (R4.7).
#[must_use]
pub fn stop<'a>(
    policy: &Policy,
    calendar: &Calendar,
    account: &'a Account,
    today: NaiveDate,
) -> Option<Stop<'a>> {
    let rules = policy.stop_list();
    let tolerance_minor = policy.amount_minor(rules.tolerance, account.currency);
    let mut overdue: Vec<(NaiveDate, &OpenInvoice)> = account
        .open_invoices
        .iter()
        .filter(|invoice| invoice.effective_due_on() < today)
        .map(|invoice| (policy.rolled(calendar, invoice.effective_due_on()), invoice))
        .filter(|(due_on, _)| *due_on < today)
        .collect();
    overdue.sort_by_key(|(due_on, invoice)| (*due_on, invoice.id));

    let mut unallocated_minor = account.unallocated_minor.max(0);
    let mut overdue_minor = 0_i64;
    let mut longest = None;
    for (due_on, invoice) in overdue {
        let paid_minor = unallocated_minor.min(invoice.open_minor.max(0));
        unallocated_minor -= paid_minor;
        let open_minor = invoice.open_minor - paid_minor;
        if open_minor > tolerance_minor {
            overdue_minor = overdue_minor.saturating_add(open_minor);
            longest = longest.or(Some((due_on, invoice)));
        }
    }
    let (due_on, invoice) = longest?;
    let days_overdue = (today - due_on).num_days();
    let working_days_overdue = calendar.working_days_between(due_on, today);
    let stopped = days_overdue > rules.full_stop_calendar_days
        || working_days_overdue > rules.finance_control_working_days;
    let level = if stopped { StopLevel::Stopped } else { StopLevel::StopList };
    Some(Stop { level, invoice, overdue_minor, days_overdue, working_days_overdue })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{account, any_account, any_day, day, default_policy, granted, invoice};

    fn level_on(account: &Account, today: &str) -> StopLevel {
        let policy = Policy::default();
        level(&policy, &policy.calendar(), account, day(today))
    }

    #[test]
    fn every_boundary() {
        for (due_on, today, expected) in [
            ("2026-11-16", "2026-11-15", StopLevel::Free),
            ("2026-11-16", "2026-11-16", StopLevel::Free),
            ("2026-11-16", "2026-11-17", StopLevel::StopList),
            ("2026-11-16", "2026-11-30", StopLevel::StopList), // day 14, working day 10
            ("2026-11-16", "2026-12-01", StopLevel::Stopped),  // day 15
            ("2026-11-21", "2026-11-23", StopLevel::Free),     // due on Saturday: Monday
            ("2026-11-21", "2026-11-24", StopLevel::StopList),
            ("2025-12-19", "2026-01-02", StopLevel::StopList), // day 14
            ("2025-12-19", "2026-01-03", StopLevel::Stopped),  // day 15, working day 6
        ] {
            let mut account = account();
            account.open_invoices = vec![invoice(1, due_on)];
            assert_eq!(level_on(&account, today), expected, "{due_on} {today}");
        }
    }

    /// R4.7: money that no invoice has taken up is spent once, on the oldest first; what is due on a
    /// Saturday is due on Monday, also for the one overdue for longest.
    #[test]
    fn free_money_is_spent_once() {
        let (policy, calendar) = default_policy();
        let mut account = account();
        account.open_invoices = vec![invoice(1, "2026-11-10"), invoice(2, "2026-11-12")];
        let each = account.open_invoices[0].open_minor;
        for (unallocated_minor, overdue_minor, longest) in [
            (0, 2 * each, Some(1)),
            (each - 1, each + 1, Some(1)),
            (each, each, Some(2)),
            (each + 1, each - 1, Some(2)),
            (2 * each, 0, None),
            (-5, 2 * each, Some(1)),
        ] {
            account.unallocated_minor = unallocated_minor;
            let stop = stop(&policy, &calendar, &account, day("2026-11-20"));
            let found = stop.map(|stop| (stop.overdue_minor, stop.invoice.id));
            let expected =
                longest.map(|number| (overdue_minor, crate::samples::invoice_id(number)));
            assert_eq!(found, expected, "{unallocated_minor}");
        }
    }

    /// R6.9.
    #[test]
    fn an_approved_deferral_moves_the_date() {
        let mut account = account();
        account.open_invoices = vec![invoice(1, "2026-11-02")];
        assert_eq!(level_on(&account, "2026-11-20"), StopLevel::Stopped);
        account.open_invoices[0].deferrals = vec![granted("2026-11-02", "2026-11-20", 0)];
        assert_eq!(level_on(&account, "2026-11-20"), StopLevel::Free);
        assert_eq!(level_on(&account, "2026-11-23"), StopLevel::StopList);
    }

    #[test]
    fn a_rest_within_the_tolerance_does_not_count() {
        let policy = Policy::from_toml("[stop_list]\ntolerance = \"1.00\"").unwrap();
        for (open_minor, expected) in
            [(99, StopLevel::Free), (100, StopLevel::Free), (101, StopLevel::StopList)]
        {
            let mut account = account();
            account.open_invoices = vec![invoice(1, "2026-11-16")];
            account.open_invoices[0].open_minor = open_minor;
            let level = level(&policy, &policy.calendar(), &account, day("2026-11-18"));
            assert_eq!(level, expected, "{open_minor}");
        }
    }

    #[test]
    fn the_longest_overdue_is_named_and_all_is_summed() {
        let (policy, mut account) = (Policy::default(), account());
        account.open_invoices =
            vec![invoice(3, "2026-11-18"), invoice(2, "2026-11-16"), invoice(9, "2026-12-01")];
        let stop = stop(&policy, &policy.calendar(), &account, day("2026-11-20")).unwrap();
        assert_eq!(stop.invoice.number, "A-2");
        assert_eq!((stop.overdue_minor, stop.days_overdue), (200_000, 4));
        account.unallocated_minor = 100_000;
        assert_eq!(level_on(&account, "2026-11-18"), StopLevel::Free);
    }

    proptest! {
        #[test]
        fn time_alone_never_lowers_and_money_never_raises(
            account in any_account(), today in any_day(), paid in 0..500_000_i64,
        ) {
            let (policy, calendar) = default_policy();
            let now = level(&policy, &calendar, &account, today);
            let tomorrow = today + chrono::Days::new(1);
            prop_assert!(level(&policy, &calendar, &account, tomorrow) >= now);
            let mut turned = account.clone();
            turned.open_invoices.reverse();
            prop_assert_eq!(level(&policy, &calendar, &turned, today), now);
            let mut with_money = account.clone();
            with_money.unallocated_minor += paid;
            prop_assert!(level(&policy, &calendar, &with_money, today) <= now);
            let mut paid_off = account;
            paid_off.open_invoices.pop();
            prop_assert!(level(&policy, &calendar, &paid_off, today) <= now);
        }
    }
}
