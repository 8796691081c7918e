//! Money, instants and dates as they cross to Kotlin and Swift.

use chrono::NaiveDate;
use saldo_core::money as core_money;
use saldo_core::time as core_time;

use crate::PhoneError;

/// An amount: exact on every platform.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Money {
    /// Whole minor units (cents).
    pub minor: i64,
    /// ISO 4217, three letters.
    pub currency: String,
}

impl From<core_money::Money> for Money {
    fn from(money: core_money::Money) -> Self {
        Self { minor: money.minor, currency: money.currency.to_string() }
    }
}

impl TryFrom<&Money> for core_money::Money {
    type Error = PhoneError;
    fn try_from(money: &Money) -> Result<Self, PhoneError> {
        let currency = money.currency.parse().map_err(PhoneError::invalid)?;
        Ok(Self::new(money.minor, currency))
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match core_money::Money::try_from(self) {
            Ok(money) => money.fmt(f),
            Err(_) => write!(f, "{} minor units of {}", self.minor, self.currency),
        }
    }
}

/// Reads an amount with a decimal point, such as `1250.50`.
///
/// # Errors
/// [`PhoneError::Invalid`] when it is no amount of this currency.
#[uniffi::export]
pub fn parse_money(amount: &str, currency: &str) -> Result<Money, PhoneError> {
    let currency = currency.parse().map_err(PhoneError::invalid)?;
    core_money::Money::parse_decimal(amount, currency).map(Money::from).map_err(PhoneError::invalid)
}

/// `1250.50 EUR`, always with a point; a screen may format it by its locale instead.
#[uniffi::export]
#[must_use]
pub fn money_in_words(money: &Money) -> String {
    money.to_string()
}

/// An instant: milliseconds since 1970-01-01 00:00 UTC. Whole numbers, because Swift's `Date` is
/// a floating point number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UtcMillis(pub i64);
uniffi::custom_newtype!(UtcMillis, i64);

impl From<core_time::UtcMillis> for UtcMillis {
    fn from(at: core_time::UtcMillis) -> Self {
        Self(at.0)
    }
}

impl From<UtcMillis> for core_time::UtcMillis {
    fn from(at: UtcMillis) -> Self {
        Self(at.0)
    }
}

/// A civil date in the company's time zone, as `2026-11-21`. What the app hands in is checked
/// where it is used: a wrong one is [`PhoneError::Invalid`], never a crash at the border.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(pub String);
uniffi::custom_newtype!(CivilDate, String);

impl CivilDate {
    pub(crate) fn date(&self) -> Result<NaiveDate, PhoneError> {
        NaiveDate::parse_from_str(self.0.trim(), "%Y-%m-%d").map_err(|_| PhoneError::Invalid {
            detail: format!("\"{}\" is not a date: write it as 2026-11-21", self.0),
        })
    }
}

impl From<NaiveDate> for CivilDate {
    fn from(day: NaiveDate) -> Self {
        Self(day.to_string())
    }
}

impl std::fmt::Display for CivilDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_goes_out_and_comes_back() {
        let money = parse_money("1250.5", "eur").expect("an amount");
        assert_eq!(money, Money { minor: 125_050, currency: "EUR".to_owned() });
        assert_eq!(money_in_words(&money), "1250.50 EUR");
        for (amount, currency) in [("12,5", "EUR"), ("1.234", "EUR"), ("1", "EURO"), ("", "EUR")] {
            let error = parse_money(amount, currency).expect_err(amount);
            assert!(matches!(error, PhoneError::Invalid { .. }), "{amount} {currency}: {error}");
        }
    }

    #[test]
    fn a_wrong_date_is_told() {
        assert_eq!(
            CivilDate("2026-02-28".to_owned()).date().map(CivilDate::from).map(|d| d.0),
            Ok("2026-02-28".to_owned())
        );
        for text in ["28.02.2026", "2026-02-30", "", "tomorrow"] {
            assert!(matches!(CivilDate(text.to_owned()).date(), Err(PhoneError::Invalid { .. })));
        }
    }
}
