//! What is known of the clients of a push before its facts are judged: read once for all of them, for
//! most facts of a day end nothing and change nothing, and should not cost a question each.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use saldo_core::account::Account;
use saldo_core::facts::Mark;
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis;

use super::Context;
use crate::store::tasks::TaskRecord;
use crate::store::{StoreError, Tx, accounts, clients, enforcement, facts, tasks};

/// See the module.
#[derive(Debug)]
pub(super) struct AtHand {
    /// Open ones, by client; of who is missing nobody knows.
    tasks: HashMap<ClientId, Vec<TaskRecord>>,
    with_case: HashSet<ClientId>,
    last_visits: HashMap<ClientId, UtcMillis>,
    /// As they stand, but for marks that are not written.
    accounts: HashMap<ClientId, Account>,
    /// Not written yet.
    marks: BTreeMap<ClientId, Mark>,
    /// Written, where the client had another.
    marked: BTreeMap<ClientId, Mark>,
}

impl AtHand {
    /// Before the facts about these clients are kept; of `judged` a rule will want the account.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        tx: &mut Tx,
        context: &Context,
        clients: &BTreeSet<ClientId>,
        judged: &BTreeSet<ClientId>,
    ) -> Result<Self, StoreError> {
        let judged: Vec<ClientId> = judged.iter().copied().collect();
        let each = || clients.iter().copied();
        let all: Vec<ClientId> = each().collect();
        let mut open = tasks::open_about_all(tx, &all).await?;
        let with_open = all.iter().map(|client| (*client, open.remove(client).unwrap_or_default()));
        Ok(Self {
            tasks: with_open.collect(),
            with_case: enforcement::any_open_against(tx, each()).await?.into_iter().collect(),
            last_visits: facts::last_visits(tx, each()).await?,
            accounts: accounts::load_some(tx, context, &judged).await?,
            marks: BTreeMap::new(),
            marked: BTreeMap::new(),
        })
    }

    /// A client's account, for a rule; `None` when there is no such client. Marks must be written.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn account(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<Option<Account>, StoreError> {
        match self.accounts.remove(&client) {
            Some(account) => Ok(Some(account)),
            None => accounts::load(tx, context, client).await,
        }
    }

    /// Something was judged or taken back that may have changed the client's account.
    pub(super) fn forget_account(&mut self, client: ClientId) {
        self.accounts.remove(&client);
    }

    /// The open tasks about the client, to take those out that end.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn tasks(
        &mut self,
        tx: &mut Tx,
        client: ClientId,
    ) -> Result<&mut Vec<TaskRecord>, StoreError> {
        Ok(match self.tasks.entry(client) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(tasks::open_about(tx, client).await?),
        })
    }

    /// Whether a case of enforcement against the client may be open.
    pub(super) fn has_case(&self, client: ClientId) -> bool {
        self.with_case.contains(&client)
    }

    /// Something was judged that may have given tasks or opened a case.
    pub(super) fn is_stirred(&mut self, client: ClientId) {
        self.tasks.remove(&client);
        self.with_case.insert(client);
    }

    /// R6.1: a visit's mark holds until the next; a phone that was offline for days does not undo a
    /// later one.
    pub(super) fn visited(&mut self, client: ClientId, at: UtcMillis, mark: Mark) {
        let last = self.last_visits.entry(client).or_insert(at);
        if *last <= at {
            *last = at;
            self.marks.insert(client, mark);
        }
    }

    /// Writes the marks that hold so far, for who reads them from the database.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write_marks(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.marks.is_empty() {
            return Ok(());
        }
        let marks = std::mem::take(&mut self.marks);
        let each = marks.iter().map(|(client, mark)| (*client, *mark));
        for client in clients::set_marks(tx, each).await? {
            if let Some(mark) = marks.get(&client) {
                self.marked.insert(client, *mark);
                if let Some(account) = self.accounts.get_mut(&client) {
                    account.mark = Some(*mark);
                }
            }
        }
        Ok(())
    }

    /// Writes what is left to write; gives the clients who have another mark than before, with it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn end(mut self, tx: &mut Tx) -> Result<BTreeMap<ClientId, Mark>, StoreError> {
        self.write_marks(tx).await?;
        Ok(self.marked)
    }
}
