//! Keeping a company's database safe: copies of it, coming back from one, and a look at whether all
//! is well. Nothing here judges, and nothing here is called by a phone.

mod audit;
mod backup;
mod digests;
mod doctor;
mod moved;
mod moving;
mod restore;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::serve::ServeError;
use crate::store::StoreError;

pub use audit::{AuditProof, verify_audit};
pub use backup::{BackedUp, back_up};
pub use digests::compute_missing;
pub use doctor::{Finding, Health, examine};
pub use moved::notice_restored;
pub use moving::{Moved, move_to_postgres};
pub use restore::{Kept, Restored, restore};

/// Why a copy could not be made or taken back. Each says what the person at the terminal can do.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// Nothing is ever overwritten by a backup.
    #[error("{} is there already: choose another name, a backup overwrites nothing", .0.display())]
    Exists(PathBuf),
    /// The copy is not whole.
    #[error(
        "{} is not whole ({detail}): do not use it; if it came from another disk, copy it again",
        .file.display()
    )]
    NotWhole {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A file cannot be read or written.
    #[error(
        "{} cannot be read or written ({error}): check its folder and the free space on its disk",
        .file.display()
    )]
    File {
        /// Which.
        file: PathBuf,
        /// What the machine says.
        error: std::io::Error,
    },
    /// A server works on the database, or its folder cannot be written.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The database failed.
    #[error("{0}: check --db and the free space on its disk")]
    Store(#[from] StoreError),
}

impl UpkeepError {
    fn file(file: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |error| Self::File { file, error }
    }
}
