//! Numbers as people read them: digits in threes, the currency behind.

use super::Language;
use crate::money::{Currency, Money};

/// Narrow, and never the place where a line breaks.
pub(super) const THIN: char = '\u{202f}';

/// The amount without its currency: `12 345.50`, with a comma where the language has one.
#[must_use]
pub fn number(language: Language, money: Money) -> String {
    let text = money.amount_text();
    let (minus, digits) =
        text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("\u{2212}", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut told = String::from(minus);
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            told.push(THIN);
        }
        told.push(digit);
    }
    if !fraction.is_empty() {
        told.push(match language {
            Language::English => '.',
            Language::Estonian | Language::Latvian | Language::Lithuanian | Language::Russian => {
                ','
            }
        });
        told.push_str(fraction);
    }
    told
}

/// The amount with its currency: `12 345.50 EUR`.
#[must_use]
pub fn amount(language: Language, money: Money) -> String {
    format!("{}{THIN}{}", number(language, money), money.currency)
}

/// The amounts of one reason.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts(pub(super) Language, pub(super) Currency);

impl Amounts {
    pub(super) fn of(self, minor: i64) -> String {
        amount(self.0, Money::new(minor, self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        for (text, english, russian) in [
            ("0.00 EUR", "0.00", "0,00"),
            ("999.99 EUR", "999.99", "999,99"),
            ("1000.00 EUR", "1 000.00", "1 000,00"),
            ("-1234567.89 EUR", "\u{2212}1 234 567.89", "\u{2212}1 234 567,89"),
            ("1500 JPY", "1 500", "1 500"),
            ("1.234 KWD", "1.234", "1,234"),
        ] {
            let money: Money = text.parse().unwrap();
            let told = |language| number(language, money).replace(THIN, " ");
            assert_eq!(told(Language::English), english);
            assert_eq!(told(Language::Russian), russian);
        }
    }

    #[test]
    fn the_currency_stands_behind() {
        let money = Money::new(125_050, Currency::EUR);
        assert_eq!(amount(Language::Estonian, money), "1\u{202f}250,50\u{202f}EUR");
    }
}
