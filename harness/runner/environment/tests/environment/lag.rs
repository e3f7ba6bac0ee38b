//! A replica lags behind its source when it is told to, and when the link between them is slow.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures::FutureExt;
use mysql_async::prelude::Queryable;
use pitfall_environment::{DatabasePair, Environment, Flavour, ReplicationEnds, direct};
use pitfall_proxy::{Direction, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind, Toxiproxy};
use pitfall_warden::{Owner, Warden};

use crate::databases::{arrival, table};
use crate::{Named, shared};

pub(crate) const TRIALS: &[Named] = &[
    ("lag::by_delay", |environment| by_delay(environment).boxed_local()),
    ("lag::by_link", |environment| by_link(environment).boxed_local()),
];

async fn by_delay(environment: Environment) {
    let (warden, started) = shared(environment).await;
    let pair = environment.start_pair(&warden, Owner::Client, &direct).await;
    let pair = pair.unwrap_or_else(|error| panic!("{error}"));
    assert_ne!(pair.source.address, started.pair.source.address);
    let (mut own_source, mut own_replica) = table(&pair, "lag").await;
    let (mut shared_source, mut shared_replica) = table(&started.pair, "nolag").await;

    let delay = pair.set_replica_delay(Duration::from_millis(1500)).await.expect("the replica obeys");
    let start = Instant::now();
    for source in [&mut own_source, &mut shared_source] {
        source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");
    }

    assert_eq!(delay, Duration::from_secs(2));
    arrival(&mut shared_replica, 1).await;
    arrival(&mut own_replica, 1).await;
    // The server counts in whole seconds of its clock, so up to one less.
    assert!(start.elapsed() > Duration::from_millis(900), "{:?}", start.elapsed());
    assert_eq!((configured_delay(&pair).await, configured_delay(&started.pair).await), (2, 0));
}

/// In seconds.
async fn configured_delay(pair: &DatabasePair) -> u32 {
    let mut replica = pair.replica.connect(&pair.harness).await.expect("it answers");
    let status = match pair.flavour {
        Flavour::MariaDb => "SHOW SLAVE STATUS",
        Flavour::MySql => "SHOW REPLICA STATUS",
    };
    let status: Option<mysql_async::Row> = replica.query_first(status).await.expect("it answers");
    status.and_then(|row| row.get("SQL_Delay")).expect("it replicates")
}

async fn by_link(environment: Environment) {
    let warden = Warden::connect().await.expect("the warden starts");
    let opened = Mutex::new(None);
    let over_a_link = |_: Owner, ends: ReplicationEnds| {
        let opened = &opened;
        async move {
            let (link, reached) = open(ends).await;
            opened.lock().expect("nobody panics").replace(link);
            Ok(reached)
        }
        .boxed()
    };
    let pair = environment.start_pair(&warden, Owner::Client, &over_a_link).await;
    let pair = pair.unwrap_or_else(|error| panic!("{error}"));
    let link = opened.lock().expect("nobody panics").take().expect("it was opened");
    let (mut source, mut replica) = table(&pair, "linked").await;

    let latency = Duration::from_millis(1500);
    let kind = ToxicKind::Latency { latency, jitter: Duration::ZERO };
    let slow = Toxic { name: "slow".into(), kind, direction: Direction::Downstream, toxicity: 1.0 };
    link.add(slow).await.expect("it is bent");
    let start = Instant::now();
    source.query_drop("INSERT INTO orders VALUES (1, 'placed')").await.expect("it is stored");
    arrival(&mut replica, 1).await;
    assert!(start.elapsed() >= latency, "{:?}", start.elapsed());

    link.remove("slow").await.expect("it is healed");
    source.query_drop("INSERT INTO orders VALUES (2, 'placed')").await.expect("it is stored");
    arrival(&mut replica, 2).await;

    // Nothing arrives any more: nothing comes but over the link.
    link.add(Toxic {
        name: "cut".into(),
        kind: ToxicKind::Down,
        direction: Direction::Downstream,
        toxicity: 1.0,
    })
    .await
    .expect("it is cut");
    source.query_drop("INSERT INTO orders VALUES (3, 'placed')").await.expect("it is stored");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let rows: Option<u32> = replica.query_first("SELECT COUNT(*) FROM orders").await.expect("it answers");
    assert_eq!(rows, Some(2));
    link.remove("cut").await.expect("it is healed");
    arrival(&mut replica, 3).await;
}

/// As a run opens it.
async fn open(ends: ReplicationEnds) -> (Link, String) {
    match ends {
        ReplicationEnds::Host { source } => {
            let listen = (source.ip(), 0).into();
            let name = "replica->source".to_owned();
            let config = LinkConfig {
                name,
                listen,
                upstream: source,
                protocol: Protocol::Tcp,
                seed: 1,
                strict: false,
            };
            let link = Link::open(config, std::sync::Arc::new(|_: LinkEvent| {})).await.expect("it opens");
            let address = link.address().to_string();
            (link, address)
        }
        ReplicationEnds::Containers { toxiproxy, listen, reached, source } => {
            let link = Link::between("replica->source", &Toxiproxy::at(toxiproxy), &listen, &source).await;
            (link.expect("it opens"), reached)
        }
    }
}
