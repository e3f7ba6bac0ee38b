//! The servers' settings, as arguments. No option file is read: what counts stands here.

use super::{Flavour, Role};

/// For every server, that which makes a template too.
const COMMON: &[&str] = &[
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--skip-name-resolve",
    "--event-scheduler=OFF",
    // Small and quick. A killed server loses nothing by it (the kernel holds the pages); only a dead machine would.
    "--innodb-buffer-pool-size=64M",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-doublewrite=OFF",
    "--innodb-fast-shutdown=1",
    "--key-buffer-size=1M",
];
const COMMON_MARIADB: &[&str] =
    &["--innodb-flush-method=fsync", "--innodb-log-file-size=16M", "--aria-pagecache-buffer-size=8M"];
const COMMON_MYSQL: &[&str] = &[
    "--innodb-flush-method=nosync",
    "--innodb-redo-log-capacity=32M",
    "--innodb-log-buffer-size=1M",
    "--loose-innodb-numa-interleave=OFF",
    // The kernel has room for few servers that use it.
    "--innodb-use-native-aio=OFF",
    "--loose-mysqlx=OFF",
    // Links read what passes; nothing leaves the machine.
    "--tls-version=",
    "--auto-generate-certs=OFF",
];

/// For a server that others use.
const SERVER: &[&str] = &[
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--binlog-row-image=FULL",
    // Column names and ENUM labels come with the events.
    "--binlog-row-metadata=FULL",
    "--sync-binlog=0",
    "--max-connections=500",
];
const SERVER_MARIADB: &[&str] = &[
    // Compressed events cannot be read by who follows the binlog.
    "--log-bin-compress=OFF",
    "--gtid-strict-mode=ON",
];
const SERVER_MYSQL: &[&str] =
    &["--binlog-transaction-compression=OFF", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"];

/// MariaDB tells failures in a file.
const ERROR_FILE: &[&str] = &[
    "--performance-schema=OFF",
    "--plugin-load-add=sql_errlog",
    "--loose-sql-error-log-with-db-and-thread-info=ON",
    // Failures only; never rotated away from who follows the file.
    "--loose-sql-error-log-warnings=OFF",
    "--sql-error-log-size-limit=9223372036854775807",
];
/// MySQL tells failures in a table; of the performance schema nothing else runs: it would double the memory and slow the start.
const ERROR_TABLE: &[&str] = &[
    "--performance-schema=ON",
    "--performance-schema-instrument=%=OFF",
    "--performance-schema-instrument=statement/%=ON",
    "--performance-schema-consumer-events-statements-current=ON",
    "--performance-schema-consumer-events-statements-history-long=ON",
    "--performance-schema-events-statements-history-long-size=10000",
    "--performance-schema-max-sql-text-length=1024",
    "--performance-schema-setup-actors-size=10",
    "--performance-schema-setup-objects-size=10",
];
/// What of the performance schema is given no room.
const UNUSED: &[&str] = &[
    "max-mutex-instances",
    "max-rwlock-instances",
    "max-cond-instances",
    "max-file-instances",
    "max-socket-instances",
    "max-table-instances",
    "max-table-handles",
    "max-index-stat",
    "max-table-lock-stat",
    "max-metadata-locks",
    "max-memory-classes",
    "digests-size",
    "events-waits-history-size",
    "events-waits-history-long-size",
    "events-stages-history-size",
    "events-stages-history-long-size",
    "events-transactions-history-size",
    "events-transactions-history-long-size",
    "events-statements-history-size",
    "max-digest-length",
    "max-program-instances",
    "max-prepared-statements-instances",
    "accounts-size",
    "users-size",
    "hosts-size",
    "session-connect-attrs-size",
    "max-mutex-classes",
    "max-rwlock-classes",
    "max-cond-classes",
    "max-file-classes",
    "max-socket-classes",
    "max-stage-classes",
    "error-size",
];
const REPLICA: &[&str] = &["--read-only=ON", "--relay-log=relay"];
const REPLICA_MARIADB: &[&str] = &[
    // Its own binlog shows when a row arrived.
    "--log-slave-updates=ON",
    "--skip-slave-start",
    // A link that is silent for this long is taken for broken; longer than any lag a scenario makes.
    "--slave-net-timeout=20",
];
const REPLICA_MYSQL: &[&str] = &[
    "--log-replica-updates=ON",
    "--skip-replica-start=ON",
    "--replica-net-timeout=20",
    // One after the other, as the source did.
    "--replica-parallel-workers=1",
];

/// For the server that makes a template: it keeps no binlog.
pub(crate) fn for_template(flavour: Flavour) -> Vec<String> {
    let own: &[&str] = match flavour {
        Flavour::MariaDb => &["--performance-schema=OFF", "--skip-log-bin"],
        Flavour::MySql => &["--performance-schema=OFF", "--disable-log-bin"],
    };
    strings(&[common(flavour).as_slice(), own])
}

/// For a server of a pair.
pub(crate) fn for_role(flavour: Flavour, role: Role) -> Vec<String> {
    let (server, replica) = match flavour {
        Flavour::MariaDb => (SERVER_MARIADB, REPLICA_MARIADB),
        Flavour::MySql => (SERVER_MYSQL, REPLICA_MYSQL),
    };
    let mut all = strings(&[common(flavour).as_slice(), SERVER, server]);
    match flavour {
        Flavour::MariaDb => all.extend(strings(&[ERROR_FILE])),
        Flavour::MySql => {
            all.extend(strings(&[ERROR_TABLE]));
            all.extend(UNUSED.iter().map(|size| format!("--performance-schema-{size}=0")));
        }
    }
    all.push(format!("--server-id={}", role.server_id()));
    if role == Role::Replica {
        all.extend(strings(&[REPLICA, replica]));
    }
    all
}

fn common(flavour: Flavour) -> Vec<&'static str> {
    let own = match flavour {
        Flavour::MariaDb => COMMON_MARIADB,
        Flavour::MySql => COMMON_MYSQL,
    };
    [COMMON, own].concat()
}

fn strings(lists: &[&[&str]]) -> Vec<String> {
    lists.concat().into_iter().map(str::to_owned).collect()
}
