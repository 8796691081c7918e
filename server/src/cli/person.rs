//! `saldo person`: who signs in.

use std::io::Read;

use clap::Subcommand;
use saldo_core::ids::{PersonId, TerritoryId};
use saldo_core::roles::Role;
use uuid::Uuid;

use super::{CliError, DatabaseArgs, say};
use crate::auth::passwords;
use crate::clock::Clock;
use crate::first_start::DrawnPassword;
use crate::flow::{Context, publish};
use crate::store::people::{self, Person};
use crate::store::{Tx, territories};
use crate::sync::Sequencer;

/// What `saldo person` takes.
#[derive(Debug, clap::Args)]
pub(super) struct PersonArgs {
    #[command(subcommand)]
    command: PersonCommand,
}

#[derive(Debug, Subcommand)]
enum PersonCommand {
    /// Add somebody who signs in; prints a password
    Add(AddArgs),
    /// Show everybody: login, role, superior, name
    List(DatabaseArgs),
    /// Give somebody a new password; prints it
    SetPassword(SetPasswordArgs),
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// What the person types to sign in
    login: String,
    /// The person's name
    #[arg(long)]
    name: String,
    /// rep, supervisor, head_of_sales, finance_control, commercial_director, director, security,
    /// legal or operator
    #[arg(long, value_parser = role)]
    role: Role,
    /// The login of a rep's direct superior
    #[arg(long, value_name = "LOGIN")]
    supervisor: Option<String>,
    /// The territory that a rep serves; made when it does not exist
    #[arg(long, value_name = "NAME")]
    territory: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct SetPasswordArgs {
    /// Whose
    login: String,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    db: DatabaseArgs,
}

#[derive(Debug, clap::Args)]
struct PasswordArgs {
    /// Read the password from standard input instead of drawing one
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(args: PersonArgs) -> Result<(), CliError> {
    match args.command {
        PersonCommand::Add(args) => add(args).await,
        PersonCommand::List(db) => list(&db).await,
        PersonCommand::SetPassword(args) => set_password(args).await,
    }
}

async fn add(args: AddArgs) -> Result<(), CliError> {
    let (hash, drawn) = args.password.read()?;
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let supervisor = match &args.supervisor {
        Some(login) => Some(supervisor_of_login(&mut tx, login).await?),
        None => None,
    };
    let person = Person {
        id: PersonId(Uuid::now_v7()),
        login: args.login.clone(),
        name: args.name,
        role: args.role,
        supervisor,
        password_hash: hash,
        active: true,
        created_at: Clock::default().now(),
    };
    match people::insert(&mut tx, &person).await {
        Err(error) if error.is_unique_violation() => {
            return Err(CliError::LoginTaken(args.login));
        }
        other => other?,
    }
    if let Some(name) = &args.territory {
        serve_territory(&mut tx, name, person.id).await?;
    }
    // Phones show who decided: they need the name.
    let context = Context::load(&mut tx, person.created_at).await?;
    publish::company(&mut tx, &context).await?;
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    say(&format!("{} is the {}", args.login, args.role));
    tell(&args.login, drawn.as_ref());
    Ok(())
}

async fn supervisor_of_login(tx: &mut Tx, login: &str) -> Result<PersonId, CliError> {
    let person = known(tx, login).await?;
    if person.role == Role::Supervisor {
        Ok(person.id)
    } else {
        Err(CliError::NoSupervisor(login.to_owned()))
    }
}

async fn serve_territory(tx: &mut Tx, name: &str, rep: PersonId) -> Result<(), CliError> {
    match territories::by_name(tx, name).await? {
        Some(territory) => {
            territories::assign_rep(tx, territory.id, Some(rep)).await?;
        }
        None => {
            let territory = territories::Territory {
                id: TerritoryId::of_name(name),
                name: name.to_owned(),
                rep: Some(rep),
            };
            territories::insert(tx, &territory).await?;
        }
    }
    Ok(())
}

async fn list(db: &DatabaseArgs) -> Result<(), CliError> {
    let db = db.open_existing().await?;
    let mut tx = db.begin_read().await?;
    let everybody = people::all(&mut tx).await?;
    say(&format!("{:<12} {:<20} {:<12} name", "login", "role", "superior"));
    for person in &everybody {
        let superior = everybody
            .iter()
            .find(|other| Some(other.id) == person.supervisor)
            .map_or("", |superior| superior.login.as_str());
        let gone = if person.active { "" } else { " (may not sign in)" };
        say(&format!(
            "{:<12} {:<20} {superior:<12} {}{gone}",
            person.login,
            person.role.name(),
            person.name
        ));
    }
    drop(tx);
    db.close().await;
    Ok(())
}

async fn set_password(args: SetPasswordArgs) -> Result<(), CliError> {
    let (hash, drawn) = args.password.read()?;
    let db = args.db.open_existing().await?;
    let mut tx = db.begin_write().await?;
    let person = known(&mut tx, &args.login).await?;
    people::set_password_hash(&mut tx, person.id, &hash).await?;
    tx.commit().await?;
    db.close().await;
    say(&format!("{} has a new password", args.login));
    tell(&args.login, drawn.as_ref());
    Ok(())
}

/// Who has this login.
pub(super) async fn known(tx: &mut Tx, login: &str) -> Result<Person, CliError> {
    people::by_login(tx, login).await?.ok_or_else(|| CliError::NobodyOf(login.to_owned()))
}

fn tell(login: &str, drawn: Option<&DrawnPassword>) {
    if let Some(password) = drawn {
        say(&format!("the password of {login}, shown this once: {}", password.reveal()));
    }
}

impl PasswordArgs {
    /// The hash of the password, and the password where it was drawn here.
    fn read(&self) -> Result<(String, Option<DrawnPassword>), CliError> {
        if self.password_stdin {
            let mut typed = String::new();
            std::io::stdin().read_to_string(&mut typed).map_err(CliError::NoPassword)?;
            return Ok((passwords::hash_here(typed.trim_end_matches(['\r', '\n']))?, None));
        }
        let drawn = DrawnPassword::draw()?;
        Ok((passwords::hash_here(drawn.reveal())?, Some(drawn)))
    }
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
        format!("give one of {}", names.join(", "))
    })
}
