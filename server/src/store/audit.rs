//! The audit log: what was decided about money, by rules and by people, each row sealed with a hash over
//! itself and the seal before it. Whatever is kept here is appended in the transaction that decides.

use saldo_core::time::UtcMillis;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::lists::{self, Joined};
use super::sql;
use super::{StoreError, Tx, unwritten};

/// The seal before the first row.
pub const FIRST_SEAL: [u8; 32] = [0; 32];

/// How many rows are sealed at once.
const MOST_AT_ONCE: usize = 1_000;

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRow {
    /// In the order of writing.
    pub id: i64,
    /// Its place in the chain; `None`: not sealed yet.
    pub number: Option<i64>,
    /// When it was decided, in milliseconds.
    pub at: i64,
    /// What was decided, such as `verdict`, `decision`, `exemption`, `policy`.
    pub kind: String,
    /// Which: the id of the row that was written.
    pub about: String,
    /// JSON: what was written.
    pub body: String,
    /// Its seal; `None`: not sealed yet.
    pub seal: Option<Vec<u8>>,
}

/// Where the chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the newest sealed row; 0 before the first.
    pub number: i64,
    /// Its seal.
    pub seal: [u8; 32],
}

impl AuditRow {
    /// What seals the row with this number behind the row with the seal `before`.
    #[must_use]
    pub fn seal_as(&self, number: i64, before: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(before);
        for figure in [self.id, number, self.at] {
            hash.update(figure.to_be_bytes());
        }
        for text in [&self.kind, &self.about, &self.body] {
            // With its length: what belongs to one text cannot move into the next.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

/// What was decided, as it waits to be appended.
pub(super) type Line = (i64, &'static str, String, String);

/// Appends what was decided, still without a seal, at the end of the transaction.
///
/// # Errors
/// When the database fails.
pub(super) async fn append(
    tx: &mut Tx,
    kind: &'static str,
    about: &str,
    at: UtcMillis,
    body: &Json,
) -> Result<(), StoreError> {
    tx.unwritten().audit.push((at.0, kind, about.to_owned(), body.to_string()));
    unwritten::write_when_much(tx).await
}

/// Appends lines that waited, in their order.
pub(super) async fn write(tx: &mut Tx, lines: Vec<Line>) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let query = sql::query(
        "insert into audit (at, kind, about, body)
         select cast(item.value ->> 0 as bigint), item.value ->> 1, item.value ->> 2,
             item.value ->> 3
         from jsonb_each($1) item order by item.key",
    )
    .bind(lists::list(lines)?);
    query.execute(tx).await?;
    Ok(())
}

/// The hash of a long text, for a body that names it.
pub(super) fn hash_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// How many committed rows wait for their seals.
///
/// # Errors
/// When the database fails.
pub async fn unsealed(tx: &mut Tx) -> Result<i64, StoreError> {
    let query = sql::query_scalar::<i64>("select count(*) from audit where number is null");
    Ok(query.fetch_one(tx).await?)
}

/// Where the chain ends.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn head(tx: &mut Tx) -> Result<Head, StoreError> {
    let query = sql::query_as::<(i64, Vec<u8>)>("select number, seal from audit_head where id = 1");
    match query.fetch_optional(tx).await? {
        None => Ok(Head { number: 0, seal: FIRST_SEAL }),
        Some(row) => head_of(row),
    }
}

/// Where the chain ends, locked where others may seal at the same time; begins it.
async fn lock_head(tx: &mut Tx) -> Result<Head, StoreError> {
    let query = sql::query_as::<(i64, Vec<u8>)>(
        "insert into audit_head (id, number, seal) values (1, 0, $1)
         on conflict (id) do update set number = audit_head.number returning number, seal",
    )
    .bind(FIRST_SEAL.to_vec());
    head_of(query.fetch_one(tx).await?)
}

fn head_of((number, seal): (i64, Vec<u8>)) -> Result<Head, StoreError> {
    let unreadable = || StoreError::unreadable("audit_head.seal")(hex::encode(&seal));
    Ok(Head { number, seal: seal.as_slice().try_into().map_err(|_| unreadable())? })
}

/// Seals every committed row that has no seal, in the order of ids.
///
/// # Errors
/// When the database fails.
pub async fn seal_all(tx: &mut Tx) -> Result<(), StoreError> {
    let mut head = lock_head(tx).await?;
    loop {
        let query = sql::query_as::<AuditRow>(
            "select id, number, at, kind, about, body, seal from audit where number is null
             order by id limit cast($1 as bigint)",
        )
        .bind(i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX));
        let rows = query.fetch_all(tx).await?;
        let is_last = rows.len() < MOST_AT_ONCE;
        let (mut places, mut seals) = (Vec::new(), Joined::default());
        for row in rows {
            let number = head.number + 1;
            head = Head { number, seal: row.seal_as(number, &head.seal) };
            places.push((row.id, number, seals.add(&head.seal)));
        }
        sql::query(
            "update audit set number = sealed.number, seal = sealed.seal
             from (select cast(item.value ->> 0 as bigint) as id,
                       cast(item.value ->> 1 as bigint) as number,
                       substr($2, cast(item.value -> 2 ->> 0 as integer),
                           cast(item.value -> 2 ->> 1 as integer)) as seal
                   from jsonb_each($1) item) as sealed
             where audit.id = sealed.id",
        )
        .bind(lists::list(places)?)
        .bind(seals.into_bytes())
        .execute(tx)
        .await?;
        if is_last {
            break;
        }
    }
    sql::query("update audit_head set number = $1, seal = $2 where id = 1")
        .bind(head.number)
        .bind(head.seal.to_vec())
        .execute(tx)
        .await?;
    Ok(())
}

/// The sealed rows behind the number `after`, in order.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    let query = sql::query_as::<AuditRow>(
        "select id, number, at, kind, about, body, seal from audit where number > $1
         order by number limit cast($2 as bigint)",
    )
    .bind(after)
    .bind(limit);
    Ok(query.fetch_all(tx).await?)
}

/// The newest rows, sealed or not, of what one id is about or (where none is named) of all.
///
/// # Errors
/// When the database fails.
pub async fn newest(
    tx: &mut Tx,
    about: Option<&str>,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let query = sql::query_as::<AuditRow>(
        "select id, number, at, kind, about, body, seal from audit
         where ($1 = '' or about = $1) order by id desc limit cast($2 as bigint)",
    )
    .bind(about.unwrap_or_default())
    .bind(limit);
    Ok(query.fetch_all(tx).await?)
}

/// Whether the row that an entry is about still says what the entry says, of the kinds that are never
/// written again; `None`: of another kind.
///
/// # Errors
/// When the database fails.
pub async fn still_stands(tx: &mut Tx, row: &AuditRow) -> Result<Option<bool>, StoreError> {
    let body: Json = serde_json::from_str(&row.body)
        .map_err(|error| StoreError::unreadable("audit.body")(error.to_string()))?;
    let said = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let now = match row.kind.as_str() {
        "verdict" => {
            let query = sql::query_as::<(String, String)>(
                "select body, basis from verdict where id = $1 and judged_at = $2 and outcome = $3",
            )
            .bind(&row.about)
            .bind(row.at)
            .bind(said("outcome"));
            query.fetch_optional(tx).await?.is_some_and(|(verdict, basis)| {
                hash_of(&verdict) == said("verdict_sha256")
                    && hash_of(&basis) == said("basis_sha256")
            })
        }
        "decision" => {
            let query = sql::query_scalar::<i64>(
                "select count(*) from decision where id = $1 and decided_at = $2 and fact_id = $3
                     and person_id = $4 and role = $5 and choice = $6 and why = $7",
            )
            .bind(&row.about)
            .bind(row.at)
            .bind(said("fact"))
            .bind(said("by"))
            .bind(said("role"))
            .bind(said("choice"))
            .bind(said("why"));
            query.fetch_one(tx).await? == 1
        }
        "policy" => {
            let query = sql::query_scalar::<String>(
                "select toml from policy where cast(version as text) = $1 and activated_at = $2",
            )
            .bind(&row.about)
            .bind(row.at);
            query
                .fetch_optional(tx)
                .await?
                .is_some_and(|toml| hash_of(&toml) == said("toml_sha256"))
        }
        "exemption" => {
            let query = sql::query_scalar::<i64>(
                "select count(*) from exemption where id = $1 and ordered_at = $2 and client_id = $3
                     and rules = $4 and why = $5 and ordered_by = $6",
            )
            .bind(&row.about)
            .bind(row.at)
            .bind(said("client"))
            .bind(said("rules"))
            .bind(said("why"))
            .bind(said("by"));
            query.fetch_one(tx).await? == 1
        }
        _ => return Ok(None),
    };
    Ok(Some(now))
}
