//! One event as one line for people.

use std::collections::BTreeMap;

use pitfall_model::{Change, Event, Server, What};

/// The event in one line, with its link and order but without its time:
/// `produced placed of order 17 in order/2 offset 12`.
pub fn describe(event: &Event) -> String {
    let line = place(event) + &what(event);
    // Logs, errors and alerts may hold line breaks of their own.
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `consumer->mysql-source #3: `, or nothing.
fn place(event: &Event) -> String {
    match (&event.link, event.conn) {
        (Some(link), Some(conn)) => format!("{link} #{conn}: "),
        (Some(link), None) => format!("{link}: "),
        (None, Some(conn)) => format!("#{conn}: "),
        (None, None) => String::new(),
    }
}

fn what(event: &Event) -> String {
    let of = event.order.as_ref().map_or_else(String::new, |order| format!(" of order {order}"));
    match &event.what {
        What::Run { name, id, seed, .. } => format!("run {name} ({id}, seed {seed})"),
        What::Ended { reason } => format!("ended: {reason}"),
        What::Stalled { for_ms } => format!("the harness stalled for {for_ms} ms"),
        What::Awaited { what, met: true, .. } => format!("awaited {what}: met"),
        What::Awaited { what, met: false, last_seen } => {
            format!("awaited {what} in vain, last seen: {last_seen}")
        }
        What::StepBegun { step } => format!("step {step} began"),
        What::StepDone { step } => format!("step {step} done"),
        What::Filled { database, table, rows, took_ms } => {
            format!("{rows} rows filled into {database}.{table} in {took_ms} ms")
        }
        What::Acted { action, status } => format!("action {action}{of} answered {status}"),
        What::Produced { topic, partition, offset, key, status, .. } => {
            let status = status.as_deref().unwrap_or("message");
            let key = key.as_ref().map_or_else(String::new, |key| format!(" key {key}"));
            format!("produced {status}{of} in {topic}/{partition} offset {offset}{key}")
        }
        What::Committed { group, topic, partition, offset } => {
            format!("committed {topic}/{partition} offset {offset} by group {group}")
        }
        What::GroupDescribed { group, state, members } => {
            format!("group {group} looks {state} from outside, members: {members}")
        }
        What::BrokerChanged { broker, state } => format!("broker {broker} {state}"),
        What::FaultArmed { fault } => format!("fault {fault} armed"),
        What::FaultProved { fault, by } => format!("fault {fault} proved by {by}"),
        What::FaultHealed { fault } => format!("fault {fault} healed"),
        What::FaultIdle { fault, awaited, last_seen } => {
            format!("fault {fault} never began: awaited {awaited}, last seen: {last_seen}")
        }
        What::FaultNotDone { fault, reason } => format!("fault {fault} not done: {reason}"),
        What::Rendezvous { fault, key, outcome, .. } => format!("rendezvous {fault} of {key}: {outcome}"),
        What::ConnectionOpened { client } => format!("connection opened by {client}"),
        What::UpstreamFailed { error } => format!("server not reached: {error}"),
        What::ConnectionClosed { by, bytes_up, bytes_down } => {
            format!("connection closed by {by} ({bytes_up} bytes up, {bytes_down} down)")
        }
        What::ToxicBit { toxic, what } => format!("toxic {toxic}: {what}"),
        What::Blind { reason } => format!("blind: {reason}"),
        What::RequestsUnread { api, version, requests } => {
            format!("{requests} requests {api} version {version} passed unread")
        }
        What::Unobserved { reason } => format!("not observed: {reason}"),
        What::KafkaRequest { api, group, partitions: named, .. } => {
            format!("request {api}{}{}", of_group(group), about(named))
        }
        What::KafkaAnswered { api, group, partitions: named, error, error_name, .. } => {
            format!("{api}{}{} answered{}", of_group(group), about(named), kafka(*error, error_name))
        }
        What::GroupJoined { group, member, generation, error, error_name, .. } => {
            format!("{member} joined group {group} in generation {generation}{}", kafka(*error, error_name))
        }
        What::GroupSynced { group, member, generation, assignment, error, error_name, .. } => {
            let (has, refused) = (partitions(assignment), kafka(*error, error_name));
            format!("{member} of group {group}, generation {generation}, has {has}{refused}")
        }
        What::GroupLeft { group, member, error, error_name, .. } => {
            format!("{member} left group {group}{}", kafka(*error, error_name))
        }
        What::HeartbeatRefused { group, member, generation, error, error_name, .. } => {
            format!(
                "heartbeat of {member}, group {group}, generation {generation}{}",
                kafka(*error, error_name)
            )
        }
        What::GroupHeartbeat { group, member, asked, epoch, assignment, error, error_name, .. } => {
            let (has, refused) = (partitions(assignment), kafka(*error, error_name));
            format!("{member} of group {group}, epoch {epoch} after {asked}, has {has}{refused}")
        }
        What::OffsetCommit { group, topic, partition, offset, error, error_name, .. } => {
            format!(
                "commit of {topic}/{partition} offset {offset} by group {group}{}",
                kafka(*error, error_name)
            )
        }
        What::RecordsFetched {
            topic,
            partition,
            first_offset,
            last_offset,
            records,
            error,
            error_name,
            ..
        } => {
            let at = first_offset.zip(*last_offset);
            let at = at.map_or_else(String::new, |(first, last)| format!(" offset {first} to {last}"));
            format!("{records} records of {topic}/{partition}{at} fetched{}", kafka(*error, error_name))
        }
        What::OffsetsFetched { group, topic, partition, offset, error, error_name, .. } => {
            let found = offset.map_or_else(|| "no offset".into(), |offset| format!("offset {offset}"));
            format!("{found} of {topic}/{partition} for group {group}{}", kafka(*error, error_name))
        }
        What::ProduceAnswered { topic, partition, offset, records, error, error_name, .. } => {
            let at = offset.map_or_else(String::new, |offset| format!(" from offset {offset}"));
            format!("{records} records for {topic}/{partition}{at}{}", kafka(*error, error_name))
        }
        What::Login { user, database, error, message } => {
            let (user, database) =
                (user.as_deref().unwrap_or("nobody"), database.as_deref().unwrap_or("none"));
            format!("login of {user}, database {database}{}", mysql(*error, message))
        }
        What::Statement { statement, database, text, params } => {
            let with = if params.is_empty() { String::new() } else { format!(" with {}", params.join(", ")) };
            format!("statement {statement} in {}: {text}{with}", database.as_deref().unwrap_or("no database"))
        }
        What::StatementAnswered { statement, text, rows, affected_rows, error, message, .. } => {
            let rows = rows.map_or_else(String::new, |rows| format!(", {rows} rows"));
            let changed =
                affected_rows.map_or_else(String::new, |changed| format!(", {changed} rows changed"));
            format!(
                "statement {statement} answered{rows}{changed}{}; statement: {text}",
                mysql(*error, message)
            )
        }
        What::RequestFailed { request, text, error, message } => {
            let (request, text) = (request.as_deref().unwrap_or("no request"), text.as_deref().unwrap_or(""));
            format!("{request} {text}{}", mysql(*error, message))
        }
        What::HttpRequest { request, method, path } => format!("request {request}: {method} {path}"),
        What::HttpAnswered { request, method, path, status, took_ms } => {
            format!("request {request} answered {status} after {took_ms} ms: {method} {path}")
        }
        What::Request { request, route, method, path } => {
            format!("request {request}{of}: {method} {path} ({route})")
        }
        What::Answer { request, route, status, delay_ms } => {
            format!("answer {request}{of}: {status} after {delay_ms} ms ({route})")
        }
        What::Alert { text } => format!("alert: {text}"),
        What::Ban { route, for_ms } => format!("ban for {for_ms} ms ({route})"),
        What::NodeDied { route, node, for_ms } => {
            format!("node {node} fell over, down for {for_ms} ms ({route})")
        }
        What::RowChanged { server, transaction, database, table, change, key, row } => {
            let columns: Vec<String> =
                row.iter().map(|(column, value)| format!("{column}={value}")).collect();
            let (server, change, columns) = (server_name(*server), change_name(*change), columns.join(" "));
            format!(
                "{server} {change} {database}.{table} key {key}{of} in transaction {transaction}: {columns}"
            )
        }
        What::SqlError { code, database, message, statement } => {
            format!("error {code}{of} in {database}: {message}; statement: {statement}")
        }
        What::ProcessStarted { role, instance, pid } => {
            format!("process {role} {instance} started (pid {pid})")
        }
        What::ProcessPaused { role, instance } => format!("process {role} {instance} stands still"),
        What::ProcessResumed { role, instance } => format!("process {role} {instance} goes on"),
        What::ProcessExited { role, instance, exit } => format!("process {role} {instance} exited: {exit}"),
        What::ProcessSampled { role, instance, cpu_ms, memory } => {
            format!("process {role} {instance} has used {cpu_ms} ms of CPU, {memory} bytes")
        }
        What::Log { role, instance, line } => format!("log of {role} {instance}: {line}"),
    }
}

/// `, refused: error 25 UnknownMemberId`, or nothing.
fn kafka(error: Option<i16>, name: &Option<String>) -> String {
    let name = name.as_deref().unwrap_or_default();
    error.map_or_else(String::new, |code| format!(", refused: error {code} {name}"))
}

/// `, error 1062: Duplicate entry …`, or nothing.
fn mysql(error: Option<u16>, message: &Option<String>) -> String {
    let message = message.as_deref().unwrap_or_default();
    error.map_or_else(String::new, |code| format!(", error {code}: {message}"))
}

/// ` of group kitchen`, or nothing.
fn of_group(group: &Option<String>) -> String {
    group.as_deref().map_or_else(String::new, |group| format!(" of group {group}"))
}

/// ` about order/0, order/2`, or nothing.
fn about(named: &BTreeMap<String, Vec<i32>>) -> String {
    if named.is_empty() { String::new() } else { format!(" about {}", partitions(named)) }
}

/// `order/0, order/2`, or `no partitions`.
fn partitions(assignment: &BTreeMap<String, Vec<i32>>) -> String {
    let one = |(topic, partitions): (&String, &Vec<i32>)| {
        partitions.iter().map(|partition| format!("{topic}/{partition}")).collect::<Vec<_>>()
    };
    let all: Vec<String> = assignment.iter().flat_map(one).collect();
    if all.is_empty() { "no partitions".into() } else { all.join(", ") }
}

fn server_name(server: Server) -> &'static str {
    match server {
        Server::Source => "source",
        Server::Replica => "replica",
    }
}

fn change_name(change: Change) -> &'static str {
    match change {
        Change::Insert => "insert",
        Change::Update => "update",
        Change::Delete => "delete",
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says what it rests on by failing")]
mod tests {
    use super::describe;
    use pitfall_model::Event;

    const HISTORY: &str = include_str!("../../../docs/history.md");

    #[test]
    fn every_documented_event_is_one_line() {
        let examples = HISTORY.lines().filter(|line| line.starts_with("{\"seq\""));
        let lines: Vec<String> = examples
            .map(|line| describe(&serde_json::from_str::<Event>(line).expect("the page's own test says so")))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        run kitchen-display::B1-lost-placed::before (r3f2, seed 42)
        ended: settled
        the harness stalled for 640 ms
        awaited 20 rows of kitchen.orders in vain, last seen: 19 rows
        step place began
        step place done
        10000 rows filled into kitchen.orders in 64 ms
        action set_limit answered 200
        produced placed of order 17 in order/2 offset 12 key 17
        committed order/2 offset 13 by group kitchen
        group kitchen looks Stable from outside, members: 2
        broker 2 killed
        source insert kitchen.orders key 17 of order 17 in transaction 3: order_id="17" status="placed"
        error 1062 in kitchen: Duplicate entry '6' for key 'PRIMARY'; statement: INSERT INTO orders (order_id, status) VALUES ('6', 'placed')
        consumer->mysql-source #1: connection opened by 127.0.0.1:40512
        consumer->mysql-source #2: server not reached: Connection refused (os error 111)
        consumer->mysql-source #1: connection closed by cut (8123 bytes up, 91024 down)
        consumer->mysql-source #1: toxic cut: refused a connection
        consumer->kafka #3: blind: TLS that it may not open
        consumer->kafka #3: 12 requests API 88 version 0 passed unread
        replica->source: not observed: it runs through Toxiproxy, which tells nothing of what passes
        consumer->kafka #1: request OffsetCommit of group kitchen about order/0, order/2
        consumer->kafka #1: OffsetCommit of group kitchen about order/0, order/2 answered, refused: error 25 UnknownMemberId
        consumer->kafka #1: kitchen-1 joined group kitchen in generation 3
        consumer->kafka #1: kitchen-1 of group kitchen, generation 3, has order/0, order/2
        consumer->kafka #1: kitchen-1 left group kitchen
        consumer->kafka #1: heartbeat of kitchen-1, group kitchen, generation 3, refused: error 27 RebalanceInProgress
        consumer->kafka #1: kitchen-1 of group kitchen, epoch 4 after 0, has kq3vYf1bTnS3H7y0m2aZ1A/1
        consumer->kafka #1: commit of order/2 offset 13 by group kitchen, refused: error 25 UnknownMemberId
        consumer->kafka #1: 2 records of order/2 offset 12 to 13 fetched
        consumer->kafka #1: offset 12 of order/2 for group kitchen
        consumer->kafka #1: 1 records for order/2 from offset 12
        consumer->mysql-source #1: login of app, database kitchen
        consumer->mysql-source #1: statement 4 in kitchen: SELECT status FROM orders WHERE id = ? with 17
        consumer->mysql-source #1: statement 5 answered, error 1062: Duplicate entry '17' for key 'PRIMARY'; statement: INSERT INTO orders SET id = ?
        consumer->mysql-source #1: COM_STMT_PREPARE SELEC 1, error 1064: You have an error in your SQL syntax
        collect->platform #1: request 3: GET /orders?window=w1&page=1
        collect->platform #1: request 3 answered 200 after 24 ms: GET /orders?window=w1&page=1
        fault cut armed
        fault cut proved by 3 connections refused
        fault cut healed
        fault lost-answer never began: awaited offset-commit nth=3, last seen: 1 of 3 × offset-commit
        consumer->kafka #2: fault refused not done: a Produce with acks=0 has no answer
        consumer->mysql-source #4: rendezvous both-look of ["17"]: met
        request 1 of order w1: GET /orders?window=w1&page=1 (page)
        answer 1 of order w1: 200 after 20 ms (page)
        alert: commit failed: the group has rebalanced
        save->platform: ban for 2000 ms (ship)
        consumer->platform: node 3 fell over, down for 1000 ms (detail)
        process consumer 1 started (pid 4711)
        process consumer 1 exited: signal 9
        process consumer 1 stands still
        process consumer 1 goes on
        process consumer 1 has used 320 ms of CPU, 18874368 bytes
        log of consumer 1: order 17: stored
        "#);
    }

    #[test]
    fn line_breaks_do_not_break_the_line() {
        let event = r#"{"seq":1,"at":0,"event":"alert","text":"a\n  b"}"#;
        assert_eq!(describe(&serde_json::from_str::<Event>(event).expect("is an event")), "alert: a b");
    }
}
