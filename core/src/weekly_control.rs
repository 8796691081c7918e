//! The week's control (R11.1, R11.2): the list of overdue invoices that reps comment on, which
//! comments are told at once, and a rep's figures. What never lives here: pay, which is nobody's
//! business but the company's: the base is shown, no bonus is computed.
//!
//! Readings: standard are "paid, waiting for the bank" and "told, pays on a day" while that day has
//! not passed; every other comment is told. What is listed is overdue by contract, for the ladder
//! counts from there (R6.9). The minimum that a rep must collect is a share of what was to be
//! collected in the period.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::account::{Account, OpenInvoice};
use crate::calendar::Calendar;
use crate::ids::{ClientId, InvoiceId, PersonId};
use crate::money::percent_of;
use crate::policy::Policy;
use crate::roles::Role;

/// An overdue invoice on a rep's weekly list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Whose.
    pub client: ClientId,
    /// Which.
    pub invoice: InvoiceId,
    /// Its number on paper.
    pub number: String,
    /// The day on which it was really due by contract.
    pub due_on: NaiveDate,
    /// Calendar days since.
    pub days_overdue: i64,
    /// What is unpaid, in minor units of the client's currency.
    pub open_minor: i64,
    /// Of that, disputed (R10).
    pub disputed_minor: i64,
}

/// What a rep says of an overdue invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "comment", rename_all = "snake_case")]
pub enum Comment {
    /// Paid, waiting for the bank.
    WaitingForBank,
    /// Told, pays on a day.
    PaysOn {
        /// The day.
        day: NaiveDate,
    },
    /// Asks for a reconciliation.
    AsksReconciliation,
    /// Disputes the debt.
    Disputes,
    /// Could not be reached.
    NotReached,
    /// Refuses to pay.
    Refuses,
    /// Something else, in words.
    Other {
        /// The words.
        text: String,
    },
}

impl Comment {
    /// In words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::WaitingForBank => "paid, waiting for the bank".to_owned(),
            Self::PaysOn { day } => format!("says it pays on {day}"),
            Self::AsksReconciliation => "asks for a reconciliation".to_owned(),
            Self::Disputes => "disputes the debt".to_owned(),
            Self::NotReached => "could not be reached".to_owned(),
            Self::Refuses => "refuses to pay".to_owned(),
            Self::Other { text } => text.clone(),
        }
    }
}

/// Whether the list goes out on `today`: on the policy's weekday, or the working day after it.
#[must_use]
pub fn is_list_day(policy: &Policy, calendar: &Calendar, today: NaiveDate) -> bool {
    let weekday = policy.weekly_control().weekday.num_days_from_monday();
    let since = (today.weekday().num_days_from_monday() + 7 - weekday) % 7;
    today
        .checked_sub_days(chrono::Days::new(u64::from(since)))
        .is_some_and(|day| calendar.roll_forward(day) == today)
}

/// R7.2: whether supervisors analyse their teams' overdue debts on `today`: on the policy's weekday,
/// or the working day before it (as R5.5 says of calls).
#[must_use]
pub fn is_analysis_day(policy: &Policy, calendar: &Calendar, today: NaiveDate) -> bool {
    let weekday = policy.weekly_control().analysis_weekday.num_days_from_monday();
    let until = (weekday + 7 - today.weekday().num_days_from_monday()) % 7;
    calendar.is_working_day(today)
        && today
            .checked_add_days(chrono::Days::new(u64::from(until)))
            .is_some_and(|day| calendar.roll_back(day) == today)
}

/// R11.1: the overdue invoices of `accounts` on `today` by rep, the longest overdue first. `None`:
/// of clients whom no rep serves.
#[must_use]
pub fn list<'a>(
    policy: &Policy,
    calendar: &Calendar,
    accounts: impl IntoIterator<Item = (Option<PersonId>, &'a Account)>,
    today: NaiveDate,
) -> BTreeMap<Option<PersonId>, Vec<Line>> {
    let mut lists: BTreeMap<Option<PersonId>, Vec<Line>> = BTreeMap::new();
    for (rep, account) in accounts {
        let listed = |invoice: &&OpenInvoice| invoice.open_minor > 0 && !invoice.is_written_off;
        for invoice in account.open_invoices.iter().filter(listed) {
            let due_on = policy.rolled(calendar, invoice.ladder_due_on());
            if due_on < today {
                lists.entry(rep).or_default().push(Line {
                    client: account.client,
                    invoice: invoice.id,
                    number: invoice.number.clone(),
                    due_on,
                    days_overdue: (today - due_on).num_days(),
                    open_minor: invoice.open_minor,
                    disputed_minor: invoice.disputed_minor,
                });
            }
        }
    }
    for lines in lists.values_mut() {
        lines.sort_by_key(|line| (line.due_on, line.client, line.invoice));
    }
    lists
}

/// R11.1: who is told of `comment` at once, besides the week's report to head of sales and finance
/// control; nobody, when it is a standard one.
#[must_use]
pub fn told_at_once(comment: &Comment, today: NaiveDate) -> &'static [Role] {
    match comment {
        Comment::WaitingForBank => &[],
        Comment::PaysOn { day } if *day >= today => &[],
        Comment::PaysOn { .. }
        | Comment::AsksReconciliation
        | Comment::Disputes
        | Comment::NotReached
        | Comment::Refuses
        | Comment::Other { .. } => &[Role::FinanceControl, Role::Supervisor],
    }
}

/// What a rep brought in during a period, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Paid before shipment.
    pub prepaid_minor: i64,
    /// Paid by the due date.
    pub current_minor: i64,
    /// Paid later.
    pub overdue_minor: i64,
}

/// R11.2: on what a bonus accrues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BonusBase {
    /// Collected, from all three alike.
    pub collected_minor: i64,
    /// The minimum (break-even).
    pub minimum_minor: i64,
    /// What exceeds it.
    pub base_minor: i64,
}

/// R11.2: the bonus base of a rep who was to collect `expected_minor` in the period.
#[must_use]
pub fn bonus_base(policy: &Policy, collected: Collected, expected_minor: i64) -> BonusBase {
    let Collected { prepaid_minor, current_minor, overdue_minor } = collected;
    let collected_minor = prepaid_minor.saturating_add(current_minor).saturating_add(overdue_minor);
    let share = policy.weekly_control().break_even_percent;
    let minimum_minor = percent_of(expected_minor.max(0), share);
    let base_minor = collected_minor.saturating_sub(minimum_minor).max(0);
    BonusBase { collected_minor, minimum_minor, base_minor }
}

/// R11.2: a rep's overdue share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueShare {
    /// Everything owed, in minor units.
    pub receivable_minor: i64,
    /// Of that, overdue.
    pub overdue_minor: i64,
    /// The share with one decimal, rounded half away from zero, to be shown.
    #[serde(with = "rust_decimal::serde::str")]
    pub percent: Decimal,
    /// What is allowed.
    #[serde(with = "rust_decimal::serde::str")]
    pub allowed_percent: Decimal,
    /// Whether the exact share is not above it.
    pub is_within: bool,
}

/// R11.2: what of `receivable_minor` is overdue, against the share that the policy (or the month's
/// plan, R7.9) allows. Nothing owed is nothing overdue.
#[must_use]
pub fn overdue_share(
    policy: &Policy,
    planned_percent: Option<Decimal>,
    receivable_minor: i64,
    overdue_minor: i64,
) -> OverdueShare {
    let allowed_percent =
        planned_percent.unwrap_or(policy.weekly_control().allowed_overdue_percent);
    let exact = if receivable_minor > 0 {
        Decimal::from(overdue_minor) * Decimal::ONE_HUNDRED / Decimal::from(receivable_minor)
    } else {
        Decimal::ZERO
    };
    let percent = exact.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    let is_within = exact <= allowed_percent;
    OverdueShare { receivable_minor, overdue_minor, percent, allowed_percent, is_within }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::samples::{account, any_account, any_day, day, default_policy, granted, invoice};

    const TODAY: &str = "2026-11-18";

    fn rep(number: u128) -> Option<PersonId> {
        Some(PersonId(Uuid::from_u128(number)))
    }

    /// R11.1, R7.2: on the weekday of the policy, whatever it is; on a holiday the list comes after
    /// it and the analysis before it.
    #[test]
    fn the_days_of_the_week_on_which_lists_and_analyses_come() {
        const DAYS: [&str; 5] = ["Mon", "Tue", "Wed", "Thu", "Fri"];
        for (number, weekday) in (0..).zip(DAYS) {
            let policy = Policy::from_toml(&format!(
                "[weekly_control]\nweekday = \"{weekday}\"\nanalysis_weekday = \"{weekday}\"\n"
            ))
            .unwrap();
            let calendar = policy.calendar();
            // Monday 9 November 2026: two weeks without a holiday.
            for since in 0..14 {
                let today = day("2026-11-09") + chrono::Days::new(since);
                let is = since % 7 == number;
                assert_eq!(is_list_day(&policy, &calendar, today), is, "{weekday} {today}");
                assert_eq!(is_analysis_day(&policy, &calendar, today), is, "{weekday} {today}");
            }
        }
        // Thursday and Friday, 24 and 25 December 2026, are holidays.
        let policy =
            Policy::from_toml("[weekly_control]\nweekday = \"Thu\"\nanalysis_weekday = \"Fri\"\n")
                .unwrap();
        let calendar = policy.calendar();
        let on = |today| {
            let today = day(today);
            (is_list_day(&policy, &calendar, today), is_analysis_day(&policy, &calendar, today))
        };
        let found = ["2026-12-23", "2026-12-24", "2026-12-25", "2026-12-28"].map(on);
        assert_eq!(found, [(false, true), (false, false), (false, false), (true, false)]);
    }

    #[test]
    fn comments_in_words() {
        let text = "in his words".to_owned();
        for (comment, words) in [
            (Comment::WaitingForBank, "paid, waiting for the bank"),
            (Comment::PaysOn { day: day("2026-11-20") }, "says it pays on 2026-11-20"),
            (Comment::AsksReconciliation, "asks for a reconciliation"),
            (Comment::Disputes, "disputes the debt"),
            (Comment::NotReached, "could not be reached"),
            (Comment::Refuses, "refuses to pay"),
            (Comment::Other { text: text.clone() }, text.as_str()),
        ] {
            assert_eq!(comment.in_words(), words);
        }
    }

    /// Nothing open, or written off: not on the list.
    #[test]
    fn what_is_paid_or_written_off_is_not_listed() {
        let (policy, calendar) = default_policy();
        let mut account = account();
        account.open_invoices =
            vec![invoice(1, "2026-11-02"), invoice(2, "2026-11-02"), invoice(3, "2026-11-02")];
        account.open_invoices[0].open_minor = 0;
        account.open_invoices[1].is_written_off = true;
        account.open_invoices[2].open_minor = 1;
        let lists = list(&policy, &calendar, [(rep(1), &account)], day(TODAY));
        let numbers: Vec<_> = lists[&rep(1)].iter().map(|line| line.number.as_str()).collect();
        assert_eq!(numbers, ["A-3"]);
    }

    #[test]
    fn by_rep_and_the_longest_overdue_first() {
        let (policy, calendar) = default_policy();
        let (mut one, mut other, mut third) = (account(), account(), account());
        one.open_invoices = vec![
            invoice(1, "2026-11-17"),
            invoice(2, "2026-11-18"), // due today
            invoice(3, "2026-11-01"), // Sunday: Monday
        ];
        // R6.9: the ladder counts from the contract's date, and so does the list.
        one.open_invoices[0].deferrals = vec![granted("2026-11-16", "2026-11-30", 0)];
        other.open_invoices = vec![invoice(4, "2026-11-10")];
        other.open_invoices[0].disputed_minor = 40_000;
        third.open_invoices = vec![invoice(5, "2026-12-01")];
        let accounts = [(rep(1), &one), (rep(1), &other), (rep(2), &third), (None, &other)];
        let lists = list(&policy, &calendar, accounts, day(TODAY));
        let of = |rep: Option<PersonId>| -> Vec<(&str, i64)> {
            lists[&rep].iter().map(|line| (line.number.as_str(), line.days_overdue)).collect()
        };
        assert_eq!(of(rep(1)), [("A-3", 16), ("A-4", 8), ("A-1", 1)]);
        assert_eq!(of(None), [("A-4", 8)]);
        assert!(!lists.contains_key(&rep(2)), "nothing overdue, no list");
        assert_eq!((lists[&None][0].open_minor, lists[&None][0].disputed_minor), (100_000, 40_000));
    }

    #[test]
    fn what_is_not_standard_is_told_at_once() {
        let told = [Role::FinanceControl, Role::Supervisor];
        let pays = |on: &str| Comment::PaysOn { day: day(on) };
        for (comment, expected) in [
            (Comment::WaitingForBank, false),
            (pays("2026-11-19"), false),
            (pays(TODAY), false),
            (pays("2026-11-17"), true),
            (Comment::AsksReconciliation, true),
            (Comment::Disputes, true),
            (Comment::NotReached, true),
            (Comment::Refuses, true),
            (Comment::Other { text: "the shop is closed".to_owned() }, true),
        ] {
            let expected: &[Role] = if expected { &told } else { &[] };
            assert_eq!(told_at_once(&comment, day(TODAY)), expected, "{comment:?}");
        }
    }

    #[test]
    fn the_list_goes_out_once_a_week() {
        let (policy, calendar) = default_policy();
        for (today, expected) in [
            ("2026-11-15", false),
            ("2026-11-16", true),
            ("2026-11-17", false),
            ("2026-04-06", true),  // Easter Monday is worked in Estonia
            ("2025-02-24", false), // Independence Day, a Monday
            ("2025-02-25", true),
            ("2025-02-26", false),
        ] {
            assert_eq!(is_list_day(&policy, &calendar, day(today)), expected, "{today}");
        }
    }

    #[test]
    fn the_analysis_is_on_friday_or_before_a_holiday() {
        let (policy, calendar) = default_policy();
        for (today, expected) in [
            ("2026-11-19", false),
            ("2026-11-20", true),
            ("2026-11-21", false),
            ("2026-12-23", true), // Thursday and Friday are Christmas
            ("2026-12-25", false),
            ("2026-04-02", true), // before Good Friday
        ] {
            assert_eq!(is_analysis_day(&policy, &calendar, day(today)), expected, "{today}");
        }
    }

    #[test]
    fn the_base_is_what_exceeds_the_minimum() {
        let policy = Policy::default();
        for (collected, base_minor) in [
            ((0, 0, 0), 0),
            ((30, 49, 0), 0),
            ((30, 50, 0), 0),
            ((30, 50, 1), 1),
            ((99, 0, 99), 118),
        ] {
            let (prepaid_minor, current_minor, overdue_minor) = collected;
            let collected = Collected { prepaid_minor, current_minor, overdue_minor };
            let found = bonus_base(&policy, collected, 100);
            assert_eq!((found.minimum_minor, found.base_minor), (80, base_minor), "{collected:?}");
        }
    }

    #[test]
    fn the_share_is_compared_before_it_is_rounded() {
        let policy = Policy::default();
        for (overdue_minor, percent, is_within) in [
            (0, "0", true),
            (99_999, "10.0", true),
            (100_000, "10", true),
            (100_001, "10.0", false),
        ] {
            let found = overdue_share(&policy, None, 1_000_000, overdue_minor);
            assert_eq!(found.percent, percent.parse().unwrap(), "{overdue_minor}");
            assert_eq!(found.is_within, is_within, "{overdue_minor}");
        }
        assert!(overdue_share(&policy, None, 0, 0).is_within);
        assert!(!overdue_share(&policy, Some(Decimal::ONE), 100, 2).is_within);
    }

    proptest! {
        #[test]
        fn every_overdue_cent_is_listed_once(
            accounts in prop::collection::vec((0..3_u128, any_account()), 0..5), today in any_day(),
        ) {
            let (policy, calendar) = default_policy();
            let of = |accounts: &[(u128, Account)]| {
                let served = accounts.iter().map(|(number, account)| (rep(*number), account));
                list(&policy, &calendar, served, today)
            };
            let lists = of(&accounts);
            let listed: i64 = lists.values().flatten().map(|line| line.open_minor).sum();
            let overdue: i64 = accounts.iter().flat_map(|(_, account)| &account.open_invoices)
                .filter(|invoice| policy.rolled(&calendar, invoice.due_on) < today)
                .map(|invoice| invoice.open_minor).sum();
            prop_assert_eq!(listed, overdue);
            prop_assert!(lists.values().all(|lines| !lines.is_empty()
                && lines.is_sorted_by_key(|line| std::cmp::Reverse(line.days_overdue))));
        }
    }
}
