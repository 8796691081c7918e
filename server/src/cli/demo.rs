//! `saldo demo`: the server with a made-up company.

use std::path::PathBuf;

use super::{CliError, ListenArgs, say};
use crate::clock::Clock;
use crate::serve::{self, DataFile};
use crate::state::AppState;

/// What `saldo demo` takes.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    listen: ListenArgs,
    /// The demo company's database; a second run goes on with it
    #[arg(long, value_name = "FILE", default_value = "saldo-data/demo.db")]
    db: PathBuf,
    /// Throw the demo company away and make it anew
    #[arg(long)]
    fresh: bool,
}

pub(super) async fn run(args: DemoArgs) -> Result<(), CliError> {
    let listener = serve::bind(args.listen.listen).await?;
    let file = DataFile::claim(&args.db)?;
    if args.fresh {
        file.remove()?;
    }
    let state = AppState::new(file.open().await?, Clock::default());
    let address = serve::address_of(&listener)?;
    say(&format!("listening on http://{address}"));
    serve::until_told_to_stop(listener, state).await?;
    Ok(())
}
