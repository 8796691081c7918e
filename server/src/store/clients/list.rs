//! The searchable, sortable list of clients that the console shows.

use chrono::NaiveDate;
use saldo_core::category::Category;
use saldo_core::escalation::Rung;
use saldo_core::facts::Mark;
use saldo_core::ids::{ClientId, TerritoryId};
use saldo_core::money::Currency;
use saldo_core::risk::RiskClass;
use saldo_core::stop_list::StopLevel;

use crate::store::sql;
use crate::store::{StoreError, Tx, columns};

/// Which clients, in which order, and which page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFilter {
    /// Only these territories; `None`: the whole company. An empty list shows nobody.
    pub territories: Option<Vec<TerritoryId>>,
    /// Part of the name or the code; empty: all.
    pub text: String,
    /// Only clients with an overdue invoice.
    pub overdue_only: bool,
    /// In which order.
    pub sort_by: SortBy,
    /// At most so many.
    pub limit: u32,
    /// After skipping so many.
    pub offset: u32,
}

/// In which order clients are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// By name, A to Z.
    #[default]
    Name,
    /// By code.
    Code,
    /// Who owes most first.
    Balance,
    /// Who is overdue most first.
    Overdue,
    /// Whose oldest unpaid invoice is oldest first.
    OldestDue,
    /// The worst risk class first, in it the worst score (R12.1).
    Risk,
}

impl SortBy {
    const ALL: [Self; 6] =
        [Self::Name, Self::Code, Self::Balance, Self::Overdue, Self::OldestDue, Self::Risk];

    /// The order of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Code => "code",
            Self::Balance => "balance",
            Self::Overdue => "overdue",
            Self::OldestDue => "oldest_due",
            Self::Risk => "risk",
        }
    }
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPage {
    /// The clients of this page.
    pub clients: Vec<ListedClient>,
    /// How many there are on all pages; zero also where the offset is beyond the last.
    pub total: u64,
}

/// A client as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedClient {
    /// Which.
    pub id: ClientId,
    /// Its number in the company's ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Of its amounts.
    pub currency: Currency,
    /// Whose client it is.
    pub territory: TerritoryId,
    /// The territory's name.
    pub territory_name: String,
    /// The category that holds (R2).
    pub category: Category,
    /// The latest mark of behaviour (R6.1).
    pub mark: Option<Mark>,
    /// Everything it owes, less money that no invoice has taken up.
    pub balance_minor: i64,
    /// What is past its contractual due date.
    pub overdue_minor: i64,
    /// The oldest contractual due date of what is unpaid.
    pub oldest_due_on: Option<NaiveDate>,
    /// The stop list as of the last judgement (R4.3, R4.4).
    pub stop: StopLevel,
    /// The rung as of the last judgement (R7).
    pub rung: Option<Rung>,
    /// Since when it stands there.
    pub rung_since: Option<NaiveDate>,
    /// The risk class (R12); `None`: never assessed.
    pub risk: Option<RiskClass>,
}

#[derive(sqlx::FromRow)]
struct ListRecord {
    #[sqlx(try_from = "String")]
    id: ClientId,
    code: String,
    name: String,
    #[sqlx(try_from = "String")]
    currency: Currency,
    #[sqlx(try_from = "String")]
    territory_id: TerritoryId,
    territory_name: String,
    #[sqlx(try_from = "String")]
    category: Category,
    mark: Option<String>,
    balance_minor: i64,
    overdue_minor: i64,
    oldest_due_on: Option<NaiveDate>,
    stop_level: Option<String>,
    rung: Option<String>,
    rung_since: Option<NaiveDate>,
    risk_class: Option<String>,
    total: i64,
}

impl TryFrom<ListRecord> for ListedClient {
    type Error = StoreError;
    fn try_from(record: ListRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: record.id,
            code: record.code,
            name: record.name,
            currency: record.currency,
            territory: record.territory_id,
            territory_name: record.territory_name,
            category: record.category,
            mark: super::mark(record.mark)?,
            balance_minor: record.balance_minor,
            overdue_minor: record.overdue_minor,
            oldest_due_on: record.oldest_due_on,
            // A client that was never judged is free.
            stop: columns::optional("standing.stop_level", record.stop_level)?
                .unwrap_or(StopLevel::Free),
            rung: columns::optional("standing.rung", record.rung)?,
            rung_since: record.rung_since,
            risk: columns::optional("client_risk.class", record.risk_class)?,
        })
    }
}

/// One page of the clients that fit the filter, with their figures on `today`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    filter: &ClientFilter,
    today: NaiveDate,
) -> Result<ClientPage, StoreError> {
    // Static SQL has no lists: the territories come as one text, and ids contain no wildcard.
    let territories = filter.territories.as_ref().map(|territories| {
        territories.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    });
    let query = sql::query_as::<ListRecord>(
        "select client.id, client.code, client.name, client.currency, client.territory_id, \
         territory.name as territory_name, client.category, client.mark, \
         coalesce(owed.open_minor, 0) - coalesce(paid.amount_minor, 0) \
             + coalesce(taken.amount_minor, 0) as balance_minor, \
         coalesce(owed.overdue_minor, 0) as overdue_minor, owed.oldest_due_on, \
         standing.stop_level, standing.rung, standing.rung_since, \
         client_risk.class as risk_class, count(*) over () as total \
         from client \
         join territory on territory.id = client.territory_id \
         left join standing on standing.client_id = client.id \
         left join client_risk on client_risk.client_id = client.id \
         left join (select client_id, cast(sum(open_minor) as bigint) as open_minor, \
             cast(sum(case when due_on < $1 then open_minor else 0 end) as bigint) \
                 as overdue_minor, \
             min(due_on) as oldest_due_on \
             from invoice where open_minor > 0 group by client_id) owed \
             on owed.client_id = client.id \
         left join (select client_id, cast(sum(amount_minor) as bigint) as amount_minor \
             from payment group by client_id) paid on paid.client_id = client.id \
         left join (select client_id, cast(sum(amount_minor) as bigint) as amount_minor from ( \
             select invoice.client_id, allocation.amount_minor \
             from allocation join invoice on invoice.id = allocation.invoice_id \
             union all select client_id, amount_minor from fee_payment \
             where payment_id is not null) uses group by client_id) taken \
             on taken.client_id = client.id \
         where ($2 = false or $3 like '%' || client.territory_id || '%') \
         and (lower(client.name) like lower($4) escape '\\' \
             or lower(client.code) like lower($4) escape '\\') \
         and ($5 = false or coalesce(owed.overdue_minor, 0) > 0) \
         order by case when $6 = 'balance' then coalesce(owed.open_minor, 0) \
                 - coalesce(paid.amount_minor, 0) + coalesce(taken.amount_minor, 0) end desc, \
             case when $6 = 'overdue' then coalesce(owed.overdue_minor, 0) end desc, \
             case when $6 = 'oldest_due' then coalesce(owed.oldest_due_on, '9999-12-31') end, \
             case when $6 = 'risk' then case client_risk.class when 'very_high' then 0 \
                 when 'high' then 1 when 'medium' then 2 when 'low' then 3 \
                 when 'very_low' then 4 else 5 end end, \
             case when $6 = 'risk' then coalesce(client_risk.score, 0) end desc, \
             case when $6 = 'code' then client.code end, \
             lower(client.name), client.code \
         limit cast($7 as bigint) offset $8",
    )
    .bind(today)
    .bind(territories.is_some())
    .bind(territories.unwrap_or_default())
    .bind(containing(&filter.text))
    .bind(filter.overdue_only)
    .bind(filter.sort_by.name())
    .bind(i64::from(filter.limit))
    .bind(i64::from(filter.offset));
    let records = query.fetch_all(tx).await?;
    let total = records.first().map_or(0, |record| record.total);
    let clients = records.into_iter().map(ListedClient::try_from).collect::<Result<_, _>>()?;
    Ok(ClientPage { clients, total: u64::try_from(total).unwrap_or(0) })
}

/// A pattern for texts that contain `text` literally.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.trim().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
