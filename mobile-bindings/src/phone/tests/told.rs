//! What the phone is told besides: tasks, alerts, risk, fees; other phones and other time zones.

use super::*;

#[test]
fn tasks_and_alerts() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    for (number, due_on, done) in [
        (1, None, false),
        (2, Some("2026-11-20"), false),
        (3, Some("2026-11-19"), false),
        (4, None, true),
    ] {
        office.tell(
            1,
            &FeedRow::Task(TaskRow {
                id: TaskId(Uuid::from_u128(number)),
                task: "ladder_rep".to_owned(),
                title: number.to_string(),
                client: Some(client()),
                rule: "R7.1".to_owned(),
                due_on: due_on.map(|day: &str| day.parse().expect("a date")),
                done,
            }),
        );
    }
    office.tell(
        1,
        &FeedRow::Alert(AlertRow {
            id: AlertId(Uuid::from_u128(1)),
            client: client(),
            text: "marked (c)".to_owned(),
            rule: "R6.1".to_owned(),
            raised_at: Instant(NOW.0),
        }),
    );
    phone.sync(office.transport(), NOW).expect("syncs");
    let titles: Vec<_> = phone.tasks().expect("lists").into_iter().map(|task| task.title).collect();
    assert_eq!(titles, ["3", "2", "1", "4"]);
    let alerts = phone.alerts().expect("lists");
    assert_eq!((alerts.len(), alerts[0].client_code.as_str()), (1, "C-1"));
}

/// R12.1, R12.3: the class stands in the list and with what made it in the client's view; the rep's
/// days and each invoice's likelihood follow it.
#[test]
fn a_clients_risk_is_shown_with_what_made_it() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let before = phone.client(&id(), NOW).expect("shows").account.expect("figures");
    assert_eq!(before.risk, None);
    let row = r#"{"kind":"risk","client":"CLIENT","assessed_on":"2026-11-18","policy_version":1,
        "assessment":{"internal":{"score":7255,"known":true,"contributions":[
            {"contribution":"beginning","against":70000,"in_favour":70000},
            {"contribution":"overdue","invoices":1,"longest_days":1,"against":115000}]},
        "external":{"external":"not_used"},"class":"high","decided_by":"internal"}}"#;
    let row: FeedRow = serde_json::from_str(&row.replace("CLIENT", &id())).expect("a row");
    office.tell(1, &row);
    phone.sync(office.transport(), NOW).expect("syncs");
    let risk = phone.client(&id(), NOW).expect("shows").account.expect("figures").risk;
    let risk = risk.expect("assessed");
    assert_eq!((risk.class, risk.class_text.as_str()), (RiskClass::High, "high risk"));
    assert_eq!(risk.score.as_deref(), Some("0.73"));
    assert_eq!(
        risk.why,
        [
            "decided by the client's own payments",
            "internal score: 0.73",
            "before anything is known: points against 0.70, points for 0.70",
            "invoices overdue now: 1 (up to 1 day); points against 1.15",
            "no provider of credit scores is asked",
        ]
    );
}

#[test]
fn two_phones_side_by_side() {
    let (one, two) = (folder(), folder());
    let (office, anna) = world(&one, Vec::new());
    let boris = office.phone(two.path(), "boris");
    boris.sync(office.transport(), NOW).expect("syncs");
    anna.record_note(&id(), "from Anna", NOW).expect("keeps");
    boris.record_note(&id(), "from Boris", NOW).expect("keeps");
    let words = |phone: &Phone| {
        let facts = phone.client(&id(), NOW).expect("shows").facts;
        facts.into_iter().map(|fact| fact.words).collect::<Vec<_>>()
    };
    assert_eq!(
        (words(&anna), words(&boris)),
        (vec!["note: from Anna".to_owned()], vec!["note: from Boris".to_owned()])
    );
    for phone in [&anna, &boris] {
        assert_eq!(phone.sync(office.transport(), NOW).expect("syncs").sent, 1);
    }
    assert_eq!((office.notes().len(), office.books().breaks), (2, 0));
}

#[test]
fn times_are_the_companys() {
    let folder = folder();
    let (_, phone) = world(&folder, Vec::new());
    assert_eq!(phone.time_in_words(NOW), Ok("2026-11-18 14:00".to_owned()));
    assert_eq!(phone.parse_time("2026-11-18 14:00"), Ok(NOW));
    // 03:30 does not exist on the last Sunday of March.
    assert!(phone.parse_time("2026-03-29 03:30").is_err());
    // Section 15, example 9: 23:30 in Tallinn is still today.
    assert_eq!(phone.day_of(UtcMillis(1_764_538_200_000)), Ok(CivilDate("2025-11-30".to_owned())));
}

/// R8: today's fee offline, a waiver written offline, and both told by the provisional verdict.
#[test]
fn a_fee_is_computed_and_waived_offline() {
    use saldo_core::late_fee::{FeeItem, Fees, FeesRow};

    use crate::NewWaiver;

    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let id = client().to_string();
    let fees =
        |phone: &Phone| phone.client(&id, NOW).expect("reads").account.expect("figures").fees;
    assert_eq!(fees(&phone), None);
    let day = |text: &str| text.parse().expect("a date");
    office.tell(
        1,
        &FeedRow::Fees(Box::new(FeesRow {
            beside_account: true,
            fees: Fees {
                client: client(),
                currency: Currency::EUR,
                items: vec![FeeItem {
                    invoice: InvoiceId(Uuid::from_u128(7)),
                    number: "A-7".to_owned(),
                    due_on: day("2026-10-01"),
                    principal_minor: 100_000,
                    disputed_minor: 0,
                    paid: vec![(day("2026-10-05"), 100_000)],
                    fee_paid: vec![],
                    waived: vec![],
                    agreed: None,
                }],
                agreements: vec![],
            },
        })),
    );
    phone.sync(office.transport(), NOW).expect("syncs");
    let found = fees(&phone).expect("fees");
    assert_eq!((found.open.minor, found.payable.minor, found.fees.len()), (1_500, 0, 1));
    assert_eq!((found.fees[0].week, found.fees[0].rate_percent.as_str()), (1, "1.5"));

    let waiver = |invoice: u128, why: &str| NewWaiver {
        invoice: Uuid::from_u128(invoice).to_string(),
        why: why.to_owned(),
    };
    let unknown = phone.record_waiver(&id, waiver(8, "x"), NOW);
    assert!(matches!(unknown, Err(PhoneError::NotFound { .. })));
    let silent = phone.record_waiver(&id, waiver(7, " "), NOW);
    assert!(matches!(silent, Err(PhoneError::Invalid { .. })));
    let recorded = phone.record_waiver(&id, waiver(7, "paid at once"), NOW).expect("records");
    let verdict = recorded.provisional.expect("a verdict");
    assert_eq!(verdict.outcome, Outcome::Accepted);
    assert_eq!(fees(&phone).expect("fees").open.minor, 0);
    assert_eq!(phone.verdicts(NOW).expect("verdicts").len(), 1);
}
