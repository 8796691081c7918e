//! Dates as ledgers write them. Day and month are never guessed: the whole file decides or the
//! user does.

use chrono::NaiveDate;

use super::FileError;

/// Reads the dates of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateReader {
    /// By the format that was given.
    Given(String),
    /// Year first, or as the file's dates decided.
    Recognised {
        /// For dates with the year last: whether the day comes first. `None`: there are none.
        day_first: Option<bool>,
    },
}

/// A date of the file and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateText<'a> {
    /// On which line.
    pub line: u64,
    /// In which column.
    pub column: &'a str,
    /// The date.
    pub text: &'a str,
}

impl DateReader {
    /// A reader by a format such as `%d.%m.%Y`.
    ///
    /// # Errors
    /// When the format cannot stand for a date.
    pub fn given(format: &str) -> Result<Self, FileError> {
        // A format is good when some date survives it; a bad one cannot be printed or read back.
        let day = NaiveDate::from_ymd_opt(2013, 2, 28).unwrap_or_default();
        let mut text = String::new();
        let printed = std::fmt::Write::write_fmt(&mut text, format_args!("{}", day.format(format)));
        match printed.ok().and_then(|()| NaiveDate::parse_from_str(&text, format).ok()) {
            Some(read) if read == day => Ok(Self::Given(format.to_owned())),
            _ => Err(FileError::DateFormat(format.to_owned())),
        }
    }

    /// Finds out how the dates of a file are to be read, from all of them.
    ///
    /// # Errors
    /// When they can be read in two ways, contradict one another, or none is recognised.
    pub fn recognise<'a>(dates: impl Iterator<Item = DateText<'a>>) -> Result<Self, FileError> {
        let (mut day_first, mut month_first, mut either) = (None, None, None);
        let (mut unknown, mut any_known) = (None, false);
        for date in dates {
            match Shape::of(date.text) {
                Shape::YearFirst(_) => any_known = true,
                Shape::YearLast { day_first: Some(_), month_first: None } => {
                    day_first.get_or_insert(date);
                }
                Shape::YearLast { day_first: None, month_first: Some(_) } => {
                    month_first.get_or_insert(date);
                }
                Shape::YearLast { day_first: Some(one), month_first: Some(other) } => {
                    any_known = true;
                    if one != other {
                        either.get_or_insert(date);
                    }
                }
                Shape::YearLast { day_first: None, month_first: None } | Shape::Unknown => {
                    unknown.get_or_insert(date);
                }
            }
        }
        match (day_first, month_first, either, unknown) {
            (Some(day_first), Some(month_first), _, _) => Err(FileError::MixedDates {
                day_first: day_first.text.to_owned(),
                day_first_line: day_first.line,
                month_first: month_first.text.to_owned(),
                month_first_line: month_first.line,
            }),
            (Some(_), None, _, _) => Ok(Self::Recognised { day_first: Some(true) }),
            (None, Some(_), _, _) => Ok(Self::Recognised { day_first: Some(false) }),
            (None, None, Some(date), _) => Err(FileError::AmbiguousDates {
                line: date.line,
                column: date.column.to_owned(),
                value: date.text.to_owned(),
            }),
            (None, None, None, Some(date)) if !any_known => Err(FileError::UnknownDates {
                line: date.line,
                column: date.column.to_owned(),
                value: date.text.to_owned(),
            }),
            // What is left with the year last has the same number for day and month.
            (None, None, None, _) => Ok(Self::Recognised { day_first: None }),
        }
    }

    /// Reads one date.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn read(&self, text: &str) -> Result<NaiveDate, String> {
        match self {
            Self::Given(format) => NaiveDate::parse_from_str(text, format)
                .map_err(|_| format!("no date by the format {format}")),
            Self::Recognised { day_first } => match Shape::of(text) {
                Shape::YearFirst(date) => Some(date),
                Shape::YearLast { day_first: by_day, month_first: by_month } => {
                    if day_first.unwrap_or(true) { by_day } else { by_month }
                }
                Shape::Unknown => None,
            }
            .ok_or_else(|| format!("no date ({self})")),
        }
    }
}

impl std::fmt::Display for DateReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(format) => write!(f, "dates are read as {format}"),
            Self::Recognised { day_first: None } => f.write_str("dates are read as year-month-day"),
            Self::Recognised { day_first: Some(true) } => {
                f.write_str("dates are read as day/month/year")
            }
            Self::Recognised { day_first: Some(false) } => {
                f.write_str("dates are read as month/day/year")
            }
        }
    }
}

/// What a text can be as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// 2020-03-30, 2020/3/30, 2020.03.30, 20200330; a time of day behind it does not matter.
    YearFirst(NaiveDate),
    /// 30/3/2020 and the like: the date by either reading.
    YearLast { day_first: Option<NaiveDate>, month_first: Option<NaiveDate> },
    /// Nothing known.
    Unknown,
}

impl Shape {
    fn of(text: &str) -> Self {
        let day = without_time(text);
        if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
            return date(&day[..4], &day[4..6], &day[6..]).map_or(Self::Unknown, Self::YearFirst);
        }
        let Some(separator) = day.chars().find(|letter| matches!(letter, '-' | '/' | '.')) else {
            return Self::Unknown;
        };
        let mut parts = day.split(separator);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(year), Some(month), Some(day), None) if year.len() == 4 => {
                date(year, month, day).map_or(Self::Unknown, Self::YearFirst)
            }
            (Some(one), Some(two), Some(year), None) if year.len() == 4 => Self::YearLast {
                day_first: date(year, two, one),
                month_first: date(year, one, two),
            },
            _ => Self::Unknown,
        }
    }
}

/// The day of `2020-03-30T00:00:00` or `2020-03-30 00:00`.
fn without_time(text: &str) -> &str {
    match text.split_once(['T', ' ']) {
        Some((day, time)) if time.starts_with(|letter: char| letter.is_ascii_digit()) => day,
        _ => text,
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let number = |text: &str, longest: usize| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && text.len() <= longest).then(|| text.parse::<u32>().ok()).flatten()
    };
    let year = i32::try_from(number(year, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(texts: &[&str]) -> Result<DateReader, FileError> {
        DateReader::recognise((2..).zip(texts).map(|(line, text)| DateText {
            line,
            column: "due",
            text,
        }))
    }

    #[test]
    fn the_whole_column_decides() {
        for (texts, read, date) in [
            (&["2020-03-30", "2020-04-01"][..], "2020-04-01", "2020-04-01"),
            (&["20200330"], "20200401", "2020-04-01"),
            (&["2020-03-30T00:00:00"], "2020-04-01 10:30:00", "2020-04-01"),
            (&["2020/3/30"], "2020/4/1", "2020-04-01"),
            (&["1/2/2013", "1/13/2013"], "4/6/2013", "2013-04-06"),
            (&["1.2.2013", "13.1.2013", "rubbish"], "04.06.2013", "2013-06-04"),
            (&["1-2-2013", "31-1-2013"], "04-06-2013", "2013-06-04"),
            (&["5/5/2013"], "5/5/2013", "2013-05-05"),
        ] {
            let reader = recognise(texts).unwrap();
            assert_eq!(reader.read(read).unwrap().to_string(), date, "{texts:?}");
        }
    }

    #[test]
    fn day_and_month_are_never_guessed() {
        for (texts, part) in [
            (&["2020-01-01", "1/2/2013", "5/5/2013"][..], "\"1/2/2013\" (line 3"),
            (&["13/1/2013", "1/14/2013"], "only month/day"),
            (&["soon", "1/2/13"], "no date is recognised, such as \"soon\""),
        ] {
            let error = recognise(texts).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("--date-format"), "{error}");
        }
    }

    #[test]
    fn what_is_no_date_says_so() {
        let reader = recognise(&["13.1.2013"]).unwrap();
        for text in ["31.2.2013", "1.13.2013", "2013-13-01", "1.2.13", "1.2", "", "1.2.2013.4"] {
            assert!(reader.read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_given_format_is_obeyed() {
        let reader = DateReader::given("%d.%m.%y").unwrap();
        assert_eq!(reader.read("01.02.13").unwrap().to_string(), "2013-02-01");
        assert!(reader.read("2013-02-01").unwrap_err().contains("%d.%m.%y"));
        for format in ["%Q", "d.m.Y", "%d.%m", ""] {
            assert!(DateReader::given(format).is_err(), "{format}");
        }
    }
}
