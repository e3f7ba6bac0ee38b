//! Whether whoever is called runs: roles that serve, and the mocked platform's callers.

use indexmap::IndexMap;
use serde_spanned::Spanned;

use crate::{
    diagnostic::Diagnostic,
    plan::{PlannedLink, PlannedRole, Target},
    platform::Platform,
    scenario::Scenario,
    source::Source,
    system::System,
    template::placeholders,
};

/// Whoever the action calls runs.
pub(crate) fn action(
    name: &Spanned<String>,
    roles: &IndexMap<String, PlannedRole>,
    scenario: &Source<Scenario>,
    system: &System,
) -> Result<(), Diagnostic> {
    let Some(action) = system.actions.get(name.as_ref()) else { return Ok(()) };
    let texts = [Some(&action.url), action.body.as_ref()].into_iter().flatten();
    let mut served = texts.flat_map(|text| placeholders(text)).filter_map(|name| name.strip_suffix(".url"));
    match served.find_map(|served| nobody_serves(served, roles, system)) {
        Some(why) => {
            let message = format!("action `{}` calls nobody: {why}", name.as_ref());
            Err(scenario.error(name.span(), message))
        }
        None => Ok(()),
    }
}

/// Why nobody serves under this name, if a role that would does not run.
pub(crate) fn nobody_serves(
    served: &str,
    roles: &IndexMap<String, PlannedRole>,
    system: &System,
) -> Option<String> {
    let (server, _) = system.roles.iter().find(|(_, role)| role.serves.as_deref() == Some(served))?;
    (!roles.contains_key(server))
        .then(|| format!("role `{server}`, which serves it, does not run: give it `instances`"))
}

/// A mocked platform that is described, or made slow, is one that somebody calls.
pub(crate) fn platform(scenario: &Source<Scenario>, links: &[PlannedLink]) -> Result<(), Diagnostic> {
    if links.iter().any(|link| link.target == Target::Platform) {
        return Ok(());
    }
    let place = match scenario.data.faults.iter().position(|fault| fault.slow.is_some()) {
        Some(at) => scenario.place(&["faults", &at.to_string(), "slow"]),
        None if scenario.data.platform == Platform::default() => return Ok(()),
        None => scenario.place(&["platform"]),
    };
    let message = "no role that runs calls the platform: none has `{platform.url}` in its environment";
    Err(scenario.error(place, message))
}
