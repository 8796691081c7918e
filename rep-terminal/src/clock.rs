//! The only place that reads the clock.

use saldo_mobile::UtcMillis;

/// Now.
pub(crate) fn now() -> UtcMillis {
    UtcMillis(chrono::Utc::now().timestamp_millis())
}
