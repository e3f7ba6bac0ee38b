//! What rises and falls along a history, and what a condition says of how high it may stand: a group's lag, the rows of a table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display},
};

use crate::{
    condition::plain,
    event::{Change, Server, What},
};

/// How many messages of a topic a group has before it.
#[derive(Debug, Clone)]
pub(crate) struct Lag {
    group: String,
    topic: String,
    at_most: i64,
    /// By partition: the offset after its last message.
    ends: BTreeMap<i32, i64>,
    committed: BTreeMap<i32, i64>,
}

impl Lag {
    pub(crate) fn new(group: String, topic: String, at_most: i64) -> Self {
        Self { group, topic, at_most, ends: BTreeMap::new(), committed: BTreeMap::new() }
    }

    /// Whether the event is about it.
    pub(crate) fn observe(&mut self, what: &What) -> bool {
        match what {
            What::Produced { topic, partition, offset, .. } if *topic == self.topic => {
                let end = self.ends.entry(*partition).or_default();
                *end = (*end).max(offset + 1);
            }
            What::Committed { group, topic, partition, offset }
                if *group == self.group && *topic == self.topic =>
            {
                self.committed.insert(*partition, *offset);
            }
            _ => return false,
        }
        true
    }

    pub(crate) fn is_met(&self) -> bool {
        self.now() <= self.at_most
    }

    fn now(&self) -> i64 {
        self.ends
            .iter()
            .map(|(partition, end)| end - self.committed.get(partition).copied().unwrap_or(0))
            .sum()
    }
}

impl Display for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ends.is_empty() {
            true => write!(f, "no message in {} for {}", self.topic, self.group),
            false => write!(f, "lag {} of {} on {}", self.now(), self.group, self.topic),
        }
    }
}

/// How many rows of a table are as asked, at its source; they are told apart by their primary keys. Of rows that were there before the
/// run, or were filled in, nothing is known.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    database: String,
    table: String,
    columns: Vec<(String, String)>,
    at_most: i64,
    keys: BTreeSet<String>,
    /// A column that its rows do not have: how many are as asked cannot be known.
    missing: Option<String>,
}

impl Rows {
    pub(crate) fn new(database: String, table: String, columns: Vec<(String, String)>, at_most: i64) -> Self {
        Self { database, table, columns, at_most, keys: BTreeSet::new(), missing: None }
    }

    /// Whether the event is about it.
    pub(crate) fn observe(&mut self, what: &What) -> bool {
        let What::RowChanged { server: Server::Source, database, table, change, key, row, .. } = what else {
            return false;
        };
        if *database != self.database || *table != self.table {
            return false;
        }
        self.missing =
            self.columns.iter().map(|(column, _)| column).find(|it| !row.contains_key(*it)).cloned();
        let is_as_asked = |(column, value): &(String, String)| {
            row.get(column).is_some_and(|stored| plain(stored) == *value)
        };
        if *change != Change::Delete && self.columns.iter().all(is_as_asked) {
            self.keys.insert(key.clone());
        } else {
            self.keys.remove(key);
        }
        true
    }

    pub(crate) fn is_met(&self) -> bool {
        self.missing.is_none() && self.now() <= self.at_most
    }

    fn now(&self) -> i64 {
        i64::try_from(self.keys.len()).unwrap_or(i64::MAX)
    }
}

impl Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = &self.missing {
            return write!(f, "{}.{} has no column `{column}`", self.database, self.table);
        }
        write!(f, "{} rows of {}.{}", self.now(), self.database, self.table)?;
        for (column, value) in &self.columns {
            write!(f, " {column}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Condition, Event, Watch, event::Place};

    fn watch(condition: &str) -> Watch {
        Watch::new(condition.parse::<Condition>().unwrap())
    }

    fn event(what: What) -> Event {
        let Place { link, conn, order } = Place::default();
        Event { seq: 0, at: 0, link, conn, order, what }
    }

    fn produced(offset: i64) -> Event {
        let (topic, key, status, version) = ("order".into(), None, None, None);
        event(What::Produced { topic, partition: 0, offset, key, status, version, bytes: 1 })
    }

    fn changed(server: Server, table: &str, change: Change, key: &str, state: &str) -> Event {
        let row = [("state".to_owned(), json!(state)), ("attempts".to_owned(), json!(2))].into();
        let (database, table, key) = ("kitchen".into(), table.into(), key.into());
        event(What::RowChanged { server, transaction: 1, database, table, change, key, row })
    }

    fn retry(change: Change, key: &str, state: &str) -> Event {
        changed(Server::Source, "retry", change, key, state)
    }

    #[test]
    fn lag_is_met_when_commits_reach_the_end() {
        let mut watch = watch("lag group=kitchen topic=order at-most=0");
        let commit = |offset| {
            let (group, topic) = ("kitchen".into(), "order".into());
            event(What::Committed { group, topic, partition: 0, offset })
        };
        assert!(watch.observe(&retry(Change::Insert, "1", "waiting")).is_none());
        assert_eq!(watch.last_seen(), "no message in order for kitchen");
        assert!(watch.observe(&produced(0)).is_none());
        assert!(watch.observe(&produced(1)).is_none());
        assert!(watch.observe(&commit(1)).is_none());
        assert_eq!(watch.last_seen(), "lag 1 of kitchen on order");
        assert!(watch.observe(&commit(2)).is_some());
        assert!(watch.observe(&produced(2)).is_none());
    }

    #[test]
    fn rows_come_and_go() {
        let mut watch = watch("rows database=kitchen table=retry state=waiting at-most=1");
        assert!(watch.observe(&produced(0)).is_some());
        assert!(watch.observe(&retry(Change::Insert, "1", "waiting")).is_some());
        assert!(watch.observe(&retry(Change::Insert, "2", "waiting")).is_none());
        assert_eq!(watch.last_seen(), "2 rows of kitchen.retry state=waiting");
        // It is the same row.
        assert!(watch.observe(&retry(Change::Update, "2", "waiting")).is_none());
        assert!(watch.observe(&retry(Change::Update, "2", "failed")).is_some());
        assert!(watch.observe(&retry(Change::Update, "2", "waiting")).is_none());
        assert!(watch.observe(&retry(Change::Delete, "1", "waiting")).is_some());
    }

    #[test]
    fn rows_without_the_column_are_not_taken_for_none() {
        let mut watch = watch("rows database=kitchen table=retry stat=waiting at-most=0");
        assert!(watch.observe(&retry(Change::Insert, "1", "waiting")).is_none());
        assert_eq!(watch.last_seen(), "kitchen.retry has no column `stat`");
    }

    #[test]
    fn rows_are_those_of_the_source_and_the_table_whose_columns_are_all_as_asked() {
        let all = "rows database=kitchen table=retry attempts=2 state=waiting at-most=0";
        for (condition, event, is_met) in [
            (all, retry(Change::Insert, "1", "waiting"), false),
            (all, retry(Change::Insert, "1", "failed"), true),
            (all, changed(Server::Replica, "retry", Change::Insert, "1", "waiting"), true),
            (all, changed(Server::Source, "orders", Change::Insert, "1", "waiting"), true),
            ("rows database=kitchen table=retry at-most=0", retry(Change::Insert, "1", "failed"), false),
            ("rows database=orders table=retry at-most=0", retry(Change::Insert, "1", "failed"), true),
        ] {
            assert_eq!(watch(condition).observe(&event).is_some(), is_met, "{condition}: {event:?}");
        }
    }
}
