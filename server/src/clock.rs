//! The only place that reads the clock.

use saldo_core::time::UtcMillis;

/// Where the time comes from. A request reads it once and hands it on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// Added to the machine's time, in milliseconds: stories travel in time with it.
    pub shift_millis: i64,
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    #[must_use]
    pub fn now(&self) -> UtcMillis {
        UtcMillis(chrono::Utc::now().timestamp_millis().saturating_add(self.shift_millis))
    }
}
