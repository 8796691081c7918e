//! How long a suite runs and with which dice.

use std::path::Path;

use tempfile::TempDir;

/// How long a suite runs and with which dice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// How many times it does what it does.
    pub times: u64,
    /// The first seed; each part counts on from it.
    pub seed: u64,
}

/// The scale of a suite: `short` times with seed 1, unless the environment says otherwise:
/// `variable` how many times, `SALDO_SEED` with which seed.
#[must_use]
pub fn scale(variable: &str, short: u64) -> Scale {
    Scale { times: number(variable).unwrap_or(short), seed: number("SALDO_SEED").unwrap_or(1) }
}

/// A number of the environment.
#[must_use]
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.trim().parse().ok())
}

/// A folder for a world's files, in memory where the machine has such a place: what is tested is
/// what the programs write and when, not the disk.
#[must_use]
pub fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).unwrap()
}
