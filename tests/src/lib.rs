//! The harness of the stories and suites. For the stories: the real `saldo` program as server and as
//! phones, and an office that speaks HTTP, without a shortcut into a process: whatever a story knows,
//! a user could know. For the suites, which need thousands of syncs: a world [`inside`] one process.

mod error;
mod http_line;
pub mod inside;
mod office;
mod phone;
mod place;
mod program;
mod server;

pub use error::HarnessError;
pub use http_line::HttpLine;
pub use office::Office;
pub use phone::{Phone, Said};
pub use place::Place;
pub use program::run;
pub use server::Server;

/// The demo company's civil date so many days from now, as `YYYY-MM-DD`.
#[must_use]
pub fn in_days(days: u64) -> String {
    let today = chrono::Utc::now().with_timezone(&chrono_tz::Europe::Tallinn).date_naive();
    (today + chrono::Days::new(days)).to_string()
}
