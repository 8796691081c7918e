//! When a request that nobody answers goes up (R6.7): after so many working hours. What never lives
//! here: who is above whom (`roles`), and the sending itself (the server's flow).

use chrono::{Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::calendar::Calendar;
use crate::policy::Policy;
use crate::time::{HOUR_MILLIS, UtcMillis};

/// The instant from which a request made at `asked_at` goes to the role above: the policy's waiting
/// time has run, counted only while people are at work. `None`: never, because nobody ever works.
#[must_use]
pub fn goes_up_at(policy: &Policy, calendar: &Calendar, asked_at: UtcMillis) -> Option<UtcMillis> {
    let mut missing_millis = i64::from(policy.deferral().waiting_hours) * HOUR_MILLIS;
    let mut day = calendar.roll_forward(asked_at.civil_date(policy.time_zone()));
    // The shortest day and the longest wait that a policy may name need 60,000 days.
    while day < NaiveDate::MAX {
        let (begins_at, ends_at) = hours_of(policy, day)?;
        let from = asked_at.0.max(begins_at.0);
        let here_millis = (ends_at.0 - from).max(0);
        if missing_millis <= here_millis && from < ends_at.0 {
            return Some(UtcMillis(from).plus_millis(missing_millis));
        }
        missing_millis -= here_millis;
        day = calendar.add_working_days(day, 1);
    }
    None
}

/// When work begins and ends on a working day.
fn hours_of(policy: &Policy, day: NaiveDate) -> Option<(UtcMillis, UtcMillis)> {
    let (hours, zone) = (policy.working_hours(), policy.time_zone());
    Some((instant(day, hours.begins, zone)?, instant(day, hours.ends, zone)?))
}

/// The instant at which clocks in `zone` first show `time`; where they skip it, the same time a day
/// earlier and 24 hours.
fn instant(day: NaiveDate, time: NaiveTime, zone: Tz) -> Option<UtcMillis> {
    let at = |day: NaiveDate| {
        zone.from_local_datetime(&day.and_time(time)).earliest().map(|t| t.timestamp_millis())
    };
    let skipped = || Some(at(day.checked_sub_days(Days::new(1))?)? + 24 * HOUR_MILLIS);
    at(day).or_else(skipped).map(UtcMillis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::default_policy;

    const TALLINN: Tz = chrono_tz::Europe::Tallinn;

    fn at(text: &str) -> UtcMillis {
        let (day, time) = text.split_once(' ').unwrap();
        let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap();
        instant(day.parse().unwrap(), time, TALLINN).unwrap()
    }

    fn up(policy: &Policy, asked: &str) -> String {
        goes_up_at(policy, &policy.calendar(), at(asked)).unwrap().in_words(TALLINN)
    }

    #[test]
    fn four_working_hours() {
        let policy = Policy::default();
        for (asked, expected) in [
            ("2026-11-18 08:59", "2026-11-18 13:00"), // before work
            ("2026-11-18 09:00", "2026-11-18 13:00"),
            ("2026-11-18 13:00", "2026-11-18 17:00"), // just fits the day
            ("2026-11-18 13:01", "2026-11-19 09:01"),
            ("2026-11-18 17:00", "2026-11-19 13:00"), // after work
            ("2026-11-18 23:30", "2026-11-19 13:00"),
            ("2026-11-20 15:00", "2026-11-23 11:00"), // over a weekend
            ("2026-11-21 12:00", "2026-11-23 13:00"), // on Saturday
            ("2026-12-23 16:00", "2026-12-28 12:00"), // over Christmas
            ("2026-03-27 16:00", "2026-03-30 12:00"), // clocks go forward
            ("2026-10-23 16:00", "2026-10-26 12:00"), // and back
        ] {
            assert_eq!(up(&policy, asked), expected, "{asked}");
        }
    }

    #[test]
    fn by_the_companys_own_hours() {
        let policy = |text: &str| Policy::from_toml(text).unwrap();
        let hours = "[working_hours]\nbegins = \"10:00\"\nends = \"11:00\"";
        assert_eq!(up(&policy(hours), "2026-11-18 10:30"), "2026-11-24 10:30");
        assert_eq!(
            up(&policy("[deferral]\nwaiting_hours = 0"), "2026-11-18 12:00"),
            "2026-11-18 12:00"
        );
        assert_eq!(
            up(&policy("[deferral]\nwaiting_hours = 0"), "2026-11-18 17:00"),
            "2026-11-19 09:00"
        );
        assert_eq!(
            up(&policy("[deferral]\nwaiting_hours = 17"), "2026-11-18 09:00"),
            "2026-11-20 10:00"
        );
    }

    /// Clocks that skip the hour at which work begins.
    #[test]
    fn a_skipped_hour_does_not_panic() {
        let skipped = instant(
            "2026-03-29".parse().unwrap(),
            NaiveTime::from_hms_opt(3, 30, 0).unwrap(),
            TALLINN,
        );
        assert_eq!(skipped.unwrap().in_words(TALLINN), "2026-03-29 04:30");
        assert_eq!(
            goes_up_at(&Policy::default(), &Policy::default().calendar(), UtcMillis(i64::MAX)),
            None
        );
    }

    proptest! {
        #[test]
        fn it_falls_into_working_hours_and_later_requests_never_go_up_earlier(
            asked in 1_767_000_000_000..1_799_000_000_000_i64, later in 0..500_000_000_i64,
        ) {
            let (policy, calendar) = default_policy();
            let up = goes_up_at(&policy, &calendar, UtcMillis(asked)).unwrap();
            prop_assert!(up.0 >= asked + 4 * HOUR_MILLIS);
            prop_assert!(calendar.is_working_day(up.civil_date(TALLINN)));
            let then = goes_up_at(&policy, &calendar, UtcMillis(asked + later)).unwrap();
            prop_assert!(then >= up);
        }
    }
}
