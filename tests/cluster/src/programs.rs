//! Where PostgreSQL's programs are, and who runs them.

use std::path::{Path, PathBuf};

use crate::ClusterError;

/// The folder of PostgreSQL's programs.
#[derive(Debug)]
pub(crate) struct Programs(PathBuf);

impl Programs {
    /// On PATH, or where Debian and Ubuntu put them; of several versions the newest.
    pub(crate) fn find() -> Result<Self, ClusterError> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).find(|folder| is_folder_of_programs(folder));
        // A link on PATH need not have its neighbours beside it.
        let found = on_path.or_else(|| {
            let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
            versions
                .filter_map(|version| {
                    let version = version.ok()?;
                    let number: u32 = version.file_name().to_str()?.parse().ok()?;
                    let folder = version.path().join("bin");
                    (number >= 15 && is_folder_of_programs(&folder)).then_some((number, folder))
                })
                .max()
                .map(|(_, folder)| folder)
        });
        found.map(Self).ok_or(ClusterError::NotInstalled)
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.0.join(program)
    }
}

fn is_folder_of_programs(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).exists())
}

/// An account of the system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Account {
    /// Who is to run PostgreSQL, which refuses to run as root; `None`: whoever we are.
    pub(crate) fn to_run_as() -> Result<Option<Self>, ClusterError> {
        // The owner of our own process' folder is who we are, without asking the C library.
        let me = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self")?);
        if me != 0 {
            return Ok(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd")?;
        let named = |name: &str| {
            accounts.lines().find_map(|line| {
                let mut fields = line.split(':');
                let is_it = fields.next()? == name;
                let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
                is_it.then_some(Self { user, group })
            })
        };
        named("postgres").or_else(|| named("nobody")).map(Some).ok_or(ClusterError::NobodyToRunIt)
    }
}
