//! Columns, as Automerge packs them: runs of equal values, and what is read from the front of bytes.
//!
//! Nothing is allocated by a claimed length, and every loop eats bytes.

use super::Refusal;
use crate::documents::{MOST_OPERATIONS, unsigned};
use crate::wire::RefusalCode;

/// Bytes that are eaten from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| self.0.split_at_checked(length))
            .ok_or_else(cut)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(cut)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Refusal> {
        unsigned(&mut self.0).ok_or_else(|| malformed("a number in it is cut or too large"))
    }

    /// Signed LEB128.
    pub(super) fn signed(&mut self) -> Result<i64, Refusal> {
        let mut value: i64 = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            if shift == 63 && !matches!(byte, 0 | 0x7f) {
                return Err(malformed("a number in it is too large"));
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let below = shift + 7;
                let negative = byte & 0x40 != 0 && below < 64;
                return Ok(if negative { value | (-1 << below) } else { value });
            }
        }
        Err(malformed("a number in it is too large"))
    }

    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], Refusal> {
        let length = self.unsigned()?;
        self.take(length)
    }

    /// Walks a run-length encoded column of at most `most` rows: `each` gets every value with how
    /// often it stands. Gives the number of rows.
    pub(super) fn runs<T>(
        mut self,
        most: u64,
        read: impl Fn(&mut Self) -> Result<T, Refusal>,
        mut each: impl FnMut(Option<T>, u64) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let mut rows: u64 = 0;
        while !self.0.is_empty() {
            let run = self.signed()?;
            let length = if run == 0 { self.unsigned()? } else { run.unsigned_abs() };
            rows = rows.saturating_add(length);
            if rows > most {
                return Err(too_many());
            }
            match run {
                0 => each(None, length)?,
                1.. => {
                    let value = read(&mut self)?;
                    each(Some(value), length)?;
                }
                _ => {
                    for _ in 0..length {
                        let value = read(&mut self)?;
                        each(Some(value), 1)?;
                    }
                }
            }
        }
        Ok(rows)
    }

    /// Walks a column of flags: alternating lengths of false and true.
    pub(super) fn flags(
        mut self,
        most: u64,
        mut each: impl FnMut(bool, u64),
    ) -> Result<(), Refusal> {
        let (mut rows, mut flag): (u64, bool) = (0, false);
        while !self.0.is_empty() {
            let length = self.unsigned()?;
            rows = rows.saturating_add(length);
            if rows > most {
                return Err(too_many());
            }
            each(flag, length);
            flag = !flag;
        }
        Ok(())
    }
}

pub(super) fn malformed(what: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, format!("the change cannot be read: {what}"))
}

fn cut() -> Refusal {
    malformed("it is cut short")
}

pub(super) fn too_many() -> Refusal {
    Refusal::new(
        RefusalCode::TooLarge,
        format!(
            "the change has more than {MOST_OPERATIONS} operations, or says so; write less at once"
        ),
    )
}
