//! The points of a sweep: the effectful requests of a clean run, each named by what it is and its ordinal.

use std::collections::BTreeMap;

use pitfall_model::{Event, History, What, split_broker};

/// Requests to Kafka that change something there.
const EFFECTFUL: &[&str] =
    &["Produce", "OffsetCommit", "TxnOffsetCommit", "AddPartitionsToTxn", "AddOffsetsToTxn", "EndTxn"];
/// First words of statements that change something.
const WRITES: &[&str] = &["INSERT", "UPDATE", "DELETE", "REPLACE", "COMMIT", "CALL", "LOAD", "TRUNCATE"];
/// Requests of HTTP that change nothing, by their definition.
const SAFE: &[&str] = &["GET", "HEAD", "OPTIONS", "TRACE"];

/// What a link has to tell for points to be found.
pub(super) const TOLD: &[&str] = &["kafka-request", "statement", "http-request"];

/// One side of one effectful request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    /// `before COMMIT #1`, `after OffsetCommit order/0 #2`.
    pub(super) name: String,
    /// The condition that is met there, and no sooner.
    pub(super) reached: String,
}

/// The points of a role, in the order of the clean run, each request with both its sides.
pub(super) fn points(history: &History, role: &str) -> Vec<Point> {
    let (mut seen, mut points) = (BTreeMap::<(String, String), usize>::new(), Vec::new());
    for event in &history.events {
        // Which broker of a cluster leads what differs from run to run: its links count as one.
        let link = event.link.as_deref().map(|link| split_broker(link).0);
        let Some(link) = link.filter(|link| is_of(link, role)) else { continue };
        let Some(Kind { name, before, after }) = kind(event) else { continue };
        // Ordinals are counted along one link: two links have no common order.
        let nth = seen.entry((link.to_owned(), before.clone())).or_default();
        *nth += 1;
        for (side, told) in [("before", &before), ("after", &after)] {
            points.push(Point {
                name: format!("{side} {name} #{nth}"),
                reached: told.replacen(' ', &format!(" link={link} "), 1) + &format!(" nth={nth}"),
            });
        }
    }
    points
}

fn is_of(link: &str, role: &str) -> bool {
    link.strip_prefix(role).is_some_and(|rest| rest.starts_with("->"))
}

/// What is the same in all requests of one kind.
struct Kind {
    name: String,
    /// Told of it before it is forwarded: the event, a blank, and the rest of a condition.
    before: String,
    /// Told of it when it was answered.
    after: String,
}

fn kind(event: &Event) -> Option<Kind> {
    match &event.what {
        What::KafkaRequest { api, group, partitions, .. } if EFFECTFUL.contains(&api.as_str()) => {
            let all = partitions.iter().flat_map(|(topic, all)| all.iter().map(move |one| (topic, one)));
            let names: Vec<String> = all.clone().map(|(topic, one)| format!("{topic}/{one}")).collect();
            let mut asked = format!(" api={api}");
            asked += &group.as_ref().map_or_else(String::new, |group| format!(" group={group}"));
            // One is enough to tell it from others; a condition has no place for two.
            asked += &all
                .clone()
                .next()
                .map_or_else(String::new, |(topic, one)| format!(" topic={topic} partition={one}"));
            let name = format!("{api} {}", names.join(",")).trim_end().to_owned();
            Some(Kind {
                name,
                before: format!("kafka-request{asked}"),
                after: format!("kafka-answered{asked}"),
            })
        }
        What::Statement { text, .. } => {
            let words: Vec<&str> = text.split_whitespace().collect();
            let first = words.first()?.to_ascii_uppercase();
            let first = WRITES.iter().find(|word| **word == first)?;
            let table = table(&words).unwrap_or_default();
            let between = BETWEEN.join("|");
            let of = if table.is_empty() {
                String::new()
            } else {
                format!(r"(\s+({between}))*\s+[^\s(]*?\b{table}")
            };
            let asked = format!(r#" ~ "(?i)^\s*{first}{of}\b""#);
            let name = format!("{first} {table}").trim_end().to_owned();
            Some(Kind {
                name,
                before: format!("statement{asked}"),
                after: format!("statement-answered{asked}"),
            })
        }
        What::HttpRequest { method, path, .. } if !SAFE.contains(&method.as_str()) => {
            let asked = format!(" method={method} path={path}");
            let name = format!("{method} {path}");
            Some(Kind {
                name,
                before: format!("http-request{asked}"),
                after: format!("http-answered{asked}"),
            })
        }
        _ => None,
    }
}

/// What may stand between a statement's first word and its table.
const BETWEEN: &[&str] =
    &["INTO", "FROM", "IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "QUICK", "DELAYED", "TABLE"];

/// The table that a statement writes to, where that stands in its first words and is written in letters, digits and `_`.
fn table<'t>(words: &[&'t str]) -> Option<&'t str> {
    let table = words.iter().skip(1).find(|word| !BETWEEN.contains(&word.to_ascii_uppercase().as_str()))?;
    let name = table.split('(').next().unwrap_or(table);
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches(['`', ';', '"']);
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use pitfall_model::Condition;

    use super::*;

    fn event(link: &str, what: What) -> Event {
        Event { seq: 0, at: 0, link: Some(link.into()), conn: Some(1), order: None, what }
    }

    fn statement(text: &str) -> Event {
        let what = What::Statement { statement: 1, database: None, text: text.into(), params: vec![] };
        event("consumer->mysql-source", what)
    }

    fn commit(partitions: &[(&str, &[i32])]) -> Event {
        let partitions = partitions.iter().map(|(topic, all)| ((*topic).to_owned(), all.to_vec())).collect();
        let (api, group) = ("OffsetCommit".to_owned(), Some("kitchen".to_owned()));
        let what = What::KafkaRequest { client: None, api, group, member: None, partitions };
        event("consumer->kafka", what)
    }

    fn found(events: Vec<Event>) -> Vec<(String, String)> {
        let history = History { events, ..History::default() };
        points(&history, "consumer").into_iter().map(|point| (point.name, point.reached)).collect()
    }

    #[test]
    fn each_effectful_request_has_two_sides_and_an_ordinal() {
        let found = found(vec![
            statement("BEGIN"),
            statement("INSERT INTO orders (id) VALUES (?) ON DUPLICATE KEY UPDATE id = id"),
            statement("SELECT COUNT(*) FROM dishes"),
            statement("COMMIT"),
            commit(&[("order", &[0])]),
            statement("insert into `kitchen`.`orders` set id = 1"),
            event(
                "other->kafka",
                What::KafkaRequest {
                    client: None,
                    api: "Produce".into(),
                    group: None,
                    member: None,
                    partitions: BTreeMap::new(),
                },
            ),
        ]);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "before INSERT orders #1",
                "after INSERT orders #1",
                "before COMMIT #1",
                "after COMMIT #1",
                "before OffsetCommit order/0 #1",
                "after OffsetCommit order/0 #1",
                "before INSERT orders #2",
                "after INSERT orders #2",
            ]
        );
        assert_eq!(
            found[5].1,
            "kafka-answered link=consumer->kafka api=OffsetCommit group=kitchen topic=order partition=0 nth=1"
        );
        for (_, reached) in found {
            reached.parse::<Condition>().unwrap();
        }
    }

    #[test]
    fn tables_are_found_however_they_are_written() {
        for (text, wanted) in [
            ("INSERT INTO orders(id) VALUES (1)", "orders"),
            ("INSERT IGNORE INTO `shop`.`orders` VALUES (1)", "orders"),
            ("DELETE FROM dishes WHERE order_id = 1", "dishes"),
            ("UPDATE orders SET status = 'x'", "orders"),
            ("COMMIT", ""),
        ] {
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(table(&words).unwrap_or_default(), wanted, "{text}");
        }
    }
}
