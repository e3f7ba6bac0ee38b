//! Effects: where the work of a system shows from outside.

use serde::{Deserialize, Serialize};

use crate::platform::Route;

/// Where one kind of effect shows: rows of a `table`, messages of a `topic`, or calls of a `route`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", untagged)]
pub enum Effect {
    /// Rows of a table.
    Table(TableEffect),
    /// Messages of an output topic; each message is one effect, told apart by its key.
    Topic(TopicEffect),
    /// Calls of a route of the mocked platform; each that was answered 2xx is one effect.
    Route {
        /// The route.
        route: Route,
    },
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
    /// Column that holds why the row is there, where the table has one: of a dead letter, why it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Column that holds the version of what the row shows, where the table has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
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
    reason: Option<String>,
    version: Option<String>,
    topic: Option<String>,
    route: Option<Route>,
}

impl Fields {
    fn says_of_a_table(&self) -> bool {
        let of_a_table =
            [&self.database, &self.table, &self.order, &self.status, &self.reason, &self.version];
        of_a_table.into_iter().any(Option::is_some)
    }
}

impl TryFrom<Fields> for Effect {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let of_a_table = fields.says_of_a_table();
        let Fields { database, table, order, status, reason, version, topic, route } = fields;
        match (topic, route, database, table, order) {
            (Some(topic), None, ..) if !of_a_table => Ok(Self::Topic(TopicEffect { topic })),
            (None, Some(route), ..) if !of_a_table => Ok(Self::Route { route }),
            (None, None, Some(database), Some(table), Some(order)) => {
                Ok(Self::Table(TableEffect { database, table, order, status, reason, version }))
            }
            _ => Err(
                "an effect has either `topic`, or `route`, or `database`, `table` and `order` (and `status`, `reason`, `version`, where the table has them)",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Effect;
    use crate::platform::Route;

    #[test]
    fn an_effect_is_one_of_three() {
        let route = toml::from_str::<Effect>("route = \"finance\"");
        assert_eq!(route.ok(), Some(Effect::Route { route: Route::Finance }));
        let table = "database = \"kitchen\"\ntable = \"dead_letters\"\norder = \"order_id\"\n";
        let read = toml::from_str::<Effect>(&format!("{table}reason = \"why\"\nversion = \"revision\""));
        let Ok(Effect::Table(read)) = read else { panic!("{read:?}") };
        assert_eq!((read.reason.as_deref(), read.version.as_deref()), (Some("why"), Some("revision")));
        for wrong in ["route = \"financ\"", "reason = \"why\"", &format!("{table}route = \"finance\"")] {
            assert!(toml::from_str::<Effect>(wrong).is_err(), "{wrong}");
        }
    }
}
