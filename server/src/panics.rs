//! What is written down of panics.

use std::panic;

use saldo_core::documents::panic_is_expected;

/// From now on nothing is written of a panic that is caught and told as a refusal anyway: Automerge
/// panics on some hostile changes, and who sends many must not fill the log.
pub fn say_only_what_is_unexpected() {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !panic_is_expected() {
            told(panic);
        }
    }));
}
