//! Conditions: the one small grammar for when something begins, ends, or counts as proved.
//!
//! ```text
//! PART [and PART …]            every part is met
//! PART = start
//!      | after 2s
//!      | lag group=kitchen topic=order at-most=0
//!      | rows database=kitchen table=retry [column=value …] at-most=0
//!      | EVENT [field=value …] [~ "regex"] [nth=N]
//! ```
//!
//! `after` is met so long after the beginning of the workload; for the end of a fault, after it began. `lag` is met as long as the
//! group has no more than so many messages of the topic before it, `rows` as long as the table has no more than so many rows whose
//! columns are as given, by what the source's binlog tells. The last form is met, and stays so, from the Nth event of the history (first, if not said) of that name whose fields
//! are as given and one of whose texts matches the regular expression. Everything the harness knows is an
//! event, so this reaches steps (`step-done step=placed`), faults (`fault-proved fault=lag`), connections,
//! rows, log lines and requests alike.

use std::{
    fmt::{self, Display},
    str::FromStr,
    time::Duration,
};

use regex::Regex;
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::{nearest::did_you_mean, platform::Route};

/// When something begins, ends, or counts as proved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition {
    text: String,
    pub(crate) parts: Vec<Form>,
}

#[derive(Debug, Clone)]
pub(crate) enum Form {
    Start,
    After(Duration),
    Lag { group: String, topic: String, at_most: i64 },
    Rows { database: String, table: String, columns: Vec<(String, String)>, at_most: i64 },
    Nth { matching: Matching, nth: usize },
}

/// What an event has to be like: its name, the values of fields, and a text in it.
#[derive(Debug, Clone)]
pub(crate) struct Matching {
    pub(crate) event: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) pattern: Option<Regex>,
}

/// Fields that every event may have.
const COMMON: &[&str] = &["link", "order"];

/// Fields of each event that a condition may ask for.
const FIELDS: &[(&str, &[&str])] = &[
    ("run", &[]),
    ("step-begun", &["step"]),
    ("step-done", &["step"]),
    ("filled", &["database", "table", "rows"]),
    ("acted", &["action", "status"]),
    ("awaited", &["what", "met"]),
    ("produced", &["topic", "partition", "key", "status", "version"]),
    ("committed", &["group", "topic", "partition", "offset"]),
    ("group-described", &["group", "state", "members"]),
    ("broker-changed", &["broker", "state"]),
    ("fault-armed", &["fault"]),
    ("fault-proved", &["fault"]),
    ("fault-healed", &["fault"]),
    ("fault-idle", &["fault"]),
    ("fault-not-done", &["fault"]),
    ("rendezvous", &["fault", "key", "outcome"]),
    ("connection-opened", &[]),
    ("upstream-failed", &[]),
    ("connection-closed", &["by"]),
    ("toxic-bit", &["toxic"]),
    ("blind", &[]),
    ("requests-unread", &["api"]),
    ("unobserved", &[]),
    ("kafka-request", &["client", "api", "group", "member", "topic", "partition"]),
    ("kafka-answered", &["client", "api", "group", "topic", "partition", "error", "error_name"]),
    ("group-joined", &["client", "group", "member", "error", "error_name"]),
    ("group-synced", &["client", "group", "member", "error", "error_name"]),
    ("group-left", &["client", "group", "member", "error", "error_name"]),
    ("heartbeat-refused", &["client", "group", "member", "error", "error_name"]),
    ("group-heartbeat", &["client", "group", "member", "asked", "error", "error_name"]),
    ("offset-commit", &["client", "group", "member", "topic", "partition", "offset", "error", "error_name"]),
    ("records-fetched", &["client", "topic", "partition", "error", "error_name"]),
    ("offsets-fetched", &["client", "group", "topic", "partition", "offset", "error", "error_name"]),
    ("produce-answered", &["client", "topic", "partition", "error", "error_name"]),
    ("login", &["user", "database", "error"]),
    ("statement", &["database"]),
    ("statement-answered", &["in_transaction", "error", "sqlstate"]),
    ("request-failed", &["request", "error"]),
    ("http-request", &["method", "path"]),
    ("http-answered", &["method", "path", "status"]),
    ("request", &["route", "method", "path"]),
    ("answer", &["route", "status", "delay_ms"]),
    ("alert", &[]),
    ("ban", &["route", "for_ms"]),
    ("node-died", &["route", "node", "for_ms"]),
    ("row-changed", &["server", "database", "table", "change", "key"]),
    ("sql-error", &["code", "database"]),
    ("process-started", &["role", "instance"]),
    ("process-exited", &["role", "instance", "exit"]),
    ("process-paused", &["role", "instance"]),
    ("process-resumed", &["role", "instance"]),
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
            Form::Rows { database, .. } if field == "database" => Some(database.as_str()),
            Form::Start | Form::After(_) | Form::Lag { .. } | Form::Rows { .. } => None,
            Form::Nth { matching, .. } => value_of(&matching.fields, field),
        })
    }

    /// The names of the events that it waits for, other than by `lag` and `rows`.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Form::Nth { matching, .. } => Some(matching.event.as_str()),
            Form::Start | Form::After(_) | Form::Lag { .. } | Form::Rows { .. } => None,
        })
    }

    /// Whether it waits for a time.
    pub(crate) fn has_time(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Form::After(_)))
    }

    /// Whether a part of it needs an event of this name whose `field` is `value`.
    pub(crate) fn awaits(&self, event: &str, field: &str, value: &str) -> bool {
        self.parts.iter().any(|part| match part {
            Form::Nth { matching, .. } => {
                matching.event == event && value_of(&matching.fields, field) == Some(value)
            }
            Form::Start | Form::After(_) | Form::Lag { .. } | Form::Rows { .. } => false,
        })
    }
}

fn value_of<'a>(fields: &'a [(String, String)], field: &str) -> Option<&'a str> {
    fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
}

/// A value of an event as a condition has it: texts without quotes.
pub(crate) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
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
    if name == "after" {
        return after(words.next(), pattern.is_some() || words.next().is_some());
    }
    let mut fields = Vec::new();
    for word in words {
        let (field, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is no `field=value`"))?;
        if value_of(&fields, field).is_some() {
            return Err(format!("`{field}` is given twice"));
        }
        fields.push((field.to_owned(), value.to_owned()));
    }
    match name {
        "start" if fields.is_empty() && pattern.is_none() => Ok(Form::Start),
        "start" => Err("`start` takes no fields".into()),
        "lag" | "rows" if pattern.is_some() => {
            Err(format!("`{name}` has no text to look into: leave `~` out"))
        }
        "lag" => lag(&fields),
        "rows" => rows(fields),
        _ => nth(name, fields, pattern.map(|(regex, _)| regex)),
    }
}

fn after(time: Option<&str>, more: bool) -> Result<Form, String> {
    let time = time.filter(|_| !more).ok_or("`after` needs a time and nothing else: `after 2s`")?;
    let parsed = humantime::parse_duration(time);
    parsed.map(Form::After).map_err(|error| format!("`after {time}`: {error}; write `after 2s`"))
}

/// Fields of `lag`: all are needed.
const LAG: &[&str] = &["group", "topic", "at-most"];

fn lag(fields: &[(String, String)]) -> Result<Form, String> {
    if let Some((name, _)) = fields.iter().find(|(name, _)| !LAG.contains(&name.as_str())) {
        return Err(format!("`lag` has no field `{name}`{}", did_you_mean(name, LAG.iter().copied())));
    }
    let get = |wanted| needed("lag", LAG, fields, wanted);
    Ok(Form::Lag { group: get("group")?, topic: get("topic")?, at_most: at_most(&get("at-most")?)? })
}

/// Fields that `rows` needs; others are columns.
const ROWS: &[&str] = &["database", "table", "at-most"];

fn rows(fields: Vec<(String, String)>) -> Result<Form, String> {
    let get = |wanted| needed("rows", ROWS, &fields, wanted);
    let (database, table, at_most) = (get("database")?, get("table")?, at_most(&get("at-most")?)?);
    let columns = fields.into_iter().filter(|(name, _)| !ROWS.contains(&name.as_str())).collect();
    Ok(Form::Rows { database, table, columns, at_most })
}

fn needed(form: &str, all: &[&str], fields: &[(String, String)], wanted: &str) -> Result<String, String> {
    let found = value_of(fields, wanted).map(str::to_owned);
    found.ok_or_else(|| format!("`{form}` needs `{wanted}=…` ({})", all.join(", ")))
}

fn at_most(text: &str) -> Result<i64, String> {
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| format!("`at-most={text}` is no number from 0"))
}

fn nth(event: &str, fields: Vec<(String, String)>, pattern: Option<Regex>) -> Result<Form, String> {
    let Some((_, known)) = FIELDS.iter().find(|(name, _)| *name == event) else {
        let names = FIELDS.iter().map(|(name, _)| *name).chain(["start", "after", "lag", "rows"]);
        return Err(format!("no event is called `{event}`{}", did_you_mean(event, names)));
    };
    if event == "ended" {
        return Err("`ended` is the last event there is: nothing can wait for it".into());
    }
    let mut count = 1;
    let mut asked = Vec::new();
    for (name, value) in fields {
        if name == "nth" {
            let number = value.parse().ok().filter(|n| *n > 0);
            count = number.ok_or_else(|| format!("`nth={value}` is no number from 1"))?;
        } else if known.contains(&name.as_str()) || COMMON.contains(&name.as_str()) {
            possible(event, &name, &value)?;
            asked.push((name, value));
        } else {
            let names = known.iter().chain(COMMON).copied();
            return Err(format!("`{event}` has no field `{name}`{}", did_you_mean(&name, names)));
        }
    }
    let matching = Matching { event: event.to_owned(), fields: asked, pattern };
    Ok(Form::Nth { matching, nth: count })
}

/// Whether the field can ever have the value.
fn possible(event: &str, field: &str, value: &str) -> Result<(), String> {
    let one_of = |names: &[&str]| match names.contains(&value) {
        true => Ok(()),
        false => Err(format!("`{field}` is never `{value}`{}", did_you_mean(value, names.iter().copied()))),
    };
    match (event, field) {
        (_, "partition" | "offset" | "code" | "instance" | "delay_ms" | "for_ms" | "node")
        | ("acted" | "answer" | "http-answered", "status") => {
            let number = value.parse::<u64>();
            number.map(drop).map_err(|_| format!("`{field}={value}` is no number: it is never met"))
        }
        (_, "server") => one_of(&["source", "replica"]),
        (_, "change") => one_of(&["insert", "update", "delete"]),
        ("ban" | "node-died", "route") => one_of(Route::VARIANTS),
        (_, "route") => one_of(&[Route::VARIANTS, &["alerts", "none"]].concat()),
        (_, "outcome") => one_of(&["met", "serialised", "unreached"]),
        (_, "met") => one_of(&["true", "false"]),
        _ => Ok(()),
    }
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

    #[test]
    fn wrong_names_get_the_nearest_right_one() {
        let error = "row-chnged table=orders".parse::<Condition>().unwrap_err();
        assert!(error.contains("did you mean `row-changed`"), "{error}");
        let error = "log rol=consumer".parse::<Condition>().unwrap_err();
        assert!(error.contains("did you mean `role`"), "{error}");
    }

    #[test]
    fn what_can_never_be_met_is_refused() {
        for (text, says) in [
            ("lag group=a topic=b at-most=0 nth=3", "`lag` has no field `nth`"),
            ("lag group=a topic=b at-most=0 ~ \"x\"", "`lag` has no text to look into"),
            ("lag group=a topic=b at-most=-1", "no number from 0"),
            ("rows database=a at-most=0", "`rows` needs `table=…`"),
            ("rows database=a table=b", "`rows` needs `at-most=…`"),
            ("rows database=a table=b at-most=none", "no number from 0"),
            ("rows database=a table=b at-most=0 ~ \"x\"", "`rows` has no text to look into"),
            ("log role=a role=b", "`role` is given twice"),
            ("row-changed server=replca", "did you mean `replica`?"),
            ("answer delay_ms=60ms", "is no number"),
            ("answer route=shp", "did you mean `ship`?"),
            ("ban route=alerts", "`route` is never `alerts`"),
            ("ban for_ms=2s", "is no number"),
            ("node-died node=one", "is no number"),
            ("node-died route=none", "`route` is never `none`"),
            ("http-answered status=ok", "is no number"),
            ("ended", "nothing can wait for it"),
            ("after", "needs a time"),
            ("after 2s nth=2", "needs a time and nothing else"),
            ("after 2 apples", "needs a time and nothing else"),
            ("after soon", "write `after 2s`"),
        ] {
            let error = text.parse::<Condition>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn every_event_has_its_fields_listed() {
        let listed: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, crate::event::What::names());
    }
}
