//! The `saldo` program that was built beside the tests.

use std::path::PathBuf;
use std::process::Command;

use crate::HarnessError;

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
