//! A client's restructuring agreements (R8.5): what stands, what waits for the director, and the
//! form that draws one up.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use saldo_core::ids::{AgreementId, ClientId, InvoiceId};
use saldo_core::money::Currency;
use saldo_core::roles::Role;
use serde::Deserialize;

use super::PageError;
use super::amounts::amount;
use super::layout::{Frame, page};
use super::picture::{AgreementInWords, agreements};
use super::read::{PageOf, Sent, amount_of, day_if_any, day_of};
use crate::auth::{Visitor, sight};
use crate::error::ApiError;
use crate::flow::restructuring::{self, DRAW_UP, Draft, Word};
use crate::flow::{Context, fees};
use crate::state::AppState;
use crate::store::{clients, invoices, restructurings};

#[derive(Template)]
#[template(path = "restructuring.html")]
struct RestructuringPage {
    frame: Frame,
    client: ClientId,
    code: String,
    name: String,
    currency: Currency,
    agreements: Vec<AgreementInWords>,
    invoices: Vec<OpenLine>,
    /// So that a form sent twice draws up one.
    id: AgreementId,
    today: String,
    may_draw_up: bool,
    may_decide: bool,
}

/// An invoice that may be covered.
struct OpenLine {
    id: InvoiceId,
    number: String,
    due_on: String,
    open: String,
    fee: Option<String>,
}

/// Why an agreement is rejected.
#[derive(Deserialize)]
pub(super) struct Why {
    why: String,
}

/// `GET /clients/{id}/restructuring`.
pub(super) async fn show(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    let mut agreements = agreements(&mut tx, &context, client, card.currency).await?;
    for record in restructurings::of_client(&mut tx, client).await? {
        if let Some(one) = agreements.iter_mut().find(|one| one.id == record.id) {
            one.is_own = record.drawn_up_by == who.person;
        }
    }
    let of_client = fees::of_client(&mut tx, &context, client).await?;
    let fee_of = |invoice: InvoiceId| {
        let (item, agreement) = of_client.as_ref()?.item(invoice)?;
        let fee = item.on(&context.policy, &context.calendar, agreement, context.today);
        (fee.open_minor() > 0).then(|| amount(fee.open_minor(), card.currency))
    };
    let invoices = invoices::open_of(&mut tx, client)
        .await?
        .into_iter()
        .map(|one| OpenLine {
            id: one.id,
            fee: fee_of(one.id),
            number: one.number,
            due_on: one.due_on.to_string(),
            open: amount(one.open_minor, card.currency),
        })
        .collect();
    page(&RestructuringPage {
        frame: Frame::of(&who, "Restructuring", "/clients"),
        client,
        code: card.code,
        name: card.name,
        currency: card.currency,
        agreements,
        invoices,
        id: AgreementId(uuid::Uuid::now_v7()),
        today: context.today.to_string(),
        may_draw_up: DRAW_UP.contains(&who.role),
        may_decide: who.role == Role::Director,
    })
}

/// `POST /clients/{id}/restructuring`.
pub(super) async fn draw_up(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(client): PageOf<ClientId>,
    Sent(form): Sent<HashMap<String, String>>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    sight::require(&mut tx, &who, client).await?;
    let card = clients::by_id(&mut tx, client).await?.ok_or(ApiError::NotFound("client"))?;
    drop(tx);
    let draft = draft(&form, card.currency)?;
    restructuring::propose(&state, &who, client, draft).await?;
    Ok(Redirect::to(&format!("/clients/{client}/restructuring")).into_response())
}

/// `POST /restructurings/{id}/approval`.
pub(super) async fn approve(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<AgreementId>,
) -> Result<Response, PageError> {
    let client = restructuring::answer(&state, &who, id, Word::Approve).await?;
    Ok(Redirect::to(&format!("/clients/{client}/restructuring")).into_response())
}

/// `POST /restructurings/{id}/rejection`.
pub(super) async fn reject(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<AgreementId>,
    Sent(form): Sent<Why>,
) -> Result<Response, PageError> {
    let client = restructuring::answer(&state, &who, id, Word::Reject(&form.why)).await?;
    Ok(Redirect::to(&format!("/clients/{client}/restructuring")).into_response())
}

/// `POST /restructurings/{id}/withdrawal`.
pub(super) async fn withdraw(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    PageOf(id): PageOf<AgreementId>,
) -> Result<Response, PageError> {
    let client = restructuring::answer(&state, &who, id, Word::Withdraw).await?;
    Ok(Redirect::to(&format!("/clients/{client}/restructuring")).into_response())
}

fn draft(form: &HashMap<String, String>, currency: Currency) -> Result<Draft, ApiError> {
    let text = |name: &str| form.get(name).map_or("", |text| text.trim());
    let mut invoices: Vec<InvoiceId> = form
        .keys()
        .filter_map(|name| name.strip_prefix("invoice-"))
        .filter_map(|id| id.parse().ok())
        .collect();
    invoices.sort_unstable();
    let fee = text("fee");
    let id =
        text("id").parse().map_err(|_| ApiError::BadRequest("load the page anew".to_owned()))?;
    Ok(Draft {
        id,
        signed_on: day_of(text("signed_on"), "the day of the signatures")?,
        requested_on: day_if_any(text("requested_on"), "the day of the request")?,
        invoices,
        fee_minor: if fee.is_empty() { None } else { Some(amount_of(fee, currency)?.minor) },
        guarantees: text("guarantees").lines().map(str::to_owned).collect(),
        schedule: schedule(text("schedule"), currency)?,
    })
}

/// One instalment a line: a day, and after a space the amount.
fn schedule(text: &str, currency: Currency) -> Result<Vec<(chrono::NaiveDate, i64)>, ApiError> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (day, paid) = line.split_once(char::is_whitespace).ok_or_else(|| {
                ApiError::BadRequest(format!("\"{line}\": write 2026-11-30 500.00"))
            })?;
            Ok((day_of(day, "an instalment's day")?, amount_of(paid, currency)?.minor))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    const INVOICE: &str = "invoice-00000000-0000-0000-0000-000000000007";
    const ID: (&str, &str) = ("id", "00000000-0000-0000-0000-000000000001");

    #[test]
    fn a_form_is_read_line_by_line() {
        let read = draft(
            &form(&[
                ID,
                (INVOICE, "on"),
                ("signed_on", "2026-11-20"),
                ("requested_on", ""),
                ("fee", "0"),
                ("guarantees", "a surety\r\na pledge"),
                ("schedule", "2026-12-01 500,50\r\n\r\n2027-01-01   100"),
            ]),
            Currency::EUR,
        )
        .unwrap();
        assert_eq!((read.invoices.len(), read.requested_on, read.fee_minor), (1, None, Some(0)));
        assert_eq!(read.guarantees.len(), 2);
        let minor: Vec<i64> = read.schedule.iter().map(|(_, minor)| *minor).collect();
        assert_eq!(minor, [50_050, 10_000]);
    }

    #[test]
    fn what_cannot_be_read_says_how_to_write_it() {
        for (name, text, part) in [
            ("signed_on", "yesterday", "signatures"),
            ("fee", "a lot", "amount"),
            ("schedule", "2026-12-01", "2026-11-30 500.00"),
            ("schedule", "soon 5", "instalment"),
        ] {
            let mut filled = form(&[ID, ("signed_on", "2026-11-20")]);
            filled.insert(name.to_owned(), text.to_owned());
            let error = draft(&filled, Currency::EUR).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(
            draft(&form(&[ID, ("signed_on", "2026-11-20")]), Currency::EUR).unwrap().fee_minor,
            None
        );
    }
}
