//! Who works at the demo company, and whose clients are whose.

use saldo_core::ids::{PersonId, TerritoryId};
use saldo_core::roles::Role;

use super::dice::Dice;
use super::words::Country;

/// Somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) login: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) supervisor: Option<PersonId>,
}

/// The clients that one rep serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Territory {
    pub(super) id: TerritoryId,
    pub(super) name: &'static str,
    pub(super) town: &'static str,
    pub(super) country: Country,
    pub(super) rep: PersonId,
}

/// A rep with its territory: login, name, territory, its town, country.
type Route = (&'static str, &'static str, &'static str, &'static str, Country);

const NORTH: [Route; 5] = [
    ("mari", "Mari Kaskla", "Tallinn centre", "Tallinn", Country::Estonia),
    ("jaan", "Jaan Oruveer", "Harju", "Keila", Country::Estonia),
    ("liis", "Liis Raudla", "Tartu", "Tartu", Country::Estonia),
    ("peeter", "Peeter Jõesaar", "Pärnu", "Pärnu", Country::Estonia),
    ("kadri", "Kadri Lepasalu", "Viru", "Rakvere", Country::Estonia),
];

const SOUTH: [Route; 5] = [
    ("ilze", "Ilze Ozolkalne", "Riga", "Rīga", Country::Latvia),
    ("janis", "Jānis Bērzupe", "Vidzeme", "Valmiera", Country::Latvia),
    ("dace", "Dace Upmale", "Kurzeme", "Liepāja", Country::Latvia),
    ("rasa", "Rasa Upytė", "Vilnius", "Vilnius", Country::Lithuania),
    ("tomas", "Tomas Šilėnas", "Kaunas", "Kaunas", Country::Lithuania),
];

const OFFICE: [(&str, &str, Role); 7] = [
    ("karl", "Karl Mägiste", Role::HeadOfSales),
    ("helve", "Helve Kivilo", Role::FinanceControl),
    ("urmas", "Urmas Põllumets", Role::CommercialDirector),
    ("maret", "Maret Saaremägi", Role::Director),
    ("toomas", "Toomas Tamme", Role::Security),
    ("eva", "Eva Liepsala", Role::Legal),
    ("admin", "Olev Operaator", Role::Operator),
];

/// Everybody, superiors before those they lead.
pub(super) fn people(seed: u64) -> (Vec<Person>, Vec<Territory>) {
    let mut people: Vec<Person> = OFFICE
        .into_iter()
        .map(|(login, name, role)| person(seed, login, name, role, None))
        .collect();
    let mut territories = Vec::new();
    let teams = [("tiina", "Tiina Allikas", NORTH), ("andris", "Andris Kalnmeiers", SOUTH)];
    for (login, name, routes) in teams {
        let supervisor = person(seed, login, name, Role::Supervisor, None);
        let leads = supervisor.id;
        people.push(supervisor);
        for (login, name, territory, town, country) in routes {
            let rep = person(seed, login, name, Role::Rep, Some(leads));
            let id = TerritoryId(Dice::of(seed, territory, 0).uuid());
            territories.push(Territory { id, name: territory, town, country, rep: rep.id });
            people.push(rep);
        }
    }
    (people, territories)
}

fn person(
    seed: u64,
    login: &'static str,
    name: &'static str,
    role: Role,
    supervisor: Option<PersonId>,
) -> Person {
    Person { id: PersonId(Dice::of(seed, login, 1).uuid()), login, name, role, supervisor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_there_and_every_rep_has_a_superior_and_a_territory() {
        let (people, territories) = people(7);
        let count = |role| people.iter().filter(|person| person.role == role).count();
        for role in Role::ALL {
            let expected = match role {
                Role::Rep => 10,
                Role::Supervisor => 2,
                _ => 1,
            };
            assert_eq!(count(role), expected, "{role}");
        }
        for rep in people.iter().filter(|person| person.role == Role::Rep) {
            assert!(rep.supervisor.is_some(), "{}", rep.login);
            assert_eq!(territories.iter().filter(|t| t.rep == rep.id).count(), 1, "{}", rep.login);
        }
    }
}
