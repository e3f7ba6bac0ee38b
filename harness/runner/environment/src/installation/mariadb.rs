//! MariaDB 10.5 or newer: `mariadbd` and `mariadb-install-db` in `PATH` or `/usr/sbin`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SETUP, find_program, major_minor};
use crate::error::EnvironmentError;

const WANTED: (u32, u32) = (10, 5);

/// A MariaDB server.
#[derive(Clone, Debug)]
pub(crate) struct MariaDb {
    pub(crate) server: PathBuf,
    pub(crate) install_db: PathBuf,
    pub(crate) version: String,
}

impl MariaDb {
    pub(super) fn find() -> Result<MariaDb, EnvironmentError> {
        let remedy = format!("{SETUP}, or: apt-get install --no-install-recommends mariadb-server");
        let find = |names: &[&str]| {
            find_program(names).ok_or_else(|| EnvironmentError::Missing {
                what: names[0].into(),
                looked: "PATH and /usr/sbin".into(),
                remedy: remedy.clone(),
            })
        };
        let server = find(&["mariadbd", "mysqld"])?;
        let install_db = find(&["mariadb-install-db", "mysql_install_db"])?;
        let version = version(&server).unwrap_or_default();
        if !version.contains("MariaDB") || major_minor(&version) < WANTED {
            return Err(EnvironmentError::Unfit {
                what: format!("the MySQL server ({})", server.display()),
                found: if version.is_empty() { "of an unknown version".into() } else { version },
                wanted: format!("MariaDB {}.{} or newer", WANTED.0, WANTED.1),
                remedy,
            });
        }
        Ok(MariaDb { server, install_db, version })
    }
}

/// `mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)`
fn version(server: &Path) -> Option<String> {
    let output = Command::new(server).args(["--no-defaults", "--version"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.split_whitespace().skip_while(|word| *word != "Ver").nth(1)?.to_owned())
}
