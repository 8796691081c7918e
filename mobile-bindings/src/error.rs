//! What can go wrong on a phone, in as few variants as a screen can act on.

/// Why something could not be done. Whatever the variant: what was recorded stays on the phone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PhoneError {
    /// The phone belongs to nobody yet: enrol it with a one-time code.
    #[error("this phone is not enrolled yet: enrol it with a one-time code")]
    NotEnrolled,
    /// Another process holds the folder: close it, or take another folder.
    #[error("the folder {folder} is in use by another process: close it, or take another folder")]
    InUse {
        /// Which folder.
        folder: String,
    },
    /// Nothing can be written until there is space again. What was recorded before is safe.
    #[error("the phone's storage is full: free some space; what was recorded before is safe")]
    StorageFull,
    /// The phone's file cannot be read or written. Keep the folder: unsent facts may be inside.
    #[error("the phone's storage fails ({detail}): keep its folder, unsent facts may be inside")]
    StorageDamaged {
        /// What failed, for support.
        detail: String,
    },
    /// No answer came from the server: try again later.
    #[error("the server cannot be reached; everything stays on the phone ({detail})")]
    Offline {
        /// What failed, for support.
        detail: String,
    },
    /// The server answered, and said no.
    #[error("{detail}")]
    ServerRefused {
        /// Stable; a screen may rely on it (`bad_code`, `foreign_device`, `protocol`, ...).
        code: String,
        /// For people: what happened and what to do.
        detail: String,
    },
    /// What was named is not on this phone.
    #[error("{what} is not on this phone: check it, or sync")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// What was given does not make sense.
    #[error("{detail}")]
    Invalid {
        /// What is wrong and what is allowed.
        detail: String,
    },
}

impl PhoneError {
    pub(crate) fn invalid(error: impl std::fmt::Display) -> Self {
        Self::Invalid { detail: error.to_string() }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub(crate) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::StorageDamaged { detail: error.to_string() }
    }
}

impl From<rusqlite::Error> for PhoneError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::StorageFull,
            _ => Self::damaged(error),
        }
    }
}

impl From<saldo_core::facts::FactError> for PhoneError {
    fn from(error: saldo_core::facts::FactError) -> Self {
        Self::invalid(error)
    }
}

impl From<saldo_core::documents::DocumentError> for PhoneError {
    fn from(error: saldo_core::documents::DocumentError) -> Self {
        use saldo_core::documents::DocumentError;
        match error {
            DocumentError::Unreadable(_)
            | DocumentError::MissingDependency
            | DocumentError::NotInThisKind(_)
            | DocumentError::NoWriter => Self::damaged(error),
            DocumentError::FactExists
            | DocumentError::TooLong { .. }
            | DocumentError::NoSuchField
            | DocumentError::Person(_) => Self::invalid(error),
            DocumentError::Fact(fact) => fact.into(),
        }
    }
}
