//! What may stand in a policy's file: for every key its values, and the words that tell somebody
//! who wrote something else.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use toml::{Table, Value};

use super::PolicyError;
use crate::money::Currency;

/// The values of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Allowed {
    /// A whole number from .. to.
    Whole(i64, i64),
    /// A number with at most two decimals, from .. to.
    Number(i64, i64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// true or false.
    Flag,
    /// A date.
    Date,
    /// A list of dates.
    Dates,
    /// A list of numbers of days, each smaller than the one before; may be empty.
    FallingDays,
    /// A time of day, hours and minutes.
    TimeOfDay,
    /// A list of at least one percentage, none below the one before.
    Percents,
    /// A time zone of the IANA database.
    TimeZone,
    /// Two capital letters.
    Country,
    /// Three capital letters.
    Currency,
}

const WEEKDAYS: Allowed = Allowed::OneOf(&["Mon", "Tue", "Wed", "Thu", "Fri"]);
/// Who can resolve a dispute.
const SERVICES: Allowed = Allowed::OneOf(&[
    "supervisor",
    "head_of_sales",
    "finance_control",
    "commercial_director",
    "director",
    "security",
    "legal",
]);
const UNITS: Allowed = Allowed::OneOf(&["calendar", "working", "banking"]);
const DAYS: Allowed = Allowed::Whole(0, 3_650);
const SCORE: Allowed = Allowed::Number(0, 1);
const POINTS: Allowed = Allowed::Number(0, 10);
const CATEGORY: Allowed = Allowed::OneOf(&["reliable", "uncertain", "threatened", "non_payer"]);
const MONTHS: Allowed = Allowed::Whole(1, 120);
const PERCENT: Allowed = Allowed::Number(0, 100);
const WHOLE_PERCENT: Allowed = Allowed::Whole(0, 100);
/// As large as any amount that the house keeps.
const AMOUNT: Allowed = Allowed::Number(0, 10_000_000_000);

/// Every key; `*` stands for any one name of the default policy.
pub(super) const KEYS: &[(&str, Allowed)] = &[
    ("version", Allowed::Whole(1, 1_000_000_000)),
    ("company.time_zone", Allowed::TimeZone),
    ("company.country", Allowed::Country),
    ("company.currency", Allowed::Currency),
    ("company.extra_holidays", Allowed::Dates),
    ("company.extra_working_days", Allowed::Dates),
    ("company.due_roll", Allowed::OneOf(&["next_banking_day", "none"])),
    ("working_hours.begins", Allowed::TimeOfDay),
    ("working_hours.ends", Allowed::TimeOfDay),
    ("category.period_months", MONTHS),
    ("category.reliable_months", MONTHS),
    ("category.fewest_invoices", Allowed::Whole(0, 1_000)),
    ("category.long_delays_in_month", Allowed::Whole(0, 1_000)),
    ("category.reliable_delays", Allowed::Whole(0, 1_000)),
    ("category.long_delay_days", DAYS),
    ("category.threatened_delay_days", DAYS),
    ("category.reliable_delay_days", DAYS),
    ("category.threatened_late_percent", WHOLE_PERCENT),
    ("category.review_months", Allowed::Whole(1, 12)),
    ("terms.*.limit_percent", Allowed::Number(0, 1_000)),
    ("terms.*.discount_percent", PERCENT),
    ("terms.*.deferral_days", DAYS),
    ("terms.*.default_limit", AMOUNT),
    ("terms.*.prepaid_only", Allowed::Flag),
    ("shipment.months", Allowed::Whole(1, 60)),
    ("shipment.letter_days", DAYS),
    ("shipment.release_valid_days", DAYS),
    ("shipment.release_deviation_percent", PERCENT),
    ("shipment.on_time_months", MONTHS),
    ("contract.register_extract_days", DAYS),
    ("stop_list.tolerance", AMOUNT),
    ("stop_list.finance_control_working_days", DAYS),
    ("stop_list.full_stop_calendar_days", DAYS),
    ("stop_list.new_terms_months_least", MONTHS),
    ("stop_list.new_terms_months_most", MONTHS),
    ("prepayment.invoices", Allowed::Whole(1, 1_000)),
    ("prepayment.late_days_least", DAYS),
    ("prepayment.late_days_most", DAYS),
    ("prepayment.first_percent", WHOLE_PERCENT),
    ("prepayment.again_percent", WHOLE_PERCENT),
    ("prepayment.months", MONTHS),
    ("reminder.expected_weeks", Allowed::Whole(4, 52)),
    ("reminder.delivery_check_days", DAYS),
    ("reminder.delivery_check_within_days", DAYS),
    ("reminder.written_days", Allowed::FallingDays),
    ("reminder.reliable_days", Allowed::FallingDays),
    ("reminder.uncertain_days", Allowed::FallingDays),
    ("reminder.threatened_days", Allowed::FallingDays),
    ("reminder.call_weekday", WEEKDAYS),
    ("deferral.rep_days_reliable_a", DAYS),
    ("deferral.rep_days_other", DAYS),
    ("deferral.supervisor_working_days", DAYS),
    ("deferral.head_of_sales_months", MONTHS),
    ("deferral.waiting_hours", Allowed::Whole(0, 1_000)),
    ("sync.lease_hours", Allowed::Whole(1, 720)),
    ("loan.share_percent", PERCENT),
    ("loan.hours", Allowed::Whole(1, 720)),
    ("loan.late_hours", Allowed::Whole(0, 720)),
    ("ladder.write_off.years", Allowed::Whole(1, 100)),
    ("ladder.*.day", Allowed::Whole(1, 3_650)),
    ("ladder.*.unit", UNITS),
    ("ladder.*.act_days", DAYS),
    ("ladder.*.act_unit", UNITS),
    ("restructuring.written_request", Allowed::Flag),
    ("restructuring.guarantees_least", Allowed::Whole(0, 100)),
    ("enforcement.step_working_days", DAYS),
    ("enforcement.demand_days", DAYS),
    ("enforcement.pre_trial_days", DAYS),
    ("dispute.answer_days", DAYS),
    ("dispute.follow_up_days", Allowed::Whole(1, 365)),
    ("dispute.promotion", SERVICES),
    ("dispute.returned_goods", SERVICES),
    ("dispute.short_delivery", SERVICES),
    ("dispute.claim", SERVICES),
    ("dispute.reconciliation", SERVICES),
    ("weekly_control.weekday", WEEKDAYS),
    ("weekly_control.analysis_weekday", WEEKDAYS),
    ("weekly_control.break_even_percent", PERCENT),
    ("weekly_control.allowed_overdue_percent", PERCENT),
    ("risk.low_from", SCORE),
    ("risk.medium_from", SCORE),
    ("risk.high_from", SCORE),
    ("risk.very_high_from", SCORE),
    ("risk.external_used", Allowed::Flag),
    ("risk.external_valid_days", DAYS),
    ("risk.digest_from", Allowed::Whole(1, 1_000_000)),
    ("risk.before_against", POINTS),
    ("risk.before_for", POINTS),
    ("risk.lasting_weight", POINTS),
    ("risk.recent_days", Allowed::Whole(1, 3_650)),
    ("risk.day_late", POINTS),
    ("risk.late_days_most", DAYS),
    ("risk.overdue", POINTS),
    ("risk.in_time", POINTS),
    ("risk.day_early", POINTS),
    ("risk.early_days_most", DAYS),
    ("risk.terms.very_low", CATEGORY),
    ("risk.terms.low", CATEGORY),
    ("risk.terms.medium", CATEGORY),
    ("risk.terms.high", CATEGORY),
    ("risk.terms.very_high", CATEGORY),
    ("personal_data.home_phones", Allowed::Flag),
    ("personal_data.retention_months", MONTHS),
    ("late_fee.reckoning", Allowed::OneOf(&["by_week", "yearly"])),
    ("late_fee.first_month_percents", Allowed::Percents),
    ("late_fee.second_month_percents", Allowed::Percents),
    ("late_fee.second_month_adds", Allowed::Flag),
    ("late_fee.yearly_percent", Allowed::Number(0, 1_000)),
    ("late_fee.cap_percent", Allowed::Number(0, 1_000)),
    ("late_fee.since", Allowed::Date),
    ("late_fee.rep_waives_weeks", Allowed::Whole(0, 520)),
    ("late_fee.head_of_sales_waives_weeks", Allowed::Whole(0, 520)),
];

/// Lays `given` over `base`, which has every key; gives every key or value that is not allowed and
/// was left out.
pub(super) fn lay_over(base: &mut Table, given: &Table) -> Vec<PolicyError> {
    let mut errors = Vec::new();
    lay_section(base, given, "", &mut errors);
    errors
}

fn lay_section(base: &mut Table, given: &Table, section: &str, errors: &mut Vec<PolicyError>) {
    for (name, value) in given {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match (base.get_mut(name), value) {
            (None, _) => {
                let allowed = format!("no such key; here may stand: {}", names(base));
                errors.push(wrong(&key, value, allowed));
            }
            (Some(Value::Table(base)), Value::Table(given)) => {
                lay_section(base, given, &key, errors);
            }
            (Some(Value::Table(base)), _) => {
                let allowed = format!("must be a section with {}", names(base));
                errors.push(wrong(&key, value, allowed));
            }
            (Some(place), _) => match check(&key, value) {
                Ok(read) => *place = read,
                Err(error) => errors.push(error),
            },
        }
    }
}

fn names(table: &Table) -> String {
    table.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// `given` without the keys that `base` does not have.
pub(super) fn known_only(base: &Table, given: &Table) -> Table {
    given
        .iter()
        .filter_map(|(name, value)| match (base.get(name)?, value) {
            (Value::Table(base), Value::Table(given)) => {
                Some((name.clone(), Value::Table(known_only(base, given))))
            }
            _ => Some((name.clone(), value.clone())),
        })
        .collect()
}

/// The keys that stand for themselves. A phone reads the policy each time that the app starts, every key of
/// it: none should be looked for among all.
static BY_NAME: LazyLock<BTreeMap<&str, Allowed>> =
    LazyLock::new(|| KEYS.iter().filter(|(key, _)| !key.contains('*')).copied().collect());

/// What is allowed for `key`.
pub(super) fn of_key(key: &str) -> Option<Allowed> {
    let fits = |pattern: &str| {
        let (mut names, mut wanted) = (key.split('.'), pattern.split('.'));
        loop {
            match (names.next(), wanted.next()) {
                (None, None) => return true,
                (Some(_), Some("*")) => {}
                (Some(name), Some(wanted)) if name == wanted => {}
                _ => return false,
            }
        }
    };
    BY_NAME.get(key).copied().or_else(|| {
        let mut patterns = KEYS.iter().filter(|(pattern, _)| pattern.contains('*'));
        patterns.find(|(pattern, _)| fits(pattern)).map(|(_, allowed)| *allowed)
    })
}

/// The value as the sections read it: numbers with decimals become texts.
fn check(key: &str, value: &Value) -> Result<Value, PolicyError> {
    let Some(allowed) = of_key(key) else {
        return Err(wrong(key, value, "no such key".to_owned()));
    };
    let read = match (allowed, value) {
        (Allowed::Whole(least, most), Value::Integer(number)) => {
            (*number >= least && *number <= most).then(|| value.clone())
        }
        (Allowed::Number(least, most), _) => number(value)
            .filter(|n| *n >= Decimal::from(least) && *n <= Decimal::from(most) && n.scale() <= 2)
            .map(|number| Value::String(number.to_string())),
        (Allowed::Flag, Value::Boolean(_)) => Some(value.clone()),
        (Allowed::Percents, Value::Array(rates)) => rising_percents(rates),
        (Allowed::FallingDays, Value::Array(days)) => are_falling(days).then(|| value.clone()),
        (Allowed::Dates, Value::Array(days)) => days.iter().all(is_date).then(|| value.clone()),
        (_, Value::String(text)) => is_text(allowed, text).then(|| value.clone()),
        _ => None,
    };
    read.ok_or_else(|| wrong(key, value, in_words(allowed)))
}

fn is_text(allowed: Allowed, text: &str) -> bool {
    match allowed {
        Allowed::OneOf(texts) => texts.contains(&text),
        Allowed::TimeZone => text.parse::<Tz>().is_ok(),
        Allowed::Country => text.len() == 2 && text.bytes().all(|c| c.is_ascii_uppercase()),
        Allowed::Currency => text.parse::<Currency>().is_ok_and(|currency| currency.code() == text),
        Allowed::TimeOfDay => NaiveTime::parse_from_str(text, "%H:%M").is_ok() && text.len() == 5,
        Allowed::Date => text.parse::<NaiveDate>().is_ok(),
        Allowed::Whole(..)
        | Allowed::Number(..)
        | Allowed::Flag
        | Allowed::Dates
        | Allowed::FallingDays
        | Allowed::Percents => false,
    }
}

fn rising_percents(rates: &[Value]) -> Option<Value> {
    let rates: Vec<Decimal> = rates.iter().map(number).collect::<Option<_>>()?;
    let most = Decimal::ONE_THOUSAND;
    let right = !rates.is_empty()
        && rates.is_sorted()
        && rates.iter().all(|rate| *rate >= Decimal::ZERO && *rate <= most && rate.scale() <= 2);
    let texts = || rates.iter().map(|rate| Value::String(rate.to_string())).collect();
    right.then(|| Value::Array(texts()))
}

fn are_falling(days: &[Value]) -> bool {
    let days: Option<Vec<i64>> = days.iter().map(Value::as_integer).collect();
    days.is_some_and(|days| {
        days.len() <= 30
            && days.iter().all(|day| (1..=365).contains(day))
            && days.is_sorted_by(|one, next| one > next)
    })
}

fn is_date(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<NaiveDate>().is_ok())
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(number) => Some(Decimal::from(*number)),
        // The shortest text of a float is what stood in the file.
        Value::Float(number) => Decimal::from_str(&number.to_string()).ok(),
        Value::String(text) => Decimal::from_str_exact(text).ok(),
        _ => None,
    }
    .as_ref()
    .map(Decimal::normalize)
}

fn in_words(allowed: Allowed) -> String {
    match allowed {
        Allowed::Whole(least, most) => format!("must be a whole number from {least} to {most}"),
        Allowed::Number(least, most) => {
            format!("must be a number from {least} to {most} with at most two decimals")
        }
        Allowed::OneOf(texts) => format!("must be one of \"{}\"", texts.join("\", \"")),
        Allowed::Flag => "must be true or false".to_owned(),
        Allowed::Date => "must be a date such as \"2026-05-15\"".to_owned(),
        Allowed::Dates => "must be a list of dates such as [\"2026-05-15\"]".to_owned(),
        Allowed::FallingDays => {
            "must be a list of days from 365 to 1, each smaller than the one before, such as [7, 3, 1]"
                .to_owned()
        }
        Allowed::TimeOfDay => "must be a time of day such as \"09:00\"".to_owned(),
        Allowed::Percents => {
            "must be a list of percentages from 0 to 1000, none below the one before, such as [\"1.5\", 3]"
                .to_owned()
        }
        Allowed::TimeZone => "must be a time zone such as \"Europe/Tallinn\"".to_owned(),
        Allowed::Country => "must be two capital letters such as \"EE\"".to_owned(),
        Allowed::Currency => "must be three capital letters such as \"EUR\"".to_owned(),
    }
}

fn wrong(key: &str, value: &Value, allowed: String) -> PolicyError {
    PolicyError { key: key.to_owned(), value: value.to_string(), allowed }
}
