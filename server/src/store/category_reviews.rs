//! Reviews of the clients' categories (R2.6): what was suggested, who named what, what was decided.

use chrono::NaiveDate;
use saldo_core::category::{Category, Evidence};
use saldo_core::ids::{ClientId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use serde_json::json;

use super::audit;
use super::sql;
use super::{StoreError, Tx};

/// A review that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Review {
    /// Which.
    pub id: i64,
    /// As of which civil date the past was judged.
    pub as_of: NaiveDate,
}

/// What is proposed for one client, with who named what so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// For whom.
    pub client: ClientId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What held when the review was opened.
    pub held: Category,
    /// What the rules suggest.
    pub suggested: Category,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// Who named what, by role.
    pub votes: Vec<Vote>,
}

/// The category that somebody named for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// In which role.
    pub role: Role,
    /// Who.
    pub person: PersonId,
    /// What.
    pub category: Category,
    /// Why, where it is not what was suggested.
    pub why: String,
}

/// Opens a review; one that was open ends undecided.
///
/// # Errors
/// When the database fails.
pub async fn open(tx: &mut Tx, as_of: NaiveDate, now: UtcMillis) -> Result<Review, StoreError> {
    let close =
        sql::query("update category_review set closed_at = $1 where closed_at is null").bind(now.0);
    close.execute(tx).await?;
    let query = sql::query_as::<Review>(
        "insert into category_review (as_of, opened_at) values ($1, $2) returning id, as_of",
    )
    .bind(as_of)
    .bind(now.0);
    Ok(query.fetch_one(tx).await?)
}

/// The review that is open, if any.
///
/// # Errors
/// When the database fails.
pub async fn current(tx: &mut Tx) -> Result<Option<Review>, StoreError> {
    let query = sql::query_as::<Review>(
        "select id, as_of from category_review where closed_at is null order by id desc limit 1",
    );
    Ok(query.fetch_optional(tx).await?)
}

/// The latest day as of which a review was opened, be it open or over.
///
/// # Errors
/// When the database fails.
pub async fn latest_as_of(tx: &mut Tx) -> Result<Option<NaiveDate>, StoreError> {
    let query = sql::query_scalar::<Option<NaiveDate>>("select max(as_of) from category_review");
    Ok(query.fetch_one(tx).await?)
}

/// For how many clients of a review somebody in `role` has to name a category: of those who
/// propose, where they named none; of the commercial director, where both of them named the same.
///
/// # Errors
/// When the database fails.
pub async fn count_waiting(tx: &mut Tx, review: Review, role: Role) -> Result<i64, StoreError> {
    let query = sql::query_scalar::<i64>(
        "select count(*) from category_proposal as one where one.review_id = $1 \
             and one.decided_at is null \
             and not exists (select 1 from category_vote as mine \
                 where mine.review_id = one.review_id and mine.client_id = one.client_id \
                     and mine.role = $2) \
             and ($2 <> 'commercial_director' or exists (select 1 from category_vote as sales \
                 join category_vote as control on control.review_id = sales.review_id \
                     and control.client_id = sales.client_id \
                     and control.category = sales.category \
                     and control.role = 'finance_control' \
                 where sales.review_id = one.review_id and sales.client_id = one.client_id \
                     and sales.role = 'head_of_sales'))",
    )
    .bind(review.id)
    .bind(role.name());
    Ok(query.fetch_one(tx).await?)
}

/// How many clients of a review are not decided yet.
///
/// # Errors
/// When the database fails.
pub async fn count_undecided(tx: &mut Tx, review: Review) -> Result<i64, StoreError> {
    let query = sql::query_scalar::<i64>(
        "select count(*) from category_proposal where review_id = $1 and decided_at is null",
    )
    .bind(review.id);
    Ok(query.fetch_one(tx).await?)
}

/// Keeps what is proposed for a client.
///
/// # Errors
/// When the database fails.
pub async fn propose(
    tx: &mut Tx,
    review: Review,
    client: ClientId,
    held: Category,
    suggested: Category,
    evidence: &[Evidence],
) -> Result<(), StoreError> {
    let evidence = serde_json::to_string(evidence)
        .map_err(|error| StoreError::unreadable("category_proposal.evidence")(error.to_string()))?;
    let query = sql::query(
        "insert into category_proposal (review_id, client_id, held, suggested, evidence) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(review.id)
    .bind(client.to_string())
    .bind(held.name())
    .bind(suggested.name())
    .bind(evidence);
    query.execute(tx).await?;
    Ok(())
}

/// What is not decided yet of a review, by client code.
///
/// # Errors
/// When the database fails.
pub async fn undecided(tx: &mut Tx, review: Review) -> Result<Vec<Proposal>, StoreError> {
    let query = sql::query_as::<ProposalRecord>(
        "select category_proposal.client_id, client.code, client.name, category_proposal.held, \
             category_proposal.suggested, category_proposal.evidence \
         from category_proposal join client on client.id = category_proposal.client_id \
         where category_proposal.review_id = $1 and category_proposal.decided_at is null \
         order by client.code",
    )
    .bind(review.id);
    let votes = sql::query_as::<VoteRecord>(
        "select client_id, role, person_id, category, why from category_vote \
         where review_id = $1 order by voted_at, role",
    )
    .bind(review.id);
    let mut by_client: std::collections::HashMap<ClientId, Vec<Vote>> = Default::default();
    for record in votes.fetch_all(tx).await? {
        by_client.entry(record.client_id).or_default().push(Vote {
            role: record.role,
            person: record.person_id,
            category: record.category,
            why: record.why,
        });
    }
    query
        .fetch_all(tx)
        .await?
        .into_iter()
        .map(|record| {
            Ok(Proposal {
                votes: by_client.remove(&record.client_id).unwrap_or_default(),
                client: record.client_id,
                code: record.code,
                name: record.name,
                held: record.held,
                suggested: record.suggested,
                evidence: serde_json::from_str(&record.evidence).map_err(|error| {
                    StoreError::unreadable("category_proposal.evidence")(error.to_string())
                })?,
            })
        })
        .collect()
}

/// Keeps what somebody named for a client; what the same role named before is replaced.
///
/// # Errors
/// When the same person named one in another role ([`StoreError::is_unique_violation`]) or the
/// database fails.
pub async fn vote(
    tx: &mut Tx,
    review: Review,
    client: ClientId,
    vote: &Vote,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into category_vote \
         (review_id, client_id, role, person_id, category, why, voted_at) \
         values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (review_id, client_id, role) do update set person_id = excluded.person_id, \
         category = excluded.category, why = excluded.why, voted_at = excluded.voted_at",
    )
    .bind(review.id)
    .bind(client.to_string())
    .bind(vote.role.name())
    .bind(vote.person.to_string())
    .bind(vote.category.name())
    .bind(&vote.why)
    .bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// Keeps that a client's category is decided in the open review, if it is in one.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    tx: &mut Tx,
    client: ClientId,
    category: Category,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "update category_proposal set decided = $2, decided_at = $3 where client_id = $1 \
         and decided_at is null \
         and review_id in (select id from category_review where closed_at is null)",
    )
    .bind(client.to_string())
    .bind(category.name())
    .bind(now.0);
    query.execute(tx).await?;
    Ok(())
}

/// Keeps that the director overrode a category.
///
/// # Errors
/// When the database fails.
pub async fn keep_override(
    tx: &mut Tx,
    client: ClientId,
    held: Category,
    vote: &Vote,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let query = sql::query(
        "insert into category_override (client_id, held, category, why, person_id, at) \
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(client.to_string())
    .bind(held.name())
    .bind(vote.category.name())
    .bind(&vote.why)
    .bind(vote.person.to_string())
    .bind(now.0);
    query.execute(tx).await?;
    let said = json!({
        "held": held.name(),
        "category": vote.category.name(),
        "by": vote.person,
        "why": vote.why,
    });
    audit::append(tx, "category_override", &client.to_string(), now, &said).await
}

#[derive(sqlx::FromRow)]
struct ProposalRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    code: String,
    name: String,
    #[sqlx(try_from = "String")]
    held: Category,
    #[sqlx(try_from = "String")]
    suggested: Category,
    evidence: String,
}

#[derive(sqlx::FromRow)]
struct VoteRecord {
    #[sqlx(try_from = "String")]
    client_id: ClientId,
    #[sqlx(try_from = "String")]
    role: Role,
    #[sqlx(try_from = "String")]
    person_id: PersonId,
    #[sqlx(try_from = "String")]
    category: Category,
    why: String,
}
