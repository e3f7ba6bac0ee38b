//! Toxics on a link: several, coming and going, on full connections.
#![allow(clippy::unwrap_used)]

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::testing::{Bench, ms, numbered};
use crate::{ClosedBy, Direction, LinkError, Protocol, Toxic, ToxicKind};

fn latency(latency: u64) -> ToxicKind {
    ToxicKind::Latency { latency: ms(latency), jitter: ms(0) }
}

#[tokio::test]
async fn names_of_toxics_are_unique_and_known() {
    let bench = Bench::echo().await;
    bench.add("slow", latency(1), Direction::Upstream).await;
    let again =
        Toxic { name: "slow".into(), kind: latency(2), direction: Direction::Downstream, toxicity: 1.0 };
    assert!(matches!(bench.link.add(again).await.unwrap_err(), LinkError::DuplicateToxic { .. }));
    let error = bench.link.remove("fast").await.unwrap_err();
    assert_eq!(error.to_string(), "link `client->server` has no toxic `fast`; it has: slow");
    bench.link.remove("slow").await.unwrap();
    bench.link.remove("slow").await.unwrap_err();
    for toxicity in [-0.1, 1.1, f64::NAN] {
        let odd = Toxic { name: "odd".into(), kind: latency(2), direction: Direction::Downstream, toxicity };
        assert!(matches!(bench.link.add(odd).await.unwrap_err(), LinkError::InvalidToxic { .. }));
    }
    let odd = [
        ToxicKind::Latency { latency: std::time::Duration::MAX, jitter: ms(0) },
        ToxicKind::Slicer { average_size: 0, size_variation: 0, delay: ms(0) },
        ToxicKind::Slicer { average_size: 9, size_variation: 9, delay: ms(0) },
    ];
    for kind in odd {
        let odd = Toxic { name: "odd".into(), kind, direction: Direction::Downstream, toxicity: 1.0 };
        assert!(matches!(bench.link.add(odd).await.unwrap_err(), LinkError::InvalidToxic { .. }));
    }
    bench.close().await;
}

#[tokio::test]
async fn toxicity_spares_the_same_connections_with_the_same_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let bench = Bench::echo().await;
        let kind = ToxicKind::LimitData { bytes: 0 };
        let toxic = Toxic { name: "some".into(), kind, direction: Direction::Upstream, toxicity: 0.5 };
        bench.link.add(toxic).await.unwrap();
        let mut spared = Vec::new();
        for _ in 0..20 {
            let mut client = bench.client().await;
            client.write_all(b"x").await.unwrap();
            spared.push(matches!(client.read(&mut [0; 1]).await, Ok(1)));
        }
        bench.close().await;
        runs.push(spared);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&true) && runs[0].contains(&false), "{runs:?}");
}

#[tokio::test]
async fn toxics_come_and_go_under_way_and_no_byte_is_lost() {
    let bench = Bench::echo().await;
    let mut client = bench.client().await;
    let bytes = numbered(2_000_000);
    let (mut read, mut write) = client.split();
    let mut got = vec![0; bytes.len()];
    let kinds = [
        latency(5),
        ToxicKind::Slicer { average_size: 700, size_variation: 300, delay: ms(0) },
        ToxicKind::Bandwidth { rate_kb_s: 20_000 },
        ToxicKind::Latency { latency: ms(3), jitter: ms(3) },
    ];
    let meddling = async {
        for round in 0..6 {
            for (at, kind) in kinds.iter().enumerate() {
                let direction =
                    if (at + round) % 2 == 0 { Direction::Upstream } else { Direction::Downstream };
                bench.add(&at.to_string(), kind.clone(), direction).await;
                tokio::time::sleep(ms(7)).await;
            }
            for at in [1, 3, 0, 2] {
                bench.link.remove(&at.to_string()).await.unwrap();
            }
        }
    };
    let sending = async {
        for piece in bytes.chunks(10_000) {
            write.write_all(piece).await.unwrap();
            tokio::time::sleep(ms(1)).await;
        }
    };
    let (reading, (), ()) = tokio::join!(timeout(ms(60_000), read.read_exact(&mut got)), sending, meddling);
    reading.unwrap().unwrap();
    assert!(got == bytes);
    bench.close().await;
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let bench = Bench::echo().await;
    bench.add("far", latency(600_000), Direction::Upstream).await;
    let mut client = bench.client().await;
    let piece = vec![0; 1_000_000];
    let mut sent = 0;
    while timeout(ms(2000), client.write_all(&piece)).await.is_ok() {
        sent += 1;
        assert!(sent < 60, "60 MB went in");
    }
    assert!(sent >= 10, "only {sent} MB went in");
    drop(client);
    bench.close().await;
}

#[tokio::test]
async fn a_full_connection_can_still_be_cut() {
    // The server never reads: everything is full.
    let bench = Bench::with(Protocol::Tcp, |socket, _| async move {
        std::future::pending::<()>().await;
        drop(socket);
        Ok(())
    })
    .await;
    let mut client = bench.client().await;
    let piece = vec![0; 1_000_000];
    while timeout(ms(300), client.write_all(&piece)).await.is_ok() {}
    let start = Instant::now();
    bench.add("end", ToxicKind::Timeout { timeout: ms(100) }, Direction::Upstream).await;
    assert_eq!(bench.closed(1).await.0, ClosedBy::Toxic("end".into()));
    assert!(start.elapsed() < ms(20_000), "{:?}", start.elapsed());
    bench.close().await;
}
