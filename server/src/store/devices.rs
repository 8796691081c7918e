//! Enrolled phones: their keys and installations, and when they were last heard of. The chains of
//! their pushes are in `store::installs`.

use saldo_core::ids::{DeviceId, PersonId};
use saldo_core::roles::Role;
use saldo_core::time::UtcMillis;

use super::installs::{self, Chain};
use super::sql;
use super::{StoreError, Tx};

/// An enrolled phone and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Which.
    pub id: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// The person's name.
    pub person_name: String,
    /// The person's role.
    pub role: Role,
    /// What the person calls the phone.
    pub name: String,
    /// Its Ed25519 public key.
    pub public_key: [u8; 32],
    /// Of its newest installation.
    pub install_epoch: u32,
    /// The app's version at the last sync.
    pub app_version: String,
    /// When it was let in.
    pub enrolled_at: UtcMillis,
    /// When it last synced.
    pub last_sync_at: Option<UtcMillis>,
    /// How many changes waited on it after its last sync.
    pub unsent: u32,
    /// When the oldest of them was written, by the phone's clock.
    pub unsent_since: Option<UtcMillis>,
    /// When it was shut out. A phone of a person who is not active any more counts as shut out.
    pub revoked_at: Option<UtcMillis>,
}

/// What a request tells about its phone.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The app's version.
    pub app_version: &'a str,
    /// How many more wait on the phone.
    pub unsent: u32,
    /// When the oldest of them was written, by the phone's clock, if it says so.
    pub unsent_since: Option<UtcMillis>,
    /// By the server's clock.
    pub now: UtcMillis,
}

/// A query of phones, the one way; `$more`: columns beside theirs, and what follows them.
macro_rules! select_device {
    ($more:literal) => {
        concat!(
            "select device.id, device.person_id, person.name as person_name, person.role, device.name,
             device.public_key, device.install_epoch, device.app_version, device.enrolled_at,
             device.last_sync_at, device.unsent, device.unsent_since,
             case when person.active = true then device.revoked_at
                  else coalesce(device.revoked_at, device.enrolled_at) end as revoked_at",
            $more
        )
    };
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    #[sqlx(try_from = "String")]
    id: DeviceId,
    #[sqlx(try_from = "String")]
    person_id: PersonId,
    person_name: String,
    #[sqlx(try_from = "String")]
    role: Role,
    name: String,
    public_key: String,
    install_epoch: i64,
    app_version: String,
    enrolled_at: i64,
    last_sync_at: Option<i64>,
    unsent: i64,
    unsent_since: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<DeviceRow> for DeviceRecord {
    type Error = StoreError;
    fn try_from(row: DeviceRow) -> Result<Self, StoreError> {
        let unreadable = StoreError::unreadable("device");
        let mut public_key = [0; 32];
        hex::decode_to_slice(&row.public_key, &mut public_key)
            .map_err(|error| unreadable(format!("public_key: {error}")))?;
        Ok(Self {
            id: row.id,
            person: row.person_id,
            person_name: row.person_name,
            role: row.role,
            name: row.name,
            public_key,
            install_epoch: u32::try_from(row.install_epoch)
                .map_err(|error| unreadable(format!("install_epoch: {error}")))?,
            app_version: row.app_version,
            enrolled_at: UtcMillis(row.enrolled_at),
            last_sync_at: row.last_sync_at.map(UtcMillis),
            unsent: u32::try_from(row.unsent).unwrap_or(u32::MAX),
            unsent_since: row.unsent_since.map(UtcMillis),
            revoked_at: row.revoked_at.map(UtcMillis),
        })
    }
}

/// The phone with this id, shut out or not.
///
/// # Errors
/// When the database fails.
pub async fn by_id(tx: &mut Tx, device: DeviceId) -> Result<Option<DeviceRecord>, StoreError> {
    let query = sql::query_as::<DeviceRow>(select_device!(
        "
         from device join person on person.id = device.person_id
         where device.id = $1"
    ))
    .bind(device.to_string());
    let row: Option<DeviceRow> = query.fetch_optional(tx).await?;
    row.map(DeviceRecord::try_from).transpose()
}

#[derive(sqlx::FromRow)]
struct InstalledRow {
    #[sqlx(flatten)]
    device: DeviceRow,
    push_number: Option<i64>,
    push_hash: Option<String>,
    has_loans: bool,
}

/// A phone that asks or pushes.
#[derive(Debug)]
pub struct Caller {
    /// The phone.
    pub device: DeviceRecord,
    /// The chain of its installation; `None`: no such installation was ever begun.
    pub chain: Option<Chain>,
    /// R4.9: it has loans that did not end.
    pub has_loans: bool,
}

/// A phone, as one of its installations calls.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn caller(
    tx: &mut Tx,
    device: DeviceId,
    install_epoch: u32,
) -> Result<Option<Caller>, StoreError> {
    let query = sql::query_as::<InstalledRow>(select_device!(
        ",
                installed.push_number, installed.push_hash,
                exists (select 1 from loan where loan.device_id = device.id and loan.ended_at is null)
                    as has_loans
         from device join person on person.id = device.person_id
         left join device_install installed
                on installed.device_id = device.id and installed.install_epoch = $2
         where device.id = $1"
    ))
    .bind(device.to_string())
    .bind(i64::from(install_epoch));
    let row: Option<InstalledRow> = query.fetch_optional(tx).await?;
    let Some(row) = row else { return Ok(None) };
    let chain = row
        .push_number
        .zip(row.push_hash)
        .map(|(number, hash)| Chain::from_row(number, &hash))
        .transpose()?;
    let device = DeviceRecord::try_from(row.device)?;
    Ok(Some(Caller { device, chain, has_loans: row.has_loans }))
}

/// The phones of `person` and of those whose supervisor it is, or everybody's; by name, those
/// shut out last.
///
/// # Errors
/// When the database fails.
pub async fn of_team(
    tx: &mut Tx,
    person: PersonId,
    everybody: bool,
) -> Result<Vec<DeviceRecord>, StoreError> {
    let query = sql::query_as::<DeviceRow>(select_device!(
        "
         from device join person on person.id = device.person_id
         where $2 = true or person.id = $1 or person.supervisor_id = $1
         order by device.revoked_at is not null, person.name, device.enrolled_at"
    ))
    .bind(person.to_string())
    .bind(everybody);
    let rows: Vec<DeviceRow> = query.fetch_all(tx).await?;
    rows.into_iter().map(DeviceRecord::try_from).collect()
}

/// Whose key this is, if a phone with it was ever let in.
///
/// # Errors
/// When the database fails.
pub async fn owner_of_key(
    tx: &mut Tx,
    public_key: &[u8; 32],
) -> Result<Option<PersonId>, StoreError> {
    let query = sql::query_scalar::<String>("select person_id from device where public_key = $1")
        .bind(hex::encode(public_key));
    let owner: Option<String> = query.fetch_optional(tx).await?;
    owner
        .map(|owner| {
            owner.parse().map_err(|error| {
                StoreError::unreadable("device.person_id")(format!("{owner}: {error}"))
            })
        })
        .transpose()
}

/// Lets a phone in. A phone of the same person that comes again with its old key gets the next
/// install epoch and starts a new chain of pushes. Gives the device and its install epoch.
///
/// # Errors
/// When the database fails.
pub async fn enrol(
    tx: &mut Tx,
    new_id: DeviceId,
    person: PersonId,
    name: &str,
    public_key: &[u8; 32],
    app_version: &str,
    now: UtcMillis,
) -> Result<(DeviceId, u32), StoreError> {
    let query = sql::query_as::<(String, i64)>(
        "insert into device (id, person_id, name, public_key, app_version, enrolled_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (public_key) do update
            set install_epoch = device.install_epoch + 1, name = excluded.name,
                app_version = excluded.app_version,
                enrolled_at = excluded.enrolled_at, revoked_at = null
         returning id, install_epoch",
    )
    .bind(new_id.to_string())
    .bind(person.to_string())
    .bind(name)
    .bind(hex::encode(public_key))
    .bind(app_version)
    .bind(now.0);
    let (id, epoch) = query.fetch_one(tx).await?;
    let unreadable = StoreError::unreadable("device");
    let id: DeviceId = id.parse().map_err(|error| unreadable(format!("id: {error}")))?;
    let epoch =
        u32::try_from(epoch).map_err(|error| unreadable(format!("install_epoch: {error}")))?;
    installs::begin(tx, id, epoch, now).await?;
    Ok((id, epoch))
}

/// Notes what a request told about its phone.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &mut Tx, device: DeviceId, told: Told<'_>) -> Result<(), StoreError> {
    let query = sql::query(
        "update device set app_version = $2, unsent = $3, last_sync_at = $4,
                settled_at = case when $3 = 0 then $4 else settled_at end,
                unsent_since = case when $3 = 0 then null
                                    else coalesce($5, unsent_since, $4) end
         where id = $1",
    )
    .bind(device.to_string())
    .bind(told.app_version)
    .bind(i64::from(told.unsent))
    .bind(told.now.0)
    .bind(told.unsent_since.map(|since| since.0));
    query.execute(tx).await?;
    Ok(())
}

/// When the phone last had nothing unsent left: what it knew then, it knew from there on. `None`:
/// never yet, or there is no such device.
///
/// # Errors
/// When the database fails.
pub async fn settled_at(tx: &mut Tx, device: DeviceId) -> Result<Option<UtcMillis>, StoreError> {
    let query = sql::query_scalar::<Option<i64>>("select settled_at from device where id = $1")
        .bind(device.to_string());
    Ok(query.fetch_optional(tx).await?.flatten().map(UtcMillis))
}

/// A restored or copied phone: a new installation begins, with a chain of pushes of its own. Gives
/// its install epoch.
///
/// # Errors
/// When the database fails or there is no such device.
pub async fn begin_install(
    tx: &mut Tx,
    device: DeviceId,
    now: UtcMillis,
) -> Result<u32, StoreError> {
    let query = sql::query_scalar::<i64>(
        "update device set install_epoch = install_epoch + 1 where id = $1
         returning install_epoch",
    )
    .bind(device.to_string());
    let epoch: i64 = query.fetch_one(tx).await?;
    let epoch = u32::try_from(epoch)
        .map_err(|error| StoreError::unreadable("device")(error.to_string()))?;
    installs::begin(tx, device, epoch, now).await?;
    Ok(epoch)
}

/// Shuts a phone out from now on. Whether it was let in until now.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, device: DeviceId, now: UtcMillis) -> Result<bool, StoreError> {
    let query =
        sql::query("update device set revoked_at = $2 where id = $1 and revoked_at is null")
            .bind(device.to_string())
            .bind(now.0);
    Ok(query.execute(tx).await?.rows_affected() == 1)
}
