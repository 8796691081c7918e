//! `--db` and `--database-url`: which company's database a command works on.

use std::path::{Path, PathBuf};

use saldo_core::time::UtcMillis;

use super::CliError;
use crate::serve::DataFile;
use crate::store::company::{self, Company};
use crate::store::{Db, policies};

/// Which company's database a command works on.
#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseArgs {
    /// The company's database in a file (SQLite) [env: SALDO_DB] [default: saldo-data/saldo.db]
    #[arg(long, value_name = "FILE", conflicts_with = "database_url")]
    db: Option<PathBuf>,
    /// The company's database in PostgreSQL 15 or later, such as
    /// postgres://saldo:PASSWORD@db.example.com/saldo [env: DATABASE_URL]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Where a company's database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database, by URL.
    Postgres(String),
}

/// A database that was opened to be served.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) db: Db,
    /// Nobody else serves the file while this is held.
    _file: Option<DataFile>,
}

impl DatabaseArgs {
    /// What was said on the command line, then what the environment says, then the default.
    ///
    /// # Errors
    /// When the environment names two databases, or the URL is not one of PostgreSQL.
    pub(super) fn place(&self) -> Result<Place, CliError> {
        let from_environment = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Place::named(
            self.db.clone(),
            self.database_url.clone(),
            from_environment("SALDO_DB").map(PathBuf::from),
            from_environment("DATABASE_URL").map(|url| url.to_string_lossy().into_owned()),
        )
    }

    /// Opens the database; makes it, its folder, the company and the default policy when they are
    /// missing.
    ///
    /// # Errors
    /// When folder or file cannot be written, or the database fails.
    pub async fn open(&self, now: UtcMillis) -> Result<Db, CliError> {
        let place = self.place()?;
        if let Place::File(file) = &place {
            make_folder_of(file)?;
        }
        let db = place.open().await?;
        let mut tx = db.begin_write().await?;
        policies::ensure_default(&mut tx, now).await?;
        let company = Company { name: "The company".to_owned(), is_demo: false, created_at: now };
        company::ensure(&mut tx, &company).await?;
        tx.commit().await?;
        Ok(db)
    }

    /// Opens a database that is there.
    ///
    /// # Errors
    /// When there is none, or it fails.
    pub async fn open_existing(&self) -> Result<Db, CliError> {
        let place = self.place()?;
        if let Place::File(file) = &place
            && !file.exists()
        {
            return Err(CliError::NoDatabase(place.to_string()));
        }
        let db = place.open().await?;
        if matches!(place, Place::Postgres(_)) {
            let mut tx = db.begin_read().await?;
            if company::load(&mut tx).await?.is_none() {
                return Err(CliError::NoDatabase(place.to_string()));
            }
        }
        Ok(db)
    }

    /// Opens the database to serve it, making it when it is not there: a file for this process alone,
    /// a PostgreSQL database together with other nodes.
    ///
    /// # Errors
    /// When another server works on the file, or the database cannot be opened.
    pub(super) async fn serve(&self) -> Result<Served, CliError> {
        match self.place()? {
            Place::File(file) => {
                let file = DataFile::claim(&file)?;
                Ok(Served { db: file.open().await?, _file: Some(file) })
            }
            place @ Place::Postgres(_) => Ok(Served { db: place.open().await?, _file: None }),
        }
    }

    /// The file, of a command that works on files only.
    ///
    /// # Errors
    /// When it is a PostgreSQL database; `instead` says what helps there.
    pub(super) fn file(&self, instead: &'static str) -> Result<PathBuf, CliError> {
        match self.place()? {
            Place::File(file) => Ok(file),
            Place::Postgres(_) => Err(CliError::OnlyOfFiles(instead)),
        }
    }
}

impl Place {
    fn named(
        file: Option<PathBuf>,
        url: Option<String>,
        file_of_environment: Option<PathBuf>,
        url_of_environment: Option<String>,
    ) -> Result<Self, CliError> {
        match (file, url, file_of_environment, url_of_environment) {
            (Some(file), ..) => Ok(Self::File(file)),
            (None, Some(url), ..) => Self::of_url(url),
            (None, None, Some(_), Some(_)) => Err(CliError::TwoDatabases),
            (None, None, Some(file), None) => Ok(Self::File(file)),
            (None, None, None, Some(url)) => Self::of_url(url),
            (None, None, None, None) => Ok(Self::File(PathBuf::from("saldo-data/saldo.db"))),
        }
    }

    /// A PostgreSQL database.
    ///
    /// # Errors
    /// When the URL is not one of PostgreSQL.
    pub(super) fn of_url(url: String) -> Result<Self, CliError> {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            Some("postgres" | "postgresql") => Ok(Self::Postgres(url)),
            _ => Err(CliError::UnknownUrl(without_password(&url))),
        }
    }

    pub(super) async fn open(&self) -> Result<Db, CliError> {
        match self {
            Self::File(file) => Ok(Db::open_sqlite(file).await?),
            Self::Postgres(url) => Db::connect_postgres(url)
                .await
                .map_err(|error| CliError::NotConnected { url: without_password(url), error }),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(f),
            Self::Postgres(url) => without_password(url).fmt(f),
        }
    }
}

/// A URL as it may be shown: the password is between the first colon behind the scheme and the last @
/// before the host, or a parameter.
fn without_password(url: &str) -> String {
    let (address, parameters) = match url.split_once('?') {
        Some((address, parameters)) => (address, Some(parameters)),
        None => (url, None),
    };
    let mut shown =
        match address.split_once("://").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
            Some((scheme, Some((user, host)))) => {
                let user = user.split_once(':').map_or(user, |(user, _)| user);
                format!("{scheme}://{user}@{host}")
            }
            _ => address.to_owned(),
        };
    let harmless = parameters.unwrap_or_default().split('&').filter(|parameter| {
        !parameter.is_empty() && !parameter.to_ascii_lowercase().contains("password")
    });
    for (number, parameter) in harmless.enumerate() {
        shown.push(if number == 0 { '?' } else { '&' });
        shown.push_str(parameter);
    }
    shown
}

fn make_folder_of(file: &Path) -> Result<(), CliError> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .map_err(|error| CliError::NotWritable { file: folder.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_command_line_goes_before_the_environment() {
        let (a, b) = (Some(PathBuf::from("a.db")), Some(PathBuf::from("b.db")));
        let file = |file: &Option<PathBuf>| Place::File(file.clone().unwrap());
        let postgres = |url: &str| Place::Postgres(url.to_owned());
        let named =
            |file, url, file_env, url_env| Place::named(file, url, file_env, url_env).unwrap();
        assert_eq!(named(a.clone(), None, b.clone(), url("postgres://x/y")), file(&a));
        assert_eq!(
            named(None, url("postgresql://x/z"), b.clone(), url("postgres://x/y")),
            postgres("postgresql://x/z")
        );
        assert_eq!(named(None, None, b.clone(), None), file(&b));
        assert_eq!(named(None, None, None, url("postgres://x/y")), postgres("postgres://x/y"));
        assert_eq!(named(None, None, None, None), Place::File("saldo-data/saldo.db".into()));
        let two = Place::named(None, None, b, url("postgres://x/y")).unwrap_err();
        assert!(matches!(two, CliError::TwoDatabases), "{two}");
    }

    #[test]
    fn another_databases_url_is_told_without_its_password() {
        for foreign in ["mysql://me:secret@host/x", "sqlite:saldo.db", "saldo.db"] {
            let error = Place::of_url(foreign.to_owned()).unwrap_err().to_string();
            assert!(error.contains("--db") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (whole, shown) in [
            ("postgres://me:se@cr:et@host:5432/db", "postgres://me@host:5432/db"),
            ("postgres://me@host/db?host=/run/x", "postgres://me@host/db?host=/run/x"),
            (
                "postgres://host/db?password=secret&sslmode=require",
                "postgres://host/db?sslmode=require",
            ),
            ("postgres:///db", "postgres:///db"),
        ] {
            assert_eq!(without_password(whole), shown);
        }
    }
}
