//! The `saldo` program that was built beside the tests.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::{HarnessError, Place};

/// A call of `saldo`, which stands two folders above the test binary (`target/debug/deps/...`).
pub(crate) fn saldo() -> Result<Command, HarnessError> {
    let test_binary = std::env::current_exe()?;
    let folder = test_binary.ancestors().nth(2).map(PathBuf::from).unwrap_or_default();
    let program = folder.join("saldo");
    if !program.exists() {
        return Err(HarnessError::NotBuilt(program));
    }
    let mut command = Command::new(program);
    command.env_remove("SALDO_DB").env_remove("SALDO_REP_DIR").env_remove("RUST_LOG");
    Ok(command)
}

/// Runs a command of `saldo` on this database to its end, which must come within `limit`.
///
/// # Errors
/// When it cannot be run, or does not end: then it is killed.
pub fn run(place: &Place, arguments: &[&str], limit: Duration) -> Result<Output, HarnessError> {
    let mut process = saldo()?
        .args(arguments)
        .args(place.arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let started = Instant::now();
    while process.try_wait()?.is_none() {
        if started.elapsed() > limit {
            process.kill()?;
            process.wait()?;
            return Err(HarnessError::NotOver(arguments.join(" ")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(process.wait_with_output()?)
}
