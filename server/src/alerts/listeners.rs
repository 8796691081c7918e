//! Who hears of a client's worsening, and in which turn (R12.1 (8), R12.4).

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use saldo_core::documents::Subject;
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
    on_route: HashMap<PersonId, BTreeSet<ClientId>>,
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
        let mut listeners = Vec::new();
        for person in serving.rep.into_iter().chain(team) {
            let is_on_the_way = self.route(tx, context, person).await?.contains(&client);
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

    async fn route(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        rep: PersonId,
    ) -> Result<&BTreeSet<ClientId>, StoreError> {
        match self.on_route.entry(rep) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let subject = Subject::RouteSheet { person: rep, day: context.today };
                let sheet = sync::documents::read(tx, subject).await?;
                let stops = sheet.map(|sheet| sheet.stops()).unwrap_or_default();
                Ok(place.insert(stops.into_iter().map(|stop| stop.client).collect()))
            }
        }
    }
}
