//! How old receivables are: the buckets of the aging.

use serde::{Deserialize, Serialize};

/// A bucket by whole calendar days overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Due today or later.
    Current,
    /// 1 to 7 days overdue.
    Days1To7,
    /// 8 to 14.
    Days8To14,
    /// 15 to 21.
    Days15To21,
    /// 22 to 28.
    Days22To28,
    /// More than 28.
    Over28Days,
}

impl Bucket {
    /// Every bucket, youngest first.
    pub const ALL: [Self; 6] = [
        Self::Current,
        Self::Days1To7,
        Self::Days8To14,
        Self::Days15To21,
        Self::Days22To28,
        Self::Over28Days,
    ];

    /// The bucket of something so many calendar days overdue.
    #[must_use]
    pub const fn of(days_overdue: i64) -> Self {
        match days_overdue {
            i64::MIN..=0 => Self::Current,
            1..=7 => Self::Days1To7,
            8..=14 => Self::Days8To14,
            15..=21 => Self::Days15To21,
            22..=28 => Self::Days22To28,
            29.. => Self::Over28Days,
        }
    }

    /// For a table's head.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Days1To7 => "1-7",
            Self::Days8To14 => "8-14",
            Self::Days15To21 => "15-21",
            Self::Days22To28 => "22-28",
            Self::Over28Days => "over 28",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn every_boundary() {
        for (days, bucket) in [
            (-400, Bucket::Current),
            (0, Bucket::Current),
            (1, Bucket::Days1To7),
            (7, Bucket::Days1To7),
            (8, Bucket::Days8To14),
            (14, Bucket::Days8To14),
            (15, Bucket::Days15To21),
            (21, Bucket::Days15To21),
            (22, Bucket::Days22To28),
            (28, Bucket::Days22To28),
            (29, Bucket::Over28Days),
            (4000, Bucket::Over28Days),
        ] {
            assert_eq!(Bucket::of(days), bucket, "{days} days");
        }
    }

    #[test]
    fn a_bucket_is_called_by_its_days() {
        let titles: Vec<_> = Bucket::ALL.into_iter().map(Bucket::title).collect();
        assert_eq!(titles, ["current", "1-7", "8-14", "15-21", "22-28", "over 28"]);
    }
}
