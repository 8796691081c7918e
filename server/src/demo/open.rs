//! Opening the demo: made when the database is empty, gone on with when it is the demo's.

use saldo_core::roles::Role;

use super::welcome::{Seat, Welcome};
use super::{fill, people};
use crate::auth::{EnrolmentCode, enrolment};
use crate::error::ApiError;
use crate::flow::Context;
use crate::state::AppState;
use crate::store::{Db, StoreError, company, people as persons, territories};

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database is somebody's.
    #[error(
        "this database holds the company \"{0}\", not the demo: choose another file with --db, or run saldo serve"
    )]
    RealCompany(String),
    /// Something failed.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<StoreError> for DemoError {
    fn from(error: StoreError) -> Self {
        Self::Api(error.into())
    }
}

/// Makes the demo company where the database is empty, and gives everybody's seat with a fresh
/// enrolment code for each rep.
///
/// # Errors
/// When the database is a real company's, or fails.
pub async fn open(state: &AppState) -> Result<Welcome, DemoError> {
    let mut reading = state.db.begin_read().await?;
    let there = company::load(&mut reading).await?;
    drop(reading);
    match there {
        None => fill::fill(state).await?,
        Some(company) if company.is_demo => {}
        Some(company) => return Err(DemoError::RealCompany(company.name)),
    }
    welcome(state).await
}

/// The name of the real company in the database; `None` when it is empty or the demo's.
///
/// # Errors
/// When the database fails.
pub async fn real_company(db: &Db) -> Result<Option<String>, DemoError> {
    let mut reading = db.begin_read().await?;
    let there = company::load(&mut reading).await?;
    Ok(there.filter(|company| !company.is_demo).map(|company| company.name))
}

async fn welcome(state: &AppState) -> Result<Welcome, DemoError> {
    let now = state.clock.now();
    let mut tx = state.db.begin_write().await?;
    let context = Context::load(&mut tx, now).await?;
    let made_at = company::load(&mut tx).await?.map_or(now, |company| company.created_at);
    let everybody = persons::all(&mut tx).await?;
    let mut seats = Vec::new();
    // In the order in which they were made: the office, then each team under its supervisor.
    for made in people::people(super::SEED).0 {
        let Some(person) = everybody.iter().find(|person| person.id == made.id) else { continue };
        let superior = everybody.iter().find(|other| Some(other.id) == person.supervisor);
        let territory = territories::of_rep(&mut tx, person.id).await?.into_iter().next();
        let enrolment_code = if person.role == Role::Rep {
            let code = EnrolmentCode::draw()?;
            enrolment::keep(&mut tx, &code, person.id, None, now).await?;
            Some(code.reveal())
        } else {
            None
        };
        seats.push(Seat {
            login: person.login.clone(),
            name: person.name.clone(),
            role: person.role,
            superior: superior.map(|superior| superior.login.clone()),
            territory: territory.map(|territory| territory.name),
            enrolment_code,
        });
    }
    tx.commit().await?;
    let made_on = made_at.civil_date(context.policy.time_zone());
    Ok(Welcome { seats, made_on, today: context.today })
}
