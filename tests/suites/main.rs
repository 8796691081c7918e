//! The long suites of the sync: what holds whatever happens. Short in every run; an environment
//! variable each makes them long (docs/testing.md).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a suite that cannot go on fails, and says what it ran"
)]

mod convergence;
mod crashes;
mod evicted;
mod healed;
mod hostile;
mod loans;
mod model;
mod nodes;
mod oracle;
mod order;
mod truth;
