//! Every tap of a run, into the one history.
//!
//! A [`Recorder`] owns the file. A tap watches one thing from outside (topics, commits, groups, a binlog, the error
//! log, log lines, processes, the harness's own stalls) and records what it sees; all of them share the face
//! [`Tap`]. A tap that can no longer see says so ([`Tap::failed`]) instead of recording half of the truth.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod binlog;
mod kafka;
mod logs;
mod processes;
mod recorder;
mod sql_errors;
mod stalls;
mod status;
mod tap;
mod writer;

pub use binlog::{BinlogInput, BinlogTap};
pub use kafka::{
    CommitsInput, CommitsTap, Connection, Described, GroupsInput, GroupsTap, Topic, TopicsInput, TopicsTap,
};
pub use logs::LogsTap;
pub use processes::ProcessTap;
pub use recorder::{Recorder, RecorderError};
pub use sql_errors::{SqlErrorsInput, SqlErrorsSource, SqlErrorsTap};
pub use stalls::StallsTap;
pub use tap::{Tap, TapError};
