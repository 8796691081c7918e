//! How clients moved between the categories over time (R2.8), on the page of the categories.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use saldo_core::category::Category;
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis;

use super::picture::Chip;
use super::words;
use crate::flow::Context;
use crate::store::{StoreError, Tx, category_history};

/// So many months are shown.
const MONTHS: u32 = 12;
/// So many of the latest moves are named.
const MOST_NAMED: usize = 30;
/// More moves than this in the months are not counted.
const MOST_MOVES: i64 = 100_000;

/// How the categories moved.
#[derive(Debug)]
pub(super) struct Moves {
    /// How many clients have which category now.
    pub now: Vec<(Chip, i64)>,
    /// Up and down by month, the latest first.
    pub months: Vec<MonthOfMoves>,
    /// The latest.
    pub latest: Vec<NamedMove>,
}

/// The moves of one month.
#[derive(Debug)]
pub(super) struct MonthOfMoves {
    pub month: String,
    pub up: usize,
    pub down: usize,
}

/// A client that moved.
#[derive(Debug)]
pub(super) struct NamedMove {
    pub client: ClientId,
    pub code: String,
    pub name: String,
    pub on: String,
    pub held: Chip,
    pub category: Chip,
}

impl Moves {
    /// Loads the moves of the last months.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(tx: &mut Tx, context: &Context) -> Result<Self, StoreError> {
        let zone = context.policy.time_zone();
        let first = context
            .today
            .with_day(1)
            .and_then(|day| day.checked_sub_months(Months::new(MONTHS - 1)));
        let from = UtcMillis::start_of(first.unwrap_or(context.today), zone);
        let moves = category_history::since(tx, from, MOST_MOVES).await?;
        let mut by_month: BTreeMap<NaiveDate, (usize, usize)> = BTreeMap::new();
        for one in &moves {
            let month = one.at.civil_date(zone);
            let (up, down) = by_month.entry(month.with_day(1).unwrap_or(month)).or_default();
            // Best first: a smaller category is a better one.
            if one.category < one.held { *up += 1 } else { *down += 1 }
        }
        let mut now = category_history::count_now(tx).await?;
        now.sort();
        Ok(Self {
            now: now.into_iter().map(|(category, count)| (chip(category), count)).collect(),
            months: by_month
                .into_iter()
                .rev()
                .map(|(month, (up, down))| MonthOfMoves {
                    month: month.format("%Y-%m").to_string(),
                    up,
                    down,
                })
                .collect(),
            latest: moves
                .into_iter()
                .take(MOST_NAMED)
                .map(|one| NamedMove {
                    client: one.client,
                    code: one.code,
                    name: one.name,
                    on: one.at.civil_date(zone).to_string(),
                    held: chip(one.held),
                    category: chip(one.category),
                })
                .collect(),
        })
    }
}

fn chip(category: Category) -> Chip {
    Chip::new(category.title(), words::category_class(category))
}
