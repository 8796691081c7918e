//! Who hears of a client's worsening, and in which turn (R12.1 (8), R12.4).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use saldo_core::ids::{ClientId, PersonId};

use crate::flow::Context;
use crate::store::alerts::Turn;
use crate::store::{StoreError, Tx, people, serving};
use crate::sync;

/// Somebody who hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub person: PersonId,
    /// When.
    pub turn: Turn,
}

/// Who hears of whom; remembers teams and route sheets, so that many alerts read each once.
#[derive(Debug, Default)]
pub struct Listeners {
    teams: HashMap<PersonId, Vec<PersonId>>,
    on_route: HashMap<PersonId, Arc<BTreeSet<ClientId>>>,
}

impl Listeners {
    /// The rep and the supervisor, and whoever of the team has the client on today's route sheet
    /// in the rep's stead; those on the way to the client first. Nobody: no rep serves it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        client: ClientId,
    ) -> Result<Vec<Listener>, StoreError> {
        let Some(serving) = serving::of_client(tx, client).await? else { return Ok(Vec::new()) };
        let team = match serving.supervisor {
            Some(supervisor) => self.team(tx, supervisor).await?,
            None => Vec::new(),
        };
        let candidates: Vec<PersonId> = serving.rep.into_iter().chain(team).collect();
        self.learn_routes(tx, context, &candidates).await?;
        let mut listeners = Vec::new();
        for person in candidates {
            let route = self.on_route.get(&person);
            let is_on_the_way = route.is_some_and(|stops| stops.contains(&client));
            let turn = if is_on_the_way { Turn::OnTheRoute } else { Turn::Others };
            let is_new = listeners.iter().all(|one: &Listener| one.person != person);
            if is_new && (is_on_the_way || Some(person) == serving.rep) {
                listeners.push(Listener { person, turn });
            }
        }
        let supervisor = serving.supervisor.map(|person| Listener { person, turn: Turn::Others });
        listeners.extend(supervisor);
        listeners.sort_by_key(|one| one.turn);
        Ok(listeners)
    }

    async fn team(
        &mut self,
        tx: &mut Tx,
        supervisor: PersonId,
    ) -> Result<Vec<PersonId>, StoreError> {
        if let Some(team) = self.teams.get(&supervisor) {
            return Ok(team.clone());
        }
        let reps = people::reps_of(tx, supervisor).await?;
        let team: Vec<PersonId> =
            reps.into_iter().filter(|rep| rep.active).map(|rep| rep.id).collect();
        self.teams.insert(supervisor, team.clone());
        Ok(team)
    }

    async fn learn_routes(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        people: &[PersonId],
    ) -> Result<(), StoreError> {
        let unknown = people.iter().filter(|person| !self.on_route.contains_key(person));
        let unknown: Vec<PersonId> = unknown.copied().collect();
        let stops = sync::stops_of(tx, &unknown, context.today).await?;
        self.on_route.extend(stops);
        Ok(())
    }
}
