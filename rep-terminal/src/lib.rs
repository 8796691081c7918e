//! A sales rep's phone in a terminal, on the same SDK that the mobile apps use: `saldo rep ...`.
//!
//! What lives here: the command line, the printing, the HTTP and the clock that an app would
//! supply. What never does: a rule, the sync protocol, the phone's storage, any server code.

/// Says one line to whoever reads.
macro_rules! say {
    ($($words:tt)*) => { $crate::print::line(&mut std::io::stdout().lock(), format_args!($($words)*)) };
}

mod args;
mod clock;
mod commands;
mod error;
mod http;
mod print;

use std::process::ExitCode;

pub use args::{RepArgs, RepCommand};

/// Runs one command of the terminal phone. Zero when it was done; what went wrong, and what to do
/// about it, goes to standard error.
#[must_use]
pub fn run(args: RepArgs) -> ExitCode {
    match commands::run(args, clock::now()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::line(&mut std::io::stderr().lock(), format_args!("{error}"));
            ExitCode::FAILURE
        }
    }
}
