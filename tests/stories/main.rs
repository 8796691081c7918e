//! The stories: what people do with Saldo, told with real processes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a story that cannot go on fails")]

mod a_day;
mod copied;
mod strangers;
