//! Chance that is the same every time: each thing made has dice of its own, so that a change to
//! one never reshuffles the others.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A source of chance for one thing.
#[derive(Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of the `number`-th thing of a kind.
    pub(super) fn of(seed: u64, kind: &str, number: usize) -> Self {
        let digest = Sha256::digest(format!("{seed}/{kind}/{number}"));
        Self(ChaCha8Rng::from_seed(digest.into()))
    }

    /// A whole number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_ratio(percent.min(100), 100)
    }

    /// One of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.random_range(0..of.len())]
    }

    /// One of a list, each as often as its weight says; weights above zero.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(T, u32)]) -> T {
        let whole: u32 = of.iter().map(|(_, weight)| weight).sum();
        let mut left = self.0.random_range(0..whole);
        for &(one, weight) in of {
            if left < weight {
                return one;
            }
            left -= weight;
        }
        of[of.len() - 1].0
    }

    /// An id.
    pub(super) fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    fn throws(mut dice: Dice) -> Vec<i64> {
        (0..20).map(|_| dice.between(1, 1000)).collect()
    }

    #[test]
    fn the_same_dice_throw_the_same() {
        assert_eq!(throws(Dice::of(7, "client", 3)), throws(Dice::of(7, "client", 3)));
        assert_ne!(throws(Dice::of(7, "client", 3)), throws(Dice::of(7, "client", 4)));
        assert_ne!(throws(Dice::of(7, "client", 3)), throws(Dice::of(8, "client", 3)));
        assert_ne!(throws(Dice::of(7, "client", 3)), throws(Dice::of(7, "person", 3)));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::of(1, "weights", 0);
        let heads = (0..1000).filter(|_| dice.weighted(&[(true, 3), (false, 1)])).count();
        assert!((700..800).contains(&heads), "{heads}");
    }
}
