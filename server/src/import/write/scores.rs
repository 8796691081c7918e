//! Writes rows of credit scores and of what happened to clients. They are history: nothing that was
//! there is changed.

use super::known::Run;
use super::{Progress, Source, Written};
use crate::flow::Context;
use crate::import::{Columns, Field, Problem, ProblemKind, Problems, ScoreRow};
use crate::store::clients::{self, Client};
use crate::store::risk::{self, RiskEvent};
use crate::store::{StoreError, Tx};

/// Writes the rows. A row of a client that nobody knows is left out; one that says nothing new
/// changes nothing; another score of the same provider and day is a correction and holds.
///
/// # Errors
/// When the database fails; then the transaction is not to be committed.
pub async fn write_scores(
    tx: &mut Tx,
    context: &Context,
    source: &Source,
    columns: &Columns,
    rows: &[ScoreRow],
    problems: &mut Problems,
    progress: Progress<'_>,
) -> Result<Written, StoreError> {
    let run = Run::begin(tx, source, context.now).await?;
    let mut written = Written::default();
    for (done, row) in rows.iter().enumerate() {
        match clients::by_code(tx, &row.client_code).await? {
            Some(client) => {
                write_row(tx, context, &client, columns, row, problems, &mut written).await?;
            }
            None => problems.push(Problem {
                line: row.line,
                column: columns.name(Field::ClientCode).to_owned(),
                value: row.client_code.clone(),
                kind: ProblemKind::UnknownClient,
                reason: "no client has this code: import its invoices first".to_owned(),
            }),
        }
        progress(done + 1);
    }
    run.end(tx, &mut written).await?;
    Ok(written)
}

async fn write_row(
    tx: &mut Tx,
    context: &Context,
    client: &Client,
    columns: &Columns,
    row: &ScoreRow,
    problems: &mut Problems,
    written: &mut Written,
) -> Result<(), StoreError> {
    let before = written.new_scores + written.new_events.len();
    if let Some(said) = &row.said {
        let known = risk::scores_of(tx, client.id).await?;
        let earlier =
            known.iter().find(|one| one.provider == said.provider && one.rated_on == said.rated_on);
        if let Some(earlier) = earlier.filter(|earlier| *earlier != said) {
            problems.push(Problem {
                line: row.line,
                column: columns.name(Field::Score).to_owned(),
                value: said.score.to_string(),
                kind: ProblemKind::Corrected,
                reason: format!(
                    "{} said {} of {} before: the new score holds, the earlier one stays in the \
                     history",
                    said.provider, earlier.score, said.rated_on
                ),
            });
        }
        if risk::insert_score(tx, client.id, said, None, context.now).await? {
            written.new_scores += 1;
        }
    }
    for (kind, happened_on) in &row.events {
        let event = RiskEvent {
            client: client.id,
            kind: *kind,
            happened_on: *happened_on,
            note: String::new(),
            recorded_by: None,
        };
        if risk::insert_event(tx, &event, context.now).await? {
            written.new_events.push(event);
        }
    }
    if written.new_scores + written.new_events.len() > before {
        written.touch(client.id);
    } else {
        written.already_there += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use saldo_core::ids::ClientId;

    use crate::import::ledger::Ledger;
    use crate::store::risk::{self, RiskEventKind};

    const INVOICES: &str = "client,number,due_date,amount\nK1,A-1,2026-04-01,100.00\n\
                            K2,A-2,2026-04-01,100.00\n";

    /// What is held of a client: provider, score, months of forecast; and its events.
    async fn held(ledger: &Ledger, code: &str) -> (Vec<(String, String, usize)>, usize) {
        let mut tx = ledger.db.begin_read().await.unwrap();
        let client = ClientId::of_code(code);
        let scores = risk::scores_of(&mut tx, client).await.unwrap();
        let events = risk::events_of(&mut tx, client).await.unwrap();
        let told = |said: saldo_core::risk::ExternalScore| {
            (said.provider, said.score.to_string(), said.forecast.len())
        };
        (scores.into_iter().map(told).collect(), events.len())
    }

    #[tokio::test]
    async fn good_rows_come_in_and_bad_ones_say_why() {
        let ledger = Ledger::new().await;
        ledger.receivables(INVOICES).await;
        let outcome = ledger
            .scores(
                "Client,Provider,Rated on,Score,forecast 1,forecast 2,Forecast 3,board change,\
                 Tax debt\n\
                 K1,Bureau,2026-03-01,0.35,0.4,0.45,,,2026-02-01\n\
                 K2,,,,,,,2026-03-10,\n\
                 K9,Bureau,2026-03-01,0.35,,,,,\n\
                 K2,Bureau,2026-03-12,0.35,,,,,\n\
                 K2,Bureau,2026-03-01,35,,,,,\n\
                 K2,Bureau,2026-03-01,good,,,,,\n\
                 K2,,2026-03-01,0.5,,,,,\n\
                 K2,Bureau,2026-03-01,\"0,25\",0.3,,0.5,,\n",
            )
            .await;
        assert_eq!(
            outcome.reasons(),
            [
                "4: no client has this code: import its invoices first",
                "5: lies in the future: what is to come goes into the forecast columns",
                "6: is not between 0 (good) and 1 (bad): divide it by what the provider's scale \
                 ends at, and turn a scale round on which high is good",
                "7: is no number: give one from 0 (good) to 1 (bad), such as 0.35",
                "8: must not be empty: fill it in",
                "9: the months before it are not all there: they are taken up to the gap",
            ]
        );
        let written = &outcome.written;
        assert_eq!((written.new_scores, written.new_events.len()), (2, 2));
        assert_eq!(written.new_events[1].kind, RiskEventKind::BoardChange);
        let bureau = "Bureau".to_owned();
        let k1 = (vec![(bureau.clone(), "0.3500".to_owned(), 2)], 1);
        assert_eq!(held(&ledger, "K1").await, k1);
        assert_eq!(held(&ledger, "K2").await, (vec![(bureau, "0.2500".to_owned(), 1)], 1));
    }

    #[tokio::test]
    async fn the_same_file_again_changes_nothing_and_a_correction_holds() {
        let ledger = Ledger::new().await;
        ledger.receivables(INVOICES).await;
        let file = "client,provider,rated_on,score\nK1,Bureau,2026-03-01,0.35\n";
        assert_eq!(ledger.scores(file).await.written.new_scores, 1);
        let again = ledger.scores(file).await;
        assert!(again.written.is_nothing());
        assert_eq!(again.written.already_there, 1);
        let corrected = ledger.scores(&file.replace("0.35", "0.80")).await;
        assert_eq!(corrected.written.new_scores, 1);
        let said = "2: Bureau said 0.3500 of 2026-03-01 before: the new score holds, the earlier \
                    one stays in the history";
        assert_eq!(corrected.reasons(), [said]);
        let (scores, _) = held(&ledger, "K1").await;
        assert_eq!(scores, [("Bureau".to_owned(), "0.8000".to_owned(), 0)]);
    }
}
