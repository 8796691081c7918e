//! Instants and civil dates. The clock itself is never read here.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01 00:00 UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UtcMillis(pub i64);

impl UtcMillis {
    /// The civil date of this instant in `zone` (R-words: dates are civil dates in the company's
    /// time zone). An instant outside chrono's range gives the nearest date that exists.
    #[must_use]
    pub fn civil_date(self, zone: Tz) -> NaiveDate {
        self.in_zone(zone)
            .map_or(if self.0 < 0 { NaiveDate::MIN } else { NaiveDate::MAX }, |instant| {
                instant.date_naive()
            })
    }

    /// `2026-11-21 14:05` in `zone`, for people.
    #[must_use]
    pub fn in_words(self, zone: Tz) -> String {
        self.in_zone(zone)
            .map_or_else(|| format!("{} ms", self.0), |t| t.format("%Y-%m-%d %H:%M").to_string())
    }

    /// The first instant of a civil date in `zone`: midnight, or what follows the gap where a clock
    /// change leaves midnight out.
    #[must_use]
    pub fn start_of(day: NaiveDate, zone: Tz) -> Self {
        (0..4)
            .filter_map(|hour| day.and_hms_opt(hour, 0, 0))
            .find_map(|time| zone.from_local_datetime(&time).earliest())
            .map_or(Self(i64::MAX), |instant| Self(instant.timestamp_millis()))
    }

    /// This instant plus so many milliseconds, saturating.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    fn in_zone(self, zone: Tz) -> Option<DateTime<Tz>> {
        Utc.timestamp_millis_opt(self.0).single().map(|t| t.with_timezone(&zone))
    }
}

impl From<i64> for UtcMillis {
    fn from(millis: i64) -> Self {
        Self(millis)
    }
}

/// Milliseconds in an hour.
pub const HOUR_MILLIS: i64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 15, example 9: 23:30 in Tallinn is already tomorrow in Vladivostok, not yet in UTC.
    #[test]
    fn instants_that_no_calendar_knows_are_at_its_ends() {
        for (millis, date) in
            [(i64::MIN, NaiveDate::MIN), (i64::MAX, NaiveDate::MAX), (0, NaiveDate::default())]
        {
            assert_eq!(UtcMillis::from(millis).civil_date(Tz::UTC), date);
        }
    }

    #[test]
    fn the_civil_date_is_the_zones() {
        let late = UtcMillis(1_764_538_200_000); // 2025-11-30 21:30 UTC
        for (zone, day) in [
            (chrono_tz::Europe::Tallinn, "2025-11-30"),
            (chrono_tz::UTC, "2025-11-30"),
            (chrono_tz::Asia::Vladivostok, "2025-12-01"),
        ] {
            assert_eq!(late.civil_date(zone).to_string(), day);
        }
    }

    #[test]
    fn a_day_begins_at_its_zones_midnight() {
        for (day, zone) in [
            ("2025-12-01", chrono_tz::Europe::Tallinn),
            ("2026-03-29", chrono_tz::Europe::Tallinn), // the clock changes at 03:00
            ("2024-03-30", chrono_tz::Africa::Cairo),
            ("2024-04-26", chrono_tz::Africa::Cairo), // at midnight: the day begins at 01:00
            ("2025-12-01", chrono_tz::Asia::Vladivostok),
        ] {
            let day: NaiveDate = day.parse().unwrap();
            let start = UtcMillis::start_of(day, zone);
            assert_eq!(start.civil_date(zone), day);
            assert_eq!(start.plus_millis(-1).civil_date(zone).succ_opt(), Some(day));
        }
    }

    #[test]
    fn absurd_instants_do_not_panic() {
        assert_eq!(UtcMillis(i64::MAX).civil_date(chrono_tz::UTC), NaiveDate::MAX);
        assert_eq!(UtcMillis(i64::MIN).civil_date(chrono_tz::UTC), NaiveDate::MIN);
    }
}
