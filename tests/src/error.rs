//! What can go wrong in the harness itself.

use std::path::PathBuf;

/// What can go wrong in the harness itself.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// The program was not built.
    #[error("{0} is not there: run `cargo build --workspace` first")]
    NotBuilt(PathBuf),
    /// A process or a file failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The server did not say where it listens.
    #[error("the server did not come up; it said: {0}")]
    NotUp(String),
    /// A command did not come to its end.
    #[error("`saldo {0}` did not come to its end")]
    NotOver(String),
    /// The server answered with an error.
    #[error("{path} answered {status}: {body}")]
    Refused {
        /// Where.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        body: String,
    },
    /// Nothing answered, or not HTTP.
    #[error("{0}")]
    Http(Box<ureq::Error>),
    /// An answer is not what the API promises.
    #[error("{path} answered something else than expected: {body}")]
    Unexpected {
        /// Where.
        path: String,
        /// What it said.
        body: String,
    },
}

impl From<ureq::Error> for HarnessError {
    fn from(error: ureq::Error) -> Self {
        Self::Http(Box::new(error))
    }
}
