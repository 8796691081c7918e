//! Taking in a company's ledger: files of receivables and of payments; and of credit scores.
//!
//! Reading is pure and knows no SQL: bytes become a `table`, a table becomes rows with every
//! problem named by line, column, value and reason. Writing puts the good rows into one
//! transaction of the caller's. A bad row never stops a good one, nothing is half imported, and
//! the same file again changes nothing. What never lives here: judging what was taken in.

mod amounts;
mod columns;
mod dates;
mod encoding;
mod error;
#[cfg(test)]
pub(crate) mod ledger;
mod mapping;
mod payments;
mod problem;
mod receivables;
mod row;
mod scores;
mod table;
mod write;

pub use amounts::AmountReader;
pub use columns::{Columns, Field, FileKind};
pub use dates::DateReader;
pub use encoding::Encoding;
pub use error::FileError;
pub use mapping::Mapping;
pub use payments::{PaymentRow, read_payments};
pub use problem::{Problem, ProblemKind, Problems};
pub use receivables::{Paid, Receivable, read_receivables};
pub use row::Reader;
pub use scores::{ScoreRow, read_scores};
pub use table::{Row, Table};
pub use write::{Progress, Source, Written, write_payments, write_receivables, write_scores};
