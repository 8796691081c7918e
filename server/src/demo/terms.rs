//! Clients of the demo company with stricter terms (R4.4, R4.5): some on the prepayment list since a
//! while, some that were, one with new terms in force and one whose notice is on its way.

use chrono::{Days, Months, NaiveDate};
use saldo_core::ids::TermsId;
use saldo_core::new_terms::NewTerms;
use saldo_core::roles::Role;

use super::company::{Company, Customer};
use super::dice::Dice;
use super::fill::midnight;
use super::people::Person;
use super::{SEED, showcase};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::flow::{Context, terms};
use crate::store::stricter_terms::{self, NewRecord, TermsKind};
use crate::store::{StoreError, Tx};

/// Of those who were on the prepayment list, so many are still on it.
const STILL_ON_IT_PERCENT: u32 = 60;

/// Writes the terms of the demo company.
pub(super) async fn write(tx: &mut Tx, context: &Context, made: &Company) -> Result<(), ApiError> {
    let control = somebody(made, Role::FinanceControl)?;
    for (place, customer) in made.clients.iter().enumerate() {
        if let Some(percent) = customer.client.prepayment_percent {
            let mut dice = Dice::of(SEED, "terms", place);
            on_prepayment_list(tx, context, &control, customer, percent, &mut dice).await?;
        }
    }
    let stopped = made.clients.iter().filter(|customer| {
        !showcase::is_shown(&customer.client.code)
            && customer.client.depth_minor.is_some_and(|minor| minor > 0)
            && customer.days_overdue(context.today).is_some_and(|days| (22..45).contains(&days))
    });
    for (place, customer) in stopped.take(2).enumerate() {
        let terms = NewTerms {
            depth_minor: customer.client.depth_minor.map(|minor| minor / 2),
            depth_days: Some(5),
            prepayment_percent: None,
        };
        let client = customer.client.id;
        let why = "agreed with the owner at a meeting; a schedule of payments is promised";
        let id = terms::set_new(tx, context, &control, client, terms, true, why).await?;
        if place == 0 {
            terms::step(tx, context, &control, id, terms::Step::Noticed(context.today)).await?;
        }
    }
    Ok(())
}

/// On the list for three months from some day of the last months on.
async fn on_prepayment_list(
    tx: &mut Tx,
    context: &Context,
    control: &Principal,
    customer: &Customer,
    percent: u8,
    dice: &mut Dice,
) -> Result<(), StoreError> {
    let months = context.policy.prepayment().months;
    let days_ago =
        if dice.chance(STILL_ON_IT_PERCENT) { dice.between(3, 80) } else { dice.between(100, 200) };
    let noticed_on = before(context.today, days_ago);
    let until = noticed_on.checked_add_months(Months::new(months)).unwrap_or(noticed_on);
    let month = noticed_on.checked_sub_months(Months::new(1)).and_then(first_of_month);
    let late = format!("late in {}", month.unwrap_or(noticed_on).format("%Y-%m"));
    let record = NewRecord {
        id: TermsId(dice.uuid()),
        client: customer.client.id,
        kind: TermsKind::PrepaymentList,
        month,
        terms: NewTerms { prepayment_percent: Some(percent), ..NewTerms::default() },
        months,
        evidence: format!("{late}: two invoices, by 6 and 9 days"),
        agreed: false,
    };
    let decided_at = midnight(before(noticed_on, 3));
    stricter_terms::insert(tx, &record, midnight(before(noticed_on, 5))).await?;
    stricter_terms::decide(tx, record.id, control.person, None, decided_at).await?;
    stricter_terms::put_in_force(tx, record.id, noticed_on, until).await?;
    if until < context.today {
        let day_after = until.succ_opt().unwrap_or(until);
        stricter_terms::end(tx, record.id, day_after, None, None).await?;
    }
    Ok(())
}

/// The one of the demo company with this role.
pub(super) fn somebody(made: &Company, role: Role) -> Result<Principal, ApiError> {
    let found = made.people.iter().find(|person| person.role == role);
    let Some(Person { id, name, role, .. }) = found else {
        return Err(ApiError::Internal(format!("the demo company has no {role}")));
    };
    Ok(Principal { person: *id, name: (*name).to_owned(), role: *role })
}

fn first_of_month(day: NaiveDate) -> Option<NaiveDate> {
    chrono::Datelike::with_day(&day, 1)
}

/// So many days before.
pub(super) fn before(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_sub_days(Days::new(days.unsigned_abs())).unwrap_or(day)
}
