//! Why a whole file cannot be read. Nothing of it is taken in then.

use super::{Encoding, Field};

/// Why a whole file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened.
    #[error("{file} cannot be read: {error}")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// It has no rows.
    #[error("the file is empty: it needs a line of column names and rows below it")]
    Empty,
    /// It is UTF-16.
    #[error("the file is UTF-16: save it as \"CSV UTF-8\"")]
    Utf16,
    /// A byte that the encoding does not know.
    #[error(
        "line {line}: the byte {byte:#04x} is no {encoding}: name the right --encoding \
         (utf-8, windows-1257, windows-1251)"
    )]
    Undecodable {
        /// On which line.
        line: usize,
        /// Which.
        byte: u8,
        /// What it was read as.
        encoding: Encoding,
    },
    /// The lines cannot be split into fields.
    #[error("the file cannot be split into fields: {0}")]
    Csv(#[from] csv::Error),
    /// A column that must be there was not recognised.
    #[error(
        "no column for {field} was recognised; the file has: {found}; \
         name it with --column {field}=NAME"
    )]
    NoColumn {
        /// For what.
        field: Field,
        /// The columns of the file.
        found: String,
    },
    /// A column that was named is not in the file.
    #[error("there is no column \"{column}\" for {field}; the file has: {found}")]
    NoSuchColumn {
        /// For what.
        field: Field,
        /// As named.
        column: String,
        /// The columns of the file.
        found: String,
    },
    /// A column name that occurs more than once.
    #[error("two columns are called \"{0}\": rename one")]
    ColumnTwice(String),
    /// A mapping names a field that does not exist.
    #[error("\"{given}\" is no field; there are: {known}")]
    NoSuchField {
        /// As given.
        given: String,
        /// All there are.
        known: String,
    },
    /// A `--column` without `=`.
    #[error("--column {0}: write it as FIELD=NAME, such as client_code=customerID")]
    ColumnFlag(String),
    /// The mapping file is no mapping.
    #[error("the mapping {file} cannot be read: {detail}")]
    Mapping {
        /// Which file.
        file: String,
        /// What is wrong, with its place.
        detail: String,
    },
    /// The days and months of the dates cannot be told apart.
    #[error(
        "dates such as \"{value}\" (line {line}, column {column}) can be read as day/month and as \
         month/day, and no other date of the file decides: give --date-format \"%d/%m/%Y\" or \
         --date-format \"%m/%d/%Y\" (with the file's own separators)"
    )]
    AmbiguousDates {
        /// Of the first such date.
        line: u64,
        /// Its column.
        column: String,
        /// The date.
        value: String,
    },
    /// Some dates are day first, some month first.
    #[error(
        "\"{day_first}\" (line {day_first_line}) can only be day/month and \"{month_first}\" \
         (line {month_first_line}) only month/day: give --date-format; what does not fit it is \
         reported line by line"
    )]
    MixedDates {
        /// A date that can only be day first.
        day_first: String,
        /// Where.
        day_first_line: u64,
        /// A date that can only be month first.
        month_first: String,
        /// Where.
        month_first_line: u64,
    },
    /// None of the dates has a form that is known.
    #[error(
        "no date is recognised, such as \"{value}\" (line {line}, column {column}): give \
         --date-format, such as \"%d.%m.%y\""
    )]
    UnknownDates {
        /// Of the first date.
        line: u64,
        /// Its column.
        column: String,
        /// The date.
        value: String,
    },
    /// The date format itself is wrong.
    #[error("--date-format \"{0}\" is no format: give one such as \"%Y-%m-%d\" or \"%d.%m.%Y\"")]
    DateFormat(String),
    /// Decimal and thousands separators cannot be told apart.
    #[error(
        "amounts such as \"{value}\" (line {line}) can be read in two ways, and no other amount of \
         the file decides: give --decimal \".\" or --decimal \",\""
    )]
    AmbiguousAmounts {
        /// Of the first such amount.
        line: u64,
        /// The amount.
        value: String,
    },
    /// Some amounts have a decimal point, some a decimal comma.
    #[error(
        "\"{point}\" (line {point_line}) has a decimal point and \"{comma}\" (line {comma_line}) a \
         decimal comma: give --decimal; what does not fit it is reported line by line"
    )]
    MixedAmounts {
        /// An amount with a decimal point.
        point: String,
        /// Where.
        point_line: u64,
        /// An amount with a decimal comma.
        comma: String,
        /// Where.
        comma_line: u64,
    },
    /// A separator that cannot be one.
    #[error("{flag} \"{given}\": {allowed}")]
    Separator {
        /// Which flag.
        flag: &'static str,
        /// As given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A currency that is none.
    #[error(transparent)]
    Currency(#[from] saldo_core::money::MoneyError),
}
