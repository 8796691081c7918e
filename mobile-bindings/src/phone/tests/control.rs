//! Tasks done from the phone, comments on the weekly list, own figures.

use chrono::NaiveDate;
use saldo_core::feed::{BonusRow, FeedRow, ListedInvoice, TaskAnswerRow, TaskRow, WeeklyListRow};
use saldo_core::ids::{FactId, InvoiceId, TaskId};
use saldo_core::money::Currency;
use saldo_core::policy::Policy;
use saldo_core::weekly_control::{Collected, Line, bonus_base, overdue_share};
use uuid::Uuid;

use super::{NOW, client, folder, id, invoice, world};
use crate::testing::person;
use crate::{CivilDate, Comment, FactState, PhoneError};

fn task(number: u128, with_client: bool) -> FeedRow {
    FeedRow::Task(TaskRow {
        id: TaskId(Uuid::from_u128(number)),
        task: "ladder_rep".to_owned(),
        title: "Contact the debtor".to_owned(),
        client: with_client.then(client),
        rule: "R7.1".to_owned(),
        due_on: None,
        done: false,
    })
}

#[test]
fn a_task_reported_as_done_is_done_here_until_the_server_says_otherwise() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    for row in [task(1, true), task(2, false)] {
        office.tell(1, &row);
    }
    phone.sync(office.transport(), NOW).expect("syncs");
    let (mine, desk) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
    let done = |task: &str, words: &str| phone.record_task_done(task, words.to_owned(), NOW);
    for (task, words) in [(&mine, " "), (&desk, "done"), (&"x".to_owned(), "done")] {
        assert!(done(task, words).is_err(), "{task} {words}");
    }
    let recorded = done(&mine, "called, pays on Friday").expect("keeps");
    let shown = || phone.tasks().expect("lists").into_iter().find(|one| one.task == mine);
    let view = shown().expect("is shown");
    assert!(view.done && view.reported && view.answer.is_none());
    assert!(matches!(done(&mine, "again"), Err(PhoneError::Invalid { .. })));
    phone.sync(office.transport(), NOW).expect("syncs");
    // The server did not end it.
    let fact: FactId = recorded.fact.parse().expect("an id");
    let words = "this asks for a decision".to_owned();
    let task = TaskId(Uuid::from_u128(1));
    office.tell(1, &FeedRow::TaskAnswer(TaskAnswerRow { fact, task, client: client(), words }));
    phone.sync(office.transport(), NOW).expect("syncs");
    let view = shown().expect("is shown again");
    assert!(!view.done && !view.reported);
    assert_eq!(view.answer.as_deref(), Some("this asks for a decision"));
    done(&mine, "tried again").expect("it may be reported again");
}

fn list(rep: &str) -> FeedRow {
    let line = |number: u128, due_on: &str| ListedInvoice {
        currency: Currency::EUR,
        line: Line {
            client: client(),
            invoice: InvoiceId(Uuid::from_u128(number)),
            number: format!("A-{number}"),
            due_on: due_on.parse().expect("a date"),
            days_overdue: 1,
            open_minor: 10_000,
            disputed_minor: 0,
        },
    };
    FeedRow::WeeklyList(WeeklyListRow {
        rep: rep.parse().expect("an id"),
        list_on: "2026-11-16".parse().expect("a date"),
        lines: vec![line(7, "2026-11-02"), line(8, "2026-11-10"), line(9, "2026-11-10")],
    })
}

#[test]
fn overdue_invoices_are_commented_offline() {
    let folder = folder();
    // Invoice 9 was paid since the list went out.
    let open = vec![invoice(7, "2026-11-02", 10_000), invoice(8, "2026-11-10", 9_000)];
    let (office, phone) = world(&folder, open);
    assert_eq!(phone.overdue_list(NOW).expect("looks"), None);
    let rep = person("anna").to_string();
    office.tell(1, &list(&rep));
    phone.sync(office.transport(), NOW).expect("syncs");
    let (seven, nine) = (Uuid::from_u128(7).to_string(), Uuid::from_u128(9).to_string());
    let says = |invoice: &str, comment| phone.record_comment(&id(), invoice, comment, NOW);
    let empty = Comment::Other { text: " ".to_owned() };
    let bad_day = Comment::PaysOn { day: CivilDate("tomorrow".to_owned()) };
    let passed = Comment::PaysOn { day: CivilDate("2026-11-17".to_owned()) };
    for wrong in [empty, bad_day, passed] {
        assert!(matches!(says(&seven, wrong), Err(PhoneError::Invalid { .. })));
    }
    assert!(says(&nine, Comment::Refuses).is_err(), "it is not open here");
    says(&seven, Comment::NotReached).expect("keeps");
    says(&seven, Comment::PaysOn { day: CivilDate("2026-11-20".to_owned()) }).expect("keeps");
    let shown = phone.overdue_list(NOW).expect("looks").expect("a list");
    let lines: Vec<_> = shown
        .lines
        .iter()
        .map(|line| (line.number.as_str(), line.days_overdue, line.comment.as_deref()))
        .collect();
    assert_eq!(lines, [("A-7", 16, Some("says it pays on 2026-11-20")), ("A-8", 8, None)]);
    assert_eq!(shown.lines[0].comment_state, Some(FactState::OnPhone));
    assert_eq!(shown.lines[1].open.minor, 9_000);
}

#[test]
fn a_rep_sees_its_own_figures() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let policy = Policy::default();
    let collected =
        Collected { prepaid_minor: 5_000, current_minor: 60_000, overdue_minor: 30_000 };
    for (whose, month) in [("anna", "2026-10-01"), ("anna", "2026-11-01"), ("boris", "2026-11-01")]
    {
        let month: NaiveDate = month.parse().expect("a date");
        office.tell(
            1,
            &FeedRow::Bonus(BonusRow {
                rep: person(whose),
                month,
                currency: Currency::EUR,
                as_of: month,
                collected,
                expected_minor: 100_000,
                base: bonus_base(&policy, collected, 100_000),
                share: Some(overdue_share(&policy, None, 100_000, 8_500)),
            }),
        );
    }
    phone.sync(office.transport(), NOW).expect("syncs");
    let months = phone.bonus().expect("shows");
    let shown: Vec<_> = months.iter().map(|one| (one.month.0.as_str(), one.base.minor)).collect();
    assert_eq!(shown, [("2026-11-01", 15_000), ("2026-10-01", 15_000)]);
    assert_eq!(months[0].overdue_percent.as_deref(), Some("8.5"));
    assert!(months[0].is_within);
}
