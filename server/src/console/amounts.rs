//! Amounts as people read them: digits in threes, the currency behind. The pages are English.

use saldo_core::money::{Currency, Money};
use saldo_core::words::{self, Language};

/// `12 345.50` of `minor` units of `currency`, without the currency.
#[must_use]
pub(super) fn number(minor: i64, currency: Currency) -> String {
    words::number(Language::English, Money::new(minor, currency))
}

/// `12 345.50 EUR`.
#[must_use]
pub(super) fn amount(minor: i64, currency: Currency) -> String {
    money(Money::new(minor, currency))
}

/// `12 345.50 EUR`.
#[must_use]
pub(super) fn money(money: Money) -> String {
    words::amount(Language::English, money)
}
