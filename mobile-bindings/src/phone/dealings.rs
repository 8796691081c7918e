//! Papers, disputes and enforcement: recording what happened at the outlet, and showing what the
//! server knows.

use saldo_core::facts::{Enforcement, FactBody};
use saldo_core::feed::FeedRow;
use saldo_core::ids::ClientId;
use saldo_core::money::Currency;
use saldo_core::time::UtcMillis as Instant;

use super::record::snapshot;
use super::{Phone, own_identity, views};
use crate::PhoneError;
use crate::records::{
    CaseEvent, CaseView, DealingsView, DisputeView, NewDispute, NewPaper, PaperView, Recorded,
    UtcMillis,
};
use crate::store::{self, Store};

#[uniffi::export]
impl Phone {
    /// A paper was got or delivered (R4.3, R7.8, R9). It may take the place of an earlier one of the
    /// same person, which `corrects` names by its fact's id.
    ///
    /// # Errors
    /// As [`Phone::record_visit`], and [`PhoneError::Invalid`] for a guarantee letter without a day
    /// or an amount, or for days that cannot be: to come, or before the paper's own date.
    pub fn record_paper(
        &self,
        client: &str,
        paper: NewPaper,
        corrects: Option<String>,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, corrects, now, |store, _| {
            let own = own_identity(store)?;
            paper.fact(Instant::from(now).civil_date(own.time_zone))
        })
    }

    /// R10.1: the client disputes an invoice. The disputed part no longer climbs while its service
    /// has not answered.
    ///
    /// # Errors
    /// As [`Phone::record_visit`], and [`PhoneError::NotFound`] for an invoice that is not open here,
    /// [`PhoneError::Invalid`] for more than is unpaid of it.
    pub fn record_dispute(
        &self,
        client: &str,
        dispute: NewDispute,
        corrects: Option<String>,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        self.record(client, corrects, now, |store, id| {
            let open = match snapshot(store, id)? {
                Some(account) => account.open_invoices,
                None => Vec::new(),
            };
            dispute.fact(&open)
        })
    }

    /// R9: what happened with the client in an enforcement.
    ///
    /// # Errors
    /// As [`Phone::record_visit`], and [`PhoneError::Invalid`] where the phone knows of no case.
    pub fn record_enforcement(
        &self,
        client: &str,
        event: CaseEvent,
        note: &str,
        corrects: Option<String>,
        now: UtcMillis,
    ) -> Result<Recorded, PhoneError> {
        let is_anew = corrects.is_none();
        self.record(client, corrects, now, |store, id| {
            if is_anew && store::row(store.read(), "enforcement", &id.to_string())?.is_none() {
                return Err(PhoneError::Invalid {
                    detail: "nothing is enforced at this client as far as the phone knows: \
                             sync, or record a contact"
                        .to_owned(),
                });
            }
            Ok(FactBody::Enforcement(Enforcement { event: event.into(), note: note.to_owned() }))
        })
    }

    /// What the server knows of a client's papers, disputes and enforcement.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the client is not on this phone.
    pub fn dealings(&self, client: &str) -> Result<DealingsView, PhoneError> {
        let store = self.store();
        own_identity(&store)?;
        let id = views::client(store.read(), views::client_id(client)?)?.id;
        let currency = snapshot(&store, id)?.map(|account| account.currency);
        dealings(&store, id, currency.unwrap_or(Currency::EUR))
    }
}

fn dealings(
    store: &Store,
    client: ClientId,
    currency: Currency,
) -> Result<DealingsView, PhoneError> {
    let case = match store::row(store.read(), "enforcement", &client.to_string())? {
        Some(FeedRow::Enforcement(row)) => Some(CaseView::of(&row)),
        _ => None,
    };
    let mut disputes = Vec::new();
    for row in store::rows(store.read(), "dispute")? {
        if let FeedRow::Dispute(row) = row
            && row.client == client
        {
            disputes.push((row.raised_on, DisputeView::of(&row, currency)));
        }
    }
    disputes.sort_by(|(a, _), (b, _)| b.cmp(a));
    let mut papers = Vec::new();
    for row in store::rows(store.read(), "paper")? {
        if let FeedRow::Paper(row) = row
            && row.client == client
        {
            papers.push((row.dated_on, PaperView::of(&row, currency)));
        }
    }
    papers.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(DealingsView {
        case,
        disputes: disputes.into_iter().map(|(_, view)| view).collect(),
        papers: papers.into_iter().map(|(_, view)| view).collect(),
    })
}
