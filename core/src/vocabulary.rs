//! One word for one thing: every name that is kept in SQL and JSON reads back as what it names, no
//! two things share one, and what people read of each is neither empty nor another's.

use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::dispute::DisputeKind;
use crate::enforcement::{Event, Paper as StepPaper, Step};
use crate::escalation::Rung;
use crate::paper::PaperKind;
use crate::priority::Because;
use crate::reminder::Occasion;
use crate::restructuring::Missing;
use crate::roles::Role;
use crate::samples::day;
use crate::stop_list::StopLevel;

/// Each word is its own, and looks like words do.
fn told_apart<T: Debug>(all: &[T], word: impl Fn(&T) -> &'static str) {
    let mut seen = BTreeSet::new();
    for thing in all {
        let word = word(thing);
        assert!(word.len() > 2 && word != "xyzzy", "{thing:?} is {word:?}");
        assert!(seen.insert(word), "{thing:?} shares {word:?}");
    }
}

/// The names are kept for ever: they are spelt out.
fn named<T>(all: &[T], name: impl Fn(&T) -> &'static str, expected: &[&str])
where
    T: TryFrom<String> + Debug + PartialEq,
    T::Error: Debug,
{
    let names: Vec<_> = all.iter().map(name).collect();
    assert_eq!(names, expected);
    for (thing, name) in all.iter().zip(expected) {
        assert_eq!(&T::try_from((*name).to_owned()).expect("is its name"), thing);
    }
    assert!(T::try_from("no such name".to_owned()).is_err());
}

#[test]
fn roles() {
    let names = [
        "rep",
        "supervisor",
        "head_of_sales",
        "finance_control",
        "commercial_director",
        "director",
        "security",
        "legal",
        "operator",
    ];
    named(&Role::ALL, |role| role.name(), &names);
    told_apart(&Role::ALL, |role| role.title());
    for role in Role::ALL {
        assert_eq!(Role::from_name(role.name()), Some(role));
    }
    assert_eq!(Role::from_name("manager"), None);
}

/// R6.5, R6.7: who decides when a role does not.
#[test]
fn the_way_up_ends_at_the_director() {
    use Role::{CommercialDirector, Director, HeadOfSales, Operator, Rep, Supervisor};
    for (role, above) in [
        (Rep, Some(Supervisor)),
        (Supervisor, Some(HeadOfSales)),
        (HeadOfSales, Some(Director)),
        (Role::FinanceControl, Some(Director)),
        (CommercialDirector, Some(Director)),
        (Role::Security, Some(Director)),
        (Role::Legal, Some(Director)),
        (Director, None),
        (Operator, None),
    ] {
        assert_eq!(role.above(), above, "{role:?}");
        let sees_some = matches!(role, Rep | Supervisor | Operator);
        assert_eq!(role.sees_whole_company(), !sees_some, "{role:?}");
    }
}

#[test]
fn rungs() {
    let names = [
        "rep",
        "supervisor",
        "head_of_sales",
        "finance_control",
        "security",
        "director",
        "legal",
        "write_off",
    ];
    named(&Rung::ALL, |rung| rung.name(), &names);
    told_apart(&Rung::ALL, |rung| rung.duty());
    for (number, rung) in (1..).zip(Rung::ALL) {
        assert_eq!(rung.rule(), format!("R7.{number}"));
        assert_eq!(rung.to_string(), rung.name());
    }
}

#[test]
fn papers_and_disputes() {
    told_apart(&PaperKind::ALL, |paper| paper.title());
    told_apart(&DisputeKind::ALL, |dispute| dispute.title());
    told_apart(&DisputeKind::ALL, |dispute| dispute.duty());
    for paper in PaperKind::ALL {
        use PaperKind::{Claim, ClaimLetter, Demand, GuaranteeLetter, NoticeLetter};
        assert_eq!(paper.names_payment(), paper == GuaranteeLetter, "{paper:?}");
        let sent = [NoticeLetter, ClaimLetter, Demand, Claim].contains(&paper);
        assert_eq!(paper.is_sent(), sent, "{paper:?}");
    }
}

#[test]
fn enforcement() {
    let events = Event::all(day("2026-11-20"));
    let names = [
        "reached",
        "met",
        "no_dialogue",
        "opposes",
        "terms_signed",
        "asks_again",
        "terms_refused",
        "demand_delivered",
        "claim_delivered",
        "paid_in_part",
        "paid_in_part_silently",
        "paid_in_full",
        "went_to_court",
        "settled",
        "day_over",
    ];
    assert_eq!(events.map(Event::name), names);
    told_apart(&events, |event| event.title());
    told_apart(&Step::ALL, |step| step.duty());
    let papers: Vec<StepPaper> = Step::ALL.iter().flat_map(|step| step.papers()).copied().collect();
    assert!(papers.iter().all(|paper| paper.title().len() > 4 && paper.title() != "xyzzy"));
}

#[test]
fn stop_levels_reminders_priorities_and_what_an_agreement_lacks() {
    let levels = [StopLevel::Free, StopLevel::StopList, StopLevel::Stopped];
    named(&levels, |level| level.name(), &["free", "stop_list", "stopped"]);

    let occasions = [Occasion::Written, Occasion::Personal, Occasion::Call];
    assert_eq!(occasions.map(Occasion::rule), ["R5.3", "R5.4", "R5.5"]);
    told_apart(&occasions, |occasion| occasion.duty());

    let because = [Because::Prepaid, Because::PaysOnTime, Because::ByTime];
    assert_eq!(because.map(Because::name), ["prepaid", "pays_on_time", "by_time"]);
    told_apart(&because, |because| because.title());

    let missing = [Missing::WrittenRequest, Missing::Fee, Missing::Guarantees, Missing::Schedule];
    told_apart(&missing, |missing| missing.in_words());
}
