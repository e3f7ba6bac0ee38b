//! Commits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pitfall_proxy::{Act, Change, KafkaEvent, KafkaSaid, LinkEvent, Matcher, Outcome, Wire};
use rdkafka::error::RDKafkaErrorCode;
use tokio::time::timeout;

use crate::LIMIT;
use crate::bench::{Broker, Committer, any, request, request_about};

const UNKNOWN_MEMBER: Act = Act::Change(Change::KafkaError(25));

pub(crate) async fn refused(broker: &Broker) {
    let bench = broker.link("refused", 1).await;
    let committer = Committer::new(&bench, "a");
    bench.inject("kafka-request", request("OffsetCommit"), UNKNOWN_MEMBER, Some(1)).await;
    assert_eq!(committer.commit(&[(0, 5)]).await, Err(RDKafkaErrorCode::UnknownMemberId));
    assert_eq!(bench.committed(0), None);
    assert_eq!(bench.commits(), [Some(25)]);
    assert_eq!(bench.bites(), ["answered with error 25"]);
    // The same connection goes on.
    assert_eq!(committer.commit(&[(0, 6)]).await, Ok(()));
    assert_eq!(bench.committed(0), Some(6));
    assert_eq!(bench.commits(), [Some(25), None]);
    bench.close().await;
}

pub(crate) async fn answered(broker: &Broker) {
    let bench = broker.link("answered", 1).await;
    let committer = Committer::new(&bench, "a");
    bench.inject("offset-commit", any(), UNKNOWN_MEMBER, Some(1)).await;
    assert_eq!(committer.commit(&[(0, 5)]).await, Err(RDKafkaErrorCode::UnknownMemberId));
    assert_eq!(bench.committed(0), Some(5));
    // Told is what the broker said.
    assert_eq!(bench.commits(), [None]);
    assert_eq!(bench.bites(), ["answered with error 25"]);
    bench.close().await;
}

pub(crate) async fn held_back(broker: &Broker) {
    let bench = broker.link("held-back", 1).await;
    let committer = Committer::new(&bench, "a");
    let time = Duration::from_millis(700);
    bench.inject("kafka-request", request("OffsetCommit"), Act::Delay(time), Some(1)).await;
    let start = Instant::now();
    assert_eq!(committer.commit(&[(0, 5)]).await, Ok(()));
    assert!(start.elapsed() >= time, "{:?}", start.elapsed());
    assert_eq!(bench.committed(0), Some(5));
    assert_eq!(bench.bites(), ["held back for 700ms"]);
    bench.close().await;
}

pub(crate) async fn held_back_after(broker: &Broker) {
    let bench = broker.link("held-back-after", 1).await;
    let committer = Committer::new(&bench, "a");
    bench.inject("offset-commit", any(), Act::Delay(LIMIT * 10), None).await;
    let commit = committer.begin(&[(0, 5)]);
    bench.until("held", || !bench.bites().is_empty()).await;
    assert_eq!(bench.committed(0), Some(5));
    assert!(!commit.is_finished());
    bench.link.remove("fault").await.unwrap();
    assert_eq!(timeout(LIMIT, commit).await.unwrap().unwrap(), Ok(()));
    bench.close().await;
}

pub(crate) async fn one_partition(broker: &Broker) {
    let bench = broker.link("one-partition", 3).await;
    let committer = Committer::new(&bench, "a");
    bench.inject("kafka-request", request_about("OffsetCommit", 1), UNKNOWN_MEMBER, None).await;
    assert_eq!(committer.commit(&[(0, 5), (2, 7)]).await, Ok(()));
    assert_eq!(committer.commit(&[(1, 6)]).await, Err(RDKafkaErrorCode::UnknownMemberId));
    assert_eq!([0, 1, 2].map(|partition| bench.committed(partition)), [Some(5), None, Some(7)]);
    bench.close().await;
}

pub(crate) async fn cut(broker: &Broker) {
    let bench = broker.link("cut", 1).await;
    let committer = Committer::new(&bench, "a");
    bench.inject("kafka-request", request("OffsetCommit"), Act::Cut, None).await;
    // The client tries again and again.
    let commit = committer.begin(&[(0, 5)]);
    let cut = "cut the connection instead of letting it pass";
    bench.until("cut", || bench.bites().iter().filter(|what| *what == cut).count() >= 2).await;
    assert_eq!(bench.committed(0), None);
    bench.link.remove("fault").await.unwrap();
    let outcome = timeout(LIMIT, commit).await.unwrap().unwrap();
    assert_eq!(bench.committed(0), outcome.is_ok().then_some(5), "{outcome:?}");
    bench.close().await;
}

pub(crate) async fn together(broker: &Broker) {
    let bench = broker.link("together", 1).await;
    let (a, b) = (Committer::new(&bench, "a"), Committer::new(&bench, "b"));
    let by_group: Matcher = Arc::new(|wire| match wire {
        Wire::Kafka(KafkaEvent { said: KafkaSaid::Asked { api, group, .. }, .. })
            if &**api == "OffsetCommit" =>
        {
            group.as_deref().map(str::to_owned)
        }
        _ => None,
    });
    let meet = Act::Rendezvous { parties: 2, within: LIMIT * 10 };
    bench.inject("kafka-request", by_group, meet, None).await;
    let first = a.begin(&[(0, 5)]);
    let asked = || {
        let is_commit =
            |said: &KafkaSaid| matches!(said, KafkaSaid::Asked { api, .. } if &**api == "OffsetCommit");
        bench.said().iter().filter(|said| is_commit(said)).count()
    };
    bench.until("held", || asked() == 1).await;
    assert_eq!(bench.committed(0), None);
    assert!(!first.is_finished());
    assert_eq!(b.commit(&[(0, 6)]).await, Ok(()));
    assert_eq!(timeout(LIMIT, first).await.unwrap().unwrap(), Ok(()));
    assert!(matches!(bench.committed(0), Some(5 | 6)));
    let met: Vec<_> = bench
        .events()
        .into_iter()
        .filter_map(|event| match event {
            LinkEvent::Rendezvous { key, outcome, conns, .. } => Some((key, outcome, conns.len())),
            _ => None,
        })
        .collect();
    assert_eq!(met, [("together".to_owned(), Outcome::Met, 2)]);
    bench.close().await;
}

pub(crate) async fn not_done(broker: &Broker) {
    let bench = broker.link("not-done", 1).await;
    let committer = Committer::new(&bench, "a");
    let change = Act::Change(Change::HttpStatus(500));
    bench.inject("kafka-request", request("OffsetCommit"), change, None).await;
    assert_eq!(committer.commit(&[(0, 5)]).await, Ok(()));
    assert_eq!(bench.committed(0), Some(5));
    let not_done = |event: &LinkEvent| matches!(event, LinkEvent::NotDone { fault, reason, .. } if fault == "fault" && reason == "this is no change for Kafka");
    assert_eq!(bench.events().iter().filter(|event| not_done(event)).count(), 1);
    assert!(bench.bites().is_empty());
    bench.close().await;
}
