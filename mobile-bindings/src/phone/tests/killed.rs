//! A phone that is killed while it records.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{NOW, folder, id, world};
use crate::testing::open;

/// The folder of the phone that [`a_killed_phone_keeps_what_it_said_it_recorded`] kills.
const VICTIM: &str = "SALDO_TEST_VICTIM";

/// Not a test by itself: the process that gets killed. It says each number once it is recorded.
#[test]
fn victim() {
    let Ok(folder) = std::env::var(VICTIM) else { return };
    let phone = open(std::path::Path::new(&folder));
    for number in 0.. {
        phone.record_note(&id(), &number.to_string(), NOW).expect("keeps");
        println!("recorded {number}");
    }
}

#[test]
fn a_killed_phone_keeps_what_it_said_it_recorded() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    drop(phone);
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "phone::tests::killed::victim", "--nocapture"])
        .env(VICTIM, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let said = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            line.strip_prefix("recorded ")
                .and_then(|n| n.parse::<usize>().ok())
                .filter(|n| *n >= 20)
        })
        .expect("records");
    child.kill().expect("SIGKILL");
    child.wait().expect("is gone");
    let phone = open(folder.path());
    let kept = phone.client(&id(), NOW).expect("shows").facts.len();
    assert!(kept > said, "said {said}, kept {kept}");
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(usize::try_from(report.sent), Ok(kept));
    assert_eq!(office.notes().len(), kept);
}
