//! Passwords: argon2id, two at a time and never on a thread that serves requests.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// Each hash takes 19 MB and a core for a while; sign-ins queue here instead of piling up.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The hash of nobody's password, with today's parameters: an unknown login takes as long as a
/// wrong password.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3NzYWx0IQ$Nv2DqOQLOCYKoeuEWTQLwzeyL1p7wGzNFNzqPzCNqLA";

/// Longer passwords are refused before anything is computed.
pub const LONGEST_BYTES: usize = 512;

/// Hashes a password on this thread: for commands, not for handlers.
///
/// # Errors
/// When the password is empty or too long, or the machine has no randomness.
pub fn hash_here(password: &str) -> Result<String, ApiError> {
    if password.is_empty() || password.len() > LONGEST_BYTES {
        return Err(ApiError::BadRequest(format!("give a password of 1 to {LONGEST_BYTES} bytes")));
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| ApiError::Internal(format!("a password could not be hashed: {error}")))
}

/// Whether `password` is the one of `hash`. Without a hash it is not, after the same time.
///
/// # Errors
/// When the stored hash cannot be read, or the server is shutting down.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, ApiError> {
    if password.len() > LONGEST_BYTES {
        return Ok(false);
    }
    let _permit = AT_ONCE.acquire().await.map_err(|error| ApiError::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(move || verify_here(&password, hash.as_deref()))
        .await
        .map_err(|error| ApiError::Internal(format!("a password check died: {error}")))?
}

fn verify_here(password: &str, hash: Option<&str>) -> Result<bool, ApiError> {
    let parsed = PasswordHash::new(hash.unwrap_or(DECOY))
        .map_err(|error| ApiError::Internal(format!("a stored password is unreadable: {error}")))?;
    let fits = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    Ok(fits && hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_fits() {
        let hash = hash_here("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horsf".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify("x".repeat(LONGEST_BYTES + 1), Some(hash)).await.unwrap());
        assert!(!verify("correct horse".to_owned(), None).await.unwrap());
        assert!(hash_here("").is_err());
    }

    /// Else unknown logins would answer faster or slower than known ones.
    #[test]
    fn the_decoy_costs_what_a_real_hash_costs() {
        let real = PasswordHash::new(&hash_here("x").unwrap()).unwrap();
        let decoy = PasswordHash::new(DECOY).unwrap();
        assert_eq!(decoy.algorithm, real.algorithm);
        assert_eq!(decoy.version, real.version);
        assert_eq!(decoy.params, real.params);
        assert_eq!(decoy.hash.map(|output| output.len()), real.hash.map(|output| output.len()));
    }
}
