//! `saldo personal-data`: show what is kept of a client's persons, and erase it (R13.1).

use saldo_core::documents::persons::Person;

use super::person::known;
use super::{CliError, DatabaseArgs, say};
use crate::auth::Principal;
use crate::clock::Clock;
use crate::flow::{Context, personal_data};
use crate::store::card_readings::Place;
use crate::store::clients::{self, Client};
use crate::store::{Db, Tx, personal_cards};
use crate::sync::Sequencer;

/// What `saldo personal-data` takes.
#[derive(Debug, clap::Args)]
pub(super) struct PersonalDataArgs {
    #[command(subcommand)]
    command: PersonalDataCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PersonalDataCommand {
    /// Print what is kept of a client's persons; this reading is logged
    Show(OfClient),
    /// Erase what is kept of a client's persons, everywhere and for good
    Erase {
        #[command(flatten)]
        of: OfClient,
        /// Why, without names: the reason is kept
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Debug, clap::Args)]
struct OfClient {
    /// The client's code
    client: String,
    /// The login of whoever asks: somebody who sees the client; to erase, the director or finance
    /// control
    #[arg(long, value_name = "LOGIN")]
    by: String,
    #[command(flatten)]
    db: DatabaseArgs,
}

/// A client and who asks.
struct Asked {
    who: Principal,
    client: Client,
    context: Context,
}

pub(super) async fn run(args: PersonalDataArgs) -> Result<(), CliError> {
    match args.command {
        PersonalDataCommand::Show(of) => show(of).await,
        PersonalDataCommand::Erase { of, why } => erase(of, &why).await,
    }
}

async fn show(of: OfClient) -> Result<(), CliError> {
    let db = of.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let Asked { who, client, context } = asked(&mut tx, &of).await?;
    let persons = personal_data::read(&mut tx, &context, &who, client.id, Place::Command).await?;
    let erasures = personal_cards::erasures(&mut tx, client.id).await?;
    tx.commit().await?;
    db.close().await;
    say(&format!("{} ({}): this reading is logged", client.name, client.code));
    if persons.is_empty() {
        say("nothing is kept of its persons");
    }
    persons.iter().for_each(tell);
    for erasure in erasures {
        let by = erasure.by_name.unwrap_or_else(|| "the nightly job".to_owned());
        let at = erasure.erased_at.in_words(context.policy.time_zone());
        say(&format!("erased {at} by {by}: {}", erasure.why));
    }
    Ok(())
}

fn tell(person: &Person) {
    say(person.post.title());
    for (detail, values) in &person.details {
        say(&format!("  {:<18} {}", detail.title(), values.join("  |  ")));
    }
}

async fn erase(of: OfClient, why: &str) -> Result<(), CliError> {
    let db = of.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let Asked { who, client, context } = asked(&mut tx, &of).await?;
    personal_data::erase(&mut tx, &context, &who, client.id, why).await?;
    tx.commit().await?;
    finish(&db).await?;
    say(&format!(
        "the persons of {} ({}) are erased; phones drop them with their next sync",
        client.name, client.code
    ));
    Ok(())
}

async fn finish(db: &Db) -> Result<(), CliError> {
    Sequencer::default().run(db).await?;
    db.truncate_wal().await;
    db.close().await;
    Ok(())
}

async fn asked(tx: &mut Tx, of: &OfClient) -> Result<Asked, CliError> {
    let context = Context::load(tx, Clock::default().now()).await?;
    let person = known(tx, &of.by).await?;
    let who = Principal { person: person.id, name: person.name, role: person.role };
    let client = clients::by_code(tx, &of.client)
        .await?
        .ok_or_else(|| CliError::NoClient(of.client.clone()))?;
    Ok(Asked { who, client, context })
}
