//! Effects: what of a system's work shows, whether in a table (the source's binlog) or in an output topic.

use std::borrow::Cow;

use pitfall_model::{Change, Effect, Event, Judging, Server, TableEffect, What};
use serde_json::Value;

/// One appearance of an effect.
#[derive(Clone)]
pub(crate) struct Seen<'h> {
    pub(crate) event: &'h Event,
    /// Whose effect it is.
    pub(crate) order: Cow<'h, str>,
    /// The row's primary key, or the message's key.
    pub(crate) key: Option<Cow<'h, str>>,
    pub(crate) status: Option<Cow<'h, str>>,
    pub(crate) change: Change,
    /// The transaction on the source; none for a message.
    pub(crate) transaction: Option<u64>,
}

impl Seen<'_> {
    /// The key, or where a message has none its order.
    pub(crate) fn key_or_order(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.order)
    }
}

/// Picks one effect out of a history.
#[derive(Clone, Copy)]
pub(crate) enum Lens<'j> {
    Table(&'j TableEffect),
    Topic(&'j str),
}

impl<'j> Lens<'j> {
    /// The effect of this name; or the sentence that says why nothing can be judged.
    pub(crate) fn find(judging: &'j Judging, name: &str) -> Result<Self, String> {
        match judging.effects.get(name) {
            Some(Effect::Table(table)) => Ok(Self::Table(table)),
            Some(Effect::Topic(topic)) => Ok(Self::Topic(&topic.topic)),
            None => Err(format!("no effect is named `{name}`: nothing shows whether an order was handled")),
        }
    }

    /// The table effect of this name; or the sentence that says why nothing can be judged.
    pub(crate) fn table(judging: &'j Judging, name: &str) -> Result<&'j TableEffect, String> {
        match Self::find(judging, name)? {
            Self::Table(table) => Ok(table),
            Self::Topic(topic) => Err(format!(
                "effect `{name}` is the topic {topic}, but only rows of a table can be judged here"
            )),
        }
    }

    /// Whether the effect can tell a status.
    pub(crate) fn tells_status(&self) -> bool {
        match self {
            Self::Table(table) => table.status.is_some(),
            Self::Topic(_) => true,
        }
    }

    /// The appearance in this event, if it is one. An appearance without an order id is nobody's.
    pub(crate) fn see<'h>(&self, event: &'h Event) -> Option<Seen<'h>> {
        match (self, &event.what) {
            (
                Self::Table(effect),
                What::RowChanged { server: Server::Source, transaction, database, table, change, key, row },
            ) if *table == effect.table && *database == effect.database => {
                let order =
                    event.order.as_deref().map(Cow::Borrowed).or_else(|| text(row.get(&effect.order)?))?;
                let status = effect.status.as_ref().and_then(|column| text(row.get(column)?));
                let (key, transaction) = (Some(Cow::Borrowed(key.as_str())), Some(*transaction));
                Some(Seen { event, order, key, status, change: *change, transaction })
            }
            (Self::Topic(effect), What::Produced { topic, key, status, .. }) if topic == effect => {
                let order = Cow::Borrowed(event.order.as_deref()?);
                let (key, status) = (key.as_deref().map(Cow::Borrowed), status.as_deref().map(Cow::Borrowed));
                Some(Seen { event, order, key, status, change: Change::Insert, transaction: None })
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Lens<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Table(table) => write!(f, "{}.{}", table.database, table.table),
            Self::Topic(topic) => write!(f, "topic {topic}"),
        }
    }
}

/// A column's value as text; NULL is none.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}
