//! Secrets that we hand out: session tokens, API keys and enrolment codes. The database keeps only their
//! SHA-256; all are random, so that a slow hash would add nothing to a token, and a code lives a
//! day, works once and may be tried ten times a minute.

use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Crockford's alphabet: no I, L, O or U, so that nothing is misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A session's token: 256 random bits, in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

/// What an API key begins with: programs that look for secrets in files know it by that.
const KEY_BEGINS: &str = "saldo_";

/// The token of an API key: `saldo_` and 256 random bits, in hexadecimal. It never passes for a
/// session's, nor a session's for it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken(SessionToken);

/// A one-time code: 40 random bits, shown as `XXXX-XXXX`.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode([u8; 8]);

impl SessionToken {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn draw() -> Result<Self, ApiError> {
        let mut bytes = [0; 32];
        fill(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The token that somebody presents; `None` when it cannot be one.
    #[must_use]
    pub fn presented(text: &str) -> Option<Self> {
        (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| Self(text.to_ascii_lowercase()))
    }

    /// The token itself: for its owner and nobody else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl ApiToken {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn draw() -> Result<Self, ApiError> {
        SessionToken::draw().map(Self)
    }

    /// The token that a program presents; `None` when it cannot be one.
    #[must_use]
    pub fn presented(text: &str) -> Option<Self> {
        SessionToken::presented(text.strip_prefix(KEY_BEGINS)?).map(Self)
    }

    /// The token itself: for its owner and nobody else.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{KEY_BEGINS}{}", self.0.reveal())
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> String {
        self.0.hash()
    }
}

impl EnrolmentCode {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn draw() -> Result<Self, ApiError> {
        let mut bytes = [0; 8];
        fill(&mut bytes)?;
        Ok(Self::from_random(bytes))
    }

    /// The code made from 8 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(bytes.map(|byte| ALPHABET[usize::from(byte % 32)]))
    }

    /// The code that somebody typed: case, hyphens and spaces do not matter, and O, I and L are
    /// read as 0, 1 and 1. `None` when it cannot be one.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let mut letters = text.bytes().filter(|byte| !matches!(byte, b'-' | b' ')).map(|byte| {
            match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            }
        });
        let mut code = [0; 8];
        for place in &mut code {
            *place = letters.next().filter(|letter| ALPHABET.contains(letter))?;
        }
        letters.next().is_none().then_some(Self(code))
    }

    /// `XXXX-XXXX`: for its owner and nobody else.
    #[must_use]
    pub fn reveal(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let (left, right) = text.split_at(4);
        format!("{left}-{right}")
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(hidden)")
    }
}

impl std::fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiToken(hidden)")
    }
}

impl std::fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolmentCode(hidden)")
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), ApiError> {
    getrandom::fill(bytes).map_err(|error| ApiError::Internal(format!("no randomness: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = EnrolmentCode(*b"0123ABCD");
        assert_eq!(code.reveal(), "0123-ABCD");
        for typed in ["0123-ABCD", "0123abcd", " o1 23-ab cd", "OL23-ABCD", "Oi23abcd"] {
            assert_eq!(EnrolmentCode::typed(typed), Some(code.clone()), "{typed}");
        }
        for typed in ["", "0123-ABC", "0123-ABCDE", "0123-ABCU", "0123_ABCD", "0123-ABCÄ"] {
            assert_eq!(EnrolmentCode::typed(typed), None, "{typed}");
        }
    }

    #[test]
    fn secrets_differ_and_do_not_show_in_logs() {
        let (one, two) = (SessionToken::draw().unwrap(), SessionToken::draw().unwrap());
        assert_ne!(one, two);
        assert_ne!(one.hash(), one.reveal());
        assert_eq!(SessionToken::presented(one.reveal()), Some(one.clone()));
        assert_eq!(SessionToken::presented("abc"), None);
        assert!(!format!("{one:?}").contains(one.reveal()));
        let key = ApiToken::draw().unwrap();
        assert_eq!(ApiToken::presented(&key.reveal()), Some(key.clone()));
        assert_eq!(ApiToken::presented(one.reveal()), None, "a session is no key");
        assert_eq!(SessionToken::presented(&key.reveal()), None, "a key is no session");
        assert!(!format!("{key:?}").contains(&key.reveal()));
        let code = EnrolmentCode::draw().unwrap();
        assert!(!format!("{code:?}").contains(&code.reveal()));
    }

    #[test]
    fn every_random_code_can_be_typed() {
        for byte in 0..=255 {
            let code = EnrolmentCode::from_random([byte; 8]);
            assert_eq!(EnrolmentCode::typed(&code.reveal()), Some(code));
        }
    }
}
