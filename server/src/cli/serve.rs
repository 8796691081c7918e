//! `saldo serve`.

use std::net::{Ipv4Addr, SocketAddr};

use super::{CliError, DatabaseArgs, ListenArgs, say};
use crate::clock::Clock;
use crate::first_start::{self, FIRST_LOGIN};
use crate::serve::{self, Monitoring};
use crate::state::AppState;

/// What `saldo serve` takes.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    /// A reverse proxy of yours speaks https for this server: cookies are marked Secure, and the
    /// last address in X-Forwarded-For counts as the sender's
    #[arg(long, env = "SALDO_BEHIND_PROXY")]
    behind_proxy: bool,
    /// Shows figures for monitoring (Prometheus) at this address, under /metrics, to everybody who
    /// reaches it: keep it away from the internet
    #[arg(long, value_name = "ADDRESS:PORT", env = "SALDO_METRICS")]
    metrics: Option<SocketAddr>,
}

pub(super) async fn run(args: ServeArgs) -> Result<(), CliError> {
    // Bound first: a taken port must not leave a new database with a password nobody has read.
    let listener = serve::bind(args.listen.listen).await?;
    let monitoring = match args.metrics {
        Some(address) => Some(Monitoring::begin(address).await?),
        None => None,
    };
    let served = args.database.serve().await?;
    let mut state = AppState::new(served.db.clone(), Clock::default());
    state.behind_proxy = args.behind_proxy;
    let first_password = first_start::prepare(&state.db, state.clock.now()).await?;
    let address = serve::address_of(&listener)?;
    say(&format!("the company's database is {}", args.database.place()?));
    say(&format!("the console is at {}", console_url(address)));
    if let Some(password) = first_password {
        say(&format!("sign in as {FIRST_LOGIN} with the password {}", password.reveal()));
        say("it is shown this once; saldo person set-password gives another");
    }
    if let Some(monitoring) = &monitoring {
        say(&format!("figures for monitoring are at http://{}/metrics", monitoring.address()?));
    }
    say(&format!("listening on http://{address}"));
    serve::until_told_to_stop(listener, state, monitoring).await?;
    Ok(())
}

/// Where a browser on this machine finds the console.
pub(super) fn console_url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}/")
}

#[cfg(test)]
mod tests {
    use super::console_url;

    #[test]
    fn a_browser_cannot_go_to_every_address_at_once() {
        assert_eq!(console_url("127.0.0.1:8080".parse().unwrap()), "http://127.0.0.1:8080/");
        assert_eq!(console_url("0.0.0.0:80".parse().unwrap()), "http://127.0.0.1:80/");
    }
}
