//! The route sheet.

use saldo_core::documents::{Document, Stop, Subject};
use saldo_core::facts::FactBody;
use saldo_core::time::UtcMillis as Instant;

use super::{Phone, clients, own_identity, views};
use crate::PhoneError;
use crate::records::{CivilDate, ClientLine, RouteSheetView, StopView, UtcMillis};
use crate::rules::Rules;
use crate::store::{self, Store, StoredFact};

#[uniffi::export]
impl Phone {
    /// The person's own route sheet of a day, today's without `day`. A day that nobody planned and
    /// nothing was recorded on has an empty one.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], [`PhoneError::Invalid`] for a wrong date.
    pub fn route_sheet(
        &self,
        day: Option<CivilDate>,
        now: UtcMillis,
    ) -> Result<RouteSheetView, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let now = Instant::from(now);
        let day = match day {
            Some(day) => day.date()?,
            None => now.civil_date(own.time_zone),
        };
        let subject = Subject::RouteSheet { person: own.person, day };
        let sheet = match store::load_document(store.read(), subject.document())? {
            Some(stored) => Document::load(subject.kind(), &stored.saved)?,
            None => Document::genesis(subject.kind()),
        };
        let rules = views::rules(store.read(), &own)?;
        let facts = store::facts_of_document(store.read(), subject.document())?;
        let names = views::Names::read(store.read())?;
        Ok(RouteSheetView {
            day: day.into(),
            stops: sheet
                .stops()
                .into_iter()
                .map(|planned| stop(&store, rules.as_ref(), &facts, planned, now))
                .collect::<Result<_, _>>()?,
            facts: facts.iter().map(|stored| names.fact(stored)).collect(),
            note: sheet.note(),
        })
    }
}

fn stop(
    store: &Store,
    rules: Option<&Rules>,
    facts: &[StoredFact],
    planned: Stop,
    now: Instant,
) -> Result<StopView, PhoneError> {
    let client = match views::client(store.read(), planned.client) {
        Ok(row) => clients::line(store.read(), rules, &row, now)?,
        Err(PhoneError::NotFound { .. }) => ClientLine {
            client: planned.client.to_string(),
            code: String::new(),
            name: "a client not on this phone".to_owned(),
            address: String::new(),
            figures: None,
        },
        Err(error) => return Err(error),
    };
    let visited = facts.iter().any(|stored| {
        stored.fact.client == planned.client && matches!(stored.fact.body, FactBody::Visit(_))
    });
    Ok(StopView { position: planned.position, purpose: planned.purpose, client, visited })
}
