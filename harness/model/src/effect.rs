//! Effects: where the work of a system shows from outside.

use serde::{Deserialize, Serialize};

/// Where one kind of effect shows: rows of a `table`, or messages of a `topic`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", untagged)]
pub enum Effect {
    /// Rows of a table.
    Table(TableEffect),
    /// Messages of an output topic; each message is one effect, told apart by its key.
    Topic(TopicEffect),
}

/// Rows of a table, one or more for each order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableEffect {
    /// Database, by its name in `[databases]`.
    pub database: String,
    /// Table.
    pub table: String,
    /// Column that holds the order id.
    pub order: String,
    /// Column that holds the status, where the table has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Messages of an output topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TopicEffect {
    /// Topic, by its name in `[topics]`.
    pub topic: String,
}

/// The file form: one flat table, so that a wrong key is reported by name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    database: Option<String>,
    table: Option<String>,
    order: Option<String>,
    status: Option<String>,
    topic: Option<String>,
}

impl TryFrom<Fields> for Effect {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        match fields {
            Fields { topic: Some(topic), database: None, table: None, order: None, status: None } => {
                Ok(Self::Topic(TopicEffect { topic }))
            }
            Fields {
                topic: None,
                database: Some(database),
                table: Some(table),
                order: Some(order),
                status,
            } => Ok(Self::Table(TableEffect { database, table, order, status })),
            _ => Err(
                "an effect has either `topic`, or `database`, `table` and `order` (and `status`, where the table has one)",
            ),
        }
    }
}
