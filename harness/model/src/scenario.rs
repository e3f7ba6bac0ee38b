//! A scenario file: one incident with its variants. Parse-only; [`crate::Plan`] is what it means.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_spanned::Spanned;

use crate::{
    anomaly::Anomaly,
    condition::Condition,
    diagnostic::{self, Diagnostic},
    figures::{self, Filled, Scaling},
    fills::Fill,
    guarantee::{Guarantee, Guarantees},
    platform::{Delay, Platform, Route},
    source::Source,
    speech::{On, Speech},
    toxic::{Stream, Toxic},
};

/// One incident, as its file tells it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Short id, e.g. `A3`.
    pub id: String,
    /// Name, e.g. `poll-eviction`.
    pub name: String,
    /// The system it runs, by the name in its `pitfall.toml`.
    pub system: Spanned<String>,
    /// When it happened.
    #[serde(default)]
    pub date: Option<Date>,
    /// What happened, in a few lines.
    pub story: String,
    /// Why it happened, in a sentence or two.
    #[serde(default)]
    pub cause: Option<String>,
    /// Title of the document that tells it.
    pub source: String,
    /// By how much time and volume are scaled down.
    #[serde(default)]
    pub scale: Scale,
    /// So many times longer than at that scale a run takes, when it is run at another.
    #[serde(skip, default = "one")]
    pub longer: f64,
    /// What it needs of the environment.
    #[serde(default)]
    pub needs: Needs,
    /// Instances of each role; a role not named has none.
    pub instances: IndexMap<Spanned<String>, u32>,
    /// Environment variables for every role, over those of `pitfall.toml`.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Topics made otherwise than `pitfall.toml` says.
    #[serde(default)]
    pub topics: IndexMap<Spanned<String>, TopicChange>,
    /// Rows that steps put into tables.
    #[serde(default)]
    pub fills: IndexMap<Spanned<String>, Fill>,
    /// The mocked platform's data.
    #[serde(default)]
    pub platform: Platform,
    /// The steps, one after the other.
    pub workload: Vec<Step>,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Makes each variant a crash-point sweep.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// When the run is over.
    pub settle: Settle,
    /// What it judges.
    pub guarantees: Guarantees,
    /// The system as it was, as they changed it, as one should write it.
    pub variants: IndexMap<String, Variant>,
}

/// When an incident happened, as precisely as its document tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Date {
    /// A day: a TOML date.
    Day(toml::value::Date),
    /// A month, written `"2022-02"`.
    Month(toml::value::Date),
}

impl TryFrom<toml::Value> for Date {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let of = |text: &str| text.parse::<toml::value::Datetime>().ok().and_then(|date| date.date);
        let date = match &value {
            toml::Value::Datetime(day) if day.time.is_none() => day.date.map(Self::Day),
            toml::Value::String(month) if month.len() == "2022-02".len() => {
                of(&format!("{month}-01")).map(Self::Month)
            }
            _ => None,
        };
        date.ok_or_else(|| {
            format!("`{value}` is no date: write a day, `2022-08-04`, or a month, `\"2022-02\"`")
        })
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Month(date) => write!(f, "{:04}-{:02}", date.year, date.month),
        }
    }
}

/// How much smaller than the incident a run is. Ratios are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scale {
    /// One second here is this many there.
    #[serde(deserialize_with = "above_zero")]
    pub time: f64,
    /// One piece here is this many there.
    #[serde(deserialize_with = "above_zero")]
    pub volume: f64,
}

impl Default for Scale {
    fn default() -> Self {
        Self { time: 1.0, volume: 1.0 }
    }
}

fn above_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let scale = f64::deserialize(deserializer)?;
    if scale.is_finite() && scale > 0.0 {
        return Ok(scale);
    }
    Err(D::Error::custom(format!("one here cannot be {scale} there: write a number above 0")))
}

pub(crate) fn one() -> f64 {
    1.0
}

/// What a scenario needs of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Needs {
    /// Kafka brokers.
    pub brokers: u32,
    /// No other run beside it, of those of this process.
    pub alone: bool,
}

impl Default for Needs {
    fn default() -> Self {
        Self { brokers: 1, alone: false }
    }
}

impl Needs {
    /// Whether that is more than the servers that all runs share: the run has a cluster of its own.
    pub fn own_cluster(&self) -> bool {
        self.brokers > 1
    }

    /// Why an environment that has `there` brokers cannot serve this, if so.
    pub fn unmet(&self, environment: &str, there: u32) -> Option<String> {
        let wanted = self.brokers;
        (wanted > there).then(|| format!("needs {wanted} brokers, environment `{environment}` has {there}"))
    }
}

/// What a scenario changes about a topic, before the run or at a step of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TopicChange {
    /// Number of partitions; before the run also 0: the topic is not there.
    pub partitions: Option<i32>,
    /// Kafka's topic settings.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

/// One step of the workload: awaits `when`, changes topics, fills tables, starts roles, then calls an action for each order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// The step's name.
    pub step: String,
    /// What is awaited first.
    #[serde(default)]
    pub when: Option<Spanned<Condition>>,
    /// Topics that operations make, enlarge or set otherwise then.
    #[serde(default)]
    pub topics: IndexMap<Spanned<String>, TopicChange>,
    /// Of each fill the number of rows that it has put in when the step is done.
    #[serde(default)]
    pub fill: IndexMap<Spanned<String>, u64>,
    /// Roles started, in order, each awaited until ready. Roles that no step starts run from the beginning.
    #[serde(default)]
    pub start: Vec<Spanned<String>>,
    /// An action of the system, called for each order.
    #[serde(default)]
    pub action: Option<Spanned<String>>,
    /// Orders, `FIRST..=LAST`.
    #[serde(default)]
    pub orders: Option<Spanned<Orders>>,
    /// How often the action is called for each order.
    #[serde(default)]
    pub copies: Option<u32>,
    /// A call may be answered with this status, too, from 400 on; any other that is not 2xx ends the run.
    #[serde(default)]
    pub may_answer: Option<u16>,
}

/// A range of order ids, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Orders {
    /// First order.
    pub first: u64,
    /// Last order.
    pub last: u64,
}

impl TryFrom<String> for Orders {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.split_once("..=").and_then(|(first, last)| {
            Some(Self { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? })
        });
        parsed
            .filter(|orders| orders.first <= orders.last)
            .ok_or_else(|| format!("`{text}` is no range of orders: write `FIRST..=LAST`, e.g. `1..=20`"))
    }
}

impl From<Orders> for String {
    fn from(orders: Orders) -> Self {
        format!("{}..={}", orders.first, orders.last)
    }
}

/// Something that goes wrong from `begin` to `end`: exactly one of `toxic` (with `link`), `speech` (with `link` and `on`), `slow`,
/// `process` and `broker`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// The fault's name.
    pub name: Spanned<String>,
    /// When it begins; from the start, if not said.
    #[serde(default)]
    pub begin: Option<Spanned<Condition>>,
    /// When it ends; with the run, if not said.
    #[serde(default)]
    pub end: Option<Spanned<Condition>>,
    /// The link it acts on, e.g. `consumer->mysql-source`; `sut->…` is that of every role.
    #[serde(default)]
    pub link: Option<Spanned<String>>,
    /// A toxic, with Toxiproxy's names.
    #[serde(default)]
    pub toxic: Option<Toxic>,
    /// The direction a toxic acts in: Toxiproxy's `downstream` (server to client) if not said.
    #[serde(default)]
    pub stream: Option<Stream>,
    /// Which requests or answers it speaks to.
    #[serde(default)]
    pub on: Option<Spanned<On>>,
    /// What is done to them.
    #[serde(default)]
    pub speech: Option<Spanned<Speech>>,
    /// To how many of them; to all, if not said.
    #[serde(default)]
    pub times: Option<u64>,
    /// Routes of the platform that take longer.
    #[serde(default)]
    pub slow: Option<BTreeMap<Route, Delay>>,
    /// What happens to processes of the system.
    #[serde(default)]
    pub process: Option<Spanned<ProcessFault>>,
    /// What happens to a broker of the run's own cluster.
    #[serde(default)]
    pub broker: Option<Spanned<BrokerFault>>,
}

/// What happens to processes of a role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProcessFault {
    /// Which role.
    pub role: String,
    /// Which instance, from 1; if not said, the one whose request began the fault, else the first.
    #[serde(default)]
    pub instance: Option<u32>,
    /// What happens.
    pub does: ProcessAct,
    /// With `scale`: how many instances there are from then on.
    #[serde(default)]
    pub to: Option<u32>,
}

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessAct {
    /// SIGKILL when the fault begins; started again when it ends, if it does.
    Kill,
    /// SIGSTOP when the fault begins, SIGCONT when it ends.
    Pause,
    /// When the fault begins: SIGTERM, its end awaited, and started again at once.
    Restart,
    /// As many instances as `to` says when the fault begins (those beyond get SIGTERM), as many as before when it ends.
    Scale,
}

/// What happens to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BrokerFault {
    /// Its node id, from 1; if not said, the one on whose link the event that began the fault was seen, else the first.
    #[serde(default)]
    pub id: Option<i32>,
    /// What happens.
    pub does: BrokerAct,
}

/// What happens to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BrokerAct {
    /// SIGKILL when the fault begins; started again when it ends, if it does.
    Kill,
    /// SIGSTOP when the fault begins, SIGCONT when it ends.
    Pause,
    /// SIGKILL when the fault begins, and again at each start that follows; when it ends, it is started and left alone.
    CrashLoop,
}

/// A crash-point sweep: the effectful requests of a clean run are its points, and the variant is run twice for each, with a
/// process of the role killed just before the request is forwarded, and just after it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sweep {
    /// Whose requests, and whose processes.
    pub role: Spanned<String>,
}

/// When the run is over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settle {
    /// What is awaited after the last step.
    pub when: Spanned<Condition>,
    /// After that, nothing the system does may have been seen for so long.
    #[serde(with = "humantime_serde")]
    pub quiet: Duration,
    /// Both within this; then the run is over all the same.
    #[serde(with = "humantime_serde")]
    pub within: Duration,
}

/// The system in one of its forms, and what it must show.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Variant {
    /// What this form of the system is, and what to look at, in a few lines.
    #[serde(default)]
    pub says: Option<String>,
    /// Instances of roles, over those of the scenario.
    #[serde(default)]
    pub instances: IndexMap<Spanned<String>, u32>,
    /// Its switches.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The anomalies it must show; these and what they imply, nothing else.
    pub expect: Vec<Anomaly>,
    /// What it promises; all of `[guarantees]`, if not said.
    #[serde(default)]
    pub promises: Option<Vec<Spanned<Guarantee>>>,
    /// How each fault proves that it bit: name of the fault to what must be seen while it acts.
    #[serde(default)]
    pub proof: IndexMap<Spanned<String>, Spanned<Condition>>,
    /// In a sweep: the points at which it shows what it expects; at all others, and without a crash, nothing.
    #[serde(default)]
    pub breaks: Vec<Spanned<String>>,
    /// Faults whose `begin` need not come here.
    #[serde(default)]
    pub may_not_come: Vec<Spanned<String>>,
}

impl Source<Scenario> {
    /// Parses the text of a scenario file, with its figures at the scale asked for.
    pub fn scenario(path: impl Into<PathBuf>, text: &str, scaling: Scaling) -> Result<Self, Diagnostic> {
        let path = path.into();
        let Filled { text, scale, longer } = figures::fill(&path, text, scaling)?;
        let mut data: Scenario = diagnostic::parse(path.clone(), &text)?;
        (data.scale, data.longer) = (scale, longer);
        Ok(Self { path, text, data })
    }
}
