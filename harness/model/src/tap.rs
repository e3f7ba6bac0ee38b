//! Taps: what a run can be read from. The `run` event lists those that were read, so that nothing is judged by what nobody looked at.

use serde::{Deserialize, Serialize};

/// One thing that is read while a run goes on.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Tap {
    /// The messages of the run's topics, read back.
    Topics,
    /// Every commit in `__consumer_offsets`.
    Offsets,
    /// What groups look like from outside.
    Groups,
    /// Row changes in the binlog of the server that is written to.
    SourceBinlog,
    /// Row changes in the binlog of the server that follows.
    ReplicaBinlog,
    /// Statements that failed on the source.
    SqlErrors,
    /// What the mocked platform was asked and answered, with the alerts that came to it.
    Platform,
    /// Starts, ends and use of the system's processes.
    Processes,
    /// The lines that they write.
    Logs,
    /// The time in which the harness itself did not run.
    Stalls,
    /// What was said on links to Kafka.
    KafkaLinks,
    /// What was said on links to the databases.
    MysqlLinks,
    /// What was said on links to HTTP servers.
    HttpLinks,
}

impl Tap {
    /// All of them.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// What is read by it, as a sentence names it: `the source's binlog`.
    pub fn reads(self) -> &'static str {
        match self {
            Self::Topics => "the messages of topics",
            Self::Offsets => "the committed offsets",
            Self::Groups => "what groups look like from outside",
            Self::SourceBinlog => "the source's binlog",
            Self::ReplicaBinlog => "the replica's binlog",
            Self::SqlErrors => "the source's failed statements",
            Self::Platform => "the mocked platform's calls and alerts",
            Self::Processes => "the processes' starts and ends",
            Self::Logs => "the processes' log lines",
            Self::Stalls => "the harness's own stalls",
            Self::KafkaLinks => "what links to Kafka carry",
            Self::MysqlLinks => "what links to the databases carry",
            Self::HttpLinks => "what links to HTTP servers carry",
        }
    }

    /// What a history was read from that does not say: one older than the list, when every tap was read in every run.
    pub(crate) fn unsaid() -> Vec<Self> {
        Self::ALL.to_vec()
    }
}
