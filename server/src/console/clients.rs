//! The clients: searched, filtered, sorted, in pages; and one client's whole picture.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use saldo_core::ids::ClientId;
use saldo_core::words::Language;
use serde::Deserialize;

use super::PageError;
use super::amounts::amount;
use super::card::CardOfClient;
use super::contract::ContractCard;
use super::error::form_encode;
use super::layout::{Frame, page};
use super::picture::{Chip, Picture, class_chip};
use super::read::{PageOf, Reads};
use super::terms::NewTermsForm;
use super::words;
use crate::auth::{Visitor, sight};
use crate::flow::Context;
use crate::state::AppState;
use crate::store::clients::{self, ClientFilter, ListedClient, SortBy};

/// Clients on one page.
const A_PAGE: u32 = 50;

/// The filter, as the address carries it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    overdue: String,
    sort: String,
    page: String,
}

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    frame: Frame,
    asked: Asked,
    sorts: [(&'static str, &'static str); 5],
    total: u64,
    clients: Vec<Line>,
    previous: Option<String>,
    next: Option<String>,
}

/// A client as a line of the list.
struct Line {
    id: ClientId,
    code: String,
    name: String,
    territory: String,
    balance: String,
    overdue: String,
    is_overdue: bool,
    oldest: String,
    chips: Vec<Chip>,
}

#[derive(Template)]
#[template(path = "client.html")]
struct ClientPage {
    frame: Frame,
    picture: Picture,
    card: CardOfClient,
    contract: ContractCard,
    new_terms: Option<NewTermsForm>,
}

/// `GET /clients`.
pub(super) async fn list(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Reads(language): Reads,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    let filter = ClientFilter {
        territories: sight::territories(&mut tx, &who).await?,
        text: asked.q.trim().to_owned(),
        overdue_only: !asked.overdue.is_empty(),
        sort_by: asked.sort_by(),
        limit: A_PAGE,
        offset: asked.page().saturating_mul(A_PAGE),
    };
    let found = clients::list(&mut tx, &filter, context.today).await?;
    let shown_up_to = u64::from(filter.offset) + u64::from(A_PAGE);
    page(&ClientsPage {
        frame: Frame::of(&who, "Clients", "/clients"),
        previous: asked.page().checked_sub(1).map(|number| asked.address(number)),
        next: (shown_up_to < found.total).then(|| asked.address(asked.page().saturating_add(1))),
        sorts: [
            ("overdue", "Most overdue"),
            ("balance", "Largest debt"),
            ("oldest", "Oldest debt"),
            ("risk", "Highest risk"),
            ("name", "Name"),
        ],
        total: found.total,
        clients: found.clients.into_iter().map(|client| line(client, &context, language)).collect(),
        asked,
    })
}

/// `GET /clients/{id}`.
pub(super) async fn one(
    State(state): State<AppState>,
    Visitor(who): Visitor,
    Reads(language): Reads,
    PageOf(id): PageOf<ClientId>,
) -> Result<Response, PageError> {
    let mut tx = state.db.begin_read().await?;
    let context = Context::load(&mut tx, state.clock.now()).await?;
    sight::require(&mut tx, &who, id).await?;
    let (mut picture, account) = Picture::load(&mut tx, &context, language, id).await?;
    picture.allow(who.role);
    picture.dealings.open_forms(&mut tx, &context, &who, id).await?;
    let contract = ContractCard::load(&mut tx, &context, &who, id).await?;
    let card = CardOfClient::load(&mut tx, &who, id).await?;
    let new_terms = NewTermsForm::load(&mut tx, &context, &who, &account).await?;
    page(&ClientPage {
        frame: Frame::of(&who, &picture.name, "/clients"),
        picture,
        card,
        contract,
        new_terms,
    })
}

impl Asked {
    fn sort_by(&self) -> SortBy {
        match self.sort.as_str() {
            "balance" => SortBy::Balance,
            "oldest" => SortBy::OldestDue,
            "risk" => SortBy::Risk,
            "name" => SortBy::Name,
            _ => SortBy::Overdue,
        }
    }

    /// From 0; what is no number is the first.
    fn page(&self) -> u32 {
        self.page.parse().unwrap_or_default()
    }

    fn address(&self, page: u32) -> String {
        let overdue = if self.overdue.is_empty() { "" } else { "&overdue=on" };
        let (q, sort) = (form_encode(&self.q), form_encode(&self.sort));
        format!("/clients?q={q}{overdue}&sort={sort}&page={page}")
    }
}

fn line(client: ListedClient, context: &Context, language: Language) -> Line {
    let mut chips =
        vec![Chip::new(client.category.title(), words::category_class(client.category))];
    chips.extend(client.risk.map(|class| class_chip(class, language)));
    if let Some((text, class)) = words::stop_in_words(client.stop) {
        chips.push(Chip::new(text, class));
    }
    if let Some(rung) = client.rung {
        chips.push(Chip::new(format!("{} {}", rung.rule(), rung.owner().title()), "warn"));
    }
    Line {
        id: client.id,
        balance: amount(client.balance_minor, client.currency),
        overdue: amount(client.overdue_minor, client.currency),
        is_overdue: client.overdue_minor > 0,
        oldest: client
            .oldest_due_on
            .map(|due| words::days_from(context.today, due))
            .unwrap_or_default(),
        code: client.code,
        name: client.name,
        territory: client.territory_name,
        chips,
    }
}
