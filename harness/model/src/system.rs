//! `pitfall.toml`: what a system under test says of itself.

use std::{collections::BTreeMap, path::PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{
    diagnostic::{self, Diagnostic},
    effect::{Effect, TableEffect},
    source::Source,
    system_check,
};

/// A system under test, as its `pitfall.toml` describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct System {
    /// The name that scenarios use.
    pub name: String,
    /// A command that builds the system, run once before its first scenario, in the file's folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub build: Vec<String>,
    /// Topics it reads and writes.
    #[serde(default)]
    pub topics: IndexMap<String, Topic>,
    /// Consumer groups it uses.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Databases it uses.
    #[serde(default)]
    pub databases: IndexMap<String, Database>,
    /// Its processes.
    pub roles: IndexMap<String, Role>,
    /// Where its work shows.
    #[serde(default)]
    pub effects: IndexMap<String, Effect>,
    /// Tables that hold the truth its effects are held against.
    #[serde(default)]
    pub truth: IndexMap<String, TableEffect>,
    /// What can be asked of it from outside while it runs.
    #[serde(default)]
    pub actions: IndexMap<String, Action>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Topic {
    /// Number of partitions.
    pub partitions: i32,
    /// JSON pointer to the order id in a message, e.g. `/order_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// JSON pointer to the status in a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// JSON pointer to the version of its order that a message carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Kafka's topic settings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Database {
    /// SQL file that makes its tables, relative to `pitfall.toml`.
    pub schema: PathBuf,
}

/// A kind of process of the system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Role {
    /// Program and arguments; `{bin}` is the folder of the binaries built beside this test binary. With `image`, arguments for
    /// the image's entrypoint.
    #[serde(default)]
    pub command: Vec<String>,
    /// It runs in a container of this image, not as a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its environment variables, templated (`{kafka.bootstrap}`, `{topic.orders}`, …).
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// When it counts as ready.
    pub ready: Ready,
    /// The name under which other roles reach it (`{NAME.url}`); it listens on `{listen}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves: Option<String>,
}

/// When a role counts as ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Ready {
    /// A path it serves answers 2xx.
    Http(String),
    /// The consumer group is stable and has a member for each instance.
    Group(String),
    /// Each instance has written a line that matches.
    Log(String),
    /// It has ended with code 0.
    Exit,
}

/// An HTTP call that the harness makes to the system, once for each order.
///
/// In `url` and `body`: `{NAME.url}` of a served role, `{order}`, and what is drawn ([`Drawn`](crate::Drawn)), a function of
/// the run's seed and the order alone: `{number:MIN-MAX}`, `{tailed:MIN-MAX}`, `{names:MIN-MAX}`, `{text:MIN-MAX}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Action {
    /// HTTP method.
    pub method: String,
    /// URL.
    pub url: String,
    /// JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Source<System> {
    /// Parses the text of a `pitfall.toml`.
    ///
    /// # Errors
    /// The first thing in it that is wrong, or that names what it does not have.
    pub fn system(path: impl Into<PathBuf>, text: &str) -> Result<Self, Diagnostic> {
        let path = path.into();
        let text = text.into();
        let data = diagnostic::parse(path.clone(), &text)?;
        let source = Source { path, text, data };
        system_check::check(&source)?;
        Ok(source)
    }
}
