//! Amounts as ledgers write them: `1250.50`, `1 250,50`, `1.250,50 EUR`.

use saldo_core::money::{Currency, Money};

use super::FileError;

/// Letters that group thousands, beside the one of point and comma that is not decimal.
const SPACES: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\''];

/// Reads the amounts of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountReader {
    decimal: char,
    /// The one letter that may group thousands; `None`: any usual one.
    thousands: Option<char>,
}

/// What one amount says about the decimal separator.
enum Evidence {
    Decimal(char),
    Either,
    Nothing,
}

impl AmountReader {
    /// A reader by given separators.
    ///
    /// # Errors
    /// When they are the same.
    pub fn given(decimal: char, thousands: Option<char>) -> Result<Self, FileError> {
        if thousands == Some(decimal) {
            return Err(FileError::Separator {
                flag: "--thousands",
                given: decimal.to_string(),
                allowed: "must not be the decimal separator",
            });
        }
        Ok(Self { decimal, thousands })
    }

    /// Finds out how the amounts (line, text) of a file are to be read, from all of them.
    ///
    /// # Errors
    /// When they can be read in two ways or contradict one another.
    pub fn recognise<'a>(
        amounts: impl Iterator<Item = (u64, &'a str)>,
        thousands: Option<char>,
    ) -> Result<Self, FileError> {
        let (mut point, mut comma, mut either) = (None, None, None);
        for amount in amounts {
            match evidence(amount.1) {
                Evidence::Decimal('.') => {
                    point.get_or_insert(amount);
                }
                Evidence::Decimal(_) => {
                    comma.get_or_insert(amount);
                }
                Evidence::Either => {
                    either.get_or_insert(amount);
                }
                Evidence::Nothing => {}
            }
        }
        // A thousands separator that was given decides what is left open.
        let excluded = |decimal: char| thousands == Some(decimal);
        match (point, comma, either) {
            (Some(point), Some(comma), _) => Err(FileError::MixedAmounts {
                point: point.1.to_owned(),
                point_line: point.0,
                comma: comma.1.to_owned(),
                comma_line: comma.0,
            }),
            (None, Some(_), _) => Self::given(',', thousands),
            (None, None, Some(_)) if excluded('.') => Self::given(',', thousands),
            (None, None, Some((line, text))) if !excluded(',') => {
                Err(FileError::AmbiguousAmounts { line, value: text.to_owned() })
            }
            _ if excluded('.') => Self::given(',', thousands),
            _ => Self::given('.', thousands),
        }
    }

    /// Reads one amount of `currency` into minor units.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn read(self, text: &str, currency: Currency) -> Result<i64, String> {
        let (negative, digits) = signed(without_currency(text, currency));
        let (whole, fraction) = match digits.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = self.ungrouped(whole).filter(|whole| {
            !whole.is_empty() && fraction.is_none_or(|part| number(part) && !part.is_empty())
        });
        let Some(whole) = plain else {
            return Err(format!("no amount (the decimal separator is \"{}\")", self.decimal));
        };
        let sign = if negative { "-" } else { "" };
        let decimal = format!("{sign}{whole}.{}", fraction.unwrap_or("0"));
        Money::parse_decimal(&decimal, currency)
            .map(|money| money.minor)
            .map_err(|error| error.to_string())
    }

    /// The digits of a whole number, when its thousands are grouped rightly or not at all.
    fn ungrouped(self, whole: &str) -> Option<String> {
        let grouping = whole.chars().find(|letter| !letter.is_ascii_digit());
        let Some(separator) = grouping else { return Some(whole.to_owned()) };
        let allowed = match self.thousands {
            Some(given) => separator == given,
            None => {
                separator != self.decimal
                    && (".,".contains(separator) || SPACES.contains(&separator))
            }
        };
        let mut groups = whole.split(separator);
        let first = groups.next()?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        (allowed
            && (1..=3).contains(&first.len())
            && digits(first)
            && groups.all(|group| group.len() == 3 && digits(group)))
        .then(|| whole.replace(separator, ""))
    }
}

impl std::fmt::Display for AmountReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if self.decimal == ',' { "comma" } else { "point" };
        write!(f, "amounts are read with a decimal {name}")
    }
}

/// The text without the currency's code or sign before or behind it.
fn without_currency(text: &str, currency: Currency) -> &str {
    let sign = match currency.code() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "RUB" => "₽",
        "UAH" => "₴",
        _ => currency.code(),
    };
    let text = text.trim();
    for mark in [currency.code(), sign] {
        if let Some(rest) = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)) {
            return rest.trim();
        }
    }
    text
}

/// Whether an amount is negative (`-5`, `5-`, `(5)`), and what is left of it.
fn signed(text: &str) -> (bool, &str) {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let minus = ['-', '\u{2212}'];
    let negative = inside.or_else(|| text.strip_prefix(minus)).or_else(|| text.strip_suffix(minus));
    match negative {
        Some(rest) => (true, rest.trim()),
        None => (false, text),
    }
}

/// What an amount says about the decimal separator: the last of two kinds is decimal; one that
/// occurs twice is not; a single one before other than three digits is.
fn evidence(text: &str) -> Evidence {
    let marks: Vec<(usize, char)> =
        text.char_indices().filter(|(_, letter)| matches!(letter, '.' | ',')).collect();
    let other = |mark: char| if mark == '.' { ',' } else { '.' };
    match marks.as_slice() {
        [] => Evidence::Nothing,
        [(at, mark)] => {
            let behind = text[at + 1..].chars().take_while(char::is_ascii_digit).count();
            let before = text[..*at].chars().filter(char::is_ascii_digit).count();
            let grouped = text[..*at].contains(SPACES);
            if behind == 3 && (1..=3).contains(&before) && !grouped {
                Evidence::Either
            } else {
                Evidence::Decimal(*mark)
            }
        }
        [(_, first), .., (_, last)] if first == last => Evidence::Decimal(other(*last)),
        [.., (_, last)] => Evidence::Decimal(*last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(texts: &[&str]) -> Result<AmountReader, FileError> {
        AmountReader::recognise((2..).zip(texts.iter().copied()), None)
    }

    #[test]
    fn amounts_are_read_as_the_column_writes_them() {
        for (texts, text, minor) in [
            (&["55.94", "100"][..], "1,250.5", Ok(125_050)),
            (&["55,94"], "1.250,50", Ok(125_050)),
            (&["1,250,000"], "1,250", Ok(125_000)),
            (&["1 250,5"], "1\u{a0}250,50 EUR", Ok(125_050)),
            (&["7"], "€ 7", Ok(700)),
            (&["7.10"], "(7.10)", Ok(-710)),
            (&["7.10"], "7.10-", Ok(-710)),
            (&["7.10"], "7.105", Err("more decimals")),
            (&["7.10"], "12,50.00", Err("no amount")),
            (&["7.10"], "1 25 000", Err("no amount")),
            (&["7.10"], "7.", Err("no amount")),
            (&["7.10"], ".7", Err("no amount")),
            (&["7.10"], "1e5", Err("no amount")),
            (&["7.10"], "7.10 USD", Err("no amount")),
            (&["7.10"], "99999999999999", Err("larger")),
        ] {
            let read = recognise(texts).unwrap().read(text, Currency::EUR);
            match (read, minor) {
                (Ok(read), Ok(minor)) => assert_eq!(read, minor, "{text}"),
                (Err(reason), Err(part)) => assert!(reason.contains(part), "{text}: {reason}"),
                (read, minor) => panic!("{text}: {read:?} is not {minor:?}"),
            }
        }
    }

    #[test]
    fn the_decimal_separator_is_never_guessed() {
        for (texts, part) in [
            (&["100", "1,250"][..], "\"1,250\" (line 3)"),
            (&["1.250"], "--decimal"),
            (&["1.25", "1,25"], "decimal comma"),
        ] {
            let error = recognise(texts).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let by_flag = AmountReader::recognise([(2, "1.250")].into_iter(), Some('.')).unwrap();
        assert_eq!(by_flag.read("1.250", Currency::EUR), Ok(125_000));
    }
}
