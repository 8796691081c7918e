//! What an input costs: the time on the processor of the thread that looked at it.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// No input may cost more; asked only of optimised builds, and never of how busy the machine is:
/// time on the processor, not on the wall.
const MOST: Duration = Duration::from_millis(50);

/// What inputs cost.
#[derive(Debug, Default)]
pub(super) struct Cost {
    micros: Vec<u32>,
}

impl Cost {
    /// Does it and notes its cost.
    pub(super) fn of<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = clock_gettime(ClockId::ThreadCPUTime);
        let done = work();
        let after = clock_gettime(ClockId::ThreadCPUTime);
        let nanos = (after.tv_sec - before.tv_sec) * 1_000_000_000 + after.tv_nsec - before.tv_nsec;
        self.micros.push(u32::try_from(nanos / 1_000).unwrap_or(u32::MAX));
        done
    }

    /// The cost that so many of a thousand inputs do not exceed.
    fn of_thousand(&self, part: usize) -> Duration {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * part / 1_000).min(sorted.len().saturating_sub(1));
        Duration::from_micros(sorted.get(at).copied().unwrap_or_default().into())
    }

    /// In an optimised build, that no input but perhaps the unluckiest cost too much.
    pub(super) fn is_bounded(&self) {
        if !cfg!(debug_assertions) {
            assert!(self.of_thousand(999) <= MOST, "{self}");
            assert!(self.of_thousand(1_000) <= 4 * MOST, "{self}");
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most, max) =
            (self.of_thousand(500), self.of_thousand(999), self.of_thousand(1_000));
        write!(f, "on the processor: p50 {half:?}, p99.9 {most:?}, at most {max:?}")
    }
}
