//! What is known of the clients of a push before its facts are judged: read once for all of them, for
//! most facts of a day end nothing and change nothing, and should not cost a question each.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use saldo_core::account::Account;
use saldo_core::duty::Duty;
use saldo_core::facts::{Fact, Mark};
use saldo_core::ids::{CaseId, ClientId, FactId, PersonId, TaskId};
use saldo_core::time::UtcMillis;

use super::following::Following;
use super::{Context, assign, enforcement};
use crate::store::enforcement::{CaseRecord, NewEvent};
use crate::store::tasks::{Ending, NewTask, TaskRecord};
use crate::store::{self, StoreError, Tx, accounts, clients, facts, task_duties, tasks};

/// A task that a fact shows to be done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) task: TaskRecord,
    pub(super) by: PersonId,
    pub(super) outcome: String,
}

/// See the module.
#[derive(Debug)]
pub(super) struct AtHand {
    /// Open ones, by client; of who is missing nobody knows.
    tasks: HashMap<ClientId, Vec<TaskRecord>>,
    /// What tasks still ask for, by task; of which is missing nobody knows.
    duties: HashMap<TaskId, Vec<Duty>>,
    /// Shown to be done by a fact, and not written yet.
    met: Vec<(TaskId, Duty, FactId)>,
    /// The open case of enforcement, if there is one; of who is missing nobody knows.
    cases: HashMap<ClientId, Option<CaseRecord>>,
    /// What happened in cases and is not written yet.
    happened: Vec<(CaseId, NewEvent)>,
    /// Whose case moved and was not looked at yet.
    moved: BTreeSet<ClientId>,
    /// Done, and not ended yet.
    done: Vec<Done>,
    last_visits: HashMap<ClientId, UtcMillis>,
    /// As they stand, but for marks that are not written.
    accounts: HashMap<ClientId, Account>,
    /// Not written yet.
    marks: BTreeMap<ClientId, Mark>,
    /// Written, where the client had another.
    marked: BTreeMap<ClientId, Mark>,
    /// What facts asked for so far.
    following: Following,
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
        let cases = store::enforcement::open_cases(tx, &all).await?;
        let mut cases: HashMap<_, _> = cases.into_iter().map(|case| (case.client, case)).collect();
        let with_open = all.iter().map(|client| (*client, open.remove(client).unwrap_or_default()));
        Ok(Self {
            tasks: with_open.collect(),
            duties: HashMap::new(),
            met: Vec::new(),
            cases: each().map(|client| (client, cases.remove(&client))).collect(),
            happened: Vec::new(),
            moved: BTreeSet::new(),
            done: Vec::new(),
            last_visits: facts::last_visits(tx, each()).await?,
            accounts: accounts::load_some(tx, context, &judged).await?,
            marks: BTreeMap::new(),
            marked: BTreeMap::new(),
            following: Following::default(),
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
        if !self.accounts.contains_key(&client) {
            self.following.write(tx, context).await?;
            if let Some(account) = accounts::load(tx, context, client).await? {
                self.accounts.insert(client, account);
            }
        }
        Ok(self.accounts.get(&client).cloned())
    }

    /// Something was judged or taken back that may have changed the client's account.
    pub(super) fn forget_account(&mut self, client: ClientId) {
        self.accounts.remove(&client);
    }

    /// The open tasks about the client.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn tasks(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<&[TaskRecord], StoreError> {
        if !self.tasks.contains_key(&client) {
            self.following.write(tx, context).await?;
            self.end_done(tx, context).await?;
            self.tasks.insert(client, tasks::open_about(tx, client).await?);
        }
        Ok(self.tasks.get(&client).map(Vec::as_slice).unwrap_or_default())
    }

    /// A task is done, by the word of a fact.
    pub(super) fn is_done(&mut self, done: Done) {
        if let Some(open) = done.task.client.and_then(|client| self.tasks.get_mut(&client)) {
            open.retain(|task| task.id != done.task.id);
        }
        self.done.push(done);
    }

    /// Notes which parts of a task the fact shows to be done; whether that leaves nothing of it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn meets_all(
        &mut self,
        tx: &mut Tx,
        task: TaskId,
        fact: &Fact,
    ) -> Result<bool, StoreError> {
        if !self.duties.contains_key(&task) {
            self.read_duties(tx, task).await?;
        }
        let unmet = self.duties.entry(task).or_default();
        let shown: Vec<Duty> = unmet.extract_if(.., |duty| duty.is_met_by(&fact.body)).collect();
        let nothing_left = unmet.is_empty() && !shown.is_empty();
        self.met.extend(shown.into_iter().map(|duty| (task, duty, fact.id)));
        Ok(nothing_left)
    }

    /// Reads what a task asks for, and what every other open one does: most facts of a day ask.
    async fn read_duties(&mut self, tx: &mut Tx, task: TaskId) -> Result<(), StoreError> {
        task_duties::meet(tx, &std::mem::take(&mut self.met)).await?;
        let open = self.tasks.values().flatten().map(|open| open.id).chain([task]);
        let unread: BTreeSet<TaskId> =
            open.filter(|task| !self.duties.contains_key(task)).collect();
        let mut unmet = task_duties::unmet(tx, unread.iter().copied()).await?;
        let of_each =
            unread.into_iter().map(|task| (task, unmet.remove(&task).unwrap_or_default()));
        self.duties.extend(of_each);
        Ok(())
    }

    /// Gives somebody a task, as [`assign::give`], at the end or before somebody looks for it.
    pub(super) fn give(&mut self, task: NewTask) {
        self.tasks.remove(&task.client);
        self.following.task(task);
    }

    /// What facts ask for, to be added to.
    pub(super) fn following(&mut self) -> &mut Following {
        &mut self.following
    }

    /// Writes what facts asked for so far, for who reads orders or tasks from the database.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write_following(
        &mut self,
        tx: &mut Tx,
        context: &Context,
    ) -> Result<(), StoreError> {
        self.following.write(tx, context).await
    }

    /// Whether a case of enforcement may be open against the client.
    pub(super) fn may_be_enforced(&self, client: ClientId) -> bool {
        !matches!(self.cases.get(&client), Some(None))
    }

    /// A contact with the client moves its open case, if there is one, which is looked at later: once for
    /// all that happened.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn contact(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        fact: &Fact,
    ) -> Result<(), StoreError> {
        let client = fact.client;
        let case = match self.cases.entry(client) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(store::enforcement::open_case(tx, client).await?),
        };
        if let Some(case) = case {
            self.happened.push((case.id, enforcement::reached(context, fact)));
            self.moved.insert(client);
        }
        Ok(())
    }

    /// Does what was put off about the client, since what is judged now may depend on it; then what was put
    /// off about others as well: one statement does for all.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn catch_up(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<(), StoreError> {
        if self.done.iter().any(|done| done.task.client == Some(client)) {
            self.end_done(tx, context).await?;
        }
        if self.moved.contains(&client) {
            self.look_at_moved(tx, context).await?;
        }
        Ok(())
    }

    async fn look_at_moved(&mut self, tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
        // It reads which tasks are open, and accounts.
        self.following.write(tx, context).await?;
        self.end_done(tx, context).await?;
        let happened = std::mem::take(&mut self.happened);
        let happened: Vec<_> = happened.iter().map(|(case, event)| (*case, event)).collect();
        store::enforcement::append_all(tx, &happened, context.now).await?;
        let moved: Vec<ClientId> = std::mem::take(&mut self.moved).into_iter().collect();
        enforcement::look_at_all(tx, context, &moved).await?;
        for client in moved {
            self.is_stirred(client);
        }
        Ok(())
    }

    async fn end_done(&mut self, tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
        let done = std::mem::take(&mut self.done);
        let endings: Vec<_> = done
            .iter()
            .map(|Done { task, by, outcome }| {
                (task, Ending { state: "done", by: Some(*by), outcome, at: context.now })
            })
            .collect();
        assign::end_all(tx, &endings).await.map(drop)
    }

    /// Something was judged that may have given tasks or opened a case.
    pub(super) fn is_stirred(&mut self, client: ClientId) {
        self.tasks.remove(&client);
        self.cases.remove(&client);
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

    /// Looks at what is left to look at and writes what is left to write; gives the clients who have
    /// another mark than before, with it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn end(
        mut self,
        tx: &mut Tx,
        context: &Context,
    ) -> Result<BTreeMap<ClientId, Mark>, StoreError> {
        self.look_at_moved(tx, context).await?;
        self.write_marks(tx).await?;
        task_duties::meet(tx, &self.met).await?;
        Ok(self.marked)
    }
}
