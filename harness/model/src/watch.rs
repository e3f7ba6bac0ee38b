//! Watching a condition along a history.

use std::time::Duration;

use regex::Regex;

use crate::{
    condition::{Condition, Form, Matching, plain},
    event::Event,
    level::{Lag, Rows},
    plan::split_broker,
};

/// A condition being watched along a history.
#[derive(Debug, Clone)]
pub struct Watch {
    parts: Vec<Part>,
}

/// One part of a condition, with what was seen of it.
#[derive(Debug, Clone)]
struct Part {
    seen: Seen,
    /// By what it is met, if it is.
    met: Option<String>,
}

#[derive(Debug, Clone)]
enum Seen {
    Start,
    /// Time counts from `since`, once that is said.
    After {
        time: Duration,
        since: Option<u64>,
    },
    Lag(Lag),
    Rows(Rows),
    /// Events before `from` do not count, nanoseconds since the run began.
    Nth {
        matching: Matching,
        nth: usize,
        count: usize,
        from: u64,
    },
}

impl Watch {
    /// Begins to watch.
    pub fn new(condition: Condition) -> Self {
        Self {
            parts: condition.parts.into_iter().map(|form| Part { seen: form.into(), met: None }).collect(),
        }
    }

    /// Takes the next event; says whether the condition is met now, and by what.
    pub fn observe(&mut self, event: &Event) -> Option<String> {
        for part in &mut self.parts {
            part.observe(event);
        }
        self.met()
    }

    /// It is now `at`, nanoseconds since the run began; says the same as [`Watch::observe`].
    pub fn tick(&mut self, at: u64) -> Option<String> {
        for part in &mut self.parts {
            part.tick(at);
        }
        self.met()
    }

    /// When [`Watch::tick`] could next change something.
    pub fn due(&self) -> Option<u64> {
        self.parts.iter().filter_map(Part::due).max()
    }

    fn met(&self) -> Option<String> {
        let met: Option<Vec<&str>> = self.parts.iter().map(|part| part.met.as_deref()).collect();
        met.map(|met| met.join(", "))
    }

    /// Counts only events from `at` on, nanoseconds since the run began; what it knows of offsets and rows, for `lag` and `rows`, stays.
    pub fn count_from(&mut self, at: u64) {
        for Part { seen, met } in &mut self.parts {
            if let Seen::Nth { count, from, .. } = seen {
                (*met, *count, *from) = (None, 0, at);
            }
        }
    }

    /// Time, for `after`, counts from `at`. Until this is said it does not pass.
    pub fn time_from(&mut self, at: u64) {
        for Part { seen, met } in &mut self.parts {
            if let Seen::After { since, .. } = seen {
                (*met, *since) = (None, Some(at));
            }
        }
    }

    /// What was last seen of it, in words.
    pub fn last_seen(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(Part::last_seen).collect();
        parts.join(", ")
    }
}

impl From<Form> for Seen {
    fn from(form: Form) -> Self {
        match form {
            Form::Start => Self::Start,
            Form::After(time) => Self::After { time, since: None },
            Form::Lag { group, topic, at_most } => Self::Lag(Lag::new(group, topic, at_most)),
            Form::Rows { database, table, columns, at_most } => {
                Self::Rows(Rows::new(database, table, columns, at_most))
            }
            Form::Nth { matching, nth } => Self::Nth { matching, nth, count: 0, from: 0 },
        }
    }
}

impl Part {
    fn observe(&mut self, event: &Event) {
        match &mut self.seen {
            Seen::Start => self.met = Some("start".into()),
            Seen::After { .. } => self.tick(event.at),
            Seen::Lag(lag) => {
                if lag.observe(&event.what) {
                    self.met = lag.is_met().then(|| lag.to_string());
                }
            }
            Seen::Rows(rows) => {
                // None are there at the beginning, and no event says so.
                if rows.observe(&event.what) || self.met.is_none() {
                    self.met = rows.is_met().then(|| rows.to_string());
                }
            }
            Seen::Nth { matching, nth, count, from } => {
                if self.met.is_some() || event.at < *from || !matching.matches(event) {
                    return;
                }
                *count += 1;
                if *count >= *nth {
                    let name = &matching.event;
                    self.met = Some(format!("{nth} × {name} at {:.3} s", event.at as f64 / 1e9));
                }
            }
        }
    }

    fn tick(&mut self, at: u64) {
        if let Seen::After { time, .. } = self.seen
            && self.due().is_some_and(|due| at >= due)
        {
            self.met = Some(format!("{time:?} passed"));
        }
    }

    fn due(&self) -> Option<u64> {
        match self.seen {
            Seen::After { time, since } if self.met.is_none() => {
                Some(since?.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
            }
            _ => None,
        }
    }

    fn last_seen(&self) -> String {
        match &self.seen {
            Seen::Start => "not begun".into(),
            Seen::After { time, .. } if self.met.is_some() => format!("{time:?} passed"),
            Seen::After { time, .. } => format!("not yet {time:?}"),
            Seen::Lag(lag) => lag.to_string(),
            Seen::Rows(rows) => rows.to_string(),
            Seen::Nth { matching, nth, count, .. } => format!("{count} of {nth} × {}", matching.event),
        }
    }
}

impl Matching {
    /// Whether an event is like this.
    pub(crate) fn matches(&self, event: &Event) -> bool {
        event.what.name() == self.event && matches(event, &self.fields, self.pattern.as_ref())
    }
}

fn matches(event: &Event, fields: &[(String, String)], pattern: Option<&Regex>) -> bool {
    let Ok(serde_json::Value::Object(object)) = serde_json::to_value(event) else {
        return false;
    };
    let has = |(name, wanted): &(String, String)| match (name.as_str(), &event.link) {
        // A cluster's links together.
        ("link", Some(link)) => link == wanted || split_broker(link).0 == wanted,
        _ => object.get(name).is_some_and(|value| plain(value) == *wanted),
    };
    let (named, others): (Vec<_>, Vec<_>) = fields
        .iter()
        .partition(|(name, _)| matches!(name.as_str(), "topic" | "partition") && !object.contains_key(name));
    others.into_iter().all(has)
        && (named.is_empty() || names(object.get("partitions"), &named))
        && pattern.is_none_or(|pattern| {
            object
                .iter()
                .any(|(name, value)| name != "event" && value.is_string() && pattern.is_match(&plain(value)))
        })
}

/// Whether one of the topics, with its partitions, is what `topic` and `partition` ask for.
fn names(partitions: Option<&serde_json::Value>, wanted: &[&(String, String)]) -> bool {
    let Some(serde_json::Value::Object(topics)) = partitions else {
        return false;
    };
    let lists = |partitions: &serde_json::Value, number: &str| {
        let number = number.parse::<i64>().ok();
        partitions
            .as_array()
            .is_some_and(|all| all.iter().any(|one| number.is_some() && one.as_i64() == number))
    };
    topics.iter().any(|(topic, partitions)| {
        wanted.iter().all(|(field, value)| match field.as_str() {
            "topic" => topic == value,
            _ => lists(partitions, value),
        })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::event::{Place, What};

    fn event(what: What) -> Event {
        let Place { link, conn, order } = Place::order(Some("17".to_owned()));
        Event { seq: 0, at: 0, link, conn, order, what }
    }

    fn log(line: &str) -> Event {
        event(What::Log { role: "consumer".into(), instance: 1, line: line.into() })
    }

    fn produced(offset: i64) -> Event {
        let (topic, key, status, version) = ("order".into(), None, None, None);
        event(What::Produced { topic, partition: 0, offset, key, status, version, bytes: 1 })
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
    fn a_topic_and_a_partition_match_what_an_event_names_together() {
        let named = [("order".to_owned(), vec![0, 12]), ("invoice".to_owned(), vec![1])];
        let request = event(What::KafkaRequest {
            client: None,
            api: "OffsetCommit".into(),
            group: Some("kitchen".into()),
            member: None,
            partitions: BTreeMap::from(named),
        });
        for (asked, is_met) in [
            ("topic=order", true),
            ("partition=1", true),
            ("topic=order partition=12", true),
            ("topic=order partition=1", false),
            ("topic=orders", false),
            ("partition=2", false),
            ("api=OffsetCommit group=kitchen topic=invoice partition=1", true),
            ("api=Produce topic=invoice", false),
        ] {
            let mut watch = Watch::new(format!("kafka-request {asked}").parse().unwrap());
            assert_eq!(watch.observe(&request).is_some(), is_met, "{asked}");
        }
        // Where an event has such fields itself, they count.
        let mut watch = Watch::new("produced topic=order partition=1".parse().unwrap());
        assert!(watch.observe(&produced(0)).is_none());
    }

    #[test]
    fn the_links_of_a_cluster_match_together_and_each_by_itself() {
        let mut opened = event(What::ConnectionOpened { client: "127.0.0.1:40512".into() });
        opened.link = Some("consumer->kafka/2".into());
        for (asked, is_met) in [
            ("consumer->kafka", true),
            ("consumer->kafka/2", true),
            ("consumer->kafka/1", false),
            ("shop->kafka", false),
        ] {
            let mut watch = Watch::new(format!("connection-opened link={asked}").parse().unwrap());
            assert_eq!(watch.observe(&opened).is_some(), is_met, "{asked}");
        }
    }

    #[test]
    fn a_time_counts_from_where_it_is_told_to() {
        let mut watch = Watch::new("after 2s and log ~ \"x\"".parse().unwrap());
        assert_eq!(watch.due(), None);
        watch.time_from(1_000_000_000);
        assert_eq!(watch.due(), Some(3_000_000_000));
        assert!(watch.observe(&log("x")).is_none());
        assert!(watch.tick(2_999_999_999).is_none());
        assert_eq!(watch.last_seen(), "not yet 2s, 1 of 1 × log");
        assert!(watch.tick(3_000_000_000).is_some());
        assert_eq!(watch.due(), None);
    }

    #[test]
    fn what_happened_before_it_counts_is_not_counted() {
        let mut watch = Watch::new("log ~ \"x\" nth=2".parse().unwrap());
        let at = |at| Event { at, ..log("x") };
        assert!(watch.observe(&at(5)).is_none());
        watch.count_from(10);
        // Seen only now, though it happened before.
        assert!(watch.observe(&at(9)).is_none());
        assert!(watch.observe(&at(10)).is_none());
        assert!(watch.observe(&at(11)).is_some());
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
}
