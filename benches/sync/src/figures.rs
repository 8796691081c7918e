//! Medians, and figures as people read them. Whole numbers throughout.

use std::fmt;

/// The middle, the least and the most of some runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// The middle.
    pub median: u64,
    /// The least.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl Spread {
    /// Of these; of none it is nothing.
    #[must_use]
    pub fn of(mut values: Vec<u64>) -> Self {
        values.sort_unstable();
        Self {
            median: values.get(values.len() / 2).copied().unwrap_or_default(),
            least: values.first().copied().unwrap_or_default(),
            most: values.last().copied().unwrap_or_default(),
        }
    }

    /// Each in another unit.
    pub fn told(&self, unit: fn(u64) -> String) -> String {
        if self.least == self.most {
            return unit(self.median);
        }
        format!("{} ({} to {})", unit(self.median), unit(self.least), unit(self.most))
    }
}

/// Microseconds as milliseconds: `0.84`, `8.4`, `84`.
pub fn millis(micros: u64) -> String {
    match micros {
        0..10_000 => Thousandths(micros, 2).to_string(),
        10_000..100_000 => Thousandths(micros, 1).to_string(),
        _ => Thousandths(micros, 0).to_string(),
    }
}

/// Bytes, from 1,000 on as kB with one decimal.
pub fn bytes(bytes: u64) -> String {
    if bytes < 1_000 { format!("{bytes} B") } else { format!("{} kB", Thousandths(bytes, 1)) }
}

/// Kilobytes of 1,024 as MB of 1,000,000, with one decimal.
pub fn megabytes(kb: u64) -> String {
    Thousandths(kb * 1_024 / 1_000, 1).to_string()
}

/// A plain number.
pub fn plain(number: u64) -> String {
    number.to_string()
}

/// A number of thousandths, with so many decimals, rounded half up.
#[derive(Debug, Clone, Copy)]
pub struct Thousandths(pub u64, pub u32);

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, decimals) = *self;
        let step = 10_u64.pow(3 - decimals);
        let rounded = (number + step / 2) / step;
        let whole = 10_u64.pow(decimals);
        match decimals {
            0 => write!(f, "{rounded}"),
            _ => {
                let width = decimals as usize;
                write!(f, "{}.{:0width$}", rounded / whole, rounded % whole)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_to_what_matters() {
        for (micros, told) in
            [(7, "0.01"), (840, "0.84"), (8_449, "8.45"), (84_449, "84.4"), (844_500, "845")]
        {
            assert_eq!(millis(micros), told, "{micros}");
        }
        assert_eq!((bytes(999), bytes(12_345)), ("999 B".to_owned(), "12.3 kB".to_owned()));
        assert_eq!(megabytes(10_000), "10.2");
    }

    #[test]
    fn the_middle_of_five() {
        let spread = Spread::of(vec![5, 1, 9, 3, 7]);
        assert_eq!(spread, Spread { median: 5, least: 1, most: 9 });
        assert_eq!(spread.told(plain), "5 (1 to 9)");
        assert_eq!(Spread::of(vec![4, 4]).told(plain), "4");
    }
}
