//! Money: whole minor units of a currency, and the one rounding rule.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 code, three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Euro, the default of a new company.
    pub const EUR: Self = Self(*b"EUR");

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many digits the minor unit has (ISO 4217).
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl std::str::FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match *text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self([a, b, c].map(|letter| letter.to_ascii_uppercase())))
            }
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What is wrong with a text that should be money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a currency.
    #[error("\"{0}\" is not a currency: give three letters such as EUR")]
    Currency(String),
    /// Not a number.
    #[error("\"{0}\" is not an amount: give digits with a point, such as 1250.50")]
    NotANumber(String),
    /// Finer than the currency's minor unit.
    #[error("\"{amount}\" has more decimals than {currency} knows ({digits})")]
    TooFine {
        /// As given.
        amount: String,
        /// Of what.
        currency: Currency,
        /// How many it knows.
        digits: u32,
    },
    /// Larger than any company owes.
    #[error("\"{0}\" is larger than can be kept")]
    TooLarge(String),
}

/// An amount of a currency. As text and in JSON: `"1250.50 EUR"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// Whole minor units (cents).
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// No single amount is larger than this many minor units (ten million million cents): sums of
/// millions of them still fit an `i64`.
pub const LARGEST_MINOR: i64 = 1_000_000_000_000;

impl Money {
    /// So many minor units of `currency`.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a decimal number with a point (`1250.5`).
    ///
    /// # Errors
    /// When it is no number, too fine for the currency or absurdly large.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let number = Decimal::from_str_exact(text)
            .map_err(|_| MoneyError::NotANumber(text.to_owned()))?
            .normalize();
        let digits = currency.minor_digits();
        if number.scale() > digits {
            return Err(MoneyError::TooFine { amount: text.to_owned(), currency, digits });
        }
        let minor = number
            .checked_mul(Decimal::from(10_i64.pow(digits)))
            .and_then(|minor| minor.to_i64())
            .filter(|minor| minor.abs() <= LARGEST_MINOR)
            .ok_or_else(|| MoneyError::TooLarge(text.to_owned()))?;
        Ok(Self { minor, currency })
    }

    /// The amount as a decimal number.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.minor_digits())
    }

    /// The amount without its currency: `1250.50`.
    #[must_use]
    pub fn amount_text(self) -> String {
        self.decimal().to_string()
    }
}

/// The one rounding rule of the house: half away from zero to the minor unit. Saturates instead of
/// overflowing.
#[must_use]
pub fn round_minor(minor: Decimal) -> i64 {
    let rounded = minor.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i64().unwrap_or(if rounded.is_sign_negative() { i64::MIN } else { i64::MAX })
}

/// `percent` per cent of `minor`, rounded by [`round_minor`].
#[must_use]
pub fn percent_of(minor: i64, percent: Decimal) -> i64 {
    round_minor(Decimal::from(minor) * percent / Decimal::ONE_HUNDRED)
}

/// `minor / parts`, rounded by [`round_minor`]. Zero parts give zero.
#[must_use]
pub fn mean_of(minor: i64, parts: i64) -> i64 {
    if parts == 0 {
        return 0;
    }
    round_minor(Decimal::from(minor) / Decimal::from(parts))
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl std::str::FromStr for Money {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) =
            text.trim().rsplit_once(' ').ok_or_else(|| MoneyError::Currency(text.to_owned()))?;
        Self::parse_decimal(amount, currency.parse()?)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_letters() {
        for (text, known) in [
            ("eur", Some("EUR")),
            (" USD ", Some("USD")),
            ("E1R", None),
            ("EURO", None),
            ("EU", None),
            ("", None),
        ] {
            let read = text.parse::<Currency>().ok().map(|currency| currency.to_string());
            assert_eq!(read.as_deref(), known, "{text:?}");
        }
    }

    #[test]
    fn text_and_back() {
        for text in ["1250.50 EUR", "-0.01 EUR", "0.00 USD", "1500 JPY", "1.234 KWD"] {
            let money: Money = text.parse().expect(text);
            assert_eq!(money.to_string(), text);
        }
        assert_eq!("7 EUR".parse::<Money>(), Ok(Money::new(700, Currency::EUR)));
    }

    #[test]
    fn bad_text_is_refused_with_its_reason() {
        for (text, part) in [
            ("12,50 EUR", "not an amount"),
            ("12.505 EUR", "more decimals"),
            ("12.50", "not a currency"),
            ("12.50 EURO", "not a currency"),
            ("99999999999999.00 EUR", "larger"),
            ("99999999999999999999999999999999 EUR", "not an amount"),
            ("1e5 EUR", "not an amount"),
        ] {
            let error = text.parse::<Money>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(percent_of(50, Decimal::ONE), 1);
        assert_eq!(percent_of(-50, Decimal::ONE), -1);
        assert_eq!(percent_of(49, Decimal::ONE), 0);
        assert_eq!(mean_of(5, 2), 3);
        assert_eq!(mean_of(5, 0), 0);
    }
}
