//! A rep's phone: the terminal phone in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::HarnessError;
use crate::program::saldo;

/// A phone. Each call is a process of its own, as if the app were closed in between.
#[derive(Debug)]
pub struct Phone {
    folder: PathBuf,
}

/// What the phone said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether the command did what it should.
    pub done: bool,
    /// What it printed, errors included.
    pub text: String,
}

impl Said {
    /// Whether every one of `parts` was said.
    #[must_use]
    pub fn all_of(&self, parts: &[&str]) -> bool {
        parts.iter().all(|part| self.text.contains(part))
    }
}

impl Phone {
    /// A new phone that keeps its data under `folder`.
    #[must_use]
    pub fn new(folder: &Path, name: &str) -> Self {
        Self { folder: folder.join(format!("phone-of-{name}")) }
    }

    /// Runs `saldo rep` with these arguments.
    ///
    /// # Errors
    /// When the program cannot be run.
    pub fn run(&self, arguments: &[&str]) -> Result<Said, HarnessError> {
        let output = saldo()?.arg("rep").arg("--dir").arg(&self.folder).args(arguments).output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Said {
            done: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        })
    }

    /// Runs the command and kills it as `kill -9` does after `wait`, whatever it is doing.
    ///
    /// # Errors
    /// When the program cannot be run.
    pub fn run_and_kill(&self, arguments: &[&str], wait: Duration) -> Result<(), HarnessError> {
        let mut process = saldo()?
            .arg("rep")
            .arg("--dir")
            .arg(&self.folder)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        std::thread::sleep(wait);
        let _ = process.kill();
        process.wait()?;
        Ok(())
    }
}
