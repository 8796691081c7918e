//! `saldo api-key`: which programs come in.

use clap::Subcommand;
use saldo_core::ids::ApiKeyId;
use uuid::Uuid;

use super::{CliError, DatabaseArgs, person, say};
use crate::auth::ApiToken;
use crate::auth::sight::Breadth;
use crate::clock::Clock;
use crate::store::api_keys::{self, NewApiKey};

/// What `saldo api-key` takes.
#[derive(Debug, clap::Args)]
pub(super) struct ApiKeyArgs {
    #[command(subcommand)]
    command: ApiKeyCommand,
}

#[derive(Debug, Subcommand)]
enum ApiKeyCommand {
    /// Make a key; prints it, this once
    Create(CreateArgs),
    /// Show every key: id, login, since when, name
    List(DatabaseArgs),
    /// Shut a key out at once
    Revoke(RevokeArgs),
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// The login of the person as whom the program acts; best one of its own
    #[arg(long, value_name = "LOGIN")]
    person: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    name: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct RevokeArgs {
    /// The key's id, as `saldo api-key list` shows it
    id: ApiKeyId,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: ApiKeyArgs) -> Result<(), CliError> {
    match args.command {
        ApiKeyCommand::Create(args) => create(args).await,
        ApiKeyCommand::List(db) => list(&db).await,
        ApiKeyCommand::Revoke(args) => revoke(args).await,
    }
}

async fn create(args: CreateArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let token = ApiToken::draw()?;
    let mut tx = db.begin_write().await?;
    let person = person::known(&mut tx, &args.person).await?;
    if Breadth::of(person.role) == Breadth::NoClients {
        return Err(CliError::SeesNoClients(args.person));
    }
    let key = NewApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        token_hash: &token.hash(),
        person: person.id,
        name: args.name.trim(),
        created_at: Clock::default().now(),
    };
    api_keys::insert(&mut tx, &key).await?;
    tx.commit().await?;
    db.close().await;
    say(&format!("key {} acts as {}; its token, shown this once:", key.id, args.person));
    say(&token.reveal());
    Ok(())
}

async fn list(db: &DatabaseArgs) -> Result<(), CliError> {
    let db = db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    say(&format!("{:<36} {:<12} {:<10} name", "id", "login", "since"));
    for key in api_keys::all(&mut tx).await? {
        let since = key.created_at.civil_date(chrono_tz::UTC);
        let revoked = if key.revoked_at.is_some() { " (revoked)" } else { "" };
        say(&format!("{:<36} {:<12} {since} {}{revoked}", key.id, key.login, key.name));
    }
    drop(tx);
    db.close().await;
    Ok(())
}

async fn revoke(args: RevokeArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    if !api_keys::revoke(&mut tx, args.id, Clock::default().now()).await? {
        return Err(CliError::NoKey(args.id));
    }
    tx.commit().await?;
    db.close().await;
    say(&format!("key {} is shut out", args.id));
    Ok(())
}
