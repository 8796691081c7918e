//! Recording: each call writes one fact into the day's route sheet. When it returns, the fact is
//! on the disk; whether it breaks a rule is a verdict and never a reason not to keep it.

use saldo_core::documents::Subject;
use saldo_core::facts::{Fact, FactBody, Note};
use saldo_core::ids::{ClientId, FactId};
use saldo_core::time::UtcMillis as Instant;

use super::{Phone, loans, own_identity, views};
use crate::PhoneError;
use crate::engine;
use crate::records::{
    CivilDate, Language, NewContact, NewOrder, NewPromise, NewReceipt, NewVisit, Recorded,
    UtcMillis, VerdictView,
};
use crate::store::{self, OwnIdentity, Store, StoredFact, StoredState};

#[uniffi::export]
impl Phone {
    /// R6.1: a visit with the mark of behaviour.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for a client or outlet that is not here, [`PhoneError::Invalid`]
    /// for a text too long, [`PhoneError::StorageFull`].
    pub fn record_visit(
        &self,
        client: &str,
        visit: NewVisit,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, None, now, |_, _| visit.fact())
    }

    /// R7.1: a contact that was not a visit.
    ///
    /// # Errors
    /// As [`Phone::record_visit`].
    pub fn record_contact(
        &self,
        client: &str,
        contact: NewContact,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, None, now, |_, _| Ok(contact.fact()))
    }

    /// R6.3: the client asks for more time. The provisional verdict says whether the rep may grant
    /// it, or who must. It may take the place of an earlier promise of the same person, which
    /// `corrects` names by its fact's id.
    ///
    /// # Errors
    /// As [`Phone::record_visit`], and [`PhoneError::NotFound`] for an invoice that is not open
    /// here or a promise to correct that is not, [`PhoneError::Invalid`] for instalments out of
    /// order or not above zero, or a promise that cannot be corrected (any more).
    pub fn record_promise(
        &self,
        client: &str,
        promise: NewPromise,
        corrects: Option<String>,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, corrects, now, |store, id| {
            let open = match snapshot(store, id)? {
                Some(account) => account.open_invoices,
                None => Vec::new(),
            };
            let number_of = |wanted| {
                open.iter().find(|invoice| invoice.id == wanted).map(|found| found.number.clone())
            };
            promise.fact(number_of).map(FactBody::Promise)
        })
    }

    /// R6.2: money received in cash, or announced by payment order.
    ///
    /// # Errors
    /// As [`Phone::record_visit`], and [`PhoneError::Invalid`] for an amount not above zero.
    pub fn record_receipt(
        &self,
        client: &str,
        receipt: NewReceipt,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, None, now, |_, _| receipt.fact())
    }

    /// R4: an order. The provisional verdict says whether it may be shipped, and what would help. Within
    /// what is lent to this phone of the client's limit it is firm (R4.9); beyond, that is used up
    /// first.
    /// It may take the place of an earlier order of the same person, which `corrects` names by its
    /// fact's id.
    ///
    /// # Errors
    /// As [`Phone::record_receipt`], and for `corrects` as [`Phone::record_promise`].
    pub fn record_order(
        &self,
        client: &str,
        order: NewOrder,
        corrects: Option<String>,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        let earlier = corrects.clone();
        self.record(client, corrects, now, |store, id| {
            let (order, earlier) = (order.fact()?, earlier.as_deref());
            let order = loans::drawing(store.read(), id, order, earlier, now.into())?;
            Ok(FactBody::Order(order))
        })
    }

    /// Anything else worth remembering about the client.
    ///
    /// # Errors
    /// As [`Phone::record_visit`].
    pub fn record_note(
        &self,
        client: &str,
        text: &str,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, None, now, |_, _| Ok(FactBody::Note(Note { text: text.to_owned() })))
    }

    /// Edits the free note of a day's route sheet (today's without `day`) so that it reads `text`.
    /// Edits of several people at once merge.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] for a text too long or a wrong date, [`PhoneError::StorageFull`].
    pub fn edit_note(
        &self,
        day: Option<CivilDate>,
        text: &str,
        now: UtcMillis,
    ) -> Result<(), PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let day = match day {
            Some(day) => day.date()?,
            None => Instant::from(now).civil_date(own.time_zone),
        };
        let subject = Subject::RouteSheet { person: own.person, day };
        store.write(|tx| engine::write_note(tx, &own, subject, text, now.into()))
    }
}

impl Phone {
    pub(super) fn record(
        &self,
        client: &str,
        corrects: Option<String>,
        now: UtcMillis,
        body: impl FnOnce(&Store, ClientId) -> Result<FactBody, PhoneError>,
    ) -> Result<Recorded, PhoneError> {
        let mut store = self.store();
        let own = own_identity(&store)?;
        let now = Instant::from(now);
        let client = views::client(store.read(), views::client_id(client)?)?.id;
        let body = body(&store, client)?;
        let corrects = match corrects {
            Some(earlier) => Some(correctable(&store, &own, client, &earlier, &body)?),
            None => None,
        };
        let fact = Fact {
            id: new_fact_id(now, store::last_fact_id(store.read(), own.person)?, store.drawn())?,
            author: own.person,
            client,
            recorded_at: now,
            corrects,
            body,
        };
        fact.check()?;
        let day = now.civil_date(own.time_zone);
        let subject = Subject::RouteSheet { person: own.person, day };
        store.write(|tx| engine::write_fact(tx, &own, subject, &fact))?;
        // The fact is safe from here on: that the phone cannot judge it must not look like a failure.
        let provisional = provisional_on(&store, &own, &fact, now, self.language()).unwrap_or(None);
        Ok(Recorded { fact: fact.id.to_string(), provisional })
    }
}

/// The fact that is to be corrected, if the new one can take its place.
fn correctable(
    store: &Store,
    own: &OwnIdentity,
    client: ClientId,
    earlier: &str,
    by: &FactBody,
) -> Result<FactId, PhoneError> {
    let facts = store::facts_of_client(store.read(), client)?;
    let found = facts.iter().find(|stored| stored.fact.id.to_string() == earlier);
    let found = found
        .ok_or_else(|| PhoneError::not_found(format!("the fact {earlier} about this client")))?;
    let invalid = |detail: &str| Err(PhoneError::Invalid { detail: detail.to_owned() });
    if found.fact.author != own.person {
        return invalid("only who recorded it can correct it: record something new");
    }
    if found.fact.body.kind() != by.kind() {
        return invalid("an order is corrected by an order, a promise by a promise");
    }
    if found.state == StoredState::Refused {
        return invalid("the server did not take it: there is nothing to correct, record it anew");
    }
    let corrects_it = |later: &&StoredFact| {
        later.fact.corrects == Some(found.fact.id) && later.state != StoredState::Refused
    };
    match facts.iter().find(corrects_it) {
        Some(later) => Err(PhoneError::Invalid {
            detail: format!("it was corrected already: correct {} instead", later.fact.id),
        }),
        None => Ok(found.fact.id),
    }
}

fn provisional_on(
    store: &Store,
    own: &OwnIdentity,
    fact: &Fact,
    now: Instant,
    language: Language,
) -> Result<Option<VerdictView>, PhoneError> {
    let Some(rules) = views::rules(store.read(), own)? else { return Ok(None) };
    let Some(stands) = views::account(store.read(), &rules, fact.client, now)? else {
        return Ok(None);
    };
    let account = &stands.account;
    Ok(stands
        .verdicts
        .get(&fact.id)
        .map(|verdict| VerdictView::of_phone(verdict, account.currency, account.as_of, language)))
}

pub(super) fn snapshot(
    store: &Store,
    client: ClientId,
) -> Result<Option<saldo_core::account::Account>, PhoneError> {
    match store::row(store.read(), "account", &client.to_string())? {
        Some(saldo_core::feed::FeedRow::Account(account)) => Ok(Some(*account)),
        _ => Ok(None),
    }
}

/// A version 7 UUID: the time and a count in front, then what this opening of the store drew at
/// random, so that no two phones or copies of one meet and the ids of a day compress well. Within a
/// millisecond, or when the clock went back, it still comes after the person's `last` one, so that
/// what was recorded first is judged first; only after one from the end of time nothing comes.
fn new_fact_id(now: Instant, last: Option<FactId>, drawn: [u8; 8]) -> Result<FactId, PhoneError> {
    let millis = u64::try_from(now.0).unwrap_or(0);
    let first = millis << COUNT_BITS;
    let place = match last.map(|FactId(last)| place_of(last)) {
        Some(last) if last >= END_OF_TIME => {
            let id = uuid::Builder::from_unix_timestamp_millis(millis, &engine::random()?);
            return Ok(FactId(id.into_uuid()));
        }
        Some(last) => first.max(last + 1),
        None => first,
    };
    let mut behind_time = [0; 10];
    let (count, random) = behind_time.split_at_mut(2);
    count.copy_from_slice(&u16::try_from(place & COUNT_MASK).unwrap_or(0).to_be_bytes());
    random.copy_from_slice(&drawn);
    let id = uuid::Builder::from_unix_timestamp_millis(place >> COUNT_BITS, &behind_time);
    Ok(FactId(id.into_uuid()))
}

/// Half of what fits: the year 6429. A broken or hostile phone of the same person may have written
/// such an id, and must not stop this one.
const END_OF_TIME: u64 = 1 << (47 + COUNT_BITS);

/// The bits behind the time and before the random part in a version 7 UUID.
const COUNT_BITS: u32 = 12;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// The milliseconds and the count of an id, as one number: what comes after it comes after the id. An id
/// of a later version than 7, which only a hostile phone writes, stands behind all of its millisecond.
fn place_of(id: uuid::Uuid) -> u64 {
    let (high, _) = id.as_u64_pair();
    let count = if id.get_version_num() > 7 { COUNT_MASK } else { high & COUNT_MASK };
    (high >> 16 << COUNT_BITS) | count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_goes_back() {
        let mut last = None;
        let times = (0..5_000).map(|_| 1_000).chain((0..50).map(|back| 900 - back)).chain([2_000]);
        for millis in times {
            let next = new_fact_id(Instant(millis), last, [0xff; 8]).expect("an id");
            assert!(last.is_none_or(|last| last < next));
            assert_eq!(next.0.get_version_num(), 7);
            assert_eq!(next.0.get_variant(), uuid::Variant::RFC4122);
            last = Some(next);
        }
        assert_eq!(place_of(last.expect("an id").0) >> COUNT_BITS, 2_000);
    }

    #[test]
    fn ids_from_before_count_on_and_other_openings_do_not_meet() {
        let before = FactId("01a1e539-1701-7fff-965d-b0b31a641ee2".parse().expect("an id"));
        let time = Instant(0x01a1_e539_1701);
        let after = |drawn| new_fact_id(time, Some(before), drawn).expect("an id");
        let (one, other) = (after([1; 8]), after([2; 8]));
        assert!(before < one && one < other);
    }

    /// A hostile phone of the same person wrote an id that is no UUID of version 7.
    #[test]
    fn an_id_of_another_version_stops_nobody() {
        for other in
            ["01a1e539-1701-ffff-ffff-ffffffffffff", "01a1e539-1701-8000-8000-000000000000"]
        {
            let hostile = FactId(other.parse().expect("an id"));
            let mut last = hostile;
            for _ in 0..100 {
                let next = new_fact_id(Instant(2_000), Some(last), [1; 8]).expect("an id");
                assert!(last < next, "{next} after {last}");
                last = next.max(hostile);
            }
        }
    }

    /// A hostile phone of the same person wrote the last id that there is.
    #[test]
    fn an_id_from_the_end_of_time_stops_nobody() {
        let last = FactId(uuid::Uuid::max());
        let next = || new_fact_id(Instant(2_000), Some(last), [1; 8]).expect("an id");
        let ids: std::collections::BTreeSet<FactId> = (0..100).map(|_| next()).collect();
        assert_eq!(ids.len(), 100);
    }
}
