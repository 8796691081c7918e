//! Text into rows of fields, each with its line.

use super::{FileError, Problem, ProblemKind, Problems};

/// A file as rows under a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The column names, without the spaces around them.
    pub header: Vec<String>,
    /// The rows that have as many fields as the header.
    pub rows: Vec<Row>,
    /// How many rows there are, those of the wrong length included.
    pub rows_read: usize,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins.
    pub line: u64,
    fields: csv::StringRecord,
}

impl Row {
    /// The field of a column, without the spaces around it; empty beyond the last.
    #[must_use]
    pub fn field(&self, column: usize) -> &str {
        self.fields.get(column).unwrap_or_default().trim()
    }
}

impl Table {
    /// Splits a text. Without a delimiter it is the one that occurs most in the first line. Rows
    /// of the wrong length go to `problems`; empty ones are skipped.
    ///
    /// # Errors
    /// When there is no row below the header.
    pub fn read(
        text: &str,
        delimiter: Option<u8>,
        problems: &mut Problems,
    ) -> Result<Self, FileError> {
        let delimiter = delimiter.unwrap_or_else(|| likely_delimiter(text));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text.as_bytes());
        let header: Vec<String> =
            reader.headers()?.iter().map(|name| name.trim().to_owned()).collect();
        let mut table = Self { header, rows: Vec::new(), rows_read: 0 };
        let mut lines = Lines::of(text);
        for record in reader.into_records() {
            let fields = record?;
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            table.rows_read += 1;
            let line = lines.at(fields.position().map_or(0, csv::Position::byte));
            match wrong_shape(&table.header, &fields, delimiter) {
                Some(reason) => problems.push(Problem {
                    line,
                    column: String::new(),
                    value: shortened(fields.iter().next().unwrap_or_default()),
                    kind: ProblemKind::RowShape,
                    reason,
                }),
                None => table.rows.push(Row { line, fields }),
            }
        }
        if table.rows_read == 0 {
            return Err(FileError::Empty);
        }
        Ok(table)
    }

    /// Every column name, for an error.
    #[must_use]
    pub fn found(&self) -> String {
        self.header.join(", ")
    }
}

/// Counts lines while going through a text. The csv crate's own count is taken before it skips
/// empty lines and the second half of a CR LF.
struct Lines<'a> {
    bytes: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), place: 0, line: 1 }
    }

    /// The line of the first letter at or after `byte` that is no line end. Only goes forward.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(letter) = self.bytes.get(self.place) {
            if self.place >= byte && !matches!(letter, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*letter == b'\n');
            self.place += 1;
        }
        self.line
    }
}

/// What is wrong with the shape of a row. Empty fields too many at the end are not.
fn wrong_shape(header: &[String], fields: &csv::StringRecord, delimiter: u8) -> Option<String> {
    if let Some(lines) = swallowed_lines(header, fields, delimiter) {
        return Some(format!(
            "one field holds {lines} lines that look like rows: a quotation mark is opened and \
             closed too late or never; correct it and import again"
        ));
    }
    let filled = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.trim().is_empty())
        .last()
        .map_or(0, |(at, _)| at + 1);
    if fields.len() >= header.len() && filled <= header.len() {
        return None;
    }
    Some(format!(
        "the row has {} fields, the header {}; is the delimiter also inside a field without \
         quotation marks?",
        fields.len(),
        header.len()
    ))
}

/// How many lines are in a field that holds whole rows: more delimiters than a row has. They would
/// be lost without a word, for the fields around them can be as many as the header has.
fn swallowed_lines(header: &[String], fields: &csv::StringRecord, delimiter: u8) -> Option<usize> {
    fields
        .iter()
        .filter(|field| field.contains('\n'))
        .find(|field| {
            let delimiters = field.bytes().filter(|byte| *byte == delimiter).count();
            delimiters + 1 >= header.len().max(2)
        })
        .map(|field| field.trim_end().lines().count())
}

/// The delimiter that occurs most in the first line.
fn likely_delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t', b'|']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| first.bytes().filter(|byte| byte == delimiter).count())
        .unwrap_or(b',')
}

/// At most 60 letters of a value: a report is for people.
pub(super) fn shortened(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Table, Problems) {
        let mut problems = Problems::default();
        let table = Table::read(text, None, &mut problems).unwrap();
        (table, problems)
    }

    #[test]
    fn the_delimiter_is_the_headers() {
        for text in ["a,b\n1,2", "a;b\n1;2", "a\tb\n1\t2", "a|b\r\n1|2\r\n"] {
            let (table, _) = read(text);
            assert_eq!(table.header, ["a", "b"]);
            assert_eq!((table.rows[0].line, table.rows[0].field(1)), (2, "2"));
        }
    }

    #[test]
    fn rows_of_the_wrong_length_are_named_and_the_others_kept() {
        let (table, problems) = read("a,b,c\n1,2\n\n1,2,3,4\n,,\n1, 2 ,3,,\n\"x\ny\",5,6\n7,8,9\n");
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [6, 7, 9]);
        assert_eq!(table.rows[0].field(1), "2");
        assert_eq!(table.rows_read, 5);
        let lines: Vec<_> = problems.by_line().iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 4]);
        assert!(problems.by_line()[0].reason.contains("2 fields, the header 3"));
    }

    #[test]
    fn rows_inside_quotation_marks_are_not_lost_without_a_word() {
        for text in [
            "a,b\n1,2\n3,\"4\n5,6\n7,8\n",
            "a,b\n1,2\n3,\"4\n5,6\n7,8\"\n9,10\n",
            "a,b\n1,2\n\"3,4\n5,6\n7,8\n",
        ] {
            let (table, problems) = read(text);
            assert_eq!(table.rows[0].line, 2);
            let first = problems.by_line()[0].clone();
            assert!(
                first.line == 3 && first.reason.contains("3 lines that look like"),
                "{first:?}"
            );
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let (table, _) = read("a,b\r\n1,2\r\n\r\n\"3\r\n3\",4\r\n5,6");
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 6]);
    }

    #[test]
    fn a_file_without_rows_is_empty() {
        for text in ["", "a,b\n", "a,b\n,\n\n"] {
            let error = Table::read(text, None, &mut Problems::default()).unwrap_err();
            assert!(matches!(error, FileError::Empty), "{text:?}: {error}");
        }
    }
}
