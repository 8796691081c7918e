use proptest::prelude::*;

use super::*;
use crate::roles::Role;
use crate::samples::{any_day, day, default_policy};

const TODAY: &str = "2026-11-18"; // a Wednesday

fn doing(step: Step) -> State {
    State::Doing { step, since: day("2026-11-10") }
}

/// One of every kind; the waiting ones wait beyond today.
fn states() -> Vec<State> {
    let mut states: Vec<State> = Step::ALL.map(doing).into();
    states.extend([
        State::Demanded { delivered_on: day("2026-11-16") },
        State::PreTrial { delivered_on: day("2026-11-16") },
        State::Agreed { pay_by: day("2026-11-20") },
        State::Ended,
    ]);
    states
}

fn after(state: State, event: Event, today: &str) -> State {
    let (policy, calendar) = default_policy();
    next(&policy, &calendar, state, event, day(today))
}

/// A letter for the state, for the table below.
fn letter(state: State) -> &'static str {
    match state {
        State::Doing { step, .. } => match step {
            Step::Contact => "1",
            Step::Propose => "2",
            Step::Reconcile => "3",
            Step::Demand => "4",
            Step::Claim => "c",
            Step::AskAgain => "6",
            Step::Court => "7",
        },
        State::Demanded { .. } => "d",
        State::PreTrial { .. } => "p",
        State::Agreed { .. } => "a",
        State::Ended => "e",
    }
}

/// Every state with every event; a point: it stays exactly as it was.
#[test]
fn the_whole_table() {
    let events = Event::all(day("2026-12-01"));
    let mut found = vec!["from 1 2 3 4 c 6 7 d p a e".to_owned()];
    for event in events {
        let mut row = format!("{event:?}").split(' ').next().unwrap_or_default().to_owned();
        for state in states() {
            let then = after(state, event, TODAY);
            row += if then == state { " ." } else { " " };
            row += if then == state { "" } else { letter(then) };
        }
        found.push(row);
    }
    let expected = "\
from 1 2 3 4 c 6 7 d p a e
Reached 2 . . . . . . 3 . . .
Met 3 3 . 3 . . . 3 . . .
NoDialogue 4 4 4 . . 4 . . . . .
Opposes 4 4 4 . . 4 . . . . .
TermsSigned a a a a a a a a a a .
AsksAgain 6 6 6 6 . . . 6 . 6 .
TermsRefused . . . . . 3 . . . . .
DemandDelivered . . . d . . . . . . .
ClaimDelivered . . . . p . . . . . .
PaidInPart . . . . . . . 3 . . .
PaidInPartSilently 3 3 . . 4 3 . 4 4 . .
PaidInFull e e e e e e e e e e .
WentToCourt . . . . . . . . . . .
Settled e e e e e e e e e e .
DayOver . . . . . . . . . . .";
    assert_eq!(found.join("\n"), expected);
}

/// What passes with the days alone, on the last day and on the one after.
#[test]
fn deadlines_of_the_client() {
    let doing = |step, since: &str| State::Doing { step, since: day(since) };
    let demanded = |on: &str| State::Demanded { delivered_on: day(on) };
    let pre_trial = State::PreTrial { delivered_on: day("2026-11-02") };
    let agreed = State::Agreed { pay_by: day("2026-11-20") };
    for (state, today, expected) in [
        (demanded("2026-11-16"), "2026-11-19", demanded("2026-11-16")), // the third day
        (demanded("2026-11-16"), "2026-11-20", doing(Step::Claim, "2026-11-20")),
        (demanded("2026-11-18"), "2026-11-23", demanded("2026-11-18")), // Saturday: Monday
        (demanded("2026-11-18"), "2026-11-24", doing(Step::Claim, "2026-11-24")),
        (pre_trial, "2026-12-02", pre_trial), // the thirtieth day
        (pre_trial, "2026-12-03", doing(Step::Court, "2026-12-03")),
        (pre_trial, "2027-02-01", doing(Step::Court, "2026-12-03")), // looked at late
        (agreed, "2026-11-20", agreed),
        (agreed, "2026-11-21", doing(Step::Contact, "2026-11-21")),
    ] {
        assert_eq!(after(state, Event::DayOver, today), expected, "{state:?} {today}");
    }
}

#[test]
fn deadlines_of_the_owners() {
    let (policy, calendar) = default_policy();
    for (since, by) in
        [("2026-11-16", "2026-11-19"), ("2026-11-19", "2026-11-24"), ("2026-12-23", "2026-12-30")]
    {
        let state = State::Doing { step: Step::Propose, since: day(since) };
        let duty = duty(&policy, &calendar, state).unwrap();
        assert_eq!((duty.step, duty.by), (Step::Propose, day(by)), "{since}");
        assert_eq!(waits_until(&policy, &calendar, state), None);
    }
    for state in states() {
        let (ours, theirs) =
            (duty(&policy, &calendar, state), waits_until(&policy, &calendar, state));
        assert!(ours.is_none() || theirs.is_none(), "it is one side's turn: {state:?}");
        assert_eq!(ours.is_none() && theirs.is_none(), state == State::Ended);
    }
}

/// From the first silence to court, and nothing but days and deliveries between.
#[test]
fn a_client_that_never_answers_ends_in_court() {
    let mut state = State::begun(day("2026-11-02"));
    for (today, event, expected) in [
        ("2026-11-03", Event::NoDialogue, "4"),
        ("2026-11-05", Event::DemandDelivered, "d"),
        ("2026-11-09", Event::DayOver, "d"), // the 8th is a Sunday
        ("2026-11-10", Event::DayOver, "c"),
        ("2026-11-12", Event::ClaimDelivered, "p"),
        ("2026-11-20", Event::Reached, "p"),
        ("2026-12-12", Event::DayOver, "p"),
        ("2026-12-13", Event::DayOver, "7"),
        ("2027-03-01", Event::Settled, "e"),
        ("2027-03-02", Event::NoDialogue, "e"),
    ] {
        state = after(state, event, today);
        assert_eq!(letter(state), expected, "{today} {event:?}");
    }
}

#[test]
fn each_step_has_its_owners_and_papers() {
    let table = Step::ALL.map(|step| (step.number(), step.owners().len(), step.papers().len()));
    assert_eq!(
        table,
        [(1, 1, 0), (2, 1, 1), (3, 2, 3), (4, 5, 4), (4, 5, 1), (6, 3, 0), (7, 3, 1)]
    );
    assert_eq!(Step::Court.owners()[0], Role::Legal);
    for step in Step::ALL {
        assert_eq!(Step::try_from(step.name().to_owned()), Ok(step));
        assert!(!step.duty().is_empty());
        assert!(step.papers().iter().all(|paper| !paper.title().is_empty()));
    }
    assert!(Step::try_from("pray".to_owned()).is_err());
}

proptest! {
    /// The same event again on the same day changes nothing, what has ended stays ended, and money
    /// ends everything.
    #[test]
    fn events_can_come_twice(
        events in prop::collection::vec((0..15_usize, 0..20_u64), 0..12), begun in any_day(),
    ) {
        let (policy, calendar) = default_policy();
        let (mut state, mut today) = (State::begun(begun), begun);
        for (number, later) in events {
            today = today + Days::new(later);
            let event = Event::all(today + Days::new(3))[number];
            let ended = state == State::Ended;
            state = next(&policy, &calendar, state, event, today);
            prop_assert_eq!(next(&policy, &calendar, state, event, today), state);
            prop_assert!(!ended || state == State::Ended);
            let paid = next(&policy, &calendar, state, Event::PaidInFull, today);
            prop_assert_eq!(paid, State::Ended);
        }
    }
}

/// A case is what happened up to the day that is asked for, in the order of days.
#[test]
fn a_case_stands_where_its_events_left_it() {
    let (policy, calendar) = default_policy();
    let on = |events: &[(&str, Event)], today: &str| {
        let events: Vec<_> = events.iter().map(|(on, event)| (day(on), *event)).collect();
        state_on(&policy, &calendar, day("2026-11-10"), &events, day(today))
    };
    let reached = [("2026-11-11", Event::Reached)];
    assert_eq!(on(&[], "2026-11-10"), State::begun(day("2026-11-10")));
    assert_eq!(on(&reached, "2026-11-10"), State::begun(day("2026-11-10")), "not yet");
    let propose = State::Doing { step: Step::Propose, since: day("2026-11-11") };
    assert_eq!(on(&reached, "2026-11-11"), propose);
    let early = [("2026-11-05", Event::Reached)];
    let since_begun = State::Doing { step: Step::Propose, since: day("2026-11-10") };
    assert_eq!(on(&early, "2026-11-10"), since_begun, "heard before it began");
    let paid = [("2026-11-12", Event::PaidInFull), ("2026-11-11", Event::Reached)];
    assert_eq!(on(&paid, "2026-11-12"), State::Ended);
}
