//! Whether the bounds in `[guarantees]` name what the system has.

use crate::{
    diagnostic::Diagnostic, nearest::did_you_mean, scenario::Scenario, source::Source, system::System,
};

/// Every name in `[guarantees]` stands in `pitfall.toml`.
pub(crate) fn check(scenario: &Source<Scenario>, system: &System) -> Result<(), Diagnostic> {
    let guarantees = &scenario.data.guarantees;
    let check = |kind: &str, name: &str, names: Vec<&String>| {
        if names.iter().any(|known| *known == name) {
            return Ok(());
        }
        let message =
            format!("no {kind} is called `{name}`{}", did_you_mean(name, names.iter().map(|n| n.as_str())));
        Err(scenario.error(scenario.find(&format!("\"{name}\"")), message))
    };
    let orders = [&guarantees.no_loss, &guarantees.order, &guarantees.convergence, &guarantees.idempotency];
    for bounds in orders.into_iter().flatten() {
        check("topic", &bounds.topic, system.topics.keys().collect())?;
        check("group", &bounds.group, system.groups.iter().collect())?;
        check("effect", &bounds.effect, system.effects.keys().collect())?;
    }
    if let Some(bounds) = &guarantees.completeness {
        check("topic", &bounds.topic, system.topics.keys().collect())?;
        check("effect", &bounds.effect, system.effects.keys().collect())?;
        check("effect", &bounds.parts, system.effects.keys().collect())?;
        check("table of truth", &bounds.truth, system.truth.keys().collect())?;
    }
    if let Some(bounds) = &guarantees.progress {
        check("topic", &bounds.topic, system.topics.keys().collect())?;
        check("group", &bounds.group, system.groups.iter().collect())?;
        check("role", &bounds.role, system.roles.keys().collect())?;
        check("effect", &bounds.effect, system.effects.keys().collect())?;
    }
    Ok(())
}
