//! What a client says that it did.
//!
//! Each program in `clients/` takes a bootstrap address, a topic of two partitions (also the group's name), the group protocol,
//! a path, a number and compressions. With each compression it produces so many records: `key-0` and so on as the keys, the
//! compression's name as the value, `producer-` and that name as the client's id. Then `consumer` consumes them all in a group,
//! commits, sees `stranger`, who is no member, commit and be refused, waits until there is a file at that path, and leaves. It
//! says so in these words, one line each; other lines are the library's:
//!
//! ```text
//! produced COMPRESSION PARTITION OFFSET KEY
//! consumed COMPRESSION PARTITION OFFSET KEY
//! committed PARTITION OFFSET
//! broker HOST:PORT       each broker that it knows of
//! refused                the stranger was
//! waiting
//! left
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Compression, partition, offset and key.
pub(crate) type Record = (String, i32, i64, String);

#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) produced: BTreeSet<Record>,
    pub(crate) consumed: BTreeSet<Record>,
    pub(crate) committed: BTreeMap<i32, i64>,
    pub(crate) brokers: BTreeSet<SocketAddr>,
    pub(crate) refused: bool,
    pub(crate) left: bool,
}

impl Report {
    pub(crate) fn read(text: &str) -> Report {
        let mut report = Report::default();
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["produced", codec, partition, offset, key] => {
                    report.produced.insert(record(codec, partition, offset, key));
                }
                ["consumed", codec, partition, offset, key] => {
                    report.consumed.insert(record(codec, partition, offset, key));
                }
                ["committed", partition, offset] => {
                    report.committed.insert(partition.parse().unwrap(), offset.parse().unwrap());
                }
                ["broker", address] => {
                    report.brokers.insert(address.parse().unwrap());
                }
                ["refused"] => report.refused = true,
                ["left"] => report.left = true,
                _ => {}
            }
        }
        report
    }
}

pub(crate) fn is_waiting(text: &str) -> bool {
    text.lines().any(|line| line == "waiting")
}

fn record(codec: &str, partition: &str, offset: &str, key: &str) -> Record {
    (codec.to_owned(), partition.parse().unwrap(), offset.parse().unwrap(), key.to_owned())
}
