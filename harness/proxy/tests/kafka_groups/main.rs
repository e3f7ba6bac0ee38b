//! What a link reads of real clients (librdkafka) at a real broker: groups of both protocols, commits, produced and fetched
//! records.
//! Needs what `ci/setup` installs.
#![allow(clippy::unwrap_used, missing_docs)] // it is all test

mod fetches;
mod tapped;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use pitfall_proxy::KafkaSaid;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use tapped::{Broker, assigned, close, commit};

const LIMIT: Duration = Duration::from_secs(60);

type Test = fn(&'static Broker) -> Pin<Box<dyn Future<Output = ()>>>;

const TESTS: &[(&str, Test)] = &[
    ("a_group_of_two", |broker| Box::pin(a_group_of_two(broker))),
    ("a_group_of_two_of_the_newer_protocol", |broker| Box::pin(a_newer_group_of_two(broker))),
    ("a_commit_after_eviction_is_refused", |broker| Box::pin(eviction(broker))),
    ("produced_records", |broker| Box::pin(produced_records(broker))),
    ("fetched_records_in_every_codec", |broker| Box::pin(fetches::in_every_codec(broker))),
    ("fetched_offsets", |broker| Box::pin(fetches::of_offsets(broker))),
];

fn main() -> ExitCode {
    pitfall_warden::become_warden_if_asked();
    // A warden serves other programs too, and some of them have containers.
    pitfall_environment::become_holder_if_asked();
    let runtime: &'static Runtime = Box::leak(Box::new(Runtime::new().unwrap()));
    let broker: &'static Broker = Box::leak(Box::default());
    let trial = |(name, test): &(&'static str, Test)| {
        let test = *test;
        Trial::test(*name, move || {
            runtime.block_on(test(broker));
            Ok::<(), Failed>(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), TESTS.iter().map(trial).collect()).exit_code()
}

async fn a_group_of_two(broker: &Broker) {
    let tapped = broker.link("classic", 2).await;
    tapped.produce("all", 0..2).await;
    let settings = [("session.timeout.ms", "5000"), ("heartbeat.interval.ms", "100")];
    let a = tapped.consumer("a", &settings);
    tapped.until("a alone", &[&a], || assigned(&a) == 2).await;
    let b = tapped.consumer("b", &settings);
    tapped.until("one each", &[&a, &b], || assigned(&a) == 1 && assigned(&b) == 1).await;
    for consumer in [&a, &b] {
        commit(consumer).unwrap();
    }
    close(a).await;
    close(b).await;
    let left = |client: &str, said: &KafkaSaid| match said {
        KafkaSaid::Left { error: None, .. } => Some(client.to_owned()),
        _ => None,
    };
    tapped.until("both left", &[], || tapped.all(left) == ["a", "b"]).await;

    // The broker asks for a name first; then it takes them.
    let joined = tapped.all(|client, said| match said {
        KafkaSaid::Joined { generation, protocol, error, .. } => {
            let code = error.map(|error| error.code());
            Some((client.to_owned(), *generation, protocol.as_deref().map(str::to_owned), code))
        }
        _ => None,
    });
    assert!(joined.contains(&("a".into(), -1, None, Some(79))), "{joined:?}");
    let generation = joined.iter().map(|joined| joined.1).filter(|generation| *generation > 0).min().unwrap();
    for (client, later) in [("a", 0), ("a", 1), ("b", 1)] {
        let expected = (client.to_owned(), generation + later, Some("range".to_owned()), None);
        assert!(joined.contains(&expected), "{expected:?} in {joined:?}");
    }
    // The first member is told of the second by a heartbeat.
    let refused = tapped.all(|client, said| match said {
        KafkaSaid::HeartbeatRefused { error, .. } => Some((client.to_owned(), error.name())),
        _ => None,
    });
    assert!(refused.contains(&("a".into(), "RebalanceInProgress".into())), "{refused:?}");
    let mut synced = tapped.all(|_, said| match said {
        KafkaSaid::Synced { generation: at, assignment: Some(assignment), error: None, .. }
            if *at == generation + 1 =>
        {
            Some(assignment.clone())
        }
        _ => None,
    });
    synced.sort();
    assert_eq!(synced, [0, 1].map(|partition| vec![("classic".into(), vec![partition])]));
    let mut committed = tapped.all(|client, said| match said {
        KafkaSaid::Committed { generation: at, topic, partition, offset, error: None, group, member } => {
            assert!((&**group, &**topic) == ("classic", "classic") && member.starts_with(client), "{said:?}");
            Some((*at, *partition, *offset))
        }
        _ => None,
    });
    committed.sort();
    assert_eq!(committed, [(generation + 1, 0, 1), (generation + 1, 1, 1)]);
    timeout(LIMIT, tapped.link.close()).await.unwrap();
}

async fn a_newer_group_of_two(broker: &Broker) {
    let tapped = broker.link("newer", 2).await;
    tapped.produce("all", 0..2).await;
    let settings = [("group.protocol", "consumer")];
    let a = tapped.consumer("a", &settings);
    tapped.until("a alone", &[&a], || assigned(&a) == 2).await;
    let b = tapped.consumer("b", &settings);
    tapped.until("one each", &[&a, &b], || assigned(&a) == 1 && assigned(&b) == 1).await;
    for consumer in [&a, &b] {
        commit(consumer).unwrap();
    }
    let heartbeats = tapped.all(|client, said| match said {
        KafkaSaid::GroupHeartbeat { group, member, asked, epoch, assignment, error: None } => {
            assert!(&**group == "newer" && !member.is_empty(), "{said:?}");
            let partitions = assignment.as_ref().map(|topics| {
                topics.iter().flat_map(|(_, partitions)| partitions.clone()).collect::<Vec<_>>()
            });
            Some((client.to_owned(), *asked, *epoch, partitions))
        }
        _ => None,
    });
    let joined = heartbeats.iter().find(|(client, asked, ..)| client == "a" && *asked == 0);
    assert!(joined.is_some_and(|(_, _, epoch, _)| *epoch > 0), "{heartbeats:?}");
    for client in ["a", "b"] {
        let given = heartbeats.iter().rev().find(|(by, _, _, given)| by == client && given.is_some());
        assert!(given.is_some_and(|(.., given)| given.as_ref().unwrap().len() == 1), "{heartbeats:?}");
    }
    let committed = || {
        tapped.all(|_, said| match said {
            KafkaSaid::Committed { generation, partition, offset: 1, error: None, .. } => {
                assert!(*generation > 0, "{said:?}");
                Some(*partition)
            }
            _ => None,
        })
    };
    tapped.until("both committed", &[], || committed().len() == 2).await;
    assert!(committed().contains(&0) && committed().contains(&1), "{:?}", committed());

    close(a).await;
    close(b).await;
    let left = |client: &str, said: &KafkaSaid| match said {
        KafkaSaid::GroupHeartbeat { asked: -1, epoch: -1, error: None, .. } => Some(client.to_owned()),
        _ => None,
    };
    tapped.until("both left", &[], || tapped.all(left) == ["a", "b"]).await;
    timeout(LIMIT, tapped.link.close()).await.unwrap();
}

async fn eviction(broker: &Broker) {
    let tapped = broker.link("evicted", 1).await;
    tapped.produce("all", 0..1).await;
    let settings =
        [("max.poll.interval.ms", "1000"), ("session.timeout.ms", "1000"), ("heartbeat.interval.ms", "200")];
    let consumer = tapped.consumer("slow", &settings);
    let message = timeout(LIMIT, consumer.recv()).await.unwrap().unwrap();
    assert_eq!(message.payload(), Some(&b"x"[..]));
    // This is what the consumer does wrong: it works for longer than it may.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let left = |_: &str, said: &KafkaSaid| matches!(said, KafkaSaid::Left { error: None, .. }).then_some(());
    tapped.until("evicted", &[], || !tapped.all(left).is_empty()).await;
    let refused = consumer.commit_message(&message, CommitMode::Sync).unwrap_err();
    assert_eq!(refused, KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownMemberId));
    drop(message);

    assert_eq!(tapped.all(left), [()]);
    let committed = || {
        tapped.all(|client, said| match said {
            KafkaSaid::Committed { group, partition, offset, error: Some(error), .. } => {
                assert_eq!((client, &**group), ("slow", "evicted"));
                Some((*partition, *offset, error.to_string()))
            }
            _ => None,
        })
    };
    tapped.until("told", &[], || !committed().is_empty()).await;
    assert_eq!(committed(), [(0, 1, "error 25 UnknownMemberId".into())]);
    close(consumer).await;
    timeout(LIMIT, tapped.link.close()).await.unwrap();
}

async fn produced_records(broker: &Broker) {
    let tapped = broker.link("produced", 2).await;
    tapped.produce("all", 0..2).await;
    tapped.produce("0", 0..1).await;
    let produced = || {
        tapped.all(|client, said| match said {
            KafkaSaid::Produced { topic, partition, offset, records, error: None } => {
                assert_eq!((client, &**topic), ("producer", "produced"));
                Some((*partition, *offset, *records))
            }
            _ => None,
        })
    };
    let expected = [(0, Some(0), 1), (1, Some(0), 1), (0, None, 1)];
    tapped.until("all three produced", &[], || produced().len() >= expected.len()).await;
    assert_eq!(produced(), expected);
    timeout(LIMIT, tapped.link.close()).await.unwrap();
}
