//! What can be done to single requests and answers on a link whose protocol is read: faults of the protocol, as data.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::wire::Wire;

/// One thing that is done to requests or answers on a link until it is removed.
///
/// What [`Wire`] tells of a request makes it act *before* the request is forwarded; what is told of an answer makes it act
/// when the server *has* acted, before the client learns of it.
#[derive(Clone)]
pub struct ProtocolFault {
    /// Unique on its link, among toxics too.
    pub name: String,
    /// What it looks at: the [`Wire::kind`] of all that `on` may accept. Such messages are held whole until it is decided what
    /// becomes of them; all others stream through.
    pub kind: &'static str,
    /// On which of them it acts.
    pub on: Matcher,
    /// What it does.
    pub does: Act,
    /// How often, over all connections; `None`: each time.
    pub times: Option<u64>,
}

/// Whether a fault acts on a message: `None` if not; else the key by which messages belong together, which matters to
/// [`Act::Rendezvous`] only.
pub type Matcher = Arc<dyn Fn(&Wire) -> Option<String> + Send + Sync>;

/// What a protocol fault does to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It goes on later; what comes behind it on its connection waits too.
    Delay(Duration),
    /// It is changed.
    Change(Change),
    /// The connection is cut. The request never went on; or the server acted, and its answer is lost.
    Cut,
    /// Messages of one key wait until they have come from so many connections, or for so long; then all go on. Once for
    /// each key.
    Rendezvous {
        /// How many connections.
        parties: usize,
        /// How long the first waits.
        within: Duration,
    },
}

/// How a message is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Kafka: a request is not forwarded, and answered with this error for all it names; one for Metadata is, and the error
    /// stands at all topics in its answer. In an answer, all errors become this one, though the broker has acted.
    KafkaError(i16),
    /// Kafka: the answer asks the client to be quiet for so long (`throttle_time_ms`).
    KafkaThrottle(Duration),
    /// MySQL: a statement is answered with this error, true to what the server would have done: it is not forwarded, and
    /// after 1213 the transaction is rolled back upstream.
    MysqlError {
        /// Its number, e.g. 1213.
        code: u16,
        /// Its SQLSTATE, five characters.
        sqlstate: String,
        /// Its message.
        message: String,
    },
    /// HTTP: this status and an empty body instead. A request is not forwarded; the answer of a server that has acted is
    /// thrown away.
    HttpStatus(u16),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KafkaError(code) => write!(f, "answered with error {code}"),
            Self::KafkaThrottle(time) => write!(f, "throttled for {time:?}"),
            Self::MysqlError { code, sqlstate, .. } => write!(f, "answered with error {code} ({sqlstate})"),
            Self::HttpStatus(status) => write!(f, "answered with status {status}"),
        }
    }
}

impl fmt::Debug for ProtocolFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, on: _, does, times } = self;
        f.debug_struct("ProtocolFault")
            .field("name", name)
            .field("kind", kind)
            .field("does", does)
            .field("times", times)
            .finish_non_exhaustive()
    }
}
