use super::*;
use crate::import::Problem;

const HEAD: &str = "client,number,issued_on,due_on,amount,currency,settled_on,paid_amount,paid_on,\
                    disputed";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Reads rows under [`HEAD`] on 2026-03-11.
fn read(rows: &[&str]) -> (Vec<Receivable>, Vec<Problem>) {
    read_with(rows, &Mapping::default())
}

fn read_with(rows: &[&str], mapping: &Mapping) -> (Vec<Receivable>, Vec<Problem>) {
    let text = format!("{HEAD}\n{}\n", rows.join("\n"));
    let mut problems = Problems::default();
    let table = Table::read(&text, None, &mut problems).unwrap();
    let (receivables, _) =
        read_receivables(&table, mapping, Currency::EUR, day("2026-03-11"), &mut problems).unwrap();
    (receivables, problems.by_line().into_iter().cloned().collect())
}

#[test]
fn a_good_row_is_read_as_it_stands() {
    let (receivables, problems) =
        read(&["C1,7,2026-01-10,2026-01-24,100.50,usd,,40,2026-01-20,Yes"]);
    assert_eq!(problems, []);
    assert_eq!(
        receivables,
        [Receivable {
            line: 2,
            client_code: "C1".to_owned(),
            client_name: None,
            country: String::new(),
            territory: None,
            number: "7".to_owned(),
            issued_on: Some(day("2026-01-10")),
            due_on: day("2026-01-24"),
            amount: "100.50 USD".parse().unwrap(),
            paid: Some(Paid { paid_on: day("2026-01-20"), amount_minor: 4_000 }),
            settled_on: None,
            disputed: Some(true),
        }]
    );
}

#[test]
fn a_bad_row_says_everything_that_is_wrong_and_stops_no_other() {
    for (row, expected) in [
        (",,,,,,,,,", vec![]),
        (",7,,2026-01-24,1,,,,,", vec![("client", ProblemKind::MissingField, "empty")]),
        ("C,7,,,1,,,,,", vec![("due_on", ProblemKind::MissingField, "empty")]),
        (
            "C,,,24.1.26,x,,,,,",
            vec![
                ("number", ProblemKind::MissingField, "empty"),
                ("due_on", ProblemKind::BadDate, "no date"),
                ("amount", ProblemKind::BadAmount, "no amount"),
            ],
        ),
        ("C,7,,2026-01-24,0,,,,,", vec![("amount", ProblemKind::BadAmount, "zero")]),
        ("C,7,,2026-01-24,-5.00,,,,,", vec![("amount", ProblemKind::BadAmount, "negative")]),
        ("C,7,,2026-01-24,5.001,,,,,", vec![("amount", ProblemKind::BadAmount, "more decimals")]),
        (
            "C,7,,2026-01-24,99999999999999,,,,,",
            vec![("amount", ProblemKind::BadAmount, "larger than can be kept")],
        ),
        (
            "C,7,,2026-01-24,1,EURO,,,,",
            vec![("currency", ProblemKind::BadCurrency, "three letters")],
        ),
        ("C,7,,2046-03-12,1,,,,,", vec![("due_on", ProblemKind::BadDate, "20 years away")]),
        ("C,7,,2006-03-10,1,,,,,", vec![("due_on", ProblemKind::BadDate, "20 years away")]),
        (
            "C,7,2026-01-10,2026-01-24,1,,2026-01-09,,,",
            vec![("settled_on", ProblemKind::SettledBeforeIssued, "before 2026-01-10")],
        ),
        ("C,7,,2026-01-24,1,,2026-03-12,,,", vec![("settled_on", ProblemKind::BadDate, "future")]),
        ("C,7,,2026-01-24,1,,,5,,", vec![("paid_on", ProblemKind::MissingField, "empty")]),
        ("C,7,,2026-01-24,1,,,-5,,", vec![("paid_amount", ProblemKind::BadAmount, "negative")]),
        ("C,7,,2026-01-24,1,,,,,maybe", vec![("disputed", ProblemKind::BadFlag, "neither")]),
        ("C,7,,2026-01-24,1", vec![("", ProblemKind::RowShape, "5 fields, the header 10")]),
    ] {
        let (receivables, problems) = read(&[row, "C,good,,2026-01-24,1.00,,,,,no"]);
        assert_eq!(receivables.len(), 1, "{row}");
        assert_eq!((receivables[0].line, receivables[0].number.as_str()), (3, "good"));
        assert_eq!(problems.len(), expected.len(), "{row}: {problems:?}");
        for (problem, (column, kind, part)) in problems.iter().zip(expected) {
            assert_eq!((problem.line, problem.column.as_str(), problem.kind), (2, column, kind));
            assert!(problem.reason.contains(part), "{row}: {}", problem.reason);
        }
    }
}

#[test]
fn the_last_day_within_reach_is_taken() {
    let (receivables, problems) =
        read(&["C,7,,2046-03-11,1.00,,,,,", "C,8,,2006-03-11,1.00,,2026-03-11,0,,"]);
    assert_eq!((receivables.len(), problems), (2, vec![]));
    assert_eq!(receivables[1].paid, None);
    assert_eq!(receivables[1].disputed, Some(false));
}

#[test]
fn an_issue_date_after_the_due_date_is_turned_round_or_not_known() {
    for (issued_on, due_on, taken, kind) in [
        ("2026-01-24", "2026-01-24", Some("2026-01-24"), None),
        // 3 November is 11 March.
        ("2020-11-03", "2020-03-26", Some("2020-03-11"), Some(ProblemKind::DatesSwapped)),
        ("2020-11-03", "2020-03-11", Some("2020-03-11"), Some(ProblemKind::DatesSwapped)),
        ("2020-11-03", "2020-03-10", None, Some(ProblemKind::IssuedAfterDue)),
        // There is no month 28.
        ("2020-04-28", "2020-04-15", None, Some(ProblemKind::IssuedAfterDue)),
    ] {
        let (receivables, problems) = read(&[&format!("C,7,{issued_on},{due_on},1.00,,,,,")]);
        assert_eq!(receivables[0].issued_on, taken.map(day), "{issued_on}");
        assert_eq!(problems.first().map(|problem| problem.kind), kind);
        for problem in problems {
            assert!(problem.reason.contains(issued_on) && problem.reason.contains(due_on));
        }
    }
}

#[test]
fn a_mapping_says_what_the_file_does_not() {
    let mapping = Mapping::from_toml(
        "currency = \"SEK\"\ndate_format = \"%d.%m.%y\"\ndecimal = \",\"\n\
         [columns]\nclient_code = \"number\"\ninvoice_number = \"client\"\ndisputed = \"\"",
        "mapping.toml",
    )
    .unwrap();
    let (receivables, problems) = read_with(&["7,C,,24.01.26,\"1.250,5\",,,,,maybe"], &mapping);
    assert_eq!(problems, []);
    assert_eq!(receivables[0].client_code, "C");
    assert_eq!(receivables[0].amount.to_string(), "1250.50 SEK");
    assert_eq!(receivables[0].due_on, day("2026-01-24"));
    assert_eq!(receivables[0].disputed, None);
}

#[test]
fn a_mapping_that_cannot_be_says_so() {
    for (toml, part) in [
        ("colums = 1", "mapping.toml cannot be read"),
        ("[columns]\ncustomer = \"x\"", "\"customer\" is no field"),
        ("encoding = \"latin\"", "mapping.toml cannot be read"),
    ] {
        let error = Mapping::from_toml(toml, "mapping.toml").unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let error = Mapping::default().set_column("amount").unwrap_err().to_string();
    assert!(error.contains("FIELD=NAME"), "{error}");
}
