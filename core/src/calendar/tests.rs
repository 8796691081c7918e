use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

fn estonia() -> Calendar {
    Calendar::new(Country::Estonia, [], [])
}

/// Section 15, example 4: 24, 25 and 26 December are holidays.
#[test]
fn example_4_the_fifth_working_day_after_19_december_2025_is_the_31st() {
    let due = day("2025-12-19");
    assert_eq!(estonia().add_working_days(due, 5), day("2025-12-31"));
    assert_eq!(estonia().working_days_between(due, day("2025-12-30")), 4);
    assert_eq!(estonia().working_days_between(due, day("2025-12-31")), 5);
    let plain = Calendar::new(Country::Other, [], []);
    assert_eq!(plain.add_working_days(due, 5), day("2025-12-26"));
}

#[test]
fn counting_starts_after_the_first_and_includes_the_last() {
    for (from, to, days) in [
        ("2026-11-16", "2026-11-16", 0), // Monday
        ("2026-11-16", "2026-11-15", 0),
        ("2026-11-16", "2026-11-17", 1),
        ("2026-11-20", "2026-11-22", 0), // Friday to Sunday
        ("2026-11-20", "2026-11-23", 1),
        ("2026-11-21", "2026-11-23", 1), // from Saturday
        ("2026-01-01", "2026-12-31", 252),
    ] {
        assert_eq!(estonia().working_days_between(day(from), day(to)), days, "{from} {to}");
    }
}

#[test]
fn a_company_has_days_off_and_working_saturdays_of_its_own() {
    let own = Calendar::new(Country::Estonia, [day("2026-11-16")], [day("2026-11-21")]);
    assert!(!own.is_working_day(day("2026-11-16")));
    assert!(own.is_working_day(day("2026-11-21")));
    assert_eq!(own.working_days_between(day("2026-11-15"), day("2026-11-22")), 5);
    assert_eq!(own.roll_forward(day("2026-11-16")), day("2026-11-17"));
}

#[test]
fn a_day_off_rolls_to_the_next_working_day() {
    for (from, to) in [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-21", "2026-11-23"),
        ("2026-12-24", "2026-12-28"),
        ("2027-01-01", "2027-01-04"),
    ] {
        assert_eq!(estonia().roll_forward(day(from)), day(to), "{from}");
    }
}

#[test]
fn rolling_back_stops_on_a_working_day() {
    for (from, to) in [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-22", "2026-11-20"),
        ("2026-12-27", "2026-12-23"),
        ("2026-04-05", "2026-04-02"), // Easter Sunday, after Good Friday
    ] {
        assert_eq!(estonia().roll_back(day(from)), day(to), "{from}");
    }
    assert_eq!(estonia().roll_back(NaiveDate::MIN), NaiveDate::MIN);
}

/// Policies and contexts are logged and shown by failing tests.
#[test]
fn its_debug_text_is_short() {
    assert!(format!("{:?}", estonia()).len() < 200);
}

#[test]
fn dates_outside_the_table_are_computed() {
    let (from, to) = (day("1999-12-20"), day("2000-01-05"));
    assert_eq!(estonia().working_days_between(from, to), 12); // 24 December was worked then
    assert_eq!(estonia().add_working_days(day("2059-12-31"), 1), day("2060-01-02"));
    assert_eq!(estonia().add_working_days(NaiveDate::MAX, 3), NaiveDate::MAX);
    assert!(estonia().working_days_between(NaiveDate::MIN, NaiveDate::MAX) > 100_000_000);
    assert_eq!(estonia().roll_forward(NaiveDate::MIN), NaiveDate::MIN);
}

/// A Saturday that is worked and a Friday that is not, both behind the table.
#[test]
fn days_of_the_policy_count_outside_the_table_too() {
    let calendar = Calendar::new(Country::Other, [day("2070-01-03")], [day("2070-01-04")]);
    for (to, worked) in [
        ("2070-01-02", 1),
        ("2070-01-03", 1),
        ("2070-01-04", 2),
        ("2070-01-05", 2),
        ("2070-01-06", 3),
    ] {
        assert_eq!(calendar.working_days_between(day("2070-01-01"), day(to)), worked, "{to}");
    }
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (729_000..755_000_i32).prop_map(|n| NaiveDate::from_num_days_from_ce_opt(n).unwrap_or_default())
}

static OF_EACH_COUNTRY: std::sync::LazyLock<Vec<Calendar>> = std::sync::LazyLock::new(|| {
    [Country::Estonia, Country::Latvia, Country::Lithuania, Country::Other]
        .map(|country| Calendar::new(country, [day("2026-03-02")], [day("2026-03-07")]))
        .into()
});

proptest! {
    /// The table, the arithmetic and a walk day by day agree; the range reaches over both ends of
    /// the table.
    #[test]
    fn every_way_of_counting_agrees(from in any_day(), length in 0..500_u64) {
        for calendar in &*OF_EACH_COUNTRY {
            let to = from + Days::new(length);
            let walked = from.iter_days().skip(1).take_while(|day| *day <= to)
                .filter(|day| calendar.is_working_day(*day)).count();
            prop_assert_eq!(calendar.working_days_between(from, to), super::length(walked));
            prop_assert_eq!(calendar.counted(from, to), super::length(walked));
        }
    }

    #[test]
    fn adding_and_counting_are_inverse(from in any_day(), count in 1..300_u32) {
        let calendar = &OF_EACH_COUNTRY[0];
        let to = calendar.add_working_days(from, count);
        prop_assert!(calendar.is_working_day(to));
        prop_assert_eq!(calendar.working_days_between(from, to), i64::from(count));
        prop_assert_eq!(calendar.stepped(from, count), to);
    }
}
