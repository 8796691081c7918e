//! Who does not belong is told plainly, slowed down and logged.

use saldo_tests::{HarnessError, Office, Phone, Server};

#[test]
fn wrong_passwords_used_codes_and_foreign_phones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(folder.path()).unwrap();

    let mut refused = 0;
    let mut slowed_down = false;
    for _ in 0..12 {
        match Office::sign_in(server.url(), "tiina", "not the password") {
            Err(HarnessError::Refused { status: 401, .. }) => refused += 1,
            Err(HarnessError::Refused { status: 429, .. }) => slowed_down = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(refused >= 1 && slowed_down, "{refused} refused");

    let code = server.enrolment_code("mari").unwrap().to_owned();
    let first = Phone::new(folder.path(), "mari");
    let let_in = first.run(&["enrol", "--server", server.url(), "--code", &code]).unwrap();
    assert!(let_in.done, "{}", let_in.text);
    let second = Phone::new(folder.path(), "thief");
    let used = second.run(&["enrol", "--server", server.url(), "--code", &code]).unwrap();
    assert!(!used.done && used.all_of(&["already used"]), "{}", used.text);
    let never = second.run(&["sync"]).unwrap();
    assert!(!never.done, "{}", never.text);

    let admin = Office::sign_in(server.url(), "admin", "saldo-demo").unwrap();
    let clients = admin.get("/v1/clients").unwrap();
    assert_eq!(clients["clients"].as_array().map(Vec::len), Some(0), "an operator sees no client");
}
