//! Who may enter the databases.

use super::Flavour;
use super::pair::Credentials;

/// The system under test gets no SUPER and no READ_ONLY ADMIN: the replica refuses its writes.
const APPLICATION: &str = "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, TRIGGER, \
     CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, CREATE TEMPORARY TABLES, PROCESS ON *.* TO app@'%'";

pub(crate) fn harness() -> Credentials {
    Credentials { user: "pitfall".into(), password: "pitfall".into() }
}

pub(crate) fn application() -> Credentials {
    Credentials { user: "app".into(), password: "app".into() }
}

/// The statements that make them on a server with nobody but root.
pub(crate) fn statements(flavour: Flavour) -> Vec<&'static str> {
    let nobody: &[&str] = match flavour {
        Flavour::MariaDb => &["DELETE FROM mysql.global_priv WHERE User = ''", "FLUSH PRIVILEGES"],
        Flavour::MySql => &[],
    };
    let users = [
        "CREATE USER pitfall@'%' IDENTIFIED BY 'pitfall'",
        "GRANT ALL ON *.* TO pitfall@'%' WITH GRANT OPTION",
        "CREATE USER app@'%' IDENTIFIED BY 'app'",
        APPLICATION,
    ];
    [nobody, users.as_slice()].concat()
}
