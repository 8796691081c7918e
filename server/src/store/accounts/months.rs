//! Which calendar months count for the shipment limit (R4.1). No SQL is here.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate};
use saldo_core::account::MonthOfOrders;

use crate::flow::Context;

/// R4.1: how many complete months make the mean.
pub(super) fn counted(context: &Context) -> u32 {
    u32::from(context.policy.shipment().months)
}

/// The first day of the month of `day`.
pub(super) fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the earliest complete month that can count on `today`.
pub(super) fn earliest(today: NaiveDate, count: u32) -> NaiveDate {
    let this_month = first_of(today);
    this_month.checked_sub_months(Months::new(count)).unwrap_or(this_month)
}

/// The first day of the month after that of `today`.
pub(super) fn after(today: NaiveDate) -> NaiveDate {
    first_of(today).checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

/// The last `count` complete months before `today`, oldest first, from the month of the client's
/// first order on: months without orders since then stand in it with zero, months before do not
/// (R4.1). A client without any order has none.
pub(super) fn complete(
    today: NaiveDate,
    count: u32,
    first_order_on: Option<NaiveDate>,
    ordered_minor: &HashMap<NaiveDate, i64>,
) -> Vec<MonthOfOrders> {
    let Some(first_month) = first_order_on.map(first_of) else { return Vec::new() };
    let this_month = first_of(today);
    (1..=count)
        .rev()
        .filter_map(|back| this_month.checked_sub_months(Months::new(back)))
        .filter(|month| *month >= first_month)
        .map(|month| MonthOfOrders {
            month,
            ordered_minor: ordered_minor.get(&month).copied().unwrap_or(0),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_without_orders_stand_with_zero_but_not_before_the_first() {
        let ordered = HashMap::from([(day("2025-12-01"), 300), (day("2026-02-01"), 100)]);
        for (first, months) in [
            (None, vec![]),
            // The first order this month: no complete month yet.
            (Some("2026-03-01"), vec![]),
            (Some("2026-02-28"), vec![("2026-02-01", 100)]),
            (Some("2026-01-31"), vec![("2026-01-01", 0), ("2026-02-01", 100)]),
            (Some("2019-05-05"), vec![("2025-12-01", 300), ("2026-01-01", 0), ("2026-02-01", 100)]),
        ] {
            let expected: Vec<_> = months
                .into_iter()
                .map(|(month, ordered_minor)| MonthOfOrders { month: day(month), ordered_minor })
                .collect();
            assert_eq!(complete(day("2026-03-31"), 3, first.map(day), &ordered), expected);
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!(earliest(day("2026-01-15"), 3), day("2025-10-01"));
        assert_eq!(after(day("2025-12-31")), day("2026-01-01"));
        assert_eq!(first_of(day("2024-02-29")), day("2024-02-01"));
    }
}
