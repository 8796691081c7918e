//! `saldo categories`: what the payments suggest, and the director's word (R2.6).

use chrono::NaiveDate;
use clap::Subcommand;
use saldo_core::category::Category;

use super::person::known;
use super::{CliError, DatabaseArgs, say};
use crate::auth::Principal;
use crate::clock::Clock;
use crate::flow::{Context, categories};
use crate::store::clients;
use crate::sync::Sequencer;

/// What `saldo categories` takes.
#[derive(Debug, clap::Args)]
pub(super) struct CategoriesArgs {
    #[command(subcommand)]
    command: CategoriesCommand,
}

#[derive(Debug, Subcommand)]
enum CategoriesCommand {
    /// Open a review: suggest a category for every client, with evidence; changes none by itself
    Suggest(SuggestArgs),
    /// The director sets a client's category, with a reason
    Override(OverrideArgs),
}

#[derive(Debug, clap::Args)]
struct SuggestArgs {
    /// For the start of this calendar year, from the year before; else from the past months
    #[arg(long)]
    year: Option<i32>,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct OverrideArgs {
    /// The client's code
    client: String,
    /// reliable, uncertain, threatened or non_payer
    #[arg(long, value_parser = category)]
    to: Category,
    /// The reason
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// The director's login
    #[arg(long, value_name = "LOGIN")]
    by: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

pub(super) async fn run(args: CategoriesArgs) -> Result<(), CliError> {
    match args.command {
        CategoriesCommand::Suggest(args) => suggest(args).await,
        CategoriesCommand::Override(args) => override_category(args).await,
    }
}

async fn suggest(args: SuggestArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let context = Context::load(&mut tx, Clock::default().now()).await?;
    let as_of =
        args.year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1)).unwrap_or(context.today);
    let opened = categories::suggest(&mut tx, &context, as_of).await?;
    tx.commit().await?;
    db.close().await;
    for one in &opened.differing {
        let why: Vec<String> = one.evidence.iter().map(|evidence| evidence.in_words()).collect();
        let (held, suggested) = (one.held.title(), one.suggested.title());
        say(&format!("{:<10} {held} -> {suggested}: {}", one.code, why.join("; ")));
    }
    say(&format!(
        "as of {as_of}: {} of {} clients would change; head of sales, finance control and \
         commercial director confirm or change this in the console, under Categories",
        opened.differing.len(),
        opened.clients
    ));
    Ok(())
}

async fn override_category(args: OverrideArgs) -> Result<(), CliError> {
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let context = Context::load(&mut tx, Clock::default().now()).await?;
    let person = known(&mut tx, &args.by).await?;
    let who = Principal { person: person.id, name: person.name, role: person.role };
    let client = clients::by_code(&mut tx, &args.client)
        .await?
        .ok_or_else(|| CliError::NoClient(args.client.clone()))?;
    categories::override_category(&mut tx, &context, &who, client.id, args.to, &args.why).await?;
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    say(&format!("{} ({}) is {} now", client.name, client.code, args.to.title()));
    Ok(())
}

fn category(name: &str) -> Result<Category, String> {
    Category::try_from(name.to_owned())
        .map_err(|_| format!("give one of {}", Category::ALL.map(Category::name).join(", ")))
}
