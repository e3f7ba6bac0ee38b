//! Whether a scenario's conditions can be met: every name in them exists, and none waits for what cannot come.

use serde_spanned::Spanned;

use crate::{
    condition::Condition,
    diagnostic::Diagnostic,
    nearest::did_you_mean,
    plan::{PlannedLink, PlannedRole, REPLICATION},
    scenario::Scenario,
    source::Source,
    system::System,
};
use indexmap::IndexMap;

/// Every condition of the scenario, in the variant's roles and links.
pub(crate) fn check(
    scenario: &Source<Scenario>,
    system: &System,
    variant: &str,
    roles: &IndexMap<String, PlannedRole>,
    links: &[PlannedLink],
) -> Result<(), Diagnostic> {
    let check = Check { scenario, names: names(&scenario.data, system, roles, links) };
    let data = &scenario.data;
    check.names(&data.settle.when)?;
    check.no_time(&data.settle.when)?;
    for (at, step) in data.workload.iter().enumerate() {
        let Some(when) = &step.when else { continue };
        check.names(when)?;
        check.no_time(when)?;
        for later in &data.workload[at..] {
            check.comes(when, &["step-begun", "step-done"], "step", &later.step, "this step comes first")?;
        }
    }
    for fault in &data.faults {
        let name = fault.name.as_ref();
        if let Some(on) = &fault.on
            && let Ok(condition) = on.as_ref().condition()
        {
            check.names(&Spanned::new(on.span(), condition))?;
        }
        if let Some(proof) = proof(data, variant, name) {
            check.no_time(proof)?;
        }
        for (condition, never, why) in [
            (
                fault.begin.as_ref(),
                &["fault-armed", "fault-proved", "fault-healed"][..],
                "the fault has not begun",
            ),
            (fault.end.as_ref(), &["fault-healed"], "the fault has not ended"),
            (
                proof(data, variant, name),
                &["fault-proved", "fault-healed"],
                "the fault has to be proved first",
            ),
        ] {
            if let Some(condition) = condition {
                check.names(condition)?;
                check.comes(condition, never, "fault", name, why)?;
            }
        }
    }
    Ok(())
}

/// What must be seen of the fault in the variant.
pub(crate) fn proof<'s>(
    scenario: &'s Scenario,
    variant: &str,
    fault: &str,
) -> Option<&'s Spanned<Condition>> {
    let proofs = &scenario.variants.get(variant)?.proof;
    proofs.iter().find(|(of, _)| of.as_ref() == fault).map(|(_, proof)| proof)
}

/// Fields of events whose values are names that somebody gave, with what the name is of, and the names there are.
fn names(
    scenario: &Scenario,
    system: &System,
    roles: &IndexMap<String, PlannedRole>,
    links: &[PlannedLink],
) -> Vec<(&'static str, &'static str, Vec<String>)> {
    let faults: Vec<String> = scenario.faults.iter().map(|fault| fault.name.as_ref().clone()).collect();
    // A cluster's links are known together and each by itself.
    let each = links.iter().flat_map(|link| link.names(&scenario.needs));
    let links = links.iter().map(PlannedLink::name).chain(each).chain([REPLICATION.to_owned()]);
    vec![
        ("fault", "fault", faults.clone()),
        ("toxic", "fault", faults),
        ("step", "step", scenario.workload.iter().map(|step| step.step.clone()).collect()),
        ("role", "role with instances", roles.keys().cloned().collect()),
        ("topic", "topic", system.topics.keys().cloned().collect()),
        ("group", "group", system.groups.clone()),
        ("database", "database", system.databases.keys().cloned().collect()),
        ("action", "action", system.actions.keys().cloned().collect()),
        ("link", "link", links.collect()),
    ]
}

struct Check<'a> {
    scenario: &'a Source<Scenario>,
    names: Vec<(&'static str, &'static str, Vec<String>)>,
}

impl Check<'_> {
    fn names(&self, condition: &Spanned<Condition>) -> Result<(), Diagnostic> {
        for (field, kind, known) in &self.names {
            let unknown = |value: &&str| !known.iter().any(|known| known == value);
            if let Some(value) = condition.as_ref().values_of(field).find(unknown) {
                let near = did_you_mean(value, known.iter().map(String::as_str));
                return Err(self
                    .scenario
                    .error(condition.span(), format!("no {kind} is called `{value}`{near}")));
            }
        }
        Ok(())
    }

    /// Time alone is for faults.
    fn no_time(&self, condition: &Spanned<Condition>) -> Result<(), Diagnostic> {
        if condition.as_ref().has_time() {
            let message =
                "`after` says when a fault begins or ends: wait here for what happens, not for time";
            return Err(self.scenario.error(condition.span(), message));
        }
        Ok(())
    }

    /// The condition does not wait for an event of which `why` says that it cannot have come by then.
    fn comes(
        &self,
        condition: &Spanned<Condition>,
        events: &[&str],
        field: &str,
        value: &str,
        why: &str,
    ) -> Result<(), Diagnostic> {
        match events.iter().find(|event| condition.as_ref().awaits(event, field, value)) {
            Some(event) => {
                let message = format!("`{event} {field}={value}` cannot come here: {why}");
                Err(self.scenario.error(condition.span(), message))
            }
            None => Ok(()),
        }
    }
}
