//! The phones of my team: when they were last heard of, letting one in, shutting one out.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono_tz::Tz;
use saldo_core::ids::DeviceId;
use saldo_core::time::{HOUR_MILLIS, UtcMillis};
use serde::Deserialize;

use super::PageError;
use super::layout::{Frame, page};
use super::picture::Chip;
use super::read::{PageOf, Sent};
use crate::auth::{Principal, Remote, Visitor, enrolment};
use crate::flow::Context;
use crate::state::AppState;
use crate::store::devices::DeviceRecord;
use crate::store::enrolments::Candidate;

/// After this long without a sync a phone stands out.
const SILENT_AFTER_MILLIS: i64 = 72 * HOUR_MILLIS;

#[derive(Template)]
#[template(path = "phones.html")]
struct PhonesPage {
    frame: Frame,
    phones: Vec<Line>,
    candidates: Vec<Candidate>,
    me: String,
    issued: Option<Issued>,
}

struct Line {
    id: DeviceId,
    person: String,
    name: String,
    state: Chip,
    last_sync: String,
    unsent: u32,
    unsent_since: Option<String>,
    installation: Option<u32>,
    app_version: String,
    enrolled_on: String,
    is_shut_out: bool,
}

struct Issued {
    code: String,
    name: String,
    until: String,
}

/// For whom a code is wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    login: String,
}

/// `GET /phones`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
) -> Result<Response, PageError> {
    phones_page(&state, &who, None).await
}

/// `POST /phones/code`: the code is on this one answer and nowhere else.
pub(super) async fn issue(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    remote: Remote,
    Sent(wanted): Sent<Wanted>,
) -> Result<Response, PageError> {
    let issued = enrolment::issue(&state, &who, Some(&wanted.login), remote).await?;
    phones_page(&state, &who, Some(issued)).await
}

/// `POST /phones/{id}/revoke`.
pub(super) async fn revoke(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    remote: Remote,
    PageOf(device): PageOf<DeviceId>,
) -> Result<Response, PageError> {
    enrolment::revoke(&state, &who, device, remote).await?;
    Ok(Redirect::to("/phones").into_response())
}

async fn phones_page(
    state: &AppState,
    who: &Principal,
    issued: Option<enrolment::IssuedCode>,
) -> Result<Response, PageError> {
    let now = state.clock.now();
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, now).await?;
    let zone = context.policy.time_zone();
    let candidates = enrolment::candidates(&mut tx, who).await?;
    let phones = enrolment::phones(&mut tx, who).await?;
    page(&PhonesPage {
        frame: Frame::of(who, "Phones", "/phones"),
        me: candidates
            .iter()
            .find(|one| one.person == who.person)
            .map(|me| me.login.clone())
            .unwrap_or_default(),
        phones: phones.into_iter().map(|phone| line(phone, now, zone)).collect(),
        candidates,
        issued: issued.map(|issued| Issued {
            code: issued.code.reveal(),
            name: issued.candidate.name,
            until: issued.expires_at.in_words(zone),
        }),
    })
}

fn line(phone: DeviceRecord, now: UtcMillis, zone: Tz) -> Line {
    let silent_millis = phone.last_sync_at.map(|at| now.0.saturating_sub(at.0));
    let state = match (phone.revoked_at, silent_millis) {
        (Some(_), _) => Chip::new("shut out", "bad"),
        (None, None) => Chip::new("never synced", ""),
        (None, Some(SILENT_AFTER_MILLIS..)) => Chip::new("silent", "warn"),
        (None, Some(_)) => Chip::new("in touch", "good"),
    };
    Line {
        id: phone.id,
        person: phone.person_name,
        name: phone.name,
        state,
        last_sync: phone.last_sync_at.map_or_else(|| "never".to_owned(), |at| at.in_words(zone)),
        unsent: phone.unsent,
        unsent_since: phone.unsent_since.map(|since| since.in_words(zone)),
        installation: (phone.install_epoch > 1).then_some(phone.install_epoch),
        app_version: phone.app_version,
        enrolled_on: phone.enrolled_at.civil_date(zone).to_string(),
        is_shut_out: phone.revoked_at.is_some(),
    }
}
