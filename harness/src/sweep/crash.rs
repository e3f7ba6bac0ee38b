//! The plans of a sweep's runs.

use pitfall_model::{Condition, Doing, Plan, PlannedFault, PlannedProcess, ProcessAct};

use super::points::Point;

/// The fault's name.
const CRASH: &str = "crash";

/// The run in which points are found: links tell what points are made of, and nothing may break.
pub(super) fn without(plan: &Plan, told: &[&str]) -> Plan {
    let mut plan = plan.clone();
    plan.told.extend(told.iter().map(|event| (*event).to_owned()));
    plan.judging.expect.clear();
    plan
}

/// The run in which the role's process that makes the request dies there, and is started again at once. It is put out of its group,
/// so that nobody waits for its session to time out.
pub(super) fn at(plan: &Plan, role: &str, point: &Point, breaks: bool) -> Result<Plan, String> {
    let mut plan = plan.clone();
    let killed = format!("process-exited role={role} ~ \"^signal 9$\"");
    let healed = format!("{} and fault-healed fault={CRASH}", plan.settle.when);
    let (role, does) = (role.to_owned(), ProcessAct::Kill);
    let process = PlannedProcess { role, instance: None, does, to: None, leaves_group: true };
    plan.faults.push(PlannedFault {
        name: CRASH.to_owned(),
        begin: condition(&point.reached)?,
        end: Some(condition(&killed)?),
        proof: condition(&killed)?,
        does: Doing::Process(process),
    });
    plan.judging.must_prove.push(CRASH.to_owned());
    plan.settle.when = condition(&healed)?;
    if !breaks {
        plan.judging.expect.clear();
    }
    Ok(plan)
}

fn condition(text: &str) -> Result<Condition, String> {
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}
