//! A world inside one process: a real server state on a SQLite file, real phones of the SDK on
//! theirs, and a network between them that cuts, loses, doubles, delays and reorders. For suites
//! that need thousands of syncs a second.
//!
//! What never lives here: a second copy of a rule, a mock of our own parts. Where the process itself
//! matters (`kill -9`), use [`crate::Server`].

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a world that cannot go on fails the suite that lives in it"
)]

mod company;
mod erp;
mod handset;
mod network;
mod plain;
mod population;
mod scale;
mod solvent;

pub use company::Company;
pub use handset::{Handset, open_phone};
pub use network::{Line, Weather};
pub use population::{CLIENTS, PEOPLE, REPS, SUPERVISOR, TERRITORIES, client, rep, territory};
pub use scale::{Scale, number, scale, scratch};
pub use solvent::{LIMIT_MINOR, solvent};
