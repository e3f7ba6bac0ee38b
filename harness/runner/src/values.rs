//! What placeholders stand for in one run.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use pitfall_environment::Credentials;
use pitfall_model::{Plan, Target, fill};

use crate::{error::RunError, names::Names};

/// Placeholder to value: those that hold for every role, and those of each role's own links.
pub(crate) struct Values {
    common: BTreeMap<String, String>,
    by_role: BTreeMap<String, BTreeMap<String, String>>,
}

impl Values {
    pub(crate) fn new(plan: &Plan, names: &Names, seed: u64, bin: &Path) -> Self {
        let mut common = BTreeMap::new();
        common.extend(plan.topics.keys().map(|topic| (format!("topic.{topic}"), names.on_kafka(topic))));
        common.extend(plan.groups.iter().map(|group| (format!("group.{group}"), names.on_kafka(group))));
        common.extend(plan.databases.keys().map(|name| (format!("database.{name}"), names.on_mysql(name))));
        common.insert("seed".into(), seed.to_string());
        common.insert("bin".into(), bin.display().to_string());
        Self { common, by_role: BTreeMap::new() }
    }

    /// `role` reaches `target` at `address`: `host:port`, of Kafka's brokers a list.
    pub(crate) fn link(&mut self, role: &str, target: &Target, address: &str, login: &Credentials) {
        let mysql = || format!("mysql://{}:{}@{address}", login.user, login.password);
        let (name, value) = match target {
            Target::Kafka => ("kafka.bootstrap".to_owned(), address.to_string()),
            Target::MysqlSource => ("mysql.source.url".to_owned(), mysql()),
            Target::MysqlReplica => ("mysql.replica.url".to_owned(), mysql()),
            Target::Platform => ("platform.url".to_owned(), format!("http://{address}")),
            Target::Alerts => ("alerts.url".to_owned(), format!("http://{address}/alerts")),
            Target::Served(served) => (format!("{served}.url"), format!("http://{address}")),
        };
        self.by_role.entry(role.to_owned()).or_default().insert(name, value);
    }

    /// `role` listens on `address`.
    pub(crate) fn listen(&mut self, role: &str, address: SocketAddr) {
        self.by_role.entry(role.to_owned()).or_default().insert("listen".into(), address.to_string());
    }

    /// `text` as `role` sees it.
    pub(crate) fn fill(&self, role: &str, text: &str) -> Result<String, RunError> {
        let own = self.by_role.get(role);
        let value = |name: &str| own.and_then(|own| own.get(name)).or_else(|| self.common.get(name)).cloned();
        fill(text, value).map_err(|name| RunError::NoValue { name, place: format!("role `{role}`") })
    }
}
