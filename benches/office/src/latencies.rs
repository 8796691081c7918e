//! How long many requests took.

use std::time::{Duration, Instant};

/// Times in microseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Vec<u64>);

impl Latencies {
    /// One more.
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Since then.
    pub(crate) fn add_since(&mut self, started: Instant) {
        self.add(started.elapsed());
    }

    /// Those of another as well.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// So many of a thousand took at most so long; of none it is nothing.
    pub(crate) fn permille(&self, permille: usize) -> u64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * permille).div_ceil(1_000).saturating_sub(1);
        sorted.get(place).copied().unwrap_or_default()
    }
}

/// So many in a second, of so many in that time.
pub(crate) fn a_second(count: u64, elapsed: Duration) -> u64 {
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1_000_000) / micros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_nine_of_a_hundred() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.permille(990), 0);
        for millis in (1..=200).rev() {
            latencies.add(Duration::from_millis(millis));
        }
        assert_eq!((latencies.permille(500), latencies.permille(990)), (100_000, 198_000));
        assert_eq!((latencies.permille(0), latencies.permille(1_000)), (1_000, 200_000));
    }
}
