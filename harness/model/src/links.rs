//! Which links a role needs: read off the placeholders in its environment and command.

use indexmap::IndexMap;

use crate::{
    diagnostic::Diagnostic,
    nearest::did_you_mean,
    plan::{PlannedLink, PlannedRole, Target},
    source::Source,
    system::System,
    template::placeholders,
};

/// Placeholders that lead to a server, and where.
const SERVERS: &[(&str, Target)] = &[
    ("kafka.bootstrap", Target::Kafka),
    ("mysql.source.url", Target::MysqlSource),
    ("mysql.replica.url", Target::MysqlReplica),
    ("platform.url", Target::Platform),
    ("alerts.url", Target::Alerts),
];

/// Every link that the roles' placeholders ask for, in the roles' order.
pub(crate) fn of(
    roles: &IndexMap<String, PlannedRole>,
    system: &Source<System>,
) -> Result<Vec<PlannedLink>, Diagnostic> {
    let mut links: Vec<PlannedLink> = Vec::new();
    for (role, planned) in roles {
        for text in planned.env.values().chain(&planned.command) {
            for name in placeholders(text) {
                let Some(target) = target(name, roles, system)? else { continue };
                let link = PlannedLink { role: role.clone(), target };
                if !links.contains(&link) {
                    links.push(link);
                }
            }
        }
    }
    Ok(links)
}

fn target(
    name: &str,
    roles: &IndexMap<String, PlannedRole>,
    system: &Source<System>,
) -> Result<Option<Target>, Diagnostic> {
    if let Some((_, target)) = SERVERS.iter().find(|(known, _)| *known == name) {
        return Ok(Some(target.clone()));
    }
    let served = roles.values().filter_map(|role| role.serves.as_ref());
    if let Some(served) = served.clone().find(|served| name.strip_suffix(".url") == Some(served)) {
        return Ok(Some(Target::Served(served.clone())));
    }
    let data = &system.data;
    let mut known: Vec<String> = ["listen", "seed", "bin"].map(str::to_owned).to_vec();
    known.extend(data.topics.keys().map(|topic| format!("topic.{topic}")));
    known.extend(data.groups.iter().map(|group| format!("group.{group}")));
    known.extend(data.databases.keys().map(|database| format!("database.{database}")));
    if known.iter().any(|known| known == name) {
        return Ok(None);
    }
    known.extend(SERVERS.iter().map(|(name, _)| (*name).to_owned()));
    known.extend(served.map(|served| format!("{served}.url")));
    let message =
        format!("nothing is called `{{{name}}}`{}", did_you_mean(name, known.iter().map(String::as_str)));
    Err(system.error(system.find(&format!("{{{name}}}")), message))
}
