//! Rows of credit scores: from text to what a provider said of a client on a day, and what happened
//! to the client besides (R12.1).

use chrono::NaiveDate;
use saldo_core::money::Currency;
use saldo_core::risk::{ExternalScore, Score};

use super::row::{Reader, RowReader};
use super::{Field, FileError, FileKind, Mapping, ProblemKind, Problems, Table};
use crate::store::risk::RiskEventKind;

/// How many months a file can forecast: so many count (R12.1).
const FORECAST_MONTHS: u8 = 9;

/// What a row of the file says of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreRow {
    /// The line on which it stands.
    pub line: u64,
    /// The client's number in the ledger.
    pub client_code: String,
    /// The score; `None`: the row tells only of events.
    pub said: Option<ExternalScore>,
    /// What happened to the client, and when.
    pub events: Vec<(RiskEventKind, NaiveDate)>,
}

/// Reads every row of a table of scores. What cannot be read goes to `problems`, the rest comes
/// back.
///
/// # Errors
/// When the file as a whole cannot be read: columns or dates are not clear.
pub fn read_scores(
    table: &Table,
    mapping: &Mapping,
    currency: Currency,
    today: NaiveDate,
    problems: &mut Problems,
) -> Result<(Vec<ScoreRow>, Reader), FileError> {
    let reader = Reader::new(table, FileKind::Scores, mapping, currency, today)?;
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut of_row = reader.row(row);
        rows.extend(score_row(&mut of_row));
        of_row.problems.into_iter().for_each(|problem| problems.push(problem));
    }
    Ok((rows, reader))
}

/// `None` when anything of the row cannot be; then `row` holds every reason.
fn score_row(row: &mut RowReader<'_>) -> Option<ScoreRow> {
    let client_code = row.required(Field::ClientCode);
    let events = events(row);
    let tells_only_events = !events.is_empty() && row.text(Field::Score).is_none();
    let said = if tells_only_events { None } else { Some(said(row)) };
    if row.is_left_out() {
        return None;
    }
    let said = match said {
        Some(said) => Some(said?),
        None => None,
    };
    Some(ScoreRow { line: row.row.line, client_code: client_code?, said, events })
}

fn said(row: &mut RowReader<'_>) -> Option<ExternalScore> {
    let provider = row.required(Field::Provider);
    let rated_on = row.required(Field::RatedOn).and_then(|_| {
        row.day_that_came(
            Field::RatedOn,
            "lies in the future: what is to come goes into the forecast columns",
        )
    });
    let score = row.required(Field::Score).and_then(|_| row.score(Field::Score));
    let forecast = forecast(row);
    Some(ExternalScore { provider: provider?, rated_on: rated_on?, score: score?, forecast })
}

/// The months in their order; one that is missing between others is told, and those behind it are
/// left out: nobody knows of which month they would be.
fn forecast(row: &mut RowReader<'_>) -> Vec<Score> {
    let fields = (1..=FORECAST_MONTHS).map(Field::Forecast);
    let given: Vec<(Field, bool)> =
        fields.map(|field| (field, row.text(field).is_some())).collect();
    let first_gap = given.iter().position(|(_, is_given)| !is_given).unwrap_or(given.len());
    if let Some((field, _)) = given[first_gap..].iter().find(|(_, is_given)| *is_given) {
        let reason = "the months before it are not all there: they are taken up to the gap";
        row.problem(*field, ProblemKind::ForecastGap, reason.to_owned());
    }
    given[..first_gap].iter().filter_map(|(field, _)| row.score(*field)).collect()
}

fn events(row: &mut RowReader<'_>) -> Vec<(RiskEventKind, NaiveDate)> {
    let reason = "lies in the future: give the day on which it happened";
    [(RiskEventKind::BoardChange, Field::BoardChange), (RiskEventKind::TaxDebt, Field::TaxDebt)]
        .into_iter()
        .filter_map(|(kind, field)| Some((kind, row.day_that_came(field, reason)?)))
        .collect()
}
