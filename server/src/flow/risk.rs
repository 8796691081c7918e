//! The risk of clients (R12): assessed from their payments and from what providers say, kept when
//! it says something new, and told when it became worse. The score itself is core's.

use std::collections::BTreeMap;

use saldo_core::account::Account;
use saldo_core::feed::{FeedRow, RiskRow};
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::risk::{
    self as rule, Assessment, ExternalScore, News, Standing, Worsening, news, worsening,
};
use saldo_core::roles::Role;
use saldo_core::shipment::credit_limit_minor;

use super::{Context, publish};
use crate::alerts::{self, Listener, Listeners};
use crate::auth::Principal;
use crate::error::ApiError;
use crate::store::alerts::{NewAlert, Turn};
use crate::store::risk::{self, Assessed, Current, RiskEvent, Span, Untold};
use crate::store::{StoreError, Tx, Whose, accounts, clients, feed, payment_history, scopes};

/// Who records what providers and registers say of clients (R12.1).
pub const RECORDERS: [Role; 3] = [Role::FinanceControl, Role::Security, Role::Director];

/// No more clients than this are ever most of all.
const FEW: usize = 20;
/// Whose figures are in memory at once.
const AT_ONCE: usize = 500;

/// Assesses the clients of a span on the context's day. Only what says something new is kept and
/// sent to phones: another class, or another deciding score to the hundredth. Gives the clients
/// whose class is another now; their figures are still to be published.
///
/// # Errors
/// When the database fails.
pub async fn assess(
    tx: &mut Tx,
    context: &Context,
    span: Span,
) -> Result<Vec<ClientId>, StoreError> {
    let mut invoices = payment_history::invoices_between(tx, span, context.today).await?;
    let scores = risk::scores_between(tx, span).await?;
    let mut changed = Vec::new();
    for one in risk::known(tx, span).await? {
        let paid = invoices.remove(&one.client).unwrap_or_default();
        let said = scores.get(&one.client).map(Vec::as_slice).unwrap_or_default();
        let deciding = ExternalScore::deciding(&context.policy, said, context.today);
        let assessment =
            rule::assess(&context.policy, &context.calendar, &paid, deciding, context.today);
        if one.current.is_none_or(|current| current.class != assessment.class) {
            changed.push(one.client);
        }
        if is_news(one.current, &assessment) {
            keep(tx, context, &one, assessment).await?;
        }
    }
    Ok(changed)
}

/// R12.3: never of decimals beyond those that are shown.
fn is_news(current: Option<Current>, assessment: &Assessment) -> bool {
    let Some(current) = current else { return true };
    let shown = |score: Option<rule::Score>| score.map(rule::Score::hundredths);
    current.class != assessment.class || shown(current.score) != shown(assessment.deciding_score())
}

async fn keep(
    tx: &mut Tx,
    context: &Context,
    one: &Assessed,
    assessment: Assessment,
) -> Result<(), StoreError> {
    let row = RiskRow {
        client: one.client,
        assessed_on: context.today,
        policy_version: context.policy.version(),
        assessment,
    };
    risk::keep(tx, &row, one.category, context.now).await?;
    let scope = scopes::territory(tx, one.territory).await?;
    feed::put(tx, scope, &FeedRow::Risk(Box::new(row))).await
}

/// Assesses clients of whom something came in, and tells what became worse. Their figures are
/// published by the caller, as after everything that touches an account.
///
/// # Errors
/// When the database fails.
pub async fn look_at(
    tx: &mut Tx,
    context: &Context,
    touched: &[ClientId],
) -> Result<(), StoreError> {
    match most_of_all(tx, touched).await? {
        Some(mut all) => {
            all.sort_unstable();
            for some in all.chunks(AT_ONCE) {
                if let Some(span) = Span::of(some) {
                    assess(tx, context, span).await?;
                }
            }
        }
        None => {
            for client in touched {
                assess(tx, context, Span::one(*client)).await?;
            }
        }
    }
    let whose = if let [one] = touched { Whose::One(*one) } else { Whose::Everybody };
    tell_all(tx, context, whose).await
}

/// Everybody, where these clients are more than a few and most of all. After a payment of one client
/// the others are not even counted.
async fn most_of_all(
    tx: &mut Tx,
    touched: &[ClientId],
) -> Result<Option<Vec<ClientId>>, StoreError> {
    if touched.len() <= FEW {
        return Ok(None);
    }
    let all = clients::ids(tx).await?;
    Ok((touched.len() * 2 > all.len()).then_some(all))
}

/// Keeps a provider's score of a client and assesses the client anew.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody who does not record scores, [`ApiError::BadRequest`] for one
/// of a day to come.
pub async fn rate(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    client: ClientId,
    said: &ExternalScore,
) -> Result<(), ApiError> {
    who.require(&RECORDERS)?;
    if said.provider.trim().is_empty() {
        return Err(ApiError::BadRequest("say which provider gave the score".to_owned()));
    }
    if said.rated_on > context.today {
        let on = said.rated_on;
        return Err(ApiError::BadRequest(format!("{on} is to come: give the day of the rating")));
    }
    risk::insert_score(tx, client, said, Some(who.person), context.now).await?;
    look_at(tx, context, &[client]).await?;
    Ok(publish::account(tx, context, client).await?)
}

/// Keeps what happened to a client and no rule computes, and tells it while the client owes.
///
/// # Errors
/// [`ApiError::Forbidden`] for anybody who does not record events, [`ApiError::BadRequest`] for one
/// of a day to come, [`ApiError::Conflict`] when it is known.
pub async fn record_event(
    tx: &mut Tx,
    context: &Context,
    who: &Principal,
    event: &RiskEvent,
) -> Result<(), ApiError> {
    who.require(&RECORDERS)?;
    if event.happened_on > context.today {
        let on = event.happened_on;
        return Err(ApiError::BadRequest(format!("{on} is to come: give the day it happened")));
    }
    if !risk::insert_event(tx, event, context.now).await? {
        let (title, on) = (event.kind.title(), event.happened_on);
        return Err(ApiError::Conflict(format!("a {title} of {on} is recorded already")));
    }
    Ok(tell_event(tx, context, event).await?)
}

/// R12.1 (8): a change of the board, a tax debt.
///
/// # Errors
/// When the database fails.
pub async fn tell_event(
    tx: &mut Tx,
    context: &Context,
    event: &RiskEvent,
) -> Result<(), StoreError> {
    let Some(account) = accounts::load(tx, context, event.client).await? else { return Ok(()) };
    if !owes(&account) {
        return Ok(());
    }
    let (kind, on) = (event.kind, event.happened_on);
    let title = match kind {
        risk::RiskEventKind::BoardChange => "The board has changed",
        risk::RiskEventKind::TaxDebt => "The client has a tax debt",
    };
    let alert = NewAlert {
        key: format!("event/{}/{}/{on}", event.client, kind.name()),
        client: event.client,
        rule: "R12.1",
        text: format!("{title} ({on})"),
    };
    alerts::raise(tx, context, &alert).await
}

/// What is to be remembered as told, and the alert if it is one.
#[derive(Debug)]
pub struct Telling {
    untold: Untold,
    told: Option<(NewAlert, Vec<Listener>)>,
}

/// Everything that became worse or better since it was last told, and who gets which push: one by
/// one or as one digest (R12.3). Nothing is written.
///
/// # Errors
/// When the database fails.
pub async fn tellings(
    tx: &mut Tx,
    context: &Context,
    whose: Whose<'_>,
) -> Result<(Vec<Telling>, Pushes), StoreError> {
    let untold = risk::untold(tx, whose).await?;
    let mut figures = figures(tx, context, &untold).await?;
    let mut listeners = Listeners::default();
    let mut tellings = Vec::with_capacity(untold.len());
    let mut heard: BTreeMap<PersonId, Vec<(Worsening, Turn)>> = BTreeMap::new();
    for one in untold {
        let account = figures.remove(&one.client);
        let worse = account.as_ref().and_then(|account| worse(context, account, &one));
        let told = match (worse, account) {
            (Some(worse), Some(account)) => {
                let who = listeners.of(tx, context, one.client).await?;
                for Listener { person, turn } in &who {
                    heard.entry(*person).or_default().push((worse.clone(), *turn));
                }
                Some((alert(&one, &worse, &account), who))
            }
            _ => None,
        };
        tellings.push(Telling { untold: one, told });
    }
    Ok((tellings, Pushes::of(context, heard)))
}

/// Writes some of them: the alerts, their pushes, and that they were told.
///
/// # Errors
/// When the database fails.
pub async fn tell(
    tx: &mut Tx,
    context: &Context,
    tellings: &[Telling],
    pushes: &Pushes,
) -> Result<usize, StoreError> {
    let mut raised = 0;
    for Telling { untold, told } in tellings {
        risk::set_told(tx, untold).await?;
        let Some((alert, listeners)) = told else { continue };
        let Some(id) = alerts::write(tx, context, alert, listeners).await? else { continue };
        raised += 1;
        for Listener { person, turn } in listeners {
            let push = match pushes.of_alert(*person, alert.client) {
                Push::Own => alerts::push_words(tx, alert).await?,
                Push::Digest(words) => Some(words),
                Push::Silent => None,
            };
            if let Some(push) = push {
                crate::store::alerts::post(tx, id, *person, &push, *turn, context.now).await?;
            }
        }
    }
    Ok(raised)
}

async fn tell_all(tx: &mut Tx, context: &Context, whose: Whose<'_>) -> Result<(), StoreError> {
    let (tellings, pushes) = tellings(tx, context, whose).await?;
    tell(tx, context, &tellings, &pushes).await?;
    Ok(())
}

/// The accounts of clients.
async fn figures(
    tx: &mut Tx,
    context: &Context,
    of: &[Untold],
) -> Result<BTreeMap<ClientId, Account>, StoreError> {
    let wanted: Vec<ClientId> = of.iter().map(|one| one.client).collect();
    let mut figures = BTreeMap::new();
    for some in wanted.chunks(AT_ONCE) {
        figures.extend(accounts::load_some(tx, context, some).await?);
    }
    Ok(figures)
}

/// R12.3: what became worse by class and category. Both limits are of today's figures, so a month
/// that turned or an order that was released is no news; and who owes nothing is no news either.
fn worse(context: &Context, account: &Account, one: &Untold) -> Option<Worsening> {
    if !owes(account) {
        return None;
    }
    let standing = |class, category| {
        let account = Account { risk: Some(class), category, ..account.clone() };
        let limit_minor =
            credit_limit_minor(&context.policy, &context.calendar, &account, context.today);
        Standing { class, limit_minor }
    };
    worsening(
        one.client,
        standing(one.told_class, one.told_category),
        standing(one.class, one.category),
    )
}

/// R12.1 (8): until the goods are paid. What is released and not invoiced is on its way.
fn owes(account: &Account) -> bool {
    !account.open_invoices.is_empty() || account.reserved_minor > 0
}

fn alert(one: &Untold, worse: &Worsening, account: &Account) -> NewAlert {
    NewAlert {
        key: format!(
            "risk/{}/{}/{}/{}",
            one.client,
            one.assessment,
            one.class.name(),
            one.category.name()
        ),
        client: one.client,
        rule: "R12.1",
        text: worse.in_words(account.currency),
    }
}

/// Who gets which pushes for the alerts of one moment.
#[derive(Debug, Default)]
pub struct Pushes {
    /// The client with whose alert the digest goes out, and its words.
    digests: BTreeMap<PersonId, (ClientId, String)>,
}

/// The push of one alert to one person.
enum Push {
    /// A push of its own.
    Own,
    /// The digest goes out with it.
    Digest(String),
    /// The digest speaks for it.
    Silent,
}

impl Pushes {
    fn of(context: &Context, heard: BTreeMap<PersonId, Vec<(Worsening, Turn)>>) -> Self {
        let mut digests = BTreeMap::new();
        for (person, mut at_once) in heard {
            // A digest goes out in the turn of a client on the way, if there is one.
            at_once.sort_by_key(|(_, turn)| *turn);
            let first = at_once.first().map(|(worse, _)| worse.client);
            let all = at_once.into_iter().map(|(worse, _)| worse).collect();
            if let (News::Digest(all), Some(first)) = (news(&context.policy, all), first) {
                let words = format!("{} clients' risk rose. Open Saldo.", all.len());
                digests.insert(person, (first, words));
            }
        }
        Self { digests }
    }

    fn of_alert(&self, person: PersonId, client: ClientId) -> Push {
        match self.digests.get(&person) {
            None => Push::Own,
            Some((first, words)) if *first == client => Push::Digest(words.clone()),
            Some(_) => Push::Silent,
        }
    }
}
