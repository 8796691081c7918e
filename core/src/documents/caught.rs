//! Automerge panics on some bytes that come from elsewhere. Here its panic becomes a `None`, and who
//! writes panics down can know that it was expected: a hostile phone must not fill the log, nor have
//! a backtrace made for each of its changes.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// How many [`caught`] are at work on this thread, one inside the other.
    static AT_WORK: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread does something whose panic is caught and told as an error: a panic hook need not
/// say anything of it.
#[must_use]
pub fn panic_is_expected() -> bool {
    AT_WORK.get() > 0
}

/// Does `work`; `None`: it panicked. Unwind safe as long as the caller drops what `work` was changing.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    AT_WORK.set(AT_WORK.get().saturating_add(1));
    let done = catch_unwind(AssertUnwindSafe(work));
    AT_WORK.set(AT_WORK.get().saturating_sub(1));
    done.ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "what is tested is a panic")]

    use super::*;

    #[test]
    fn a_panic_is_expected_inside_and_nowhere_else() {
        assert!(!panic_is_expected());
        assert_eq!(caught(|| caught(panic_is_expected)), Some(Some(true)));
        assert_eq!(caught(|| -> u8 { panic!("as Automerge does") }), None);
        assert!(!panic_is_expected());
    }
}
