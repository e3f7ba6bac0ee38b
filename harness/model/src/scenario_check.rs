//! Whether a scenario file says what can be done, whatever the system: no name twice, nothing that is none.

use std::collections::BTreeSet;

use crate::{
    diagnostic::Diagnostic,
    platform_check,
    scenario::{Scenario, Variant},
    source::Source,
};

/// The first thing that is wrong.
pub(crate) fn check(scenario: &Source<Scenario>) -> Result<(), Diagnostic> {
    let check = Check { scenario };
    check.names()?;
    check.numbers()?;
    check.faults()?;
    platform_check::check(scenario)?;
    check.variants()
}

struct Check<'a> {
    scenario: &'a Source<Scenario>,
}

impl Check<'_> {
    fn error(&self, keys: &[&str], message: impl Into<String>) -> Diagnostic {
        self.scenario.error(self.scenario.place(keys), message)
    }

    /// Names become parts of tests' names and of folders; steps and faults are told apart by theirs.
    fn names(&self) -> Result<(), Diagnostic> {
        let data = &self.scenario.data;
        let variants = data.variants.keys().map(|name| (name, vec!["variants", name]));
        for (name, keys) in [(&data.id, vec!["id"]), (&data.name, vec!["name"])].into_iter().chain(variants) {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !name.starts_with(char::is_alphanumeric) || !name.chars().all(is_part) {
                let message = format!("`{name}` is no name: write letters, digits, `-`, `_` and `.`");
                return Err(self.error(&keys, message));
            }
        }
        let (mut steps, mut started) = (BTreeSet::new(), BTreeSet::new());
        for (at, step) in data.workload.iter().enumerate() {
            if !steps.insert(&step.step) {
                let keys = ["workload", &at.to_string(), "step"];
                return Err(self.error(&keys, format!("a step before is called `{}` too", step.step)));
            }
            for role in &step.start {
                if !started.insert(role.as_ref()) {
                    let message = format!("role `{}` is started already: a role starts once", role.as_ref());
                    return Err(self.scenario.error(role.span(), message));
                }
            }
        }
        let mut faults = BTreeSet::new();
        for fault in &data.faults {
            if !faults.insert(fault.name.as_ref()) {
                let message = format!("a fault before is called `{}` too", fault.name.as_ref());
                return Err(self.scenario.error(fault.name.span(), message));
            }
        }
        Ok(())
    }

    fn numbers(&self) -> Result<(), Diagnostic> {
        let data = &self.scenario.data;
        if data.instances.is_empty() {
            return Err(self.error(&["instances"], "no role runs: write e.g. `instances = { consumer = 2 }`"));
        }
        let of_variants = data.variants.values().flat_map(|variant| &variant.instances);
        if let Some((role, _)) = data.instances.iter().chain(of_variants).find(|(_, count)| **count == 0) {
            let message =
                format!("role `{}` has 0 instances: leave it out, then it does not run", role.as_ref());
            return Err(self.scenario.error(role.span(), message));
        }
        if let Some(at) = data.workload.iter().position(|step| step.copies == Some(0)) {
            let message = "0 copies are no call: leave `copies` out for one";
            return Err(self.error(&["workload", &at.to_string(), "copies"], message));
        }
        let succeeds = |status: u16| !(400..=599).contains(&status);
        if let Some(at) = data.workload.iter().position(|step| step.may_answer.is_some_and(succeeds)) {
            let message = "this status is no failure: write one from 400 to 599";
            return Err(self.error(&["workload", &at.to_string(), "may-answer"], message));
        }
        let without = data.topics.iter().find(|(_, topic)| topic.partitions.is_some_and(|n| n < 0));
        if let Some((name, _)) = without {
            let keys = ["topics", name.as_ref(), "partitions"];
            return Err(self.error(&keys, "a topic has at least 1 partition; 0: it is not there"));
        }
        if data.settle.quiet > data.settle.within {
            let message = "`quiet` is longer than `within`: the run could never settle";
            return Err(self.error(&["settle", "quiet"], message));
        }
        Ok(())
    }

    fn faults(&self) -> Result<(), Diagnostic> {
        for (at, fault) in self.scenario.data.faults.iter().enumerate() {
            let at = at.to_string();
            if fault.stream.is_some() && fault.toxic.is_none() {
                return Err(self.error(&["faults", &at, "stream"], "`stream` is the direction of a `toxic`"));
            }
            if fault.times.is_some() && fault.speech.is_none() {
                let message = "`times` says how often a `speech` is made";
                return Err(self.error(&["faults", &at, "times"], message));
            }
            if fault.times == Some(0) {
                let message = "0 times is no fault: leave `times` out for each time";
                return Err(self.error(&["faults", &at, "times"], message));
            }
            if fault.slow.as_ref().is_some_and(std::collections::BTreeMap::is_empty) {
                let message = "no route is slow: write e.g. `slow = { page = \"2s\" }`";
                return Err(self.error(&["faults", &at, "slow"], message));
            }
        }
        Ok(())
    }

    fn variants(&self) -> Result<(), Diagnostic> {
        let data = &self.scenario.data;
        if data.variants.is_empty() {
            return Err(self.error(&["variants"], "there is no variant to run: write `[variants.before]`"));
        }
        let judged = data.guarantees.judged();
        if judged.is_empty() {
            return Err(self.error(&["guarantees"], "nothing is judged: write e.g. `[guarantees.no-loss]`"));
        }
        for (name, variant) in &data.variants {
            self.breaks(name, variant)?;
            let Some(promises) = &variant.promises else { continue };
            if promises.is_empty() && variant.expect.is_empty() {
                let message = "nothing is promised and nothing expected: leave `promises` out to promise all";
                return Err(self.error(&["variants", name, "promises"], message));
            }
            let is_promised = |wanted| promises.iter().any(|promise| *promise.as_ref() == wanted);
            // Where nothing is promised, a variant that expects anomalies is judged on all there is.
            if let Some(anomaly) = variant
                .expect
                .iter()
                .find(|anomaly| !promises.is_empty() && !is_promised(anomaly.guarantee()))
            {
                let message = format!(
                    "`{anomaly}` is expected, but `promises` leaves out `{}`, which would find it",
                    anomaly.guarantee()
                );
                return Err(self.error(&["variants", name, "expect"], message));
            }
        }
        Ok(())
    }

    /// Where a variant of a sweep breaks, and only there.
    fn breaks(&self, name: &str, variant: &Variant) -> Result<(), Diagnostic> {
        let keys = ["variants", name, "expect"];
        match (&self.scenario.data.sweep, variant.breaks.first(), variant.expect.is_empty()) {
            (None, Some(point), _) => {
                let message = "`breaks` names points of a sweep: write `[sweep]` with its `role`";
                Err(self.scenario.error(point.span(), message))
            }
            (Some(_), None, false) => {
                let message = "this is expected of a sweep, but at which points? list them in `breaks`";
                Err(self.error(&keys, message))
            }
            (Some(_), Some(point), true) => {
                let message = "points are listed at which it breaks, but `expect` names no anomaly";
                Err(self.scenario.error(point.span(), message))
            }
            _ => variant.breaks.iter().try_for_each(|point| {
                let (side, what) = point.as_ref().split_once(' ').unwrap_or_default();
                let nth = what.rsplit_once(" #").and_then(|(_, nth)| nth.parse::<usize>().ok());
                if matches!(side, "before" | "after") && nth.is_some_and(|nth| nth > 0) {
                    return Ok(());
                }
                let message = format!(
                    "`{}` is no point: write e.g. `before COMMIT #1`, `after OffsetCommit order/0 #2`",
                    point.as_ref()
                );
                Err(self.scenario.error(point.span(), message))
            }),
        }
    }
}
