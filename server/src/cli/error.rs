//! Why a command could not do what was asked, in one sentence that says what to do.

use crate::serve::ServeError;
use crate::store::StoreError;

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The machine gives no threads or timers.
    #[error("the machine gives no threads to work with ({0}): check its limits (ulimit -u)")]
    Runtime(std::io::Error),
    /// The server could not start or had to stop.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The database failed.
    #[error("{0}: check --db and the free space on its disk")]
    Store(#[from] StoreError),
}
