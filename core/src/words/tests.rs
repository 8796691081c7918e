//! Every reason in every language: told, with every number, and nothing left over.

use uuid::Uuid;

use super::*;
use crate::ids::InvoiceId;
use crate::money::Money;
use crate::samples::day;
use crate::time::UtcMillis;
use crate::verdict::LimitSource;

const NOW: UtcMillis = UtcMillis(1_795_000_000_000);

/// What a reason must mention.
enum Said {
    Money(i64),
    Number(i64),
    Date(&'static str),
    Text(&'static str),
    Role(Role),
    Category(Category),
    RiskClass(RiskClass),
}

/// Every variant once. A new one does not compile here before it has its line in [`every_what`].
fn place(what: &What) -> usize {
    match what {
        What::WithinShipmentLimit { .. } => 0,
        What::AboveShipmentLimit { .. } => 1,
        What::WithinCreditDepth { .. } => 2,
        What::AboveCreditDepth { .. } => 3,
        What::DeferralTooLong { .. } => 4,
        What::OnStopList { .. } => 5,
        What::ShipmentStopped { .. } => 6,
        What::PrepaymentRequired { .. } => 7,
        What::Prepaid => 8,
        What::OtherCurrency { .. } => 9,
        What::SnapshotTooOld { .. } => 10,
        What::WithinRepAuthority { .. } => 11,
        What::BeyondRepAuthority { .. } => 12,
        What::NonPayer => 13,
        What::HighRiskMark => 14,
        What::CategoryChanged { .. } => 15,
        What::RepeatedDeferral { .. } => 16,
        What::BeyondSupervisor { .. } => 17,
        What::BeyondHeadOfSales { .. } => 18,
        What::NothingDeferred { .. } => 19,
        What::InvoiceNotOpen { .. } => 20,
        What::Approved { .. } => 21,
        What::Turned { .. } => 22,
        What::SentUp { .. } => 23,
        What::Exempted { .. } => 24,
        What::RiskClassStricter { .. } => 25,
        What::LetterDemanded { .. } => 26,
        What::GuaranteedBy { .. } => 27,
        What::FeePaidInWeek { .. } => 28,
        What::FeeNotPaidInFull { .. } => 29,
        What::FeeOfAgreement { .. } => 30,
        What::NoFeeOpen { .. } => 31,
        What::OnLoan { .. } => 32,
        What::PartlyOnLoan { .. } => 33,
        What::LoanOver { .. } => 34,
        What::LoanGone => 35,
    }
}

/// How many places [`place`] gives.
const PLACES: usize = 36;

fn of_shipments() -> Vec<(What, Vec<Said>)> {
    use Said::{Money, Number, Text};
    let (limit_minor, used_minor, request_minor) = (1_111_111, 222_222, 33_333);
    let (depth_minor, receivable_minor, reserved_minor) = (4_444_444, 5_555, 66);
    let (invoice, number) = (InvoiceId(Uuid::nil()), "A-17".to_owned());
    let (months, source) = (3, LimitSource::Months);
    let limit = || vec![Money(1_111_111), Money(222_222), Money(33_333), Number(3)];
    let depth = || vec![Money(4_444_444), Money(5_555), Money(66), Money(33_333)];
    vec![
        (
            What::WithinShipmentLimit { limit_minor, used_minor, request_minor, months, source },
            limit(),
        ),
        (
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source },
            limit(),
        ),
        (
            What::WithinCreditDepth {
                depth_minor,
                receivable_minor,
                reserved_minor,
                request_minor,
            },
            depth(),
        ),
        (
            What::AboveCreditDepth { depth_minor, receivable_minor, reserved_minor, request_minor },
            depth(),
        ),
        (What::DeferralTooLong { asked_days: 31, allowed_days: 14 }, vec![Number(31), Number(14)]),
        (
            What::OnStopList {
                invoice,
                number: number.clone(),
                overdue_minor: 77_777,
                working_days_overdue: 8,
            },
            vec![Money(77_777), Text("A-17"), Number(8)],
        ),
        (
            What::ShipmentStopped { invoice, number, overdue_minor: 88_888, days_overdue: 21 },
            vec![Money(88_888), Text("A-17"), Number(21)],
        ),
        (What::PrepaymentRequired { percent: 50 }, vec![Number(50)]),
        (What::Prepaid, vec![]),
        (
            What::OtherCurrency { asked: "USD".parse().unwrap(), account: Currency::EUR },
            vec![Text("USD"), Text("EUR")],
        ),
        (
            What::RiskClassStricter {
                class: RiskClass::High,
                category: Category::Reliable,
                terms: Category::Threatened,
            },
            vec![
                Said::RiskClass(RiskClass::High),
                Said::Category(Category::Reliable),
                Said::Category(Category::Threatened),
            ],
        ),
        (What::SnapshotTooOld { as_of: NOW, lease_hours: 72 }, vec![Number(72)]),
        (
            What::OnLoan { left_minor: 9_999, request_minor: 8_888, until: NOW },
            vec![Money(9_999), Money(8_888)],
        ),
        (What::PartlyOnLoan { drawn_minor: 7_777, until: NOW }, vec![Money(7_777)]),
        (What::LoanOver { until: NOW }, vec![]),
        (What::LoanGone, vec![]),
    ]
}

fn of_deferrals() -> Vec<(What, Vec<Said>)> {
    use Said::{Date, Number, Role as Who, Text};
    let (days, granted_before, most) = (6, 2, 5);
    let (category, mark) = (Category::Threatened, Some(Mark::B));
    let authority = || {
        let of = Said::Category(Category::Threatened);
        vec![Number(6), Number(2), Number(5), of, Text("(b)")]
    };
    let (until, last) = (day("2026-12-24"), day("2026-12-18"));
    let number = "A-17".to_owned();
    let (up, head) = (Role::Supervisor, Role::HeadOfSales);
    vec![
        (What::WithinRepAuthority { days, granted_before, most, category, mark }, authority()),
        (What::BeyondRepAuthority { days, granted_before, most, category, mark }, authority()),
        (
            What::Exempted { lifted: "R4.1".to_owned(), until, why: "by order 7".to_owned() },
            vec![Text("R4.1"), Date("2026-12-24"), Text("by order 7")],
        ),
        (What::NonPayer, vec![]),
        (What::HighRiskMark, vec![Text("(c)")]),
        (What::CategoryChanged { category, at: NOW }, vec![Said::Category(category)]),
        (What::RepeatedDeferral { times: 2 }, vec![Number(2)]),
        (
            What::BeyondSupervisor { until, working_days: 14, most: 10 },
            vec![Date("2026-12-24"), Number(14), Number(10)],
        ),
        (What::BeyondHeadOfSales { until, last }, vec![Date("2026-12-24"), Date("2026-12-18")]),
        (What::NothingDeferred { until }, vec![Date("2026-12-24")]),
        (What::InvoiceNotOpen { invoice: InvoiceId(Uuid::nil()), number }, vec![Text("A-17")]),
        (What::Approved { role: up, at: NOW }, vec![Who(up)]),
        (
            What::Turned { role: up, at: NOW, why: "pays late again".to_owned() },
            vec![Who(up), Text("pays late again")],
        ),
        (What::SentUp { from: up, to: head, at: NOW }, vec![Who(up), Who(head)]),
        (What::LetterDemanded { role: up, at: NOW }, vec![Who(up)]),
        (
            What::GuaranteedBy { dated_on: last, pay_by: until, amount_minor: 99_999 },
            vec![Date("2026-12-18"), Date("2026-12-24"), Said::Money(99_999)],
        ),
    ]
}

fn of_waivers() -> Vec<(What, Vec<Said>)> {
    use Said::{Date, Money, Number, Text};
    let (number, role) = ("A-17".to_owned(), Role::HeadOfSales);
    let (on, fee_minor, open_minor) = (day("2026-12-24"), 3_333, 44_444);
    vec![
        (
            What::FeePaidInWeek { number: number.clone(), paid_on: on, week: 2, fee_minor, role },
            vec![Text("A-17"), Date("2026-12-24"), Number(2), Money(3_333), Said::Role(role)],
        ),
        (
            What::FeeNotPaidInFull { number: number.clone(), open_minor, fee_minor },
            vec![Text("A-17"), Money(44_444), Money(3_333), Said::Role(Role::Director)],
        ),
        (
            What::FeeOfAgreement { number: number.clone(), signed_on: on, fee_minor },
            vec![Text("A-17"), Date("2026-12-24"), Money(3_333), Said::Role(Role::Director)],
        ),
        (What::NoFeeOpen { number }, vec![Text("A-17")]),
    ]
}

fn every_what() -> Vec<(What, Vec<Said>)> {
    of_shipments().into_iter().chain(of_deferrals()).chain(of_waivers()).collect()
}

/// The numbers that stand in a text, with what groups their digits left out.
fn numbers_in(text: &str) -> Vec<String> {
    let plain = text.replace(numbers::THIN, "");
    plain
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_reason_says_every_number_in_every_language() {
    let all = every_what();
    let mut places: Vec<usize> = all.iter().map(|(what, _)| place(what)).collect();
    places.sort_unstable();
    assert_eq!(places, (0..PLACES).collect::<Vec<_>>(), "each variant has its line");
    for language in Language::ALL {
        for (what, said) in &all {
            let text = language.reason(what, Currency::EUR);
            assert!(!text.trim().is_empty() && text.trim() == text, "{language}: {what:?}");
            assert!(!text.contains(['{', '}']) && !text.contains("  "), "{language}: {text}");
            for said in said {
                let there = match said {
                    Said::Money(minor) => {
                        let money = Money::new(*minor, Currency::EUR);
                        text.contains(&amount(language, money))
                    }
                    Said::Number(number) => numbers_in(&text).contains(&number.to_string()),
                    Said::Date(date) => text.contains(&language.date(day(date))),
                    Said::Text(part) => text.contains(part),
                    Said::Role(role) => text.contains(language.role(*role)),
                    Said::Category(category) => text.contains(language.category(*category)),
                    Said::RiskClass(class) => text.contains(language.risk_class(*class)),
                };
                assert!(there, "{language}: {what:?} is told as: {text}");
            }
        }
    }
}

/// Whoever translates by copying forgets one: no two languages may say a whole reason alike.
#[test]
fn no_reason_is_left_untranslated() {
    for (what, _) in every_what() {
        let mut told: Vec<String> =
            Language::ALL.map(|language| language.reason(&what, Currency::EUR)).to_vec();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), Language::ALL.len(), "{what:?}: {told:?}");
    }
}

#[test]
fn every_word_is_there_and_tells_itself_from_the_others() {
    use Outcome::{Accepted, Held, Pending, Refused, Rejected, Released, Unknown};
    for language in Language::ALL {
        let outcomes = [Released, Held, Refused, Accepted, Pending, Rejected, Unknown];
        apart(outcomes.map(|outcome| language.outcome(outcome)).to_vec());
        let effects = [Effect::Allows, Effect::Holds, Effect::Refuses];
        apart(effects.map(|effect| language.effect(effect)).to_vec());
        apart(Role::ALL.map(|role| language.role(role)).to_vec());
        apart(Category::ALL.map(|category| language.category(category)).to_vec());
        apart(RiskClass::ALL.map(|class| language.risk_class(class)).to_vec());
        apart(Rung::ALL.map(|rung| language.rung(rung)).to_vec());
        let papers = [Paper::GuaranteeLetter, Paper::PaymentSchedule];
        apart(papers.map(|paper| language.paper(paper)).to_vec());
        let levels = [StopLevel::Free, StopLevel::StopList, StopLevel::Stopped];
        apart(levels.map(|level| language.stop_level(level)).to_vec());
        apart([Mark::A, Mark::B, Mark::C].map(|mark| language.mark(mark)).to_vec());
    }
}

fn apart(mut words: Vec<&'static str>) {
    let all = words.len();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), all, "{words:?}");
}

#[test]
fn days_and_hours_take_their_forms() {
    use Language::{English, Estonian, Latvian, Lithuanian, Russian};
    for (language, n, days, working_days, hours) in [
        (English, 1, "1 day", "1 working day", "1 hour"),
        (English, 21, "21 days", "21 working days", "21 hours"),
        (Estonian, 1, "1 päev", "1 tööpäev", "1 tund"),
        (Estonian, 21, "21 päeva", "21 tööpäeva", "21 tundi"),
        (Latvian, 1, "1 diena", "1 darba diena", "1 stunda"),
        (Latvian, 3, "3 dienas", "3 darba dienas", "3 stundas"),
        (Latvian, 11, "11 dienu", "11 darba dienu", "11 stundu"),
        (Latvian, 21, "21 diena", "21 darba diena", "21 stunda"),
        (Lithuanian, 1, "1 diena", "1 darbo diena", "1 valanda"),
        (Lithuanian, 3, "3 dienos", "3 darbo dienos", "3 valandos"),
        (Lithuanian, 10, "10 dienų", "10 darbo dienų", "10 valandų"),
        (Lithuanian, 21, "21 diena", "21 darbo diena", "21 valanda"),
        (Russian, 1, "1 день", "1 рабочий день", "1 час"),
        (Russian, 3, "3 дня", "3 рабочих дня", "3 часа"),
        (Russian, 11, "11 дней", "11 рабочих дней", "11 часов"),
        (Russian, 21, "21 день", "21 рабочий день", "21 час"),
    ] {
        assert_eq!(language.days(n), days);
        assert_eq!(language.working_days(n), working_days);
        assert_eq!(language.hours(n), hours);
    }
}

#[test]
fn months_and_times_take_their_forms() {
    let limit = |months| What::AboveShipmentLimit {
        limit_minor: 100,
        used_minor: 0,
        request_minor: 101,
        months,
        source: LimitSource::Months,
    };
    use Language::{English, Estonian, Latvian, Lithuanian, Russian};
    for (language, months, part) in [
        (English, 1, "the mean of 1 month)"),
        (English, 3, "the mean of 3 months)"),
        (Estonian, 1, "1 kuu keskmine"),
        (Estonian, 3, "3 kuu keskmine"),
        (Latvian, 1, "1 mēneša vidējais"),
        (Latvian, 3, "3 mēnešu vidējais"),
        (Lithuanian, 1, "1 mėnesio vidurkis"),
        (Lithuanian, 3, "3 mėnesių vidurkis"),
        (Russian, 1, "среднее за 1 месяц)"),
        (Russian, 3, "среднее за 3 месяца)"),
        (Russian, 12, "среднее за 12 месяцев)"),
    ] {
        let text = language.reason(&limit(months), Currency::EUR);
        assert!(text.contains(part), "{text}");
    }
    for (language, times, part) in [
        (English, 1, "1 time before"),
        (Estonian, 1, "1 kord"),
        (Latvian, 21, "21 reizi"),
        (Latvian, 2, "2 reizes"),
        (Lithuanian, 1, "1 kartą"),
        (Lithuanian, 2, "2 kartus"),
        (Lithuanian, 12, "12 kartų"),
        (Russian, 1, "1 раз"),
        (Russian, 2, "2 раза"),
        (Russian, 5, "5 раз"),
    ] {
        let text = language.reason(&What::RepeatedDeferral { times }, Currency::EUR);
        assert!(text.ends_with(part), "{text}");
    }
}

#[test]
fn dates_are_written_as_in_the_country() {
    let eve = day("2026-01-09");
    let told = Language::ALL.map(|language| language.date(eve));
    assert_eq!(told, ["2026-01-09", "09.01.2026", "09.01.2026.", "2026-01-09", "09.01.2026"]);
}

#[test]
fn a_language_is_known_by_its_code() {
    for language in Language::ALL {
        assert_eq!(language.code().parse(), Ok(language));
    }
    assert_eq!("lv-LV".parse(), Ok(Language::Latvian));
    assert_eq!("ru_RU".parse(), Ok(Language::Russian));
    let error = "de".parse::<Language>().unwrap_err().to_string();
    assert!(error.contains("en, et, lv, lt or ru"), "{error}");
}

#[test]
fn a_browser_gets_what_it_likes_best() {
    for (header, language) in [
        ("", Language::English),
        ("de, fr;q=0.9", Language::English),
        ("et", Language::Estonian),
        ("de-DE, lv-LV;q=0.8, en;q=0.5", Language::Latvian),
        ("en;q=0.5, ru;q=0.9", Language::Russian),
        ("lt;q=0", Language::English),
        ("lt;q=nonsense, et;q=0.1", Language::Estonian),
    ] {
        assert_eq!(Language::accepted(header), language, "{header}");
    }
}
