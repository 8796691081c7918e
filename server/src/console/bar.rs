//! Bars drawn as SVG: how old a debt is, how much of a limit is used. Widths are thousandths.

use saldo_core::account::Account;
use saldo_core::aging::Bucket;
use saldo_core::money::Currency;

use chrono::NaiveDate;

use super::amounts::amount;

/// A bar of the six buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AgingBar {
    /// Those with something in them, youngest first.
    pub segments: Vec<Segment>,
    /// Said to who cannot see it.
    pub label: String,
}

/// One bucket of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where it begins, in thousandths.
    pub from: i64,
    /// How wide it is, in thousandths.
    pub width: i64,
    /// Its class in the style sheet, `age-0` to `age-5`.
    pub class: &'static str,
    /// The bucket's title.
    pub title: &'static str,
    /// What is in it.
    pub amount: String,
}

/// A bar of something used of something allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gauge {
    /// How full, in thousandths; at most full.
    pub width: i64,
    /// Used up or overshot.
    pub full: bool,
}

impl AgingBar {
    /// The bar of amounts in the order of [`Bucket::ALL`].
    pub(super) fn of(minor: &[i64; 6], currency: Currency) -> Self {
        let whole: i64 = minor.iter().sum::<i64>().max(1);
        let mut from = 0;
        let mut before = 0;
        let mut segments = Vec::new();
        for (bucket, (class, in_it)) in Bucket::ALL.into_iter().zip(CLASSES.into_iter().zip(minor))
        {
            before += in_it;
            let to = thousandths(before, whole);
            if *in_it > 0 {
                segments.push(Segment {
                    from,
                    width: (to - from).max(1),
                    class,
                    title: title(bucket),
                    amount: amount(*in_it, currency),
                });
            }
            from = to;
        }
        let parts: Vec<_> =
            segments.iter().map(|part| format!("{}: {}", part.title, part.amount)).collect();
        Self { label: parts.join(", "), segments }
    }

    /// The bar of a client's open invoices.
    pub(super) fn of_account(account: &Account, today: NaiveDate) -> Self {
        let mut minor = [0; 6];
        for invoice in &account.open_invoices {
            let bucket = Bucket::of(invoice.days_overdue(today));
            let place = Bucket::ALL.iter().position(|one| *one == bucket).unwrap_or_default();
            minor[place] += invoice.open_minor;
        }
        Self::of(&minor, account.currency)
    }
}

impl Gauge {
    /// `used` of `most`.
    pub(super) fn of(used: i64, most: i64) -> Self {
        let width = if most <= 0 { 1_000 } else { thousandths(used, most).clamp(0, 1_000) };
        Self { width, full: used >= most }
    }
}

/// A bucket in words.
pub(super) const fn title(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Current => "not yet due",
        Bucket::Days1To7 => "1–7 days",
        Bucket::Days8To14 => "8–14 days",
        Bucket::Days15To21 => "15–21 days",
        Bucket::Days22To28 => "22–28 days",
        Bucket::Over28Days => "over 28 days",
    }
}

/// The style sheet's classes of the buckets.
pub(super) const CLASSES: [&str; 6] = ["age-0", "age-1", "age-2", "age-3", "age-4", "age-5"];

fn thousandths(part: i64, whole: i64) -> i64 {
    i64::try_from(i128::from(part) * 1_000 / i128::from(whole)).unwrap_or(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_fill_the_bar_without_holes() {
        let bar = AgingBar::of(&[333, 0, 333, 0, 0, 334], Currency::EUR);
        let shown: Vec<_> = bar.segments.iter().map(|part| (part.from, part.width)).collect();
        assert_eq!(shown, [(0, 333), (333, 333), (666, 334)]);
        assert!(bar.label.starts_with("not yet due: 3.33"), "{}", bar.label);
    }

    #[test]
    fn an_empty_bar_and_a_tiny_part() {
        assert!(AgingBar::of(&[0; 6], Currency::EUR).segments.is_empty());
        let bar = AgingBar::of(&[1, 0, 0, 0, 0, 1_000_000], Currency::EUR);
        assert_eq!(bar.segments[0].width, 1, "what is there is seen");
    }

    #[test]
    fn a_gauge_is_at_most_full() {
        for (used, most, width, full) in [
            (0, 100, 0, false),
            (50, 100, 500, false),
            (100, 100, 1_000, true),
            (150, 100, 1_000, true),
            (0, 0, 1_000, true),
            (-5, 100, 0, false),
        ] {
            assert_eq!(Gauge::of(used, most), Gauge { width, full }, "{used} of {most}");
        }
    }
}
