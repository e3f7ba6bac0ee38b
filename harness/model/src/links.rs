//! Which placeholders a role may use, and the links that they ask for.

use indexmap::IndexMap;

use crate::{
    calls_check::nobody_serves,
    diagnostic::Diagnostic,
    plan::{PlannedLink, PlannedRole, Target},
    scenario::{Scenario, Variant},
    source::Source,
    system::{Role, System},
    system_check::nothing_is_called,
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

/// The names of every placeholder that has a meaning in the command and environment of `role`.
pub(crate) fn placeholders_of(system: &System, role: &Role) -> Vec<String> {
    let mut known: Vec<String> = SERVERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.extend(["seed", "bin"].map(str::to_owned));
    known.extend(role.serves.as_ref().map(|_| "listen".to_owned()));
    known.extend(system.topics.keys().map(|topic| format!("topic.{topic}")));
    known.extend(system.groups.iter().map(|group| format!("group.{group}")));
    known.extend(system.databases.keys().map(|database| format!("database.{database}")));
    known.extend(served(system));
    known
}

/// `NAME.url` of every role that serves.
pub(crate) fn served(system: &System) -> impl Iterator<Item = String> {
    system.roles.values().filter_map(|role| role.serves.as_ref()).map(|served| format!("{served}.url"))
}

/// Every link that the roles' placeholders ask for, in the roles' order.
pub(crate) fn of(
    roles: &IndexMap<String, PlannedRole>,
    scenario: &Source<Scenario>,
    variant: (&str, &Variant),
    system: &System,
) -> Result<Vec<PlannedLink>, Diagnostic> {
    let mut links: Vec<PlannedLink> = Vec::new();
    for (role, planned) in roles {
        let known = system.roles.get(role).map_or_else(Vec::new, |role| placeholders_of(system, role));
        let texts = planned.env.iter().map(|(name, text)| (Some(name), text));
        for (variable, text) in texts.chain(planned.command.iter().map(|word| (None, word))) {
            for name in placeholders(text) {
                let place = || match variable {
                    Some(of) if variant.1.env.contains_key(of) => {
                        scenario.place(&["variants", variant.0, "env", of])
                    }
                    Some(of) if scenario.data.env.contains_key(of) => scenario.place(&["env", of]),
                    _ => scenario.place(&["instances"]),
                };
                if !known.iter().any(|known| known == name) {
                    return Err(scenario.error(place(), nothing_is_called(name, &known)));
                }
                let target = target(name, roles, system).map_err(|why| {
                    scenario.error(place(), format!("`{{{name}}}` of role `{role}` has no value: {why}"))
                })?;
                let link = target.map(|target| PlannedLink { role: role.clone(), target });
                links.extend(link.filter(|link| !links.contains(link)));
            }
        }
    }
    Ok(links)
}

/// Where a placeholder leads, if to a server; or why nobody is there.
fn target(
    name: &str,
    roles: &IndexMap<String, PlannedRole>,
    system: &System,
) -> Result<Option<Target>, String> {
    if let Some((_, target)) = SERVERS.iter().find(|(known, _)| *known == name) {
        return Ok(Some(target.clone()));
    }
    let Some(served) = name.strip_suffix(".url") else { return Ok(None) };
    let serves = |role: &Role| role.serves.as_deref() == Some(served);
    if !system.roles.values().any(serves) {
        return Ok(None);
    }
    nobody_serves(served, roles, system).map_or_else(|| Ok(Some(Target::Served(served.to_owned()))), Err)
}
