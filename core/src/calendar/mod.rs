//! Civil dates, working and banking days (the two are the same calendar). What never lives here:
//! instants and time zones, and what a rule makes of a number of days.

mod holidays;

pub use holidays::{Country, public_holidays};

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The years of which every day is looked up instead of computed: all that a ledger holds.
const FIRST_YEAR: i32 = 2000;
const LAST_YEAR: i32 = 2059;

/// A company's calendar: Monday to Friday less public holidays. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    country: Country,
    extra_holidays: BTreeSet<NaiveDate>,
    extra_working_days: BTreeSet<NaiveDate>,
    table: Arc<Table>,
}

/// Counts for the years that matter, so that the nightly ladder asks no holiday rule.
#[derive(Default, PartialEq, Eq)]
struct Table {
    /// Chrono's day number of the first day.
    first: i32,
    /// Of each day: how many working days there were up to and including it.
    worked: Vec<u32>,
    /// Every working day, by its day number.
    working: Vec<i32>,
}

impl Calendar {
    /// The calendar of `country`, with the company's own days off and the days that it works
    /// although they are a weekend or a holiday (the latter win).
    #[must_use]
    pub fn new(
        country: Country,
        extra_holidays: impl IntoIterator<Item = NaiveDate>,
        extra_working_days: impl IntoIterator<Item = NaiveDate>,
    ) -> Self {
        let mut calendar = Self {
            country,
            extra_holidays: extra_holidays.into_iter().collect(),
            extra_working_days: extra_working_days.into_iter().collect(),
            table: Arc::default(),
        };
        calendar.table = Arc::new(calendar.tabulated());
        calendar
    }

    /// Whether `day` is a working day.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        self.extra_working_days.contains(&day)
            || (!is_weekend(day)
                && !self.extra_holidays.contains(&day)
                && !public_holidays(self.country, day.year()).contains(&day))
    }

    /// Working days after `from` up to and including `to`; zero when `to` is not later.
    #[must_use]
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to <= from {
            return 0;
        }
        match (self.table.worked_up_to(from), self.table.worked_up_to(to)) {
            (Some(before), Some(all)) => i64::from(all) - i64::from(before),
            _ => self.counted(from, to),
        }
    }

    /// The `count`-th working day after `from`; for zero, `from` itself. Chrono's last day where
    /// there are not so many.
    #[must_use]
    pub fn add_working_days(&self, from: NaiveDate, count: u32) -> NaiveDate {
        if count == 0 {
            return from;
        }
        self.table.nth_after(from, count).unwrap_or_else(|| self.stepped(from, count))
    }

    /// `day` if it is a working day, else the next one.
    #[must_use]
    pub fn roll_forward(&self, day: NaiveDate) -> NaiveDate {
        match day.pred_opt() {
            Some(eve) => self.add_working_days(eve, 1),
            None => day,
        }
    }

    /// `day` if it is a working day, else the one before; `day` itself where a whole year before it
    /// has none.
    #[must_use]
    pub fn roll_back(&self, day: NaiveDate) -> NaiveDate {
        std::iter::successors(Some(day), NaiveDate::pred_opt)
            .take(366)
            .find(|day| self.is_working_day(*day))
            .unwrap_or(day)
    }

    /// By jumps of as many calendar days as working days are missing: never too far.
    fn stepped(&self, from: NaiveDate, count: u32) -> NaiveDate {
        let (mut day, mut missing) = (from, i64::from(count));
        while missing > 0 {
            let Some(next) = day.checked_add_days(Days::new(missing.unsigned_abs())) else {
                return NaiveDate::MAX;
            };
            missing -= self.working_days_between(day, next);
            day = next;
        }
        day
    }

    /// Weekdays by arithmetic, less the holidays on them: for dates outside the table.
    fn counted(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let within = |day: &&NaiveDate| **day > from && **day <= to;
        let mut off: BTreeSet<NaiveDate> =
            self.extra_holidays.iter().filter(within).copied().collect();
        // Outside these years no holiday is known, and a far date must not cost a loop over them.
        for year in from.year().max(1583)..=to.year().min(4099) {
            let holidays = public_holidays(self.country, year);
            off.extend(holidays.iter().filter(within));
        }
        off.retain(|day| !is_weekend(*day) && !self.extra_working_days.contains(day));
        let worked_weekends =
            self.extra_working_days.iter().filter(within).filter(|day| is_weekend(**day)).count();
        weekdays_up_to(to) - weekdays_up_to(from) - length(off.len()) + length(worked_weekends)
    }

    fn tabulated(&self) -> Table {
        let mut table = Table::default();
        let years = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1)
            .zip(NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31));
        let Some((first, last)) = years else { return table };
        table.first = first.num_days_from_ce();
        let numbers = table.first..=last.num_days_from_ce();
        let mut is_worked: Vec<bool> =
            numbers.clone().map(|number| (1..=5).contains(&number.rem_euclid(7))).collect();
        let mut mark = |days: &mut dyn Iterator<Item = NaiveDate>, worked: bool| {
            for day in days {
                let index = usize::try_from(day.num_days_from_ce() - table.first).ok();
                if let Some(place) = index.and_then(|index| is_worked.get_mut(index)) {
                    *place = worked;
                }
            }
        };
        for year in FIRST_YEAR..=LAST_YEAR {
            mark(&mut public_holidays(self.country, year).into_iter(), false);
        }
        mark(&mut self.extra_holidays.iter().copied(), false);
        mark(&mut self.extra_working_days.iter().copied(), true);
        let mut worked = 0;
        table.worked.reserve_exact(is_worked.len());
        table.working.reserve_exact(is_worked.iter().filter(|is_worked| **is_worked).count());
        for (number, is_worked) in numbers.zip(is_worked) {
            if is_worked {
                worked += 1;
                table.working.push(number);
            }
            table.worked.push(worked);
        }
        table
    }
}

/// Without its 40,000 numbers: they follow from the rest of the calendar.
impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Table")
    }
}

impl Table {
    fn worked_up_to(&self, day: NaiveDate) -> Option<u32> {
        let index = usize::try_from(day.num_days_from_ce() - self.first).ok()?;
        self.worked.get(index).copied()
    }

    fn nth_after(&self, from: NaiveDate, count: u32) -> Option<NaiveDate> {
        let index = self.worked_up_to(from)?.checked_add(count)?.checked_sub(1)?;
        let number = self.working.get(usize::try_from(index).ok()?)?;
        NaiveDate::from_num_days_from_ce_opt(*number)
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Mondays to Fridays from chrono's day 1 (a Monday) up to and including `day`.
fn weekdays_up_to(day: NaiveDate) -> i64 {
    let number = i64::from(day.num_days_from_ce());
    number.div_euclid(7) * 5 + number.rem_euclid(7).min(5)
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
