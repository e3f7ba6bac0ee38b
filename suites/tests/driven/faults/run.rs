//! What one run said and left: its verdict and its history.

use serde_json::Value;

use crate::project::Project;

pub(super) struct Run {
    name: String,
    /// What the whole invocation wrote.
    text: String,
    events: Vec<Value>,
}

impl Run {
    /// The run of a scenario, in an invocation that wrote `text`.
    pub(super) fn of(project: &Project, scenario: &str, text: &str) -> Self {
        let history = project.history(&format!("kitchen-display/F-{scenario}/run"));
        let events = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { name: format!("kitchen-display::F-{scenario}::run"), text: text.to_owned(), events }
    }

    pub(super) fn is_as_declared(&self) {
        let is_so = |line: &str| line.starts_with(&self.name) && line.contains("as declared");
        assert!(self.text.lines().any(is_so), "{} is not as declared", self.name);
    }

    /// It is inconclusive, and this is a reason.
    pub(super) fn is_inconclusive(&self, reason: &str) {
        let reason = format!("INCONCLUSIVE: {reason}");
        let is_so = |line: &str| line.starts_with(&self.name) && line.contains(&reason);
        assert!(self.text.lines().any(is_so), "{} is not {reason}", self.name);
    }

    /// All events that have all of these, in their order.
    pub(super) fn all(&self, wanted: Value) -> Vec<&Value> {
        self.events.iter().filter(|event| has(event, &wanted)).collect()
    }

    /// The only one.
    pub(super) fn one(&self, wanted: Value) -> &Value {
        let all = self.all(wanted.clone());
        assert_eq!(all.len(), 1, "{}: {wanted} came so often: {all:#?}", self.name);
        all[0]
    }

    /// The first.
    pub(super) fn first(&self, wanted: Value) -> &Value {
        let first = self.events.iter().find(|event| has(event, &wanted));
        first.unwrap_or_else(|| panic!("{}: {wanted} never came", self.name))
    }

    /// The first after another.
    pub(super) fn next(&self, after: &Value, wanted: Value) -> &Value {
        let next =
            self.events.iter().filter(|event| seq(event) > seq(after)).find(|event| has(event, &wanted));
        next.unwrap_or_else(|| panic!("{}: {wanted} did not come after {after}", self.name))
    }

    /// Those between two others.
    pub(super) fn between(&self, from: &Value, to: &Value, wanted: Value) -> Vec<&Value> {
        let all = self.all(wanted);
        all.into_iter().filter(|event| seq(event) > seq(from) && seq(event) < seq(to)).collect()
    }

    /// These came one after the other.
    pub(super) fn in_order(&self, events: &[&Value]) {
        for pair in events.windows(2) {
            assert!(seq(pair[0]) < seq(pair[1]), "{}: {} came after {}", self.name, pair[0], pair[1]);
        }
    }
}

/// Where it stands in the history.
fn seq(event: &Value) -> u64 {
    event["seq"].as_u64().unwrap()
}

/// When it was seen, milliseconds.
pub(super) fn at(event: &Value) -> f64 {
    event["at"].as_f64().unwrap() / 1e6
}

/// Whether the event has all of these fields; texts need only begin like the wanted ones.
fn has(event: &Value, wanted: &Value) -> bool {
    wanted.as_object().unwrap().iter().all(|(field, wanted)| match (&event[field], wanted) {
        (Value::String(there), Value::String(wanted)) if field != "event" => there.starts_with(wanted),
        (there, wanted) => there == wanted,
    })
}
