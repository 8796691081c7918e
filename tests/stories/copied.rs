//! Phones and servers that come back from a copy: noticed and healed within one sync, and nothing
//! that was on any device is lost.

use std::path::Path;

use saldo_tests::{Phone, Server};

/// How often the phone shows these words of the client.
fn heard(phone: &Phone, client: &str, text: &str) -> usize {
    let said = phone.run(&["client", client]).unwrap();
    said.text.matches(text).count()
}

fn done(phone: &Phone, arguments: &[&str]) -> String {
    let said = phone.run(arguments).unwrap();
    assert!(said.done, "{arguments:?}: {}", said.text);
    said.text
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn visit(phone: &Phone, client: &str, note: &str) {
    done(phone, &["--offline", "visit", client, "--mark", "a", "--note", note]);
}

fn let_in(server: &Server, folder: &Path) -> Phone {
    let phone = Phone::new(folder, "mari");
    let code = server.enrolment_code("mari").unwrap();
    done(&phone, &["enrol", "--server", server.url(), "--code", code]);
    done(&phone, &["sync"]);
    phone
}

/// All is well at the server, which refused nothing; how many facts it has.
fn facts_of_a_healthy(server: &Server) -> u32 {
    let examined = server.command(&["doctor"]).unwrap();
    let text = String::from_utf8_lossy(&examined.stdout).into_owned();
    assert!(examined.status.success(), "{text}");
    assert!(text.contains("quarantine empty"), "{text}");
    let facts = text.split(" facts").next().and_then(|before| before.split(' ').next_back());
    facts.and_then(|number| number.parse().ok()).unwrap()
}

/// A phone is restored from a backup while the original is still in use: both go on, and each hears
/// of the other.
#[test]
fn a_restored_phone_and_its_original_go_on_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(folder.path()).unwrap();
    let original = let_in(&server, folder.path());
    visit(&original, "1001", "before the copy");
    done(&original, &["sync"]);
    let facts_before = facts_of_a_healthy(&server);
    copy_folder(&folder.path().join("phone-of-mari"), &folder.path().join("phone-of-copy"));
    let restored = Phone::new(folder.path(), "copy");

    visit(&original, "1002", "after the copy");
    done(&original, &["sync"]);
    let mut written = vec![("1001", "before the copy"), ("1002", "after the copy")];
    for (of_restored, of_original) in [("1004", "1005"), ("1006", "1007"), ("1008", "1009")] {
        visit(&restored, of_restored, "by the restored");
        visit(&original, of_original, "by the original");
        written.extend([(of_restored, "by the restored"), (of_original, "by the original")]);
        done(&restored, &["sync"]);
        done(&original, &["sync"]);
    }
    done(&restored, &["sync"]);
    for phone in [&original, &restored] {
        for (client, note) in &written {
            assert_eq!(heard(phone, client, note), 1, "{client} {note}");
        }
        assert!(done(phone, &["status"]).contains("unsent     nothing"));
    }
    assert_eq!(facts_of_a_healthy(&server), facts_before + 7);
}

/// The server is restored from a copy made before the day's work: the phone gives it back.
#[test]
fn a_restored_server_gets_back_what_phones_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::demo(folder.path()).unwrap();
    let phone = let_in(&server, folder.path());
    visit(&phone, "1001", "yesterday");
    done(&phone, &["sync"]);
    let backup = folder.path().join("backup.db");
    let backup = backup.to_string_lossy();
    assert!(server.command(&["backup", &backup]).unwrap().status.success());

    visit(&phone, "1002", "acknowledged and lost");
    done(&phone, &["note", "1004", "lost too"]);
    done(&phone, &["sync"]);
    let facts_before = facts_of_a_healthy(&server);
    visit(&phone, "1005", "not sent yet");
    server.kill().unwrap();
    let restored = server.command(&["restore", &backup]).unwrap();
    assert!(restored.status.success(), "{restored:?}");
    server.kill_and_restart().unwrap();

    done(&phone, &["sync"]);
    for (client, note) in [
        ("1001", "yesterday"),
        ("1002", "acknowledged and lost"),
        ("1004", "lost too"),
        ("1005", "not sent yet"),
    ] {
        assert_eq!(heard(&phone, client, note), 1, "{note}");
    }
    assert!(done(&phone, &["status"]).contains("unsent     nothing"));
    assert_eq!(facts_of_a_healthy(&server), facts_before + 1);
}
