//! Civil dates, working and banking days (the two are the same calendar).

use chrono::NaiveDate;

/// A company's calendar: Monday to Friday less public holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {}

impl Calendar {
    /// Whether `day` is a working day.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        let _ = day;
        todo!()
    }
    /// Working days after `from` up to and including `to`; zero when `to` is not later.
    #[must_use]
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let _ = (from, to);
        todo!()
    }
    /// The `count`-th working day after `from`; for zero, `from` itself.
    #[must_use]
    pub fn add_working_days(&self, from: NaiveDate, count: u32) -> NaiveDate {
        let _ = (from, count);
        todo!()
    }
    /// `day` if it is a working day, else the next one.
    #[must_use]
    pub fn roll_forward(&self, day: NaiveDate) -> NaiveDate {
        let _ = day;
        todo!()
    }
}
