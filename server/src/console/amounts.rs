//! Amounts as people read them: digits in threes, the currency behind.

use saldo_core::money::{Currency, Money};
use saldo_core::verdict::Reason;

/// Narrow, and never the place where a line breaks.
const THIN: char = '\u{202f}';

/// `12 345.50` of `minor` units of `currency`, without the currency.
#[must_use]
pub(super) fn number(minor: i64, currency: Currency) -> String {
    grouped(&Money::new(minor, currency).amount_text())
}

/// `12 345.50 EUR`.
#[must_use]
pub(super) fn amount(minor: i64, currency: Currency) -> String {
    format!("{}{THIN}{currency}", number(minor, currency))
}

/// `12 345.50 EUR`.
#[must_use]
pub(super) fn money(money: Money) -> String {
    amount(money.minor, money.currency)
}

/// A reason in words, its amounts as people read them.
#[must_use]
pub(super) fn reason(reason: &Reason, currency: Currency) -> String {
    let words = reason.in_words(currency);
    let mut rest = words.as_str();
    let mut told = String::with_capacity(words.len() + 16);
    let code = format!(" {currency}");
    while let Some(at) = rest.find(&code) {
        let (before, after) = rest.split_at(at);
        let start = before.rfind(' ').map_or(0, |space| space + 1);
        told.push_str(&before[..start]);
        told.push_str(&grouped(&before[start..]));
        told.push(THIN);
        told.push_str(currency.code());
        rest = &after[code.len()..];
    }
    told.push_str(rest);
    told
}

/// Groups the whole part of a plain decimal; what is none stays as it is.
fn grouped(text: &str) -> String {
    let (minus, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("\u{2212}", digits));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut told = String::from(minus);
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            told.push(THIN);
        }
        told.push(digit);
    }
    told.push_str(fraction);
    told
}

#[cfg(test)]
mod tests {
    use saldo_core::verdict::{Effect, LimitSource, What};

    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        for (minor, told) in [
            (0, "0.00"),
            (99_999, "999.99"),
            (100_000, "1 000.00"),
            (-123_456_789, "\u{2212}1 234 567.89"),
        ] {
            assert_eq!(number(minor, Currency::EUR).replace(THIN, " "), told);
        }
    }

    #[test]
    fn amounts_in_reasons_too() {
        let what = What::WithinShipmentLimit {
            limit_minor: 500_000_000,
            used_minor: 30_000,
            request_minor: 200_000,
            months: 3,
            source: LimitSource::Months,
        };
        let told = reason(&Reason::new("R4.1", Effect::Allows, what), Currency::EUR);
        let plain = told.replace(THIN, " ");
        assert!(plain.contains("300.00 EUR used of 5 000 000.00 EUR, 2 000.00 EUR"), "{plain}");
    }
}
