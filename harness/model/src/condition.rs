//! Conditions: the one small grammar for when something begins, ends, or counts as proved.
//!
//! ```text
//! PART [and PART …]            every part is met
//! PART = start
//!      | lag group=kitchen topic=order at-most=0
//!      | EVENT [field=value …] [~ "regex"] [nth=N]
//! ```
//!
//! `lag` is met as long as the group has no more than so many messages of the topic before it. The last
//! form is met, and stays so, from the Nth event of the history (first, if not said) of that name whose fields
//! are as given and one of whose texts matches the regular expression. Everything the harness knows is an
//! event, so this reaches steps (`step-done step=placed`), faults (`fault-proved fault=lag`), connections,
//! rows, log lines and requests alike.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    str::FromStr,
};

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    event::{Event, What},
    nearest::did_you_mean,
};

/// When something begins, ends, or counts as proved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition {
    text: String,
    parts: Vec<Form>,
}

#[derive(Debug, Clone)]
enum Form {
    Start,
    Lag { group: String, topic: String, at_most: i64 },
    Nth { event: String, fields: Vec<(String, String)>, pattern: Option<Regex>, nth: usize },
}

/// Fields that every event may have.
const COMMON: &[&str] = &["link", "order"];

/// Fields of each event that a condition may ask for.
const FIELDS: &[(&str, &[&str])] = &[
    ("run", &[]),
    ("step-begun", &["step"]),
    ("step-done", &["step"]),
    ("acted", &["action", "status"]),
    ("awaited", &["what", "met"]),
    ("produced", &["topic", "partition", "key", "status"]),
    ("committed", &["group", "topic", "partition", "offset"]),
    ("fault-armed", &["fault"]),
    ("fault-proved", &["fault"]),
    ("fault-healed", &["fault"]),
    ("connection-opened", &[]),
    ("upstream-failed", &[]),
    ("connection-closed", &["by"]),
    ("toxic-bit", &["toxic"]),
    ("blind", &[]),
    ("request", &["route", "method", "path"]),
    ("answer", &["route", "status", "delay_ms"]),
    ("alert", &[]),
    ("row-changed", &["server", "database", "table", "change", "key"]),
    ("sql-error", &["code", "database"]),
    ("process-started", &["role", "instance"]),
    ("process-exited", &["role", "instance", "exit"]),
    ("process-sampled", &["role", "instance"]),
    ("log", &["role", "instance"]),
    ("stalled", &[]),
    ("ended", &["reason"]),
];

impl Condition {
    /// Met from the beginning of the workload on.
    pub fn start() -> Self {
        Self { text: "start".into(), parts: vec![Form::Start] }
    }

    /// The values that the condition gives for `field`, for checking names against a scenario.
    pub fn values_of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter_map(move |part| match part {
            Form::Lag { group, .. } if field == "group" => Some(group.as_str()),
            Form::Lag { topic, .. } if field == "topic" => Some(topic.as_str()),
            Form::Start | Form::Lag { .. } => None,
            Form::Nth { fields, .. } => {
                fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
            }
        })
    }
}

/// A condition being watched along a history.
#[derive(Debug, Clone)]
pub struct Watch {
    parts: Vec<Part>,
}

/// One part of a condition, with what was seen of it.
#[derive(Debug, Clone)]
struct Part {
    form: Form,
    met: Option<String>,
    seen: usize,
    ends: BTreeMap<(String, i32), i64>,
    committed: BTreeMap<(String, i32), i64>,
}

impl Watch {
    /// Begins to watch.
    pub fn new(condition: Condition) -> Self {
        let part =
            |form| Part { form, met: None, seen: 0, ends: BTreeMap::new(), committed: BTreeMap::new() };
        Self { parts: condition.parts.into_iter().map(part).collect() }
    }

    /// Takes the next event; says whether the condition is met now, and by what.
    pub fn observe(&mut self, event: &Event) -> Option<String> {
        for part in &mut self.parts {
            part.observe(event);
        }
        let met: Option<Vec<&str>> = self.parts.iter().map(|part| part.met.as_deref()).collect();
        met.map(|met| met.join(", "))
    }

    /// Forgets the events counted so far; what it knows of offsets, for `lag`, stays.
    pub fn count_from_now(&mut self) {
        for part in &mut self.parts {
            if let Form::Nth { .. } = part.form {
                (part.met, part.seen) = (None, 0);
            }
        }
    }

    /// What was last seen of it, in words.
    pub fn last_seen(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(Part::last_seen).collect();
        parts.join(", ")
    }
}

impl Part {
    fn observe(&mut self, event: &Event) {
        match &self.form {
            Form::Start => self.met = Some("start".into()),
            Form::Lag { group, topic, at_most } => {
                match &event.what {
                    What::Produced { topic: t, partition, offset, .. } if t == topic => {
                        let end = self.ends.entry((t.clone(), *partition)).or_default();
                        *end = (*end).max(offset + 1);
                    }
                    What::Committed { group: g, topic: t, partition, offset } if g == group && t == topic => {
                        self.committed.insert((t.clone(), *partition), *offset);
                    }
                    _ => return,
                }
                let lag = self.lag();
                self.met = (lag <= *at_most).then(|| format!("lag {lag} of {group} on {topic}"));
            }
            Form::Nth { event: name, fields, pattern, nth } => {
                if self.met.is_some()
                    || event.what.name() != name
                    || !matches(event, fields, pattern.as_ref())
                {
                    return;
                }
                self.seen += 1;
                if self.seen >= *nth {
                    self.met = Some(format!("{nth} × {name} at {:.3} s", event.at as f64 / 1e9));
                }
            }
        }
    }

    fn last_seen(&self) -> String {
        match &self.form {
            Form::Start => "not begun".into(),
            Form::Lag { group, topic, .. } if self.ends.is_empty() => {
                format!("no message in {topic} for {group}")
            }
            Form::Lag { group, topic, .. } => format!("lag {} of {group} on {topic}", self.lag()),
            Form::Nth { event, nth, .. } => format!("{} of {nth} × {event}", self.seen),
        }
    }

    fn lag(&self) -> i64 {
        self.ends.iter().map(|(at, end)| end - self.committed.get(at).copied().unwrap_or(0)).sum()
    }
}

fn matches(event: &Event, fields: &[(String, String)], pattern: Option<&Regex>) -> bool {
    let Ok(serde_json::Value::Object(object)) = serde_json::to_value(event) else {
        return false;
    };
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    fields.iter().all(|(name, wanted)| object.get(name).is_some_and(|value| text(value) == *wanted))
        && pattern.is_none_or(|pattern| {
            object
                .iter()
                .any(|(name, value)| name != "event" && value.is_string() && pattern.is_match(&text(value)))
        })
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = split(text).map(part).collect::<Result<_, _>>()?;
        Ok(Self { text: text.trim().to_owned(), parts })
    }
}

/// Splits at ` and ` outside double quotes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let cut = text.match_indices(" and ").find(|(at, _)| text[..*at].matches('"').count() % 2 == 0);
        rest = cut.map(|(at, found)| &text[at + found.len()..]);
        Some(cut.map_or(text, |(at, _)| &text[..at]))
    })
}

fn part(text: &str) -> Result<Form, String> {
    let (head, pattern) = match text.split_once('~') {
        None => (text, None),
        Some((head, rest)) => {
            let rest = rest.trim();
            let end = rest.rfind('"').filter(|end| rest.starts_with('"') && *end > 0);
            let end = end.ok_or_else(|| {
                format!("after `~` a regular expression in double quotes is needed, not `{rest}`")
            })?;
            let regex = Regex::new(&rest[1..end]).map_err(|error| error.to_string())?;
            (head, Some((regex, &rest[end + 1..])))
        }
    };
    let tail = pattern.as_ref().map_or("", |(_, tail)| tail);
    let mut words = head.split_whitespace().chain(tail.split_whitespace());
    let name = words.next().ok_or("a condition cannot be empty")?;
    let mut fields = Vec::new();
    for word in words {
        let (field, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is no `field=value`"))?;
        fields.push((field.to_owned(), value.to_owned()));
    }
    match name {
        "start" if fields.is_empty() && pattern.is_none() => Ok(Form::Start),
        "start" => Err("`start` takes no fields".into()),
        "lag" => lag(&fields),
        _ => nth(name, fields, pattern.map(|(regex, _)| regex)),
    }
}

fn lag(fields: &[(String, String)]) -> Result<Form, String> {
    let get = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        found.ok_or_else(|| format!("`lag` needs `{wanted}=…` (group, topic, at-most)"))
    };
    let at_most = get("at-most")?;
    let at_most = at_most.parse().map_err(|_| format!("`at-most={at_most}` is no number"))?;
    Ok(Form::Lag { group: get("group")?, topic: get("topic")?, at_most })
}

fn nth(event: &str, fields: Vec<(String, String)>, pattern: Option<Regex>) -> Result<Form, String> {
    let Some((_, known)) = FIELDS.iter().find(|(name, _)| *name == event) else {
        let names = FIELDS.iter().map(|(name, _)| *name).chain(["start", "lag"]);
        return Err(format!("no event is called `{event}`{}", did_you_mean(event, names)));
    };
    let mut count = 1;
    let mut asked = Vec::new();
    for (name, value) in fields {
        if name == "nth" {
            let number = value.parse().ok().filter(|n| *n > 0);
            count = number.ok_or_else(|| format!("`nth={value}` is no number from 1"))?;
        } else if known.contains(&name.as_str()) || COMMON.contains(&name.as_str()) {
            asked.push((name, value));
        } else {
            let names = known.iter().chain(COMMON).copied();
            return Err(format!("`{event}` has no field `{name}`{}", did_you_mean(&name, names)));
        }
    }
    Ok(Form::Nth { event: event.to_owned(), fields: asked, pattern, nth: count })
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.text
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::event::Place;

    fn event(what: What) -> Event {
        let Place { link, conn, order } = Place::order(Some("17".to_owned()));
        Event { seq: 0, at: 0, link, conn, order, what }
    }

    fn log(line: &str) -> Event {
        event(What::Log { role: "consumer".into(), instance: 1, line: line.into() })
    }

    fn produced(offset: i64) -> Event {
        let (topic, key, status) = ("order".into(), None, None);
        event(What::Produced { topic, partition: 0, offset, key, status, bytes: 1 })
    }

    #[test]
    fn the_nth_event_that_matches_meets_it() {
        let mut watch = Watch::new("log role=consumer ~ \"database away\" nth=2".parse().unwrap());
        assert!(watch.observe(&log("order 1: database away")).is_none());
        assert!(watch.observe(&log("order 1: stored")).is_none());
        assert_eq!(watch.last_seen(), "1 of 2 × log");
        assert!(watch.observe(&log("order 2: database away")).is_some());
    }

    #[test]
    fn lag_is_met_when_commits_reach_the_end() {
        let mut watch = Watch::new("lag group=kitchen topic=order at-most=0".parse().unwrap());
        let commit = |offset| {
            let (group, topic) = ("kitchen".into(), "order".into());
            event(What::Committed { group, topic, partition: 0, offset })
        };
        assert!(watch.observe(&produced(0)).is_none());
        assert!(watch.observe(&produced(1)).is_none());
        assert!(watch.observe(&commit(1)).is_none());
        assert_eq!(watch.last_seen(), "lag 1 of kitchen on order");
        assert!(watch.observe(&commit(2)).is_some());
    }

    #[test]
    fn every_part_must_be_met() {
        let text =
            "step-done step=outage and lag group=kitchen topic=order at-most=0 and log ~ \"this and that\"";
        let mut watch = Watch::new(text.parse().unwrap());
        let (group, topic) = ("kitchen".into(), "order".into());
        assert!(watch.observe(&produced(0)).is_none());
        assert!(watch.observe(&event(What::Committed { group, topic, partition: 0, offset: 1 })).is_none());
        assert!(watch.observe(&log("this and that")).is_none());
        assert!(watch.observe(&event(What::StepDone { step: "outage".into() })).is_some());
    }

    #[test]
    fn wrong_names_get_the_nearest_right_one() {
        let error = "row-chnged table=orders".parse::<Condition>().unwrap_err();
        assert!(error.contains("did you mean `row-changed`"), "{error}");
        let error = "log rol=consumer".parse::<Condition>().unwrap_err();
        assert!(error.contains("did you mean `role`"), "{error}");
    }

    #[test]
    fn every_event_has_its_fields_listed() {
        let listed: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, What::names());
    }
}
