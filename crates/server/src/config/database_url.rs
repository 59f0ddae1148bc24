//! Where the database is, without letting its password slip into logs.

use std::fmt;
use std::path::Path;

use hongyan_store::Database;
use serde::{Deserialize, Serialize};

/// `sqlite:FILE` or `postgres://…`. Printing it hides the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// A URL as an operator writes it; checked by [`in_dir`](Self::in_dir).
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL, password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it names a file of SQLite.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }

    /// The database to open; a relative SQLite path is inside `data_dir`.
    pub fn in_dir(&self, data_dir: &Path) -> anyhow::Result<Database> {
        Ok(match Database::parse(&self.0)? {
            Database::Sqlite { path } => Database::Sqlite { path: data_dir.join(path) },
            postgres @ Database::Postgres { .. } => postgres,
        })
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self("sqlite:hongyan.db".to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str(&self.0);
        };
        // The password may hold an unescaped '@': everything up to the last one is credentials.
        match rest.rsplit_once('@') {
            Some((credentials, place)) => {
                let user = credentials.split(':').next().unwrap_or_default();
                write!(f, "{scheme}://{user}:***@{place}")
            }
            None => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_sqlite_path_is_inside_the_data_dir() {
        let sqlite_path = |url: &str| match DatabaseUrl::new(url).in_dir(Path::new("/d")).unwrap() {
            Database::Sqlite { path } => path,
            Database::Postgres { .. } => panic!("not SQLite"),
        };
        assert_eq!(sqlite_path("sqlite:x.db"), Path::new("/d/x.db"));
        assert_eq!(sqlite_path("sqlite:/e/x.db"), Path::new("/e/x.db"));
        assert_eq!(sqlite_path("sqlite:///e/x.db"), Path::new("/e/x.db"));
    }

    #[test]
    fn other_schemes_are_refused_without_showing_a_password() {
        for bad in ["", "sqlite:", "mysql://root:secret@h/d", "hongyan.db"] {
            let error = DatabaseUrl::new(bad).in_dir(Path::new("/d")).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_password_is_never_printed() {
        let url = DatabaseUrl::new("postgres://im:se@cret@db:5432/im");
        assert_eq!(url.to_string(), "postgres://im:***@db:5432/im");
        assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://im:***@db:5432/im)");
    }
}
