//! A day of two reps and the office: offline, sync, judge, approve, sync; server and phone are
//! killed in between, and nothing is lost or done twice.

use std::time::Duration;

use saldo_tests::{HarnessError, Office, Phone, Said, Server, in_days};
use serde_json::json;

const PASSWORD: &str = "saldo-demo";

fn said(phone: &Phone, arguments: &[&str]) -> Said {
    let said = phone.run(arguments).unwrap();
    assert!(said.done, "{arguments:?}: {}", said.text);
    said
}

fn let_in(server: &Server, folder: &std::path::Path, login: &str) -> Phone {
    let phone = Phone::new(folder, login);
    let code = server.enrolment_code(login).unwrap();
    said(&phone, &["enrol", "--server", server.url(), "--code", code]);
    said(&phone, &["sync"]);
    phone
}

#[test]
fn a_day_of_two_reps_and_the_office() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::demo(folder.path()).unwrap();
    let mari = let_in(&server, folder.path(), "mari");
    let jaan = let_in(&server, folder.path(), "jaan");

    // The server is gone: everything goes on, on what the phones know.
    server.kill().unwrap();
    the_phones_work_alone(&mari, &jaan);
    let nobody = mari.run(&["sync"]).unwrap();
    assert!(!nobody.done && nobody.all_of(&["cannot be reached"]), "{}", nobody.text);

    // It comes back and is killed while a phone syncs; the phone is killed while it syncs, too.
    server.kill_and_restart().unwrap();
    for millis in [5, 20, 60, 120] {
        mari.run_and_kill(&["sync"], Duration::from_millis(millis)).unwrap();
    }
    server.kill_and_restart().unwrap();
    said(&mari, &["sync"]);
    said(&jaan, &["sync"]);

    the_server_has_judged(&mari, &jaan);
    the_office_decides(&server);
    said(&mari, &["sync"]);
    let verdicts = said(&mari, &["verdicts"]);
    assert!(verdicts.all_of(&["approved by the supervisor"]), "{}", verdicts.text);

    a_night_passes(&server, &jaan);
    every_verdict_comes_out_again(&server);
}

/// What the reps see and record without a network.
fn the_phones_work_alone(mari: &Phone, jaan: &Phone) {
    assert!(said(mari, &["today"]).all_of(&["1001"]), "the route sheet names the client");
    let account = said(mari, &["client", "1001"]);
    assert!(account.all_of(&["1001-015", "1240.00", "reliable"]), "{}", account.text);

    said(mari, &["visit", "1001", "--mark", "a", "--note", "full shelves"]);
    let five = said(
        mari,
        &[
            "promise",
            "1001",
            "--invoice",
            "1001-015",
            "--pay-by",
            &in_days(6),
            "--reason",
            "no-funds",
        ],
    );
    assert!(five.all_of(&["provisional", "R6.4"]), "{}", five.text);
    // The fact is kept even when the phone dies right after it said so, or before.
    mari.run_and_kill(&["note", "1001", "killed"], Duration::from_millis(3)).unwrap();
    let released = said(mari, &["order", "1002", "--amount", "2000.00"]);
    assert!(released.all_of(&["released"]), "{}", released.text);
    let held = said(mari, &["order", "1002", "--amount", "0.01"]);
    assert!(held.all_of(&["held", "R4.1"]), "{}", held.text);
    said(mari, &["receipt", "1003", "--amount", "500.00", "--cash"]);

    let accepted = said(
        jaan,
        &[
            "promise",
            "2001",
            "--invoice",
            "2001-015",
            "--pay-by",
            &in_days(3),
            "--reason",
            "forgot",
        ],
    );
    assert!(accepted.all_of(&["accepted"]), "{}", accepted.text);
    let refused = said(jaan, &["order", "2002", "--amount", "300.00"]);
    assert!(refused.all_of(&["refused", "R4.4"]), "{}", refused.text);
    said(jaan, &["visit", "2002", "--mark", "c", "--note", "shop closed"]);
}

/// What the phones learn with the sync.
fn the_server_has_judged(mari: &Phone, jaan: &Phone) {
    let verdicts = said(mari, &["verdicts"]);
    assert!(verdicts.all_of(&["pending", "released", "held"]), "{}", verdicts.text);
    assert!(!verdicts.text.contains("provisional"), "{}", verdicts.text);
    let status = said(mari, &["status"]);
    assert!(!status.text.contains("refused"), "{}", status.text);
    let verdicts = said(jaan, &["verdicts"]);
    assert!(verdicts.all_of(&["accepted", "refused"]), "{}", verdicts.text);
    assert!(said(jaan, &["alerts"]).all_of(&["(c)"]));
}

/// The supervisor approves the deferral, three approve the order; nobody decides twice, and
/// another team's supervisor sees nothing.
fn the_office_decides(server: &Server) {
    let tiina = Office::sign_in(server.url(), "tiina", PASSWORD).unwrap();
    let andris = Office::sign_in(server.url(), "andris", PASSWORD).unwrap();
    let waiting = tiina.inbox_about("1001").unwrap();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert!(andris.inbox_about("1001").unwrap().is_empty());
    let foreign = andris.get(&format!("/v1/tasks/{}", waiting[0]["id"].as_str().unwrap()));
    assert!(matches!(foreign, Err(HarnessError::Refused { status: 404, .. })), "{foreign:?}");
    let client = waiting[0]["client"].as_str().unwrap();
    let foreign = andris.get(&format!("/v1/clients/{client}/account"));
    assert!(matches!(foreign, Err(HarnessError::Refused { status: 404, .. })), "{foreign:?}");

    let silent = tiina.decide("1001", "deferral_request", &json!({ "choice": "reject" }));
    assert!(matches!(silent, Err(HarnessError::Refused { status: 400, .. })), "{silent:?}");
    tiina.decide("1001", "deferral_request", &json!({ "choice": "approve" })).unwrap();
    assert!(tiina.inbox_about("1001").unwrap().is_empty());

    for login in ["urmas", "toomas", "helve"] {
        let somebody = Office::sign_in(server.url(), login, PASSWORD).unwrap();
        somebody.decide("1002", "shipment_approval", &json!({ "choice": "approve" })).unwrap();
    }
    // Mark (c) asks the supervisor at once.
    let kinds: Vec<_> = tiina.inbox_about("2002").unwrap();
    assert!(kinds.iter().any(|task| task["kind"] == "visit_help"), "{kinds:?}");
}

/// The ladder moves with the night; the same night again changes nothing.
fn a_night_passes(server: &Server, jaan: &Phone) {
    let tomorrow = in_days(1);
    let first = server.command(&["jobs", "run", "--date", &tomorrow]).unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let again = server.command(&["jobs", "run", "--date", &tomorrow]).unwrap();
    let again = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.contains(" 0 standings changed"), "{again}");
    said(jaan, &["sync"]);
    assert!(said(jaan, &["client", "2002"]).all_of(&["ladder: "]));
}

/// R14.1: whatever happened in the story, each verdict comes out again from its basis.
fn every_verdict_comes_out_again(server: &Server) {
    let told = server.command(&["explain", "--all"]).unwrap();
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success(), "{text}");
    assert!(text.contains("verdicts judged again, 0 came out otherwise"), "{text}");
    assert!(!text.starts_with("0 verdicts"), "{text}");
}
