//! Events: what the history is made of. One event is one line of `history.jsonl`.
//!
//! The schema is documented field by field in `docs/history.md`; [`SCHEMA`] is its version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tap::Tap;

/// Version of the history's schema; a history of another version is refused by name.
pub const SCHEMA: u32 = 1;

/// A row as the binlog tells it: column name to value.
pub type Row = BTreeMap<String, serde_json::Value>;

/// One thing that happened, on the run's one monotonic clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the file, from 0.
    pub seq: u64,
    /// Nanoseconds since the run began (monotonic).
    pub at: u64,
    /// The link it was seen on, e.g. `consumer->mysql-source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The connection within the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conn: Option<u64>,
    /// The id that joins messages, calls, rows and commits (`order` in `pitfall.toml`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// Where an event was seen, and of which order it speaks; any of it may be unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// See [`Event::link`].
    pub link: Option<String>,
    /// See [`Event::conn`].
    pub conn: Option<u64>,
    /// See [`Event::order`].
    pub order: Option<String>,
}

impl Place {
    /// Known by its order only.
    pub fn order(order: impl Into<Option<String>>) -> Self {
        Self { order: order.into(), ..Self::default() }
    }

    /// A connection of a link.
    pub fn link(link: impl Into<String>, conn: Option<u64>) -> Self {
        Self { link: Some(link.into()), conn, order: None }
    }
}

/// Which of the two database servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// The server that is written to.
    Source,
    /// The server that follows it.
    Replica,
}

/// How a row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A row came.
    Insert,
    /// A row changed.
    Update,
    /// A row went.
    Delete,
}

/// What became of a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum BrokerState {
    /// It was killed (SIGKILL).
    Killed,
    /// It was started again, its cluster has taken it back, and groups can be used at it.
    Started,
    /// It stands still (SIGSTOP).
    Paused,
    /// It goes on (SIGCONT).
    Resumed,
}

/// What happened. Names of topics, groups and databases are the scenario's own (`order`, not `r3f2-order`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum What {
    /// Always the first line: which run this is.
    Run {
        /// Schema version, [`SCHEMA`].
        schema: u32,
        /// `system::ID-name::variant`.
        name: String,
        /// The run's own id, part of the names of its topics, groups and databases.
        id: String,
        /// Everything random comes from it.
        seed: u64,
        /// Wall clock at `at = 0`, seconds since 1970 (for people; nothing is judged by it).
        began: u64,
        /// Server or library to version.
        versions: BTreeMap<String, String>,
        /// What was read in this run: a guarantee that needs another tap cannot be judged. All, in a history that does not say.
        #[serde(default = "Tap::unsaid")]
        taps: Vec<Tap>,
    },
    /// A step of the workload began.
    StepBegun {
        /// The step's name.
        step: String,
    },
    /// A step of the workload is done, and every message it led to until then is in the history.
    StepDone {
        /// The step's name.
        step: String,
    },
    /// The servers put rows into a table, past binlog and history: source and replica have them now.
    Filled {
        /// Database.
        database: String,
        /// Table.
        table: String,
        /// How many rows, as both servers count them. Very many are told a million at a time.
        rows: u64,
        /// Milliseconds that the slower server took.
        took_ms: u64,
    },
    /// The harness called an action of the system (`[actions]` in `pitfall.toml`).
    Acted {
        /// The action's name.
        action: String,
        /// The answer's HTTP status.
        status: u16,
    },
    /// The harness stopped waiting for something.
    Awaited {
        /// What was awaited, in words.
        what: String,
        /// Whether it came within the limit.
        met: bool,
        /// The last thing seen of it.
        last_seen: String,
    },
    /// A message stands in a topic (read back from the topic, whoever wrote it).
    Produced {
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// Offset.
        offset: i64,
        /// The message's key, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// The status it carries, if the topic's messages carry one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// The version of its order that it carries, if the topic's messages carry one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Size of key and value, bytes.
        bytes: u64,
    },
    /// A commit stands in `__consumer_offsets` (every commit, not samples).
    Committed {
        /// Consumer group.
        group: String,
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// The committed offset: the next to be read.
        offset: i64,
    },
    /// A group looks otherwise than before from outside, as its coordinator describes it: seen at the next look, some times a
    /// second; what lasts shorter may not be seen.
    GroupDescribed {
        /// Consumer group.
        group: String,
        /// Its state, as Kafka names it; of a group that is not there `Dead`.
        state: String,
        /// How many members it has.
        members: u64,
    },
    /// Something was done to a broker of the run's own cluster.
    BrokerChanged {
        /// Its node id.
        broker: i32,
        /// What became of it.
        state: BrokerState,
    },
    /// A fault begins to act.
    FaultArmed {
        /// The fault's name.
        fault: String,
    },
    /// A fault's proof, as its variant declares it, was seen.
    FaultProved {
        /// The fault's name.
        fault: String,
        /// What proved it.
        by: String,
    },
    /// A fault no longer acts.
    FaultHealed {
        /// The fault's name.
        fault: String,
    },
    /// A fault never began.
    FaultIdle {
        /// The fault's name.
        fault: String,
        /// What it would have begun with.
        awaited: String,
        /// The last thing seen of it.
        last_seen: String,
    },
    /// A fault could not be done to a message, which went on as it was.
    FaultNotDone {
        /// The fault's name.
        fault: String,
        /// Why.
        reason: String,
    },
    /// Messages of one key that were to wait for each other came, or did not.
    Rendezvous {
        /// The fault's name.
        fault: String,
        /// What they have in common.
        key: String,
        /// `met`: all came while the first was held. `serialised`: the system itself kept them apart. `unreached`: the others
        /// never came.
        outcome: String,
        /// The connections they came on, in their order.
        connections: Vec<u64>,
    },
    /// A client connected to a link.
    ConnectionOpened {
        /// The client's address.
        client: String,
    },
    /// A link could not reach the server behind it.
    UpstreamFailed {
        /// The system's error.
        error: String,
    },
    /// A connection of a link ended.
    ConnectionClosed {
        /// `client`, `server`, `link`, or the toxic's name.
        by: String,
        /// Bytes that went from client to server.
        bytes_up: u64,
        /// Bytes that went from server to client.
        bytes_down: u64,
    },
    /// A toxic did something to bytes or connections.
    ToxicBit {
        /// The toxic's name: that of its fault.
        toxic: String,
        /// What it did.
        what: String,
    },
    /// From here the link could not understand what passed.
    Blind {
        /// Why.
        reason: String,
    },
    /// Requests of an API, or of a version of one, that the link does not know have passed untouched: told when their
    /// connection has ended.
    RequestsUnread {
        /// Kafka's name of the API, or `API` and its number.
        api: String,
        /// Its version.
        version: i16,
        /// How many.
        requests: u64,
    },
    /// What passes on this link is not observed at all, by design: nothing is told of it, and no fault is proved by it.
    Unobserved {
        /// Why.
        reason: String,
    },
    /// A link read it: any request to Kafka, before it was forwarded. Told only where something waits for it.
    KafkaRequest {
        /// The client's own name for itself.
        client: Option<String>,
        /// Kafka's name of the API, such as `OffsetCommit`.
        api: String,
        /// The group, where the request is read and has one.
        group: Option<String>,
        /// The member, likewise.
        member: Option<String>,
        /// The partitions that it names, by topic.
        partitions: BTreeMap<String, Vec<i32>>,
    },
    /// A link read it: any answer of Kafka, before the client got it. Told only where something waits for it.
    KafkaAnswered {
        /// The client's own name for itself.
        client: Option<String>,
        /// Kafka's name of the API.
        api: String,
        /// The group, where the request is read and has one.
        group: Option<String>,
        /// The partitions that the request named, by topic.
        partitions: BTreeMap<String, Vec<i32>>,
        /// Kafka's error code: the first in the answer, where it is read.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a member joined a group, or was refused (JoinGroup).
    GroupJoined {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The member, as the broker names it.
        member: String,
        /// The group's generation; -1 when refused.
        generation: i32,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a member was given its partitions, or was refused (SyncGroup).
    GroupSynced {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The member.
        member: String,
        /// The group's generation.
        generation: i32,
        /// Its partitions by topic.
        assignment: BTreeMap<String, Vec<i32>>,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a member left its group (LeaveGroup).
    GroupLeft {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The member.
        member: String,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a member's Heartbeat was answered by an error.
    HeartbeatRefused {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The member.
        member: String,
        /// The generation that the member believes in.
        generation: i32,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a ConsumerGroupHeartbeat (KIP-848) that changed something.
    GroupHeartbeat {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The member.
        member: String,
        /// The epoch that it came with: 0 to join, -1 to leave, -2 to leave for a while.
        asked: i32,
        /// The epoch that the broker answered.
        epoch: i32,
        /// Its partitions from now on, by topic id.
        assignment: BTreeMap<String, Vec<i32>>,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a commit of one partition, as the broker answered it (OffsetCommit).
    OffsetCommit {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The member; empty for one that is in no group, or no more.
        member: String,
        /// The member's generation or epoch; -1 for one that is in no group.
        generation: i32,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: what a consumer was given of one partition (Fetch). An answer with no records is not told.
    RecordsFetched {
        /// The client's own name for itself.
        client: Option<String>,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Of the first record; none when it was refused.
        first_offset: Option<i64>,
        /// Of the last record; none when it was refused.
        last_offset: Option<i64>,
        /// How many records.
        records: u64,
        /// The first 100 records' offsets and keys, as far as they could be read.
        keys: Vec<(i64, Option<String>)>,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: where in one partition a consumer was told to go on (OffsetFetch).
    OffsetsFetched {
        /// The client's own name for itself.
        client: Option<String>,
        /// The group.
        group: String,
        /// The topic; empty when the group is refused to one who asked for all that it has.
        topic: String,
        /// The partition; -1 in that case.
        partition: i32,
        /// The committed offset; none when nothing was committed, or it was refused.
        offset: Option<i64>,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: what a producer sent to one partition, as the broker answered it (Produce).
    ProduceAnswered {
        /// The client's own name for itself.
        client: Option<String>,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Of the first record; none when it was refused, or no answer was asked for.
        offset: Option<i64>,
        /// How many records.
        records: u64,
        /// Kafka's error code.
        error: Option<i16>,
        /// Its name.
        error_name: Option<String>,
    },
    /// A link read it: a login to MySQL, accepted or not.
    Login {
        /// Who.
        user: Option<String>,
        /// The database in use from the beginning.
        database: Option<String>,
        /// MySQL's error number.
        error: Option<u16>,
        /// Its message.
        message: Option<String>,
    },
    /// A link read it: a statement on its way to MySQL.
    Statement {
        /// Its number on the connection, from 1.
        statement: u64,
        /// The database in use.
        database: Option<String>,
        /// Its text, or the first 1,024 bytes of it.
        text: String,
        /// Its parameters, if it had been prepared: the first 32, shortened.
        params: Vec<String>,
    },
    /// A link read it: MySQL's answer to a statement.
    StatementAnswered {
        /// The statement's number on the connection.
        statement: u64,
        /// The statement's text, as it was told with it.
        text: String,
        /// Its parameters, if it had been prepared: the first 32, shortened.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        params: Vec<String>,
        /// Rows that it gave.
        rows: Option<u64>,
        /// Rows that it changed.
        affected_rows: Option<u64>,
        /// Whether a transaction is open now.
        in_transaction: bool,
        /// MySQL's error number.
        error: Option<u16>,
        /// Its SQLSTATE.
        sqlstate: Option<String>,
        /// Its message.
        message: Option<String>,
    },
    /// A link read it: a request to MySQL that is no statement failed.
    RequestFailed {
        /// Which, by the protocol's name; none where nothing was asked.
        request: Option<String>,
        /// What was to be prepared.
        text: Option<String>,
        /// MySQL's error number.
        error: Option<u16>,
        /// Its message.
        message: Option<String>,
    },
    /// A link read it: an HTTP request on its way to the server.
    HttpRequest {
        /// Its number on the connection, from 1.
        request: u64,
        /// Its method.
        method: String,
        /// Path and query, or the first 4,096 bytes of them.
        path: String,
    },
    /// A link read it: the head of the answer to an HTTP request.
    HttpAnswered {
        /// Which request on the connection.
        request: u64,
        /// The request's method.
        method: String,
        /// The request's path and query.
        path: String,
        /// The status.
        status: u16,
        /// Milliseconds from when the request's head was forwarded.
        took_ms: u64,
    },
    /// The mocked platform was asked.
    Request {
        /// Number of the request within the run.
        request: u64,
        /// The route that matched: `page`, `finance`, `ship`, `detail`, `alerts`, or `none`.
        route: String,
        /// HTTP method.
        method: String,
        /// Path and query.
        path: String,
    },
    /// The mocked platform answered.
    Answer {
        /// Which request.
        request: u64,
        /// The route that matched.
        route: String,
        /// HTTP status.
        status: u16,
        /// Milliseconds that the mock was told to take.
        delay_ms: u64,
    },
    /// The system told its people that something is wrong.
    Alert {
        /// What it said.
        text: String,
    },
    /// The mocked platform began a ban, or a request during a ban made it last longer: told after that request and before its
    /// answer. A ban that was told before is replaced.
    Ban {
        /// The route whose requests are refused.
        route: String,
        /// Milliseconds that it lasts from here.
        for_ms: u64,
    },
    /// A node of the mocked platform fell over: told after the request that was one too many and before its answer.
    NodeDied {
        /// The route whose calls it shared with others.
        route: String,
        /// The node, from 1.
        node: u32,
        /// Milliseconds until it takes calls again.
        for_ms: u64,
    },
    /// A row changed, as the server's binlog has it, in commit order.
    RowChanged {
        /// Which server's binlog.
        server: Server,
        /// Number of the transaction within this binlog's tap, from 1; rows of one commit share it.
        transaction: u64,
        /// Database.
        database: String,
        /// Table.
        table: String,
        /// How it changed.
        change: Change,
        /// The primary key's values joined by `,`.
        key: String,
        /// The row after the change (before it, for a delete).
        row: Row,
    },
    /// A statement failed, as the source's error log has it.
    SqlError {
        /// MySQL's error number, e.g. 1062.
        code: u32,
        /// Database.
        database: String,
        /// The server's message.
        message: String,
        /// The statement.
        statement: String,
    },
    /// A process of the system started.
    ProcessStarted {
        /// Role.
        role: String,
        /// Instance of the role, from 1.
        instance: u32,
        /// Process id.
        pid: i32,
    },
    /// A process of the system ended.
    ProcessExited {
        /// Role.
        role: String,
        /// Instance of the role.
        instance: u32,
        /// `code 0`, `signal 9`.
        exit: String,
    },
    /// A process of the system stands still (SIGSTOP).
    ProcessPaused {
        /// Role.
        role: String,
        /// Instance of the role.
        instance: u32,
    },
    /// A process of the system goes on (SIGCONT).
    ProcessResumed {
        /// Role.
        role: String,
        /// Instance of the role.
        instance: u32,
    },
    /// What a process has used so far.
    ProcessSampled {
        /// Role.
        role: String,
        /// Instance of the role.
        instance: u32,
        /// CPU time since its start, milliseconds.
        cpu_ms: u64,
        /// Resident memory, bytes.
        memory: u64,
    },
    /// A line that a process wrote.
    Log {
        /// Role.
        role: String,
        /// Instance of the role.
        instance: u32,
        /// The line, without its end.
        line: String,
    },
    /// The harness itself did not run for a while: what it says of time then is not to be trusted.
    Stalled {
        /// Milliseconds beyond the tick.
        for_ms: u64,
    },
    /// Always the last line of a run that was not killed.
    Ended {
        /// `settled`, or what was awaited in vain.
        reason: String,
    },
}

impl What {
    /// The event's name, as in the file's `event` field.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// All event names.
    pub fn names() -> &'static [&'static str] {
        <Self as strum::VariantNames>::VARIANTS
    }
}
