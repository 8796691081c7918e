//! Scopes: the unit of sight. Which person sees which scope is in `store::sight`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use saldo_core::ids::{ClientId, PersonId, TerritoryId};
use saldo_core::wire::ScopeId;

use super::sql;
use super::{StoreError, Tx, columns, lists};

/// The scope that everybody of the company sees (policy, names).
///
/// # Errors
/// When the database fails.
pub async fn company(tx: &mut Tx) -> Result<ScopeId, StoreError> {
    found_or_made(tx, "company", "").await
}

/// A territory's scope (its clients, accounts, standings, cards); made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn territory(tx: &mut Tx, territory: TerritoryId) -> Result<ScopeId, StoreError> {
    found_or_made(tx, "territory", &territory.to_string()).await
}

/// A person's scope (its route sheets, tasks, alerts, verdicts); made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn person(tx: &mut Tx, person: PersonId) -> Result<ScopeId, StoreError> {
    found_or_made(tx, "person", &person.to_string()).await
}

/// The scope of the territory that a client belongs to; `None` when there is no such client.
///
/// # Errors
/// When the database fails.
pub async fn of_client(tx: &mut Tx, client: ClientId) -> Result<Option<ScopeId>, StoreError> {
    let about: Option<String> =
        sql::query_scalar::<String>("select territory_id from client where id = $1")
            .bind(client.to_string())
            .fetch_optional(tx)
            .await?;
    match about {
        Some(about) => Ok(Some(found_or_made(tx, "territory", &about).await?)),
        None => Ok(None),
    }
}

/// The scopes of the territories that these clients belong to, by client; who does not exist, and a
/// territory that nobody asked for yet, are missing.
///
/// # Errors
/// When the database fails.
pub async fn of_clients(
    tx: &mut Tx,
    clients: impl IntoIterator<Item = ClientId>,
) -> Result<HashMap<ClientId, ScopeId>, StoreError> {
    // Not a join: the planner may begin it at the scopes.
    let query = sql::query_as::<(String, Option<i64>)>(
        "select client.id,
             (select scope.id from scope
              where scope.kind = 'territory' and scope.about = client.territory_id)
         from client
         where client.id in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(clients)?);
    let rows: Vec<(String, Option<i64>)> = query.fetch_all(tx).await?;
    rows.into_iter()
        .filter_map(|(client, scope)| Some((client, ScopeId(scope?))))
        .map(|(client, scope)| Ok((columns::id("client.id", client)?, scope)))
        .collect()
}

/// The scopes of the territories that these clients belong to, by client, made when first asked for; who
/// does not exist is missing.
///
/// # Errors
/// When the database fails.
pub async fn made_of_clients(
    tx: &mut Tx,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, ScopeId>, StoreError> {
    let mut scopes = of_clients(tx, clients.iter().copied()).await?;
    for client in clients {
        if !scopes.contains_key(client)
            && let Some(made) = of_client(tx, *client).await?
        {
            scopes.insert(*client, made);
        }
    }
    Ok(scopes)
}

/// Somebody has come across a person's scope: nobody needs to ask for it again in this transaction.
pub(super) fn learn_of_person(tx: &mut Tx, person: PersonId, scope: ScopeId) {
    tx.scopes().insert(("person", person.to_string()), scope);
}

/// The scopes of persons, by person, made when first asked for.
///
/// # Errors
/// When the database fails.
pub async fn of_people(
    tx: &mut Tx,
    people: impl IntoIterator<Item = PersonId>,
) -> Result<HashMap<PersonId, ScopeId>, StoreError> {
    let mut scopes = HashMap::new();
    let mut asked = BTreeSet::new();
    for person in people {
        match tx.scopes().get(&("person", person.to_string())) {
            Some(known) => drop(scopes.insert(person, *known)),
            None => drop(asked.insert(person)),
        }
    }
    if asked.is_empty() {
        return Ok(scopes);
    }
    let query = sql::query_as::<(String, i64)>(
        "select about, id from scope
         where kind = 'person' and about in (select item.atom from jsonb_each($1) item)",
    )
    .bind(lists::ids(&asked)?);
    let rows: Vec<(String, i64)> = query.fetch_all(tx).await?;
    for (about, id) in rows {
        scopes.insert(columns::id("scope.about", about.clone())?, ScopeId(id));
        tx.scopes().insert(("person", about), ScopeId(id));
    }
    for one in asked {
        if let Entry::Vacant(place) = scopes.entry(one) {
            place.insert(person(tx, one).await?);
        }
    }
    Ok(scopes)
}

/// A scope that somebody sees, as the numbered log tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Which.
    pub id: ScopeId,
    /// The newest number in it; 0: it has none.
    pub newest: i64,
    /// The digest of what phones must hold of it; `None` while something in it has no number yet, or
    /// digests were not computed since the update that brought them.
    pub digest: Option<u64>,
}

type SeenRow = (i64, i64, i64, bool);

/// The scopes that a person sees: the company's, its own and those of the territories that it serves
/// or its team, or none (`served` is false); in the order in which a phone wants them: policy and
/// names before accounts.
///
/// # Errors
/// When the database fails.
pub async fn seen_by(tx: &mut Tx, person: PersonId, served: bool) -> Result<Vec<Seen>, StoreError> {
    let query = sql::query_as::<SeenRow>(
        "select s.id, s.digest,
             coalesce((select max(seq) from log where scope_id = s.id and seq is not null), 0),
             exists (select 1 from log_state where digested = true)
                 and not exists (select 1 from log where seq is null and scope_id = s.id)
         from (select id from scope where kind = 'company'
               union all select id from scope where kind = 'person' and about = $1
               union all select served.id
               from (select $1 as id union select id from person where supervisor_id = $1) team
               join territory on territory.rep_id = team.id
               join scope served on served.kind = 'territory' and served.about = territory.id
               where $2 = true) seen
         join scope s on s.id = seen.id
         order by case s.kind when 'company' then 0 when 'person' then 1 else 2 end, s.id",
    )
    .bind(person.to_string())
    .bind(served);
    let rows: Vec<SeenRow> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().map(Seen::from).collect())
}

/// The scopes of somebody who sees the whole company: [`seen_by`], and every territory.
///
/// # Errors
/// When the database fails.
pub async fn seen_by_all_of_company(
    tx: &mut Tx,
    person: PersonId,
) -> Result<Vec<Seen>, StoreError> {
    let query = sql::query_as::<SeenRow>(
        "select s.id, s.digest,
             coalesce((select max(seq) from log where scope_id = s.id and seq is not null), 0),
             exists (select 1 from log_state where digested = true)
                 and not exists (select 1 from log where seq is null and scope_id = s.id)
         from scope s
         where s.kind in ('company', 'territory') or (s.kind = 'person' and s.about = $1)
         order by case s.kind when 'company' then 0 when 'person' then 1 else 2 end, s.id",
    )
    .bind(person.to_string());
    let rows: Vec<SeenRow> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().map(Seen::from).collect())
}

impl From<SeenRow> for Seen {
    fn from((id, digest, newest, is_proved): SeenRow) -> Self {
        Self { id: ScopeId(id), newest, digest: is_proved.then_some(digest.cast_unsigned()) }
    }
}

/// The digest of what phones must hold of a scope; `None` while something in it has no number yet,
/// or digests were not computed since the update that brought them.
///
/// # Errors
/// When the database fails.
pub async fn digest_of(tx: &mut Tx, scope: ScopeId) -> Result<Option<u64>, StoreError> {
    let query = sql::query_scalar::<i64>(
        "select s.digest from scope s, log_state
         where s.id = $1 and log_state.digested = true
           and not exists (select 1 from log where seq is null and scope_id = s.id)",
    )
    .bind(scope.0);
    let digest: Option<i64> = query.fetch_optional(tx).await?;
    Ok(digest.map(i64::cast_unsigned))
}

/// Every scope.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<ScopeId>, StoreError> {
    let query = sql::query_scalar::<i64>("select id from scope order by id");
    let ids: Vec<i64> = query.fetch_all(tx).await?;
    Ok(ids.into_iter().map(ScopeId).collect())
}

/// Changes the digests of scopes by entries that got their numbers, each the scope and the delta of one.
///
/// # Errors
/// When the database fails.
pub(super) async fn change_digests(
    tx: &mut Tx,
    changes: Vec<(i64, i64)>,
) -> Result<(), StoreError> {
    let mut of_scope: BTreeMap<i64, i64> = BTreeMap::new();
    for (scope, delta) in changes.into_iter().filter(|(_, delta)| *delta != 0) {
        *of_scope.entry(scope).or_default() ^= delta;
    }
    if of_scope.is_empty() {
        return Ok(());
    }
    // What is in one of them and not in both: no operator says so in SQLite.
    let query = sql::query(
        "update scope set digest = (scope.digest | changed.delta) - (scope.digest & changed.delta)
         from (select cast(item.value ->> 0 as bigint) as id,
                   cast(item.value ->> 1 as bigint) as delta
               from jsonb_each($1) item) as changed
         where scope.id = changed.id",
    )
    .bind(lists::list(of_scope)?);
    query.execute(tx).await?;
    Ok(())
}

/// Sets the digest of a scope.
///
/// # Errors
/// When the database fails.
pub async fn set_digest(tx: &mut Tx, scope: ScopeId, digest: u64) -> Result<(), StoreError> {
    let query = sql::query("update scope set digest = $2 where id = $1")
        .bind(scope.0)
        .bind(digest.cast_signed());
    query.execute(tx).await?;
    Ok(())
}

async fn found_or_made(
    tx: &mut Tx,
    kind: &'static str,
    about: &str,
) -> Result<ScopeId, StoreError> {
    let place = (kind, about.to_owned());
    if let Some(scope) = tx.scopes().get(&place) {
        return Ok(*scope);
    }
    let query = sql::query_scalar::<i64>("select id from scope where kind = $1 and about = $2")
        .bind(kind)
        .bind(about);
    let id = match query.fetch_optional(tx).await? {
        Some(id) => id,
        None => make(tx, kind, about).await?,
    };
    tx.scopes().insert(place, ScopeId(id));
    Ok(ScopeId(id))
}

async fn make(tx: &mut Tx, kind: &'static str, about: &str) -> Result<i64, StoreError> {
    // The update that changes nothing makes `returning` give the row of a concurrent writer too.
    let query = sql::query_scalar::<i64>(
        "insert into scope (kind, about) values ($1, $2)
             on conflict (kind, about) do update set about = excluded.about returning id",
    )
    .bind(kind)
    .bind(about);
    Ok(query.fetch_one(tx).await?)
}
