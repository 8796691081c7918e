//! What became of a push: what is durable leaves the outbox, what the server cannot place is written
//! anew, what it will never take is kept aside.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use saldo_core::ids::{DocumentId, ReadingId};
use saldo_core::wire::{AckState, Fates, MOST_CHANGES, RefusalCode, SyncResponse};

use super::apply::Answer;
use super::held::advance_base;
use super::push::{Sent, sent};
use crate::PhoneError;
use crate::store::{self, Queued, StoredState, Waiting};

/// A change is kept trying under a new place in its document this often, then it counts as refused.
const MOST_REWRITES: u32 = 2;

/// Documents whose unsent changes were answered: whether they must be written anew.
pub(super) type Touched = BTreeMap<DocumentId, bool>;

impl Answer<'_> {
    /// What became of the push that this answers, if it answers one.
    pub(super) fn answered(&mut self, response: &SyncResponse) -> Result<Touched, PhoneError> {
        let push = store::in_flight(self.tx)?;
        if let Some(install_epoch) = response.install_epoch {
            store::clear_in_flight(self.tx)?;
            store::begin_install(self.tx, install_epoch)?;
            store::set_anew(self.tx, true)?;
            self.applied.moved = true;
            return Ok(Touched::new());
        }
        let Some(push) = push else { return Ok(Touched::new()) };
        let sent = sent(&push)?;
        let touched = self.fates(&sent, response.fates.as_ref())?;
        if response.returned {
            for subject in &sent.returned {
                store::drop_returning(self.tx, *subject)?;
            }
            self.applied.rewritten |= !store::returning(self.tx)?.is_empty();
            self.applied.moved |= !sent.returned.is_empty();
        }
        store::advance_push(self.tx, push.number, &push.body_hash)?;
        store::clear_in_flight(self.tx)?;
        Ok(touched)
    }

    fn fates(&mut self, sent: &Sent, fates: Option<&Fates>) -> Result<Touched, PhoneError> {
        let nothing = Fates::default();
        let fates = fates.unwrap_or(&nothing);
        let durable = usize::try_from(fates.durable).unwrap_or(usize::MAX);
        if durable.checked_add(fates.others.len()) != Some(sent.changes.len()) {
            let detail = "the server's answer does not fit what was sent".to_owned();
            return Err(PhoneError::Offline { detail });
        }
        let others: BTreeMap<usize, &AckState> = fates
            .others
            .iter()
            .filter_map(|fate| Some((usize::try_from(fate.change).ok()?, &fate.state)))
            .collect();
        let waiting = store::unsent(self.tx, MOST_CHANGES)?;
        let by_change: BTreeMap<(DocumentId, &[u8]), &Queued> = waiting
            .iter()
            .map(|queued| ((queued.subject.document(), queued.hash.as_slice()), queued))
            .collect();
        let mut touched = Touched::new();
        let mut durable: BTreeMap<DocumentId, Vec<&Queued>> = BTreeMap::new();
        for (number, (document, hash)) in sent.changes.iter().enumerate() {
            let document = *document;
            // What is not in the outbox any more was written anew meanwhile.
            let Some(queued) = by_change.get(&(document, hash.as_slice())) else { continue };
            match others.get(&number) {
                None | Some(AckState::Durable) => {
                    durable.entry(document).or_default().push(queued);
                    touched.entry(document).or_default();
                    self.took(queued)?;
                }
                Some(AckState::Refused { code: RefusalCode::KnownFact, .. }) => {
                    touched.insert(document, true);
                    self.took(queued)?;
                }
                Some(AckState::Refused { code, detail }) => {
                    touched.insert(document, true);
                    self.refused(queued, *code, detail)?;
                }
                Some(AckState::Later) => {}
            }
        }
        for (document, changes) in durable {
            advance_base(self.tx, document, &changes)?;
        }
        Ok(touched)
    }

    /// What is durable at the server leaves the phone.
    pub(super) fn readings(&mut self, durable: &[ReadingId]) -> Result<(), PhoneError> {
        let mut taken = false;
        for reading in durable {
            taken |= store::drop_reading(self.tx, *reading)?;
        }
        self.applied.more_readings = taken && store::count_readings(self.tx)? > 0;
        Ok(())
    }

    fn took(&mut self, queued: &Queued) -> Result<(), PhoneError> {
        store::dequeue(self.tx, queued.position)?;
        if let Waiting::Fact(fact) = queued.says {
            store::set_fact_state(self.tx, fact, StoredState::Sent)?;
        }
        self.applied.durable += 1;
        Ok(())
    }

    /// What the server cannot place is written anew; what it will never take is kept aside. Of a
    /// personal card that was erased nothing stays.
    fn refused(
        &mut self,
        queued: &Queued,
        code: RefusalCode,
        detail: &str,
    ) -> Result<(), PhoneError> {
        let only_misplaced = match code {
            RefusalCode::Sequence
            | RefusalCode::MissingDependency
            | RefusalCode::ForeignActor
            | RefusalCode::OperationCounter => true,
            RefusalCode::Malformed
            | RefusalCode::TooLarge
            | RefusalCode::Forbidden
            | RefusalCode::BadFact
            | RefusalCode::NoSuchDocument
            | RefusalCode::Erased
            | RefusalCode::KnownFact => false,
        };
        if only_misplaced && queued.rewrites < MOST_REWRITES {
            self.applied.moved = true;
            return Ok(());
        }
        let was_erased = code == RefusalCode::Erased;
        let code = serde_json::to_value(code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("refused");
        store::put_refused(self.tx, queued, code, detail, self.now.0)?;
        store::dequeue(self.tx, queued.position)?;
        if let Waiting::Fact(fact) = queued.says {
            store::set_fact_state(self.tx, fact, StoredState::Refused)?;
        }
        if was_erased {
            store::drop_document(self.tx, queued.subject.document())?;
        }
        self.applied.refused += 1;
        Ok(())
    }
}
