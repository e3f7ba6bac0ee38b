//! A thread that reads partitions for ever, and knows how far it has come.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    Message,
    consumer::BaseConsumer,
    error::{KafkaError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use tokio_util::sync::CancellationToken;

use super::{
    client::{self, Offsets},
    probe,
};
use crate::{
    status::Status,
    tap::{TapError, Who},
};

/// How long the thread sleeps in librdkafka before it looks whether it is to stop.
const POLL: Duration = Duration::from_millis(50);
/// A partition that does not come to its end for so long may have only control records left.
const QUIET: Duration = Duration::from_millis(200);
/// Dropping a consumer can hang.
const END: Duration = Duration::from_secs(3);

/// Both Kafka taps are one of these, with a function for each message.
#[derive(Debug)]
pub(super) struct Follower {
    pub(super) who: Who,
    bootstrap: String,
    settings: BTreeMap<String, String>,
    /// For questions, which would wait behind the reading one's long polls. The thread owns both, so that no
    /// other thread can hang in dropping one.
    asking: Weak<BaseConsumer>,
    status: Arc<Status<Reading>>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Reading {
    offsets: Offsets,
    ended: bool,
}

impl Follower {
    /// Reads `from` on; what `each` returns as an error fails the tap. `asking` reads nothing.
    pub(super) fn start(
        who: Who,
        settings: BTreeMap<String, String>,
        asking: BaseConsumer,
        from: Offsets,
        mut each: impl FnMut(&BorrowedMessage<'_>) -> Result<(), String> + Send + 'static,
    ) -> Result<Self, TapError> {
        let bootstrap = who.server.clone();
        let consumer = client::consumer(&bootstrap, &settings, false)
            .and_then(|consumer| client::assign(&consumer, &from).map(|()| consumer))
            .map_err(|error| who.unreachable("assign partitions", error))?;
        let asking = Arc::new(asking);
        let status = Arc::new(Status::new(Reading { offsets: from, ended: false }));
        let stop = CancellationToken::new();
        let follower = Self {
            who,
            bootstrap,
            settings,
            asking: Arc::downgrade(&asking),
            status: Arc::clone(&status),
            stop: stop.clone(),
        };
        let thread = thread::Builder::new().name(follower.who.tap.into()).spawn(move || {
            while !stop.is_cancelled() && status.failed().is_none() {
                match consumer.poll(POLL) {
                    None => {}
                    Some(Err(error)) => tell(&status, &error),
                    Some(Ok(message)) => match each(&message) {
                        Ok(()) => status.advance(|reading| reading.passed(&message)),
                        Err(reason) => status.fail(reason),
                    },
                }
            }
            drop((consumer, asking));
            status.advance(|reading| reading.ended = true);
        });
        thread.map_err(|error| follower.who.unreachable("start a thread", error))?;
        Ok(follower)
    }

    /// Waits until everything before the ends that the broker tells now was read.
    pub(super) async fn catch_up(&self, limit: Duration) -> Result<(), TapError> {
        let began = Instant::now();
        if let Some(reason) = self.failed() {
            return Err(self.who.failed(reason));
        }
        let mut ends = self.ends(limit).await?;
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let behind = match self.reach(&ends, left.min(QUIET)).await {
                Err(behind @ TapError::Behind { .. }) => behind,
                other => return other,
            };
            if left <= QUIET {
                let TapError::Behind { tap, server, awaited, last_seen, .. } = behind else {
                    return Err(behind);
                };
                return Err(TapError::Behind { tap, server, limit, awaited, last_seen });
            }
            // Nothing but markers of transactions may be left: no message ever passes them.
            let open = self.status.look(|reading| reading.short_of(&ends));
            let (bootstrap, settings, left) = (self.bootstrap.clone(), self.settings.clone(), left - QUIET);
            let probed =
                tokio::task::spawn_blocking(move || probe::silent(&bootstrap, &settings, open, left));
            for partition in probed.await.unwrap_or_default() {
                ends.remove(&partition);
            }
        }
    }

    async fn reach(&self, ends: &Offsets, limit: Duration) -> Result<(), TapError> {
        let reached = |reading: &Reading| reading.short_of(ends).is_empty();
        let show = |reading: &Reading| format!("offsets {:?}", reading.short_of(ends));
        let awaited = format!("the ends {ends:?}");
        self.status.reach(&self.who, limit, &awaited, reached, show).await
    }

    async fn ends(&self, limit: Duration) -> Result<Offsets, TapError> {
        let partitions: Vec<_> = self.status.look(|reading| reading.offsets.keys().cloned().collect());
        let asking = self.asking.clone();
        let asked = tokio::task::spawn_blocking(move || match asking.upgrade() {
            Some(asking) => client::ends(&asking, &partitions, limit),
            None => Err("the tap was stopped".to_owned()),
        });
        let told = asked.await.unwrap_or_else(|error| Err(error.to_string()));
        told.map_err(|error| self.who.unreachable("learn the ends of the partitions", error))
    }

    pub(super) fn failed(&self) -> Option<String> {
        self.status.failed()
    }

    pub(super) async fn stop(&self) {
        self.stop.cancel();
        // A failed tap ends its thread too, but nobody need wait for it.
        self.status.ended(&self.who, END, |reading| reading.ended).await;
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Reading {
    fn passed(&mut self, message: &BorrowedMessage<'_>) {
        self.offsets.insert((message.topic().to_owned(), message.partition()), message.offset() + 1);
    }

    /// The partitions that are before their end, with the next offset to be read.
    fn short_of(&self, ends: &Offsets) -> Offsets {
        let short =
            self.offsets.iter().filter(|(partition, at)| ends.get(partition).is_some_and(|end| *at < end));
        short.map(|(partition, at)| (partition.clone(), *at)).collect()
    }
}

/// A broker that is away comes back; a hole in a partition does not close.
fn tell(status: &Status<Reading>, error: &KafkaError) {
    let lasting = matches!(error, KafkaError::MessageConsumptionFatal(_))
        || matches!(
            error.rdkafka_error_code(),
            Some(
                RDKafkaErrorCode::AutoOffsetReset
                    | RDKafkaErrorCode::OffsetOutOfRange
                    | RDKafkaErrorCode::LogTruncation
                    | RDKafkaErrorCode::TopicAuthorizationFailed
            )
        );
    match lasting {
        true => status.fail(format!("reading partitions: {error}")),
        false => status.trouble(error.to_string()),
    }
}
