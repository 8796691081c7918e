//! `saldo territory`: whose clients are whose.

use clap::Subcommand;
use saldo_core::ids::TerritoryId;

use super::person::known;
use super::{CliError, DatabaseArgs, say};
use crate::clock::Clock;
use crate::flow::{Context, publish};
use crate::store::territories::{self, Territory};
use crate::store::{Tx, clients, people};
use crate::sync::{Sequencer, scopes};

/// What `saldo territory` takes.
#[derive(Debug, clap::Args)]
pub(super) struct TerritoryArgs {
    #[command(subcommand)]
    command: TerritoryCommand,
}

#[derive(Debug, Subcommand)]
enum TerritoryCommand {
    /// Show every territory, who serves it and how many clients it has
    List(DatabaseArgs),
    /// Give a territory to a rep: the old rep's phone forgets its clients, the new one's gets them
    Assign(AssignArgs),
    /// Move a client into a territory, which is made when it does not exist
    MoveClient(MoveClientArgs),
}

#[derive(Debug, clap::Args)]
struct AssignArgs {
    /// The territory's name
    territory: String,
    /// The rep's login
    rep: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct MoveClientArgs {
    /// The client's code
    client: String,
    /// The territory's name
    territory: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: TerritoryArgs) -> Result<(), CliError> {
    match args.command {
        TerritoryCommand::List(db) => list(&db).await,
        TerritoryCommand::Assign(args) => assign(args).await,
        TerritoryCommand::MoveClient(args) => move_client(args).await,
    }
}

async fn list(db: &DatabaseArgs) -> Result<(), CliError> {
    let db = db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let everybody = people::all(&mut tx).await?;
    say(&format!("{:<24} {:<12} {:>7}", "territory", "rep", "clients"));
    for territory in territories::all(&mut tx).await? {
        let rep = everybody
            .iter()
            .find(|person| Some(person.id) == territory.rep)
            .map_or("nobody", |rep| rep.login.as_str());
        let clients = clients::of_territory(&mut tx, territory.id).await?.len();
        say(&format!("{:<24} {rep:<12} {clients:>7}", territory.name));
    }
    drop(tx);
    db.close().await;
    Ok(())
}

async fn assign(args: AssignArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let rep = known(&mut tx, &args.rep).await?;
    let territory = territories::by_name(&mut tx, &args.territory)
        .await?
        .ok_or_else(|| CliError::NoTerritory(args.territory.clone()))?;
    territories::assign_rep(&mut tx, territory.id, Some(rep.id)).await?;
    tx.commit().await?;
    db.close().await;
    say(&format!("{} serves {}", args.rep, territory.name));
    Ok(())
}

async fn move_client(args: MoveClientArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let context = Context::load(&mut tx, Clock::default().now()).await?;
    let client = clients::by_code(&mut tx, &args.client)
        .await?
        .ok_or_else(|| CliError::NoClient(args.client.clone()))?;
    let to = territory_named(&mut tx, &args.territory).await?;
    scopes::move_client(&mut tx, client.id, client.territory, to).await?;
    clients::set_territory(&mut tx, client.id, to).await?;
    publish::client(&mut tx, &context, client.id).await?;
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    say(&format!("{} belongs to {}", args.client, args.territory));
    Ok(())
}

async fn territory_named(tx: &mut Tx, name: &str) -> Result<TerritoryId, CliError> {
    if let Some(territory) = territories::by_name(tx, name).await? {
        return Ok(territory.id);
    }
    let territory = Territory { id: TerritoryId::of_name(name), name: name.to_owned(), rep: None };
    territories::insert(tx, &territory).await?;
    Ok(territory.id)
}
