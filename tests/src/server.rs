//! A server process.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::program::saldo;
use crate::{HarnessError, Place};

/// A debug build makes the demo company in this time on a slow, busy machine.
const COMES_UP_WITHIN: Duration = Duration::from_secs(180);

/// A server process on a database of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    process: Child,
    command: &'static str,
    place: Place,
    url: String,
    welcome: Vec<String>,
}

impl Server {
    /// Starts `saldo demo` on any free port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn demo(folder: &Path) -> Result<Self, HarnessError> {
        Self::start("demo", &Place::File(folder.join("company.db")), "127.0.0.1:0")
    }

    /// Starts `saldo serve` on this database and any free port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn serve(place: &Place) -> Result<Self, HarnessError> {
        Self::start("serve", place, "127.0.0.1:0")
    }

    fn start(command: &'static str, place: &Place, listen: &str) -> Result<Self, HarnessError> {
        let mut process = saldo()?
            .args([command, "--listen", listen])
            .args(place.arguments())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let heard = listen_to(&mut process);
        let mut welcome = Vec::new();
        let mut url = None;
        // The demo's welcome ends with the walk, whose last line names the alerts.
        let whole = |welcome: &[String]| {
            command != "demo" || welcome.iter().any(|line| line.ends_with("alerts"))
        };
        while url.is_none() || !whole(&welcome) {
            match heard.recv_timeout(COMES_UP_WITHIN) {
                Ok(line) => {
                    if let Some(address) = line.strip_prefix("listening on ") {
                        url = Some(address.trim().to_owned());
                    }
                    welcome.push(line);
                }
                Err(_) => {
                    let _ = process.kill();
                    let mut complaint = welcome.join("\n");
                    if let Some(stderr) = process.stderr.as_mut() {
                        let _ = stderr.read_to_string(&mut complaint);
                    }
                    return Err(HarnessError::NotUp(complaint));
                }
            }
        }
        let url = url.unwrap_or_default();
        Ok(Self { process, command, place: place.clone(), url, welcome })
    }

    /// Kills the process as `kill -9` does, at whatever it is doing, and starts it again on the
    /// same database and port.
    ///
    /// # Errors
    /// When it does not come up again.
    pub fn kill_and_restart(&mut self) -> Result<(), HarnessError> {
        self.kill()?;
        let address = self.url.trim_start_matches("http://").to_owned();
        let again = Self::start(self.command, &self.place, &address)?;
        *self = again;
        Ok(())
    }

    /// Kills the process as `kill -9` does.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill(&mut self) -> Result<(), HarnessError> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The enrolment code that the welcome gives for a phone of `login`.
    #[must_use]
    pub fn enrolment_code(&self, login: &str) -> Option<&str> {
        let seat = self.welcome.iter().find(|line| line.starts_with(&format!("{login} ")))?;
        seat.split("code ").nth(1).map(str::trim)
    }

    /// Runs another command of `saldo` on this server's database, such as `jobs run`.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn command(&self, arguments: &[&str]) -> Result<Output, HarnessError> {
        Ok(saldo()?.args(arguments).args(self.place.arguments()).output()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Reads the process's output so that it never waits for us.
fn listen_to(process: &mut Child) -> mpsc::Receiver<String> {
    let (say, heard) = mpsc::channel();
    if let Some(stdout) = process.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody may be listening any more, but the process must be able to talk on.
                let _ = say.send(line);
            }
        });
    }
    heard
}
