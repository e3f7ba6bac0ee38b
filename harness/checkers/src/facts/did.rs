//! What one fact is: an event's place and what happened, without what nobody judges by.

use pitfall_model::{Change, Server};

use super::Name;

/// One event of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact {
    /// Nanoseconds since the run began.
    pub at: u64,
    /// Its place in the history.
    pub seq: u32,
    /// The connection within the link, counted from 1; 0 where there is none.
    pub conn: u32,
    /// The link it was seen on.
    pub link: Option<Name>,
    /// The order it speaks of.
    pub order: Option<Name>,
    /// What happened.
    pub did: Did,
}

const _: () = assert!(size_of::<Fact>() <= 64, "a fact grew: ten million of them have to fit into memory");

/// A row's columns and their values, in [`Facts`](super::Facts).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cells {
    pub(super) start: u32,
    pub(super) columns: u16,
}

/// What happened; see the event of the same name in [`What`](pitfall_model::What).
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the events")]
pub enum Did {
    Run {
        name: Name,
    },
    StepBegun {
        step: Name,
    },
    StepDone {
        step: Name,
    },
    Filled {
        database: Name,
        table: Name,
        rows: u32,
    },
    Acted {
        action: Name,
        status: u16,
    },
    Awaited {
        what: Name,
        met: bool,
        last_seen: Name,
    },
    Produced {
        topic: Name,
        partition: i32,
        offset: i64,
        key: Option<Name>,
        status: Option<Name>,
        version: Option<Name>,
        bytes: u32,
    },
    Committed {
        group: Name,
        topic: Name,
        partition: i32,
        offset: i64,
    },
    GroupDescribed {
        group: Name,
        state: Name,
        members: u32,
    },
    BrokerChanged {
        broker: i32,
    },
    FaultArmed {
        fault: Name,
    },
    FaultProved {
        fault: Name,
        by: Name,
    },
    FaultHealed {
        fault: Name,
    },
    FaultIdle {
        fault: Name,
        awaited: Name,
        last_seen: Name,
    },
    Blind {
        reason: Name,
    },
    Unobserved {
        reason: Name,
    },
    GroupJoined {
        group: Name,
        member: Name,
        generation: i32,
        refused: bool,
    },
    GroupSynced {
        group: Name,
        member: Name,
        generation: i32,
        partitions: u32,
        refused: bool,
    },
    GroupLeft {
        group: Name,
        member: Name,
    },
    HeartbeatRefused {
        group: Name,
        member: Name,
        error: i16,
    },
    GroupHeartbeat {
        group: Name,
        member: Name,
        asked: i32,
        epoch: i32,
        partitions: u32,
        refused: bool,
    },
    OffsetCommit {
        group: Name,
        member: Name,
        topic: Name,
        partition: i32,
        offset: i64,
        error: Option<i16>,
    },
    RecordsFetched {
        client: Option<Name>,
        topic: Name,
        partition: i32,
        first: i64,
        last: i64,
    },
    Request {
        request: u64,
        route: Name,
    },
    Answer {
        request: u64,
        route: Name,
        status: u16,
        delay_ms: u32,
    },
    ConnectionClosed,
    Ban {
        route: Name,
        /// From when it was told, for certain.
        for_ms: u64,
    },
    Alert {
        text: Name,
    },
    RowChanged {
        server: Server,
        transaction: u32,
        database: Name,
        table: Name,
        change: Change,
        key: Name,
        row: Cells,
    },
    SqlError {
        code: u32,
        database: Name,
        message: Name,
        statement: Name,
    },
    ProcessStarted {
        role: Name,
        instance: u32,
    },
    ProcessExited {
        role: Name,
        instance: u32,
    },
    ProcessPaused {
        role: Name,
        instance: u32,
    },
    ProcessResumed {
        role: Name,
        instance: u32,
    },
    ProcessSampled {
        role: Name,
        instance: u32,
        cpu_ms: u64,
        memory: u64,
    },
    Stalled {
        for_ms: u64,
    },
    Ended {
        reason: Name,
    },
}
