//! The score at its boundaries, and what must hold whatever the payments.

use std::sync::LazyLock;

use chrono::Days;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::category::Category;
use crate::ids::ClientId;
use crate::money::Currency;
use crate::samples::{any_category, day, default_policy};

const TODAY: &str = "2026-11-18";

/// Paid so many days after its due date (before: negative), so many days ago.
fn paid(days_late: i64, days_ago: i64) -> PaidInvoice {
    let paid_on = day(TODAY) - chrono::Duration::days(days_ago);
    invoice(paid_on - chrono::Duration::days(days_late), Some(paid_on))
}

/// Unpaid, due so many days ago.
fn open(days_ago: i64) -> PaidInvoice {
    invoice(day(TODAY) - chrono::Duration::days(days_ago), None)
}

fn invoice(due_on: NaiveDate, paid_on: Option<NaiveDate>) -> PaidInvoice {
    PaidInvoice {
        number: "A".to_owned(),
        due_on,
        amount_minor: 100,
        paid_on,
        warned: false,
        agreed_new_terms: false,
    }
}

/// Due dates stay where they are, so that days are days.
static NO_ROLL: LazyLock<(Policy, Calendar)> = LazyLock::new(|| {
    let policy = Policy::from_toml("[company]\ndue_roll = \"none\"").unwrap();
    let calendar = policy.calendar();
    (policy, calendar)
});

fn policy() -> &'static (Policy, Calendar) {
    &NO_ROLL
}

fn score(invoices: &[PaidInvoice]) -> Score {
    let (policy, calendar) = policy();
    internal(policy, calendar, invoices, day(TODAY)).score
}

fn parts(score: Score) -> String {
    score.to_string()
}

#[test]
fn points_against_of_all_points() {
    for (invoices, expected) in [
        (vec![], "0.5000"),
        (vec![open(0)], "0.5000"), // due today: says nothing
        (vec![open(-5)], "0.5000"),
        (vec![open(1)], "0.7255"), // 0.7 + 1 + 0.1 x 1.5 against, 0.7 for
        (vec![open(14)], "0.8444"),
        (vec![open(15)], "0.8444"),    // more days count no more
        (vec![paid(14, 0)], "0.8000"), // the same paid: without the 1
        (vec![paid(1, 0)], "0.5484"),
        (vec![paid(0, 0)], "0.3256"), // on the day: 0.5 x 1.5 for
        (vec![paid(-1, 0)], "0.2857"),
        (vec![paid(-30, 0)], "0.0628"),
        (vec![paid(-31, 0)], "0.0628"),
        (vec![paid(0, 14)], "0.3684"), // 14 days ago: 0.5 x 1.0
        (vec![paid(14, 14)], "0.7500"),
        (vec![paid(14, 0), paid(-30, 0)], "0.2113"),
    ] {
        assert_eq!(parts(score(&invoices)), expected, "{invoices:?}");
    }
}

#[test]
fn what_was_paid_after_today_is_open() {
    let (policy, calendar) = policy();
    let invoices = [paid(20, 10)];
    let before = day(TODAY) - Days::new(15);
    let then = internal(policy, calendar, &invoices, before);
    assert!(matches!(then.contributions[1], Contribution::Overdue { longest_days: 15, .. }));
    let now = internal(policy, calendar, &invoices, day(TODAY));
    assert!(matches!(now.contributions[1], Contribution::PaidLate { longest_days: 20, .. }));
}

/// A due date on Saturday is Monday's.
#[test]
fn a_due_date_on_a_day_off_is_the_next_banking_day() {
    let (policy, calendar) = default_policy();
    let paid_on_monday = [invoice(day("2026-11-14"), Some(day("2026-11-16")))];
    let judged = internal(&policy, &calendar, &paid_on_monday, day(TODAY));
    assert!(matches!(judged.contributions[1], Contribution::PaidInTime { days_early: 0, .. }));
}

#[test]
fn every_contribution_is_said_in_words() {
    let (policy, calendar) = policy();
    let invoices = [open(1), paid(3, 0), paid(9, 0), paid(-7, 0), paid(-8, 0)];
    assert_eq!(
        internal(policy, calendar, &invoices, day(TODAY)).in_words(),
        [
            "score 0.3527",
            "before anything is known: 0.70 points against, 0.70 for",
            "1 invoice overdue now, for up to 1 day: 1.15 points against",
            "2 invoices paid late, by up to 9 days: 1.80 points against",
            "2 invoices paid in time, 7 days early on average: 6.00 points for",
        ]
    );
}

#[test]
fn a_class_begins_at_its_threshold() {
    let (policy, _) = default_policy();
    for (number, class) in [
        ("0", RiskClass::VeryLow),
        ("0.1999", RiskClass::VeryLow),
        ("0.2", RiskClass::Low),
        ("0.3999", RiskClass::Low),
        ("0.4", RiskClass::Medium),
        ("0.5999", RiskClass::Medium),
        ("0.6", RiskClass::High),
        ("0.7999", RiskClass::High),
        ("0.8", RiskClass::VeryHigh),
        ("1", RiskClass::VeryHigh),
    ] {
        let score = Score::from_decimal(number.parse().unwrap()).unwrap();
        assert_eq!(RiskClass::of(&policy, score), class, "{number}");
        assert_eq!(RiskClass::try_from(class.name().to_owned()), Ok(class));
    }
    for number in ["-0.1", "-0.00001", "1.0001", "7"] {
        assert_eq!(Score::from_decimal(number.parse().unwrap()), None, "{number}");
    }
    assert!(RiskClass::try_from("good".to_owned()).is_err());
}

/// R12.3: unknown is never good, even where the policy begins well.
#[test]
fn nothing_known_is_never_good() {
    let policy = Policy::from_toml("[risk]\nbefore_against = 0\nbefore_for = 0").unwrap();
    let calendar = policy.calendar();
    let nothing = internal(&policy, &calendar, &[], day(TODAY));
    assert_eq!((nothing.known, parts(nothing.score)), (false, "0.5000".to_owned()));
    let policy = Policy::from_toml("[risk]\nbefore_against = 0").unwrap();
    let nothing = internal(&policy, &calendar, &[open(-3)], day(TODAY));
    assert_eq!(parts(nothing.score), "0.0000");
    assert_eq!(nothing.class(&policy), RiskClass::Medium);
    let something = internal(&policy, &calendar, &[paid(-3, 0)], day(TODAY));
    assert_eq!(something.class(&policy), RiskClass::VeryLow);
}

fn rated(score: &str, rated_on: &str, forecast: &[&str]) -> ExternalScore {
    let read = |text: &str| Score::from_decimal(text.parse().unwrap()).unwrap();
    ExternalScore {
        provider: "a provider".to_owned(),
        rated_on: day(rated_on),
        score: read(score),
        forecast: forecast.iter().map(|text| read(text)).collect(),
    }
}

#[test]
fn a_providers_score_has_a_date_and_an_age() {
    let policy = Policy::from_toml("[risk]\nexternal_used = true").unwrap();
    let class = |rating: Option<&ExternalScore>| {
        let standing = ExternalStanding::of(&policy, rating, day(TODAY));
        (standing.class(&policy), standing.in_words())
    };
    for (rating, expected, words) in [
        (None, RiskClass::Medium, "unknown"),
        (Some(rated("0.1", TODAY, &[])), RiskClass::VeryLow, "0.1000 (of 2026-11-18)"),
        (Some(rated("0.1", "2026-08-20", &[])), RiskClass::VeryLow, "of 2026-08-20"), // 90 days
        (Some(rated("0.1", "2026-08-19", &[])), RiskClass::Medium, "91 days old: too old"),
        (Some(rated("0.9", "2025-01-01", &[])), RiskClass::VeryHigh, "of 2025-01-01"),
        (Some(rated("0.1", "2026-11-19", &[])), RiskClass::Medium, "unknown"), // to come
        (Some(rated("0.1", TODAY, &["0.3", "0.5"])), RiskClass::Medium, "0.4000"),
        (Some(rated("0.3", TODAY, &["0.1"])), RiskClass::Low, "0.3000"),
    ] {
        let (class, said) = class(rating.as_ref());
        assert_eq!(class, Some(expected), "{rating:?}");
        assert!(said.contains(words), "{said}");
    }
    let (default, _) = default_policy();
    let standing = ExternalStanding::of(&default, Some(&rated("0.9", TODAY, &[])), day(TODAY));
    assert_eq!((standing.class(&default), standing), (None, ExternalStanding::NotUsed));
}

/// Of several providers the worst that still holds; where none does, the newest.
#[test]
fn the_worst_of_the_latest_that_hold_decides() {
    let policy = Policy::from_toml("[risk]\nexternal_used = true").unwrap();
    let by = |provider: &str, score, rated_on| ExternalScore {
        provider: provider.to_owned(),
        ..rated(score, rated_on, &[])
    };
    for (said, expected) in [
        (vec![], None),
        (vec![by("a", "0.1", "2026-11-19")], None), // of a day to come
        (vec![by("a", "0.9", "2026-11-01"), by("a", "0.2", "2026-11-10")], Some("0.2000")),
        (vec![by("a", "0.2", "2026-11-10"), by("a", "0.9", "2026-11-01")], Some("0.2000")),
        (vec![by("a", "0.2", "2026-11-10"), by("b", "0.7", "2026-11-01")], Some("0.7000")),
        (vec![by("a", "0.9", "2024-11-10"), by("b", "0.3", "2026-11-01")], Some("0.3000")),
        (vec![by("a", "0.3", "2024-01-01"), by("b", "0.1", "2025-01-01")], Some("0.1000")),
    ] {
        let found = ExternalScore::deciding(&policy, &said, day(TODAY));
        assert_eq!(found.map(|one| parts(one.score)).as_deref(), expected, "{said:?}");
    }
}

#[test]
fn a_score_is_news_and_shown_by_hundredths() {
    for (parts, hundredths) in [(0, 0), (49, 0), (50, 1), (3_549, 35), (3_550, 36), (10_000, 100)] {
        assert_eq!(Score::from_parts(parts).map(Score::hundredths), Some(hundredths));
    }
    assert_eq!(Score::from_parts(10_001), None);
}

/// R12.1: the mean of the next nine months, not of the tenth.
#[test]
fn the_forecast_counts_nine_months() {
    let months = ["0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.2", "1"];
    assert_eq!(rated("0", TODAY, &months).forecast_mean().map(parts).as_deref(), Some("0.1111"));
    assert_eq!(rated("0", TODAY, &[]).forecast_mean(), None);
}

#[test]
fn the_worse_score_makes_the_class() {
    let policy = Policy::from_toml("[risk]\nexternal_used = true").unwrap();
    let calendar = policy.calendar();
    let good = [paid(-20, 1), paid(-20, 40)];
    for (external, class, decided_by) in [
        (rated("0.1", TODAY, &[]), RiskClass::VeryLow, ScoreSource::Internal),
        (rated("0.7", TODAY, &[]), RiskClass::High, ScoreSource::External),
    ] {
        let found = assess(&policy, &calendar, &good, Some(&external), day(TODAY));
        assert_eq!((found.class, found.decided_by), (class, decided_by));
    }
    let bad = [open(30)];
    let found = assess(&policy, &calendar, &bad, Some(&rated("0.1", TODAY, &[])), day(TODAY));
    assert_eq!((found.class, found.decided_by), (RiskClass::VeryHigh, ScoreSource::Internal));
}

#[test]
fn the_stricter_scale_sets_the_terms() {
    let (policy, _) = default_policy();
    for (category, class, terms, set_by) in [
        (Category::Reliable, RiskClass::VeryLow, Category::Reliable, Scale::Both),
        (Category::Reliable, RiskClass::Low, Category::Reliable, Scale::Both),
        (Category::Reliable, RiskClass::Medium, Category::Uncertain, Scale::RiskClass),
        (Category::Reliable, RiskClass::VeryHigh, Category::NonPayer, Scale::RiskClass),
        (Category::Threatened, RiskClass::Medium, Category::Threatened, Scale::Category),
        (Category::Threatened, RiskClass::High, Category::Threatened, Scale::Both),
    ] {
        let found = terms_of(&policy, category, class);
        assert_eq!((found.category, found.set_by), (terms, set_by), "{category:?} {class:?}");
    }
}

#[test]
fn a_worse_class_never_has_better_terms_than_a_better_one() {
    let policy = Policy::from_toml("[risk.terms]\nlow = \"threatened\"").unwrap();
    let terms = |class| terms_of(&policy, Category::Reliable, class).category;
    assert_eq!(terms(RiskClass::VeryLow), Category::Reliable);
    for class in [RiskClass::Low, RiskClass::Medium, RiskClass::High] {
        assert_eq!(terms(class), Category::Threatened);
    }
}

#[test]
fn a_policy_whose_classes_contradict_is_refused() {
    for (text, key) in [
        ("[risk]\nmedium_from = 0.1", "risk.medium_from"),
        ("[risk]\nvery_high_from = 0.5", "risk.very_high_from"),
    ] {
        assert_eq!(Policy::from_toml(text).unwrap_err().key, key);
    }
}

#[test]
fn only_a_worse_class_or_limit_is_news() {
    let client = ClientId(Uuid::from_u128(1));
    let at = |class, limit_minor| Standing { class, limit_minor };
    let low = at(RiskClass::Low, 500_000);
    for (after, class, limit) in [
        (low, false, false),
        (at(RiskClass::VeryLow, 500_000), false, false),
        (at(RiskClass::VeryLow, 500_001), false, false),
        (at(RiskClass::Medium, 500_000), true, false),
        (at(RiskClass::Low, 499_999), false, true),
        (at(RiskClass::High, 0), true, true),
    ] {
        let found = worsening(client, low, after);
        assert_eq!(found.is_some(), class || limit);
        let found = found.unwrap_or(Worsening { client, class: None, limit_minor: None });
        assert_eq!((found.class.is_some(), found.limit_minor.is_some()), (class, limit));
    }
    let worst = worsening(client, low, at(RiskClass::High, 0)).unwrap();
    assert_eq!(
        worst.in_words(Currency::EUR),
        "low risk -> high risk; limit 5000.00 EUR -> 0.00 EUR: collect first"
    );
    assert_eq!(worst.push_words(), "a client: low risk -> high risk");
    let limit_only = worsening(client, low, at(RiskClass::Low, 1)).unwrap();
    assert_eq!(limit_only.push_words(), "a client's limit was lowered");
    assert_eq!(limit_only.in_words(Currency::EUR), "limit 5000.00 EUR -> 0.01 EUR");
}

#[test]
fn a_day_on_which_everybody_is_rated_anew_is_one_digest() {
    let (policy, _) = default_policy();
    let worse = |number: u128| Worsening {
        client: ClientId(Uuid::from_u128(number)),
        class: Some((
            RiskClass::Low,
            if number == 7 { RiskClass::High } else { RiskClass::Medium },
        )),
        limit_minor: None,
    };
    let News::Each(nine) = news(&policy, (0..9).map(worse).collect()) else { panic!("each") };
    assert_eq!(nine[0].client, ClientId(Uuid::from_u128(7)), "the worst first");
    assert!(
        matches!(news(&policy, (0..10).map(worse).collect()), News::Digest(ten) if ten.len() == 10)
    );
}

fn any_invoice() -> impl Strategy<Value = PaidInvoice> {
    (0..400_i64, prop::option::of(-40..60_i64)).prop_map(|(due_ago, late)| {
        let due_on = day(TODAY) - chrono::Duration::days(due_ago);
        invoice(due_on, late.map(|late| due_on + chrono::Duration::days(late)))
    })
}

proptest! {
    #[test]
    fn late_never_lowers_paying_never_raises_order_is_irrelevant(
        invoices in prop::collection::vec(any_invoice(), 0..12),
        late_by in 1..90_i64, ago in 0..300_i64, early_by in 0..60_i64, which in 0..12_usize,
    ) {
        let now = score(&invoices);
        let with = |one: PaidInvoice| {
            let mut more = invoices.clone();
            more.push(one);
            score(&more)
        };
        prop_assert!(with(paid(late_by, ago)) >= now);
        prop_assert!(with(open(late_by)) >= now);
        prop_assert!(with(paid(-early_by, ago)) <= now);
        prop_assert!(with(paid(late_by + 1, ago)) >= with(paid(late_by, ago)));
        prop_assert!(with(paid(-early_by - 1, ago)) <= with(paid(-early_by, ago)));
        let mut turned = invoices.clone();
        turned.reverse();
        prop_assert_eq!(score(&turned), now);
        // Whatever is open today is paid today.
        let mut settled = invoices.clone();
        if let Some(invoice) = settled.get_mut(which)
            && invoice.paid_on.is_none_or(|paid_on| paid_on > day(TODAY))
        {
            invoice.paid_on = Some(day(TODAY));
            prop_assert!(score(&settled) <= now);
        }
    }

    #[test]
    fn the_terms_follow_both_scales(category in any_category(), class in 0..4_usize) {
        let (policy, _) = default_policy();
        let terms = |class| terms_of(&policy, category, class).category;
        prop_assert!(terms(RiskClass::ALL[class]) <= terms(RiskClass::ALL[class + 1]));
        prop_assert!(terms(RiskClass::ALL[class]) >= category);
    }
}

#[test]
fn scores_are_read_and_meant() {
    let score = |text: &str| text.parse::<Score>();
    assert_eq!(score(" 0.35 ").unwrap().hundredths(), 35);
    assert_eq!((score("0").unwrap().hundredths(), score("1").unwrap().hundredths()), (0, 100));
    assert_eq!(score("good"), Err(UnreadableScore::NotANumber));
    assert_eq!(score("1.01"), Err(UnreadableScore::OutOfScale));
    let mean = |texts: &[&str]| {
        let scores: Vec<Score> = texts.iter().map(|text| score(text).unwrap()).collect();
        Score::mean(&scores)
    };
    assert_eq!(mean(&[]), None);
    assert_eq!(mean(&["0.2"]), Some(score("0.2").unwrap()));
    assert_eq!(mean(&["0.2", "0.4", "0.6"]), Some(score("0.4").unwrap()));
    // 0.00005 is half of what a score is kept to: up.
    assert_eq!(mean(&["0.2001", "0.2002"]), Some(score("0.2002").unwrap()));
}
