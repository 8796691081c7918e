//! Who carries a push to a phone.

use saldo_core::ids::PersonId;

/// Why a push was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The provider cannot be reached now; tried again later.
    #[error("the push provider cannot be reached: {0}")]
    Unreachable(String),
}

/// Who carries a push to a phone.
#[derive(Debug, Clone, Copy, Default)]
pub enum Provider {
    /// For trying out: writes the push into the server's log, which is the terminal.
    #[default]
    Log,
}

impl Provider {
    /// Carries one push. A server that is killed after this and before it has noted it carries the same
    /// push again, with the same `number`: whoever gets it shows it once.
    ///
    /// # Errors
    /// When the provider does not take it.
    pub async fn push(self, number: i64, to: PersonId, text: &str) -> Result<(), PushError> {
        match self {
            Self::Log => {
                tracing::info!(target: "saldo::push", number, person = %to, text, "push");
                Ok(())
            }
        }
    }
}
