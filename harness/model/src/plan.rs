//! The plan: what a scenario's variant means, with every default filled in and every name checked.
//! Printable, without side effects; it stands in each run directory as `plan.json`.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    condition::Condition,
    fills::PlannedFill,
    judging::Judging,
    platform::{Delay, Platform, Route},
    scenario::{BrokerAct, Needs, Orders, ProcessAct, Scale},
    speech::{On, Speech},
    system::{Action, Database, Ready, Topic},
    toxic::{Stream, Toxic},
};

/// One variant of one scenario, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// `system::ID-name::variant`.
    pub name: String,
    /// What people are told of it.
    #[serde(flatten)]
    pub account: Account,
    /// By how much it is scaled down.
    pub scale: Scale,
    /// So many times longer than at its own scale it takes, and is waited for.
    #[serde(default = "crate::scenario::one", skip_serializing_if = "is_one")]
    pub longer: f64,
    /// What the environment must offer.
    pub needs: Needs,
    /// Folder of the system's `pitfall.toml`: commands run there.
    pub folder: PathBuf,
    /// Builds the system.
    pub build: Vec<String>,
    /// Topics to make.
    pub topics: IndexMap<String, Topic>,
    /// Consumer groups.
    pub groups: Vec<String>,
    /// Databases to make.
    pub databases: IndexMap<String, Database>,
    /// Roles that have instances.
    pub roles: IndexMap<String, PlannedRole>,
    /// Roles that run from the beginning, in order.
    pub first: Vec<String>,
    /// Every link that is opened.
    pub links: Vec<PlannedLink>,
    /// Whether the run bends replication, and so needs a source-replica pair of its own.
    pub own_pair: bool,
    /// The mocked platform.
    pub platform: Platform,
    /// The workload.
    pub steps: Vec<PlannedStep>,
    /// What goes wrong.
    pub faults: Vec<PlannedFault>,
    /// Events of links that are told though nothing waits for them: of those that are otherwise told only then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
    /// What a sweep is made of, if it is to be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<PlannedSweep>,
    /// When it is over.
    pub settle: PlannedSettle,
    /// What can be asked of the system.
    pub actions: IndexMap<String, Action>,
    /// What it is judged on.
    pub judging: Judging,
}

fn is_one(longer: &f64) -> bool {
    *longer == 1.0
}

/// A role with its environment merged: system, scenario, variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedRole {
    /// Program and arguments, templated; with `image`, arguments only.
    pub command: Vec<String>,
    /// The image of its container, if it is not a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Environment variables, templated.
    pub env: BTreeMap<String, String>,
    /// When it is ready.
    pub ready: Ready,
    /// The name under which others reach it.
    pub serves: Option<String>,
    /// How many processes.
    pub instances: u32,
}

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The Kafka cluster.
    Kafka,
    /// The database that is written to.
    MysqlSource,
    /// The database that follows.
    MysqlReplica,
    /// The mocked platform.
    Platform,
    /// Where alerts go.
    Alerts,
    /// A role that serves under this name.
    Served(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kafka => "kafka",
            Self::MysqlSource => "mysql-source",
            Self::MysqlReplica => "mysql-replica",
            Self::Platform => "platform",
            Self::Alerts => "alerts",
            Self::Served(name) => name,
        })
    }
}

/// A link of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedLink {
    /// Whose connections it carries.
    pub role: String,
    /// Where it leads.
    pub target: Target,
}

/// The link that replication runs over.
pub const REPLICATION: &str = "replica->source";

impl PlannedLink {
    /// `role->target`.
    pub fn name(&self) -> String {
        format!("{}->{}", self.role, self.target)
    }

    /// The names of the links that are opened for it: its own, or `role->kafka/1`, `role->kafka/2` and so on, one for each
    /// broker of a cluster, by node id.
    pub fn names(&self, needs: &Needs) -> Vec<String> {
        match self.target {
            Target::Kafka if needs.own_cluster() => {
                (1..=needs.brokers).map(|id| format!("{}/{id}", self.name())).collect()
            }
            _ => vec![self.name()],
        }
    }
}

/// Tells a link to one broker of a cluster: `consumer->kafka/2` is `consumer->kafka` to broker 2. Other names are as they are.
pub fn split_broker(link: &str) -> (&str, Option<i32>) {
    let split = link.rsplit_once('/').filter(|(whole, _)| whole.ends_with("->kafka"));
    match split.and_then(|(whole, broker)| Some((whole, broker.parse().ok()?))) {
        Some((whole, broker)) => (whole, Some(broker)),
        None => (link, None),
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedStep {
    /// The step's name.
    pub step: String,
    /// What is awaited first.
    pub when: Option<Condition>,
    /// Topics that operations change then.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub topics: IndexMap<String, ChangedTopic>,
    /// Rows then put into tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<PlannedFill>,
    /// Roles started then.
    pub start: Vec<String>,
    /// The calls then made.
    pub calls: Option<Calls>,
}

/// A topic as operations leave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChangedTopic {
    /// How many partitions it had; 0 if it was not there.
    pub had: i32,
    /// What it is from then on, whole.
    pub topic: Topic,
}

/// Calls of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Calls {
    /// Which action.
    pub action: String,
    /// For which orders.
    pub orders: Orders,
    /// How often for each.
    pub copies: u32,
    /// A status that a call may be answered with beside 2xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_answer: Option<u16>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedFault {
    /// The fault's name.
    pub name: String,
    /// When it begins.
    pub begin: Condition,
    /// When it ends; with the run, if `None`.
    pub end: Option<Condition>,
    /// What must be seen while it acts.
    pub proof: Condition,
    /// What it does.
    pub does: Doing,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// Bends links.
    Toxic {
        /// By name, each planned.
        links: Vec<String>,
        /// How.
        toxic: Toxic,
        /// In which direction.
        stream: Stream,
    },
    /// Speaks on links.
    Speech {
        /// By name, each planned.
        links: Vec<String>,
        /// To which requests or answers.
        on: On,
        /// To how many of them on each link; to all, if `None`.
        times: Option<u64>,
        /// What.
        speech: Speech,
    },
    /// Makes the platform slow.
    Slow(BTreeMap<Route, Delay>),
    /// Does something to processes.
    Process(PlannedProcess),
    /// Does something to a broker of the run's own cluster.
    Broker(PlannedBroker),
}

/// What is done to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedBroker {
    /// Its node id; if `None`, the one on whose link the event that began the fault was seen, else the first.
    pub id: Option<i32>,
    /// What.
    pub does: BrokerAct,
}

/// What is done to processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedProcess {
    /// Of which role.
    pub role: String,
    /// Which instance; if `None`, the one whose request began the fault, else the first.
    pub instance: Option<u32>,
    /// What.
    pub does: ProcessAct,
    /// With `scale`: how many instances there are from then on.
    pub to: Option<u32>,
    /// Whether those that end are put out of their groups at once, so that nobody waits for their sessions to time out.
    pub leaves_group: bool,
}

/// A crash-point sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedSweep {
    /// Whose requests, and whose processes.
    pub role: String,
    /// The points at which the variant shows what it expects.
    pub breaks: Vec<String>,
}

/// When the run is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedSettle {
    /// Awaited after the last step.
    pub when: Condition,
    /// Then nothing seen for so long.
    #[serde(with = "humantime_serde")]
    pub quiet: Duration,
    /// Both within this.
    #[serde(with = "humantime_serde")]
    pub within: Duration,
}
