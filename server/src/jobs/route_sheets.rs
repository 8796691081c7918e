//! The route sheets of the day: where a rep has none planned yet, the overdue clients come
//! first, then those who must pay soon.

use saldo_core::documents::{Stop, Subject};
use saldo_core::ids::PersonId;
use saldo_core::roles::Role;

use crate::flow::Context;
use crate::store::route_plan::{self, Candidate};
use crate::store::{Db, StoreError, Tx, people};
use crate::sync;

/// How many clients a rep can visit in a day.
const STOPS_A_DAY: i64 = 20;

/// Makes the sheet of every rep who has none for the day; gives how many were made.
pub(super) async fn make(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let mut reading = db.begin_read().await?;
    let reps = people::with_role(&mut reading, Role::Rep).await?;
    drop(reading);
    let mut made = 0;
    for rep in reps.iter().filter(|rep| rep.active) {
        if make_one(db, context, rep.id).await? {
            made += 1;
        }
    }
    Ok(made)
}

async fn make_one(db: &Db, context: &Context, rep: PersonId) -> Result<bool, StoreError> {
    let subject = Subject::RouteSheet { person: rep, day: context.today };
    let mut reading = db.begin_read().await?;
    if is_planned(&mut reading, subject).await? {
        return Ok(false);
    }
    let candidates = route_plan::candidates(&mut reading, rep, context.today, STOPS_A_DAY).await?;
    drop(reading);
    let stops: Vec<Stop> =
        candidates.iter().zip(1..).map(|(candidate, position)| stop(candidate, position)).collect();
    if stops.is_empty() {
        return Ok(false);
    }
    let mut tx = db.begin_write().await?;
    if is_planned(&mut tx, subject).await? {
        return Ok(false);
    }
    sync::write_as_server(&mut tx, subject, |sheet| {
        Ok(sheet.plan_stops(&stops)?.into_iter().collect())
    })
    .await?;
    tx.commit().await?;
    Ok(true)
}

async fn is_planned(tx: &mut Tx, subject: Subject) -> Result<bool, StoreError> {
    let sheet = sync::documents::read(tx, subject).await?;
    Ok(sheet.is_some_and(|sheet| !sheet.stops().is_empty()))
}

fn stop(candidate: &Candidate, position: u32) -> Stop {
    let purpose = match candidate.days_overdue {
        1.. => format!("overdue by {} days: collect", candidate.days_overdue),
        0 => "due today: remind".to_owned(),
        _ => format!("due in {} days: remind", -candidate.days_overdue),
    };
    Stop { client: candidate.client, position, purpose }
}
