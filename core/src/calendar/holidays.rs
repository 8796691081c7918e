//! Public holidays of Estonia, Latvia and Lithuania, computed for any year. What never lives here:
//! a company's own days off and the working days that a government moves (the policy's tables).
//!
//! Compared with the PyPI package `holidays` 0.109 for every day from 2015 to 2035.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// A country whose holidays are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// EE.
    Estonia,
    /// LV.
    Latvia,
    /// LT.
    Lithuania,
    /// Any other: only the policy's table of days.
    Other,
}

impl Country {
    /// The country of an ISO 3166 code of two letters.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "EE" => Self::Estonia,
            "LV" => Self::Latvia,
            "LT" => Self::Lithuania,
            _ => Self::Other,
        }
    }
}

/// The public holidays of `country` in `year`, weekends among them, in no promised order. Empty
/// outside the years 1583 to 4099, in which Easter is defined.
#[must_use]
pub fn public_holidays(country: Country, year: i32) -> Vec<NaiveDate> {
    let Some(easter) = easter_sunday(year) else { return Vec::new() };
    let days = match country {
        Country::Estonia => estonia(year, easter),
        Country::Latvia => latvia(year, easter),
        Country::Lithuania => lithuania(year, easter),
        Country::Other => Vec::new(),
    };
    days.into_iter().flatten().collect()
}

fn estonia(year: i32, easter: NaiveDate) -> Vec<Option<NaiveDate>> {
    let on = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    vec![
        on(1, 1),
        on(2, 24),
        from_easter(easter, -2),
        Some(easter),
        on(5, 1),
        from_easter(easter, 49),
        on(6, 23),
        on(6, 24),
        since(1998, year, on(8, 20)),
        since(2005, year, on(12, 24)),
        on(12, 25),
        on(12, 26),
    ]
}

fn latvia(year: i32, easter: NaiveDate) -> Vec<Option<NaiveDate>> {
    let on = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let mut days = vec![
        on(1, 1),
        from_easter(easter, -2),
        Some(easter),
        since(1997, year, from_easter(easter, 1)),
        on(5, 1),
        since(2002, year, on(5, 4)),
        NaiveDate::from_weekday_of_month_opt(year, 5, Weekday::Sun, 2),
        since(1996, year, from_easter(easter, 49)),
        on(6, 23),
        on(6, 24),
        on(11, 18),
        since(2007, year, on(12, 24)),
        on(12, 25),
        on(12, 26),
        on(12, 31),
    ];
    // Since 2007 these two, when they fall on a weekend, are also kept on the Monday after it.
    if year >= 2007 {
        days.push(on(5, 4).and_then(monday_after_weekend));
        days.push(on(11, 18).and_then(monday_after_weekend));
    }
    match year {
        // The song festival's closing day; the Pope's visit.
        2018 => days.extend([on(7, 9), on(9, 24)]),
        // Bronze in ice hockey; the song festival's closing day.
        2023 => days.extend([on(5, 29), on(7, 10)]),
        _ => {}
    }
    days
}

fn lithuania(year: i32, easter: NaiveDate) -> Vec<Option<NaiveDate>> {
    let on = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    vec![
        on(1, 1),
        on(2, 16),
        on(3, 11),
        Some(easter),
        from_easter(easter, 1),
        on(5, 1),
        NaiveDate::from_weekday_of_month_opt(year, 5, Weekday::Sun, 1),
        NaiveDate::from_weekday_of_month_opt(year, 6, Weekday::Sun, 1),
        since(2003, year, on(6, 24)),
        on(7, 6),
        on(8, 15),
        on(11, 1),
        since(2020, year, on(11, 2)),
        since(2000, year, on(12, 24)),
        on(12, 25),
        on(12, 26),
    ]
}

fn since(first: i32, year: i32, day: Option<NaiveDate>) -> Option<NaiveDate> {
    day.filter(|_| year >= first)
}

fn from_easter(easter: NaiveDate, days: i64) -> Option<NaiveDate> {
    if days < 0 {
        easter.checked_sub_days(Days::new(days.unsigned_abs()))
    } else {
        easter.checked_add_days(Days::new(days.unsigned_abs()))
    }
}

fn monday_after_weekend(day: NaiveDate) -> Option<NaiveDate> {
    match day.weekday() {
        Weekday::Sat => day.checked_add_days(Days::new(2)),
        Weekday::Sun => day.checked_add_days(Days::new(1)),
        _ => None,
    }
}

/// Easter Sunday by the anonymous Gregorian computus.
#[expect(clippy::many_single_char_names, reason = "the names under which the computus is known")]
fn easter_sunday(year: i32) -> Option<NaiveDate> {
    if !(1583..=4099).contains(&year) {
        return None;
    }
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    #[test]
    fn easter_of_years_that_anybody_can_look_up() {
        for sunday in [
            "1818-03-22",
            "1583-04-10",
            "1609-04-19",
            "1724-04-16",
            "1761-03-22",
            "1886-04-25",
            "1943-04-25",
            "1954-04-18",
            "1961-04-02",
            "1981-04-19",
            "2000-04-23",
            "2015-04-05",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2035-03-25",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
            "2100-03-28",
            "2106-04-18",
            "2200-04-06",
            "2285-03-22",
        ] {
            let sunday = day(sunday);
            assert_eq!(easter_sunday(sunday.year()), Some(sunday));
        }
        assert_eq!((easter_sunday(1582), easter_sunday(4100)), (None, None));
    }

    #[test]
    fn countries_go_by_their_codes() {
        for (code, country) in [
            ("EE", Country::Estonia),
            ("LV", Country::Latvia),
            ("LT", Country::Lithuania),
            ("FI", Country::Other),
        ] {
            assert_eq!(Country::from_code(code), country);
        }
    }

    #[test]
    fn days_that_are_easily_forgotten() {
        for (country, holiday, is) in [
            (Country::Estonia, "2025-12-24", true),
            (Country::Estonia, "2026-04-06", false), // Easter Monday is worked.
            (Country::Estonia, "2004-12-24", false),
            (Country::Latvia, "2026-04-06", true),
            (Country::Latvia, "2024-05-06", true), // 4 May was a Saturday.
            (Country::Latvia, "2023-11-20", true), // 18 November was a Saturday.
            (Country::Latvia, "2025-05-05", true), // 4 May was a Sunday.
            (Country::Latvia, "2026-05-05", false),
            (Country::Latvia, "2023-05-29", true),
            (Country::Latvia, "2018-09-24", true),
            (Country::Latvia, "2026-11-19", false),
            (Country::Lithuania, "2019-11-02", false),
            (Country::Lithuania, "2020-11-02", true),
            (Country::Lithuania, "2026-04-06", true),
            (Country::Lithuania, "2026-04-03", false), // Good Friday is worked.
            (Country::Other, "2026-01-01", false),
        ] {
            let holiday = day(holiday);
            let known = public_holidays(country, holiday.year());
            assert_eq!(known.contains(&holiday), is, "{country:?} {holiday}");
        }
    }
}
