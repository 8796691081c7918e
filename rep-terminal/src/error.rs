//! What can go wrong in the terminal; each says what to do.

use saldo_mobile::PhoneError;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TerminalError {
    /// The SDK said so.
    #[error("{}", phone_in_words(.0))]
    Phone(#[from] PhoneError),
    /// `--offline` and a command that needs the server.
    #[error("this needs the server: run it without --offline")]
    NeedsServer,
    /// The server answered something else than the contract says.
    #[error("{url} does not answer like a Saldo server ({detail}): check the address")]
    NotSaldo {
        /// Whom.
        url: String,
        /// What came.
        detail: String,
    },
    /// The address cannot be one.
    #[error("\"{0}\" is not a server's address: write it as http://host:port or https://host")]
    BadAddress(String),
    /// An argument does not fit.
    #[error("{0}")]
    Usage(String),
    /// There is no home folder to keep the data in.
    #[error("no home folder is known: name a folder with --dir")]
    NoHome,
}

impl TerminalError {
    /// Whether the same may go well later, with another line or a server that is less busy.
    pub(crate) fn is_of_the_line(&self) -> bool {
        match self {
            Self::Phone(PhoneError::Offline { .. }) => true,
            Self::Phone(PhoneError::ServerRefused { code, .. }) => {
                matches!(code.as_str(), "too_many" | "internal")
            }
            _ => false,
        }
    }
}

fn phone_in_words(error: &PhoneError) -> String {
    match error {
        PhoneError::NotEnrolled => "this phone is not enrolled yet: run `saldo rep sign-in --server URL --login YOU`, or `saldo rep enrol --server URL --code CODE`".to_owned(),
        PhoneError::InUse { folder } => format!(
            "the folder {folder} is in use by another `saldo rep`: wait for it, or take another folder with --dir"
        ),
        PhoneError::Offline { detail } => {
            format!("the server cannot be reached; everything stays on the phone ({detail})")
        }
        PhoneError::ServerRefused { code, detail } => format!("the server says: {detail} [{code}]"),
        PhoneError::NotFound { what } => {
            format!("{what} is not on this phone: check it with `saldo rep clients`, or sync")
        }
        PhoneError::StorageFull
        | PhoneError::StorageDamaged { .. }
        | PhoneError::Invalid { .. } => error.to_string(),
    }
}
