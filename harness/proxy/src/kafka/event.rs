//! What was read of Kafka.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

/// What was said, and by which client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaEvent {
    /// The client's own name for itself, its `client.id`.
    pub client: Option<Arc<str>>,
    /// What was asked and answered.
    pub said: KafkaSaid,
}

/// What was asked of a broker and answered by it; told when the answer has come. Of a request that was refused by a fault: when
/// its answer goes to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KafkaSaid {
    /// Any request, before it is forwarded. Told only where the link's observer or a fault wants `kafka-request`.
    Asked {
        /// Kafka's name of the API, such as `OffsetCommit`; `API 999` where it has none here.
        api: Arc<str>,
        /// The group, where the request is read and has one.
        group: Option<Arc<str>>,
        /// The member, likewise; `None` also where the request names several.
        member: Option<Arc<str>>,
        /// The partitions that an OffsetCommit or a Produce names.
        partitions: Assignment,
    },
    /// Any answer; besides what else is told of it. Told only where the link's observer or a fault wants `kafka-answered`.
    Answered {
        /// As of the request.
        api: Arc<str>,
        /// As of the request.
        group: Option<Arc<str>>,
        /// Those of the request.
        partitions: Assignment,
        /// The first error in it, where it is read.
        error: Option<KafkaError>,
    },
    /// JoinGroup: a member joined, or was refused. A first try ends in error 79 (`MemberIdRequired`): the broker gives a name
    /// to come back with.
    Joined {
        /// The group.
        group: Arc<str>,
        /// The member: as the broker names it, or as it named itself when it was refused.
        member: Arc<str>,
        /// The group's generation; -1 when refused.
        generation: i32,
        /// The assignor that the group has agreed on.
        protocol: Option<Arc<str>>,
        /// The member that divides the partitions.
        leader: Arc<str>,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// SyncGroup: a member was given its partitions, or was refused.
    Synced {
        /// The group.
        group: Arc<str>,
        /// The member.
        member: Arc<str>,
        /// The group's generation.
        generation: i32,
        /// The partitions; `None` where there are none to read, or it is not a consumer's.
        assignment: Option<Assignment>,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// Heartbeat, where the answer is an error. Others are not told.
    HeartbeatRefused {
        /// The group.
        group: Arc<str>,
        /// The member.
        member: Arc<str>,
        /// The generation that the member believes in.
        generation: i32,
        /// What the member was told.
        error: KafkaError,
    },
    /// LeaveGroup: a member left, or was refused.
    Left {
        /// The group.
        group: Arc<str>,
        /// The member.
        member: Arc<str>,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// ConsumerGroupHeartbeat, the only request of the newer group protocol (KIP-848), where something changed: the epoch,
    /// the partitions, or an error. Others are not told.
    GroupHeartbeat {
        /// The group.
        group: Arc<str>,
        /// The member.
        member: Arc<str>,
        /// The epoch that the member came with: 0 to join, -1 to leave, -2 to leave for a while.
        asked: i32,
        /// The epoch that the broker answered.
        epoch: i32,
        /// The partitions that are its from now on, by the topic's *id* as Kafka's tools print it; `None` leaves them.
        assignment: Option<Assignment>,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// OffsetCommit, one for each partition.
    Committed {
        /// The group.
        group: Arc<str>,
        /// The member; empty for one that is in no group, or no more.
        member: Arc<str>,
        /// The member's generation, or its epoch (KIP-848); -1 for one that is in no group.
        generation: i32,
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// OffsetFetch, one for each partition: where a consumer was told to go on.
    OffsetsFetched {
        /// The group.
        group: Arc<str>,
        /// The topic; empty when the group is refused to somebody who asked for all that it has.
        topic: Arc<str>,
        /// The partition; -1 in that case.
        partition: i32,
        /// The committed offset; `None` where nothing was committed, or it was refused.
        offset: Option<i64>,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// Fetch, one for each partition from which records were delivered, or that was refused; told when the whole answer
    /// has come.
    ///
    /// Delivered is what a consumer takes of what the broker sent: nothing before the offset it asked for, no transactions'
    /// ends, and of what it asked for as committed, no aborted transactions. In an incremental fetch whose session was not
    /// begun on this connection the offset asked for is not known: then what stands before it in its batch is told, too.
    Fetched {
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: i32,
        /// The offset of the first record; `None` when it was refused.
        first: Option<i64>,
        /// The offset of the last record, as its batch's head has it: compaction may have taken the record itself. `None`
        /// when it was refused.
        last: Option<i64>,
        /// The number of records. Of a compacted batch that begins before the offset asked for and could not be looked
        /// into, the most that it can be.
        records: u64,
        /// The first records, with their keys: at most 100. There are fewer where a batch could not be looked into: it
        /// is longer than 1 MiB and compressed, or is more than 4 MiB (32 MiB in one answer) when it no longer is, or
        /// keys of 1 MiB, each taken for 64 bytes longer than it is, have been told of the answer.
        keys: Vec<RecordKey>,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
    /// Produce, one for each partition.
    Produced {
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: i32,
        /// The offset of the first record; `None` when it was refused, or when no answer was asked for (`acks=0`): then it is
        /// told when the request has passed.
        offset: Option<i64>,
        /// The number of records, as the batches' headers have it.
        records: u64,
        /// Why it was refused.
        error: Option<KafkaError>,
    },
}

/// A record that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey {
    /// Its offset.
    pub offset: i64,
    /// Its key, or the first 1,024 bytes of it; `None` is a record without one.
    pub key: Option<Bytes>,
}

/// Partitions by topic.
pub type Assignment = Vec<(Arc<str>, Vec<i32>)>;

/// An error that a broker answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KafkaError {
    code: i16,
}

impl KafkaError {
    /// The error of this code; 0 is none.
    pub fn of(code: i16) -> Option<Self> {
        (code != 0).then_some(Self { code })
    }

    /// Its number on the wire.
    pub fn code(self) -> i16 {
        self.code
    }

    /// Its name, such as `UnknownMemberId`.
    pub fn name(self) -> String {
        ResponseError::try_from_code(self.code).map(|error| error.to_string()).unwrap_or_default()
    }
}

impl fmt::Display for KafkaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {} {}", self.code, self.name())
    }
}
