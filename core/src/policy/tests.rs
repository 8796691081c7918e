use toml::Value;

use super::allowed::{Allowed, KEYS, of_key};
use super::*;

/// Every key with its value, sections joined by points.
fn leaves(table: &Table, section: &str) -> Vec<(String, Value)> {
    table
        .iter()
        .flat_map(|(name, value)| {
            let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
            match value {
                Value::Table(table) => leaves(table, &key),
                _ => vec![(key, value.clone())],
            }
        })
        .collect()
}

fn keys(text: &str) -> Vec<String> {
    leaves(&text.parse().unwrap(), "").into_iter().map(|(key, _)| key).collect()
}

/// Another allowed value than `now`.
fn another(allowed: Allowed, now: &Value) -> Value {
    match allowed {
        Allowed::Whole(_, most) => {
            let now = now.as_integer().unwrap();
            Value::Integer(if now < most { now + 1 } else { now - 1 })
        }
        // Near enough to contradict no other key.
        Allowed::Number(_, most) => {
            let now = now.to_string().trim_matches('"').parse::<Decimal>().unwrap();
            let step = Decimal::new(if now < Decimal::from(most) { 5 } else { -5 }, 2);
            Value::String((now + step).to_string())
        }
        Allowed::OneOf(texts) => {
            let other = texts.iter().find(|text| now.as_str() != Some(text)).unwrap();
            Value::String((*other).to_owned())
        }
        Allowed::Flag => Value::Boolean(!now.as_bool().unwrap()),
        Allowed::Percents => "[1, \"2.25\", 2.5]".parse().unwrap(),
        Allowed::FallingDays => "[9, 5]".parse().unwrap(),
        Allowed::TimeOfDay => Value::String("10:30".to_owned()),
        Allowed::Date => Value::String("2026-05-15".to_owned()),
        Allowed::Dates => Value::Array(vec![Value::String("2026-05-15".to_owned())]),
        Allowed::TimeZone => Value::String("Europe/Riga".to_owned()),
        Allowed::Country => Value::String("LV".to_owned()),
        Allowed::Currency => Value::String("SEK".to_owned()),
    }
}

fn one_key(key: &str, value: &Value) -> String {
    match key.rsplit_once('.') {
        Some((section, name)) => format!("[{section}]\n{name} = {value}"),
        None => format!("{key} = {value}"),
    }
}

#[test]
fn every_key_of_the_file_is_read_and_every_value_is_checked() {
    let default = Policy::default();
    for (key, value) in leaves(&DEFAULT_TOML.parse().unwrap(), "") {
        let allowed = of_key(&key).unwrap_or_else(|| panic!("{key} has no values"));
        let changed = Policy::from_toml(&one_key(&key, &another(allowed, &value)));
        assert_ne!(changed.unwrap().parameters, default.parameters, "{key} is not read");
        for bad in ["-1", "\"x\"", "[true]", "99999999999999", "1.234"] {
            let error = Policy::from_toml(&one_key(&key, &bad.parse().unwrap())).unwrap_err();
            assert_eq!((&*error.key, &*error.value), (&*key, bad));
            assert!(error.allowed.starts_with("must be "), "{error}");
        }
    }
}

#[test]
fn the_file_the_sections_and_the_table_of_values_have_the_same_keys() {
    let in_file = keys(DEFAULT_TOML);
    let mut written = keys(&Policy::default().to_toml().unwrap());
    let mut sorted = in_file.clone();
    written.sort();
    sorted.sort();
    assert_eq!(written, sorted);
    for (pattern, _) in KEYS {
        let name = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        assert!(in_file.iter().any(|key| name(key) == name(pattern)), "{pattern} is used nowhere");
    }
}

#[test]
fn an_unknown_key_is_refused_with_what_may_stand_there() {
    for (text, key, part) in [
        ("colour = 1", "colour", "version"),
        ("[shipment]\nmonth = 3", "shipment.month", "letter_days, months"),
        ("[terms.good]\nlimit_percent = 3", "terms.good", "reliable"),
        ("[terms.reliable]\nlimit = 3", "terms.reliable.limit", "limit_percent"),
        ("shipment = 3", "shipment", "a section with letter_days, months"),
    ] {
        let error = Policy::from_toml(text).unwrap_err();
        assert_eq!(error.key, key);
        assert!(error.allowed.contains(part), "{error}");
    }
    let error = Policy::from_toml("version = ").unwrap_err();
    assert_eq!(error.key, "the file");
}

#[test]
fn values_that_contradict_one_another_are_refused() {
    for (text, key) in [
        ("[stop_list]\nnew_terms_months_least = 5", "stop_list.new_terms_months_most"),
        ("[prepayment]\nlate_days_most = 0", "prepayment.late_days_most"),
        ("[working_hours]\nbegins = \"17:00\"", "working_hours.ends"),
    ] {
        assert_eq!(Policy::from_toml(text).unwrap_err().key, key);
    }
}

#[test]
fn a_rate_that_falls_is_refused() {
    for rates in ["[]", "[3, 2]", "[-1]", "[1001]", "[1.555]", "[true]"] {
        let text = format!("[late_fee]\nfirst_month_percents = {rates}");
        assert!(Policy::from_toml(&text).unwrap_err().allowed.contains("none below"), "{rates}");
    }
}

#[test]
fn a_policy_survives_its_own_text() {
    let policy = Policy::from_toml(
        "version = 7\n[company]\ncountry = \"LV\"\nextra_holidays = [\"2026-05-15\"]\n\
         [terms.reliable]\ndiscount_percent = 2.5\ndefault_limit = \"1234.50\"",
    )
    .unwrap();
    assert_eq!(Policy::from_toml(&policy.to_toml().unwrap()), Ok(policy.clone()));
    assert_eq!(policy.version(), 7);
    let limit = policy.terms().of(crate::category::Category::Reliable).default_limit;
    assert_eq!(policy.amount_minor(limit, Currency::EUR), 123_450);
    assert_eq!(policy.amount_minor(limit, "SEK".parse().unwrap()), 0);
}

#[test]
fn a_due_date_on_a_day_off_rolls_unless_the_company_says_no() {
    let (saturday, monday) = ("2026-11-21".parse().unwrap(), "2026-11-23".parse().unwrap());
    let policy = Policy::default();
    assert_eq!(policy.rolled(&policy.calendar(), saturday), monday);
    let fixed = Policy::from_toml("[company]\ndue_roll = \"none\"").unwrap();
    assert_eq!(fixed.rolled(&fixed.calendar(), saturday), saturday);
}

#[test]
fn reminders_are_days_that_fall_and_hours_are_hours() {
    for days in ["[]", "[1]", "[7, 3, 1]", "[365]"] {
        assert!(Policy::from_toml(&format!("[reminder]\nwritten_days = {days}")).is_ok(), "{days}");
    }
    for days in ["[0]", "[366]", "[1, 3]", "[3, 3]", "[\"3\"]", "[-1]"] {
        let text = format!("[reminder]\nwritten_days = {days}");
        assert!(Policy::from_toml(&text).unwrap_err().allowed.contains("each smaller"), "{days}");
    }
    for hour in ["9:00", "24:00", "09:60", "0900", "09:00:00", ""] {
        let text = format!("[working_hours]\nbegins = \"{hour}\"");
        assert!(Policy::from_toml(&text).unwrap_err().allowed.contains("time of day"), "{hour}");
    }
}

#[test]
fn a_newer_policy_does_not_darken_an_older_phone() {
    let newer = "version = 3\n[shipment]\nmonths = 6\nmoon_phase = \"full\"\n[weather]\nrain = 1";
    assert!(Policy::from_toml(newer).is_err());
    let read = Policy::from_toml_lenient(newer).unwrap();
    assert_eq!((read.version(), read.shipment().months), (3, 6));
    // What it knows it does not guess.
    let error = Policy::from_toml_lenient("[shipment]\nmonths = \"many\"").unwrap_err();
    assert_eq!(error.key, "shipment.months");
    let error = Policy::from_toml_lenient("shipment = 4").unwrap_err();
    assert_eq!(error.key, "shipment");
}

#[test]
fn a_check_names_every_error() {
    let text = "colour = 1\n[shipment]\nmonths = 0\n[prepayment]\nlate_days_most = 0";
    let keys: Vec<_> = Policy::check(text).into_iter().map(|error| error.key).collect();
    assert_eq!(keys, ["colour", "shipment.months", "prepayment.late_days_most"]);
    assert_eq!(Policy::check("version = ").len(), 1);
    assert_eq!(Policy::check(DEFAULT_TOML), []);
}

#[test]
fn a_policy_is_known_by_its_number_and_says_how_long_a_release_holds() {
    let text = "version = 7\n[shipment]\nrelease_valid_days = 5\n";
    let policy = Policy::from_toml(text).unwrap();
    assert_eq!((policy.version(), policy.release_valid_days()), (7, 5));
    let next = policy.with_version(8);
    assert_eq!((next.version(), next.release_valid_days()), (8, 5));
}

/// What no single key can say: at the boundary, and just below it.
#[test]
fn keys_that_hang_together_may_be_equal() {
    for (section, least, most) in [
        ("stop_list", "new_terms_months_least", "new_terms_months_most"),
        ("prepayment", "late_days_least", "late_days_most"),
    ] {
        for (low, high, fits) in [(3, 3, true), (3, 4, true), (3, 2, false)] {
            let text = format!("[{section}]\n{least} = {low}\n{most} = {high}\n");
            let read = Policy::from_toml(&text);
            assert_eq!(read.is_ok(), fits, "{text}: {read:?}");
        }
    }
    let equal = "[risk]\nlow_from = 0.3\nmedium_from = 0.3\n";
    assert!(Policy::from_toml(equal).is_ok());
    let turned = "[risk]\nlow_from = 0.35\nmedium_from = 0.3\n";
    assert!(Policy::from_toml(turned).is_err());
    for (country, fits) in [("EE", true), ("ee", false), ("EST", false), ("E", false)] {
        let text = format!("[company]\ncountry = \"{country}\"\n");
        assert_eq!(Policy::from_toml(&text).is_ok(), fits, "{country}");
    }
}

#[test]
fn without_comments_it_is_the_same_policy() {
    let bare = without_comments(DEFAULT_TOML);
    assert!(!bare.contains('#') && bare.len() * 2 < DEFAULT_TOML.len(), "{bare}");
    assert_eq!(Policy::from_toml(&bare), Policy::from_toml(DEFAULT_TOML));
    let unknown = "version = 1 # one\n[later]\nkey = \"a # b\"\n";
    let told = without_comments(unknown);
    assert!(told.contains("a # b") && !told.contains("one"), "{told}");
    assert_eq!(without_comments("= what"), "= what");
}
