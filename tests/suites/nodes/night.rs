//! The night of a company on PostgreSQL, run by hand beside its nodes.

use std::time::Duration;

use saldo_tests::inside::Company;
use saldo_tests::{in_days, run};

/// The night of a small company takes a moment.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// It held a connection while it waited for all of them to be given back, and never ended.
#[test]
fn a_night_by_hand_comes_to_its_end() {
    let place = Company::settled_on_postgres();
    for _ in 0..2 {
        let ended = run(&place, &["jobs", "run", "--date", &in_days(1)], ENDS_WITHIN).unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && said.contains("numbering"), "{ended:?}");
    }
}
