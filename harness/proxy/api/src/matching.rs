//! Which messages a toxic acts on: what is told of them ([`Wire`]), compared with what was asked for.

use kafka_protocol::messages::ApiKey;
use pitfall_proxy::{HttpEvent, KafkaError, KafkaEvent, KafkaSaid, MysqlEvent, MysqlOutcome, Wire};
use regex::Regex;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::told::{self, Places, Told};

/// What a message has to be; what is not said may be anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Match {
    client: Option<String>,
    api: Option<String>,
    group: Option<String>,
    member: Option<String>,
    topic: Option<String>,
    partition: Option<i32>,
    /// 0 is none.
    error: Option<i32>,
    database: Option<String>,
    method: Option<String>,
    path: Option<String>,
    status: Option<u16>,
    /// Found anywhere in a statement, or in a path.
    text: Option<Regex>,
}

impl Match {
    /// Refused is what could never match.
    pub(crate) fn read(fields: &Map<String, Value>, on: &Told) -> Result<Self, ApiError> {
        let api: Option<String> = value(fields, "api")?;
        for name in fields.keys() {
            if !on.fields.contains(&name.as_str()) {
                return Err(untold(name, on.kind, on.fields));
            }
            if let Some(api) = &api
                && !["api", "client"].contains(&name.as_str())
                && !told::of_api(api).contains(&name.as_str())
            {
                return Err(untold(name, &format!("{} of {api}", on.kind), told::of_api(api)));
            }
        }
        if let Some(api) = &api
            && !ApiKey::iter().any(|key| format!("{key:?}") == *api)
        {
            return Err(wrong(
                "api",
                format_args!("`{api}` is no API of Kafka; write it as Kafka does: OffsetCommit"),
            ));
        }
        let error = value(fields, "error")?;
        if error == Some(0) && on.kind == "heartbeat-refused" {
            return Err(wrong("error", "a refusal has one; write its number, or leave it out for any"));
        }
        let text: Option<String> = value(fields, "text")?;
        let regex = |text: String| {
            Regex::new(&text)
                .map_err(|error| wrong("text", format_args!("{error}; write a regular expression")))
        };
        Ok(Self {
            api,
            client: value(fields, "client")?,
            group: value(fields, "group")?,
            member: value(fields, "member")?,
            topic: value(fields, "topic")?,
            partition: value(fields, "partition")?,
            error,
            database: value(fields, "database")?,
            method: value(fields, "method")?,
            path: value(fields, "path")?,
            status: value(fields, "status")?,
            text: text.map(regex).transpose()?,
        })
    }

    pub(crate) fn api(&self) -> Option<&str> {
        self.api.as_deref()
    }

    /// Whether it is so.
    pub(crate) fn takes(&self, wire: &Wire) -> bool {
        match wire {
            Wire::Kafka(event) => self.takes_kafka(event),
            Wire::Mysql(event) => self.takes_mysql(event),
            Wire::Http(HttpEvent::Asked { method, path, .. }) => self.takes_http(method, path, None),
            Wire::Http(HttpEvent::Answered { method, path, status, .. }) => {
                self.takes_http(method, path, Some(*status))
            }
        }
    }

    fn takes_kafka(&self, KafkaEvent { client, said }: &KafkaEvent) -> bool {
        let (group, member, places, error) = told::about(said);
        let api = match said {
            KafkaSaid::Asked { api, .. } | KafkaSaid::Answered { api, .. } => Some(&**api),
            _ => None,
        };
        is(&self.client, client.as_deref())
            && is(&self.api, api)
            && is(&self.group, group)
            && is(&self.member, member)
            && self.error.is_none_or(|wanted| wanted == i32::from(error.map_or(0, KafkaError::code)))
            && self.names(&places)
    }

    fn names(&self, places: &Places<'_>) -> bool {
        let (topic, partition) = (self.topic.as_deref(), self.partition);
        if topic.is_none() && partition.is_none() {
            return true;
        }
        let wanted = |name: &str, of: &[i32]| {
            topic.is_none_or(|topic| topic == name)
                && partition.is_none_or(|partition| of.contains(&partition))
        };
        match places {
            Places::None => false,
            Places::One(topic, partition) => wanted(topic, &[*partition]),
            Places::Many(all) => all.iter().any(|(topic, partitions)| wanted(topic, partitions)),
        }
    }

    fn takes_mysql(&self, event: &MysqlEvent) -> bool {
        match event {
            MysqlEvent::Statement { database, text, .. } => {
                is(&self.database, database.as_deref()) && self.finds(text)
            }
            MysqlEvent::Answer { text, outcome, .. } => {
                let error = if let MysqlOutcome::Error(error) = outcome { error.code } else { 0 };
                self.error.is_none_or(|wanted| wanted == i32::from(error)) && self.finds(text)
            }
            _ => false,
        }
    }

    fn takes_http(&self, method: &str, path: &str, status: Option<u16>) -> bool {
        is(&self.method, Some(method))
            && is(&self.path, Some(path))
            && self.status.is_none_or(|wanted| status == Some(wanted))
            && self.finds(path)
    }

    fn finds(&self, text: &str) -> bool {
        self.text.as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

fn is(wanted: &Option<String>, told: Option<&str>) -> bool {
    wanted.as_deref().is_none_or(|wanted| told == Some(wanted))
}

fn value<T: serde::de::DeserializeOwned>(
    fields: &Map<String, Value>,
    name: &str,
) -> Result<Option<T>, ApiError> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    T::deserialize(value).map(Some).map_err(|error| wrong(name, error))
}

fn wrong(name: &str, why: impl std::fmt::Display) -> ApiError {
    ApiError::bad_body(format_args!("attributes.match.{name}: {why}"))
}

fn untold(name: &str, whose: &str, fields: &[&str]) -> ApiError {
    let told =
        if fields.is_empty() { "nothing more than client and api".to_owned() } else { fields.join(", ") };
    wrong(name, format_args!("it is not told of {whose}, so nothing would ever match; told is: {told}"))
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
