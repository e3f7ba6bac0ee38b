use std::time::Duration;

use pitfall_proxy::{ClosedBy, Direction, LinkError, Toxic, ToxicKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::backend::{Backend, proxy};
use crate::bench::{Bench, LINK, ms, numbered, serve};
use crate::latency::latency;

pub(crate) async fn names_are_unique_and_known(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("slow", latency(1, 0), Direction::Upstream).await;
    let toxic = |name: &str, kind, toxicity| Toxic {
        name: name.into(),
        kind,
        direction: Direction::Downstream,
        toxicity,
    };
    let error = bench.link.add(toxic("slow", latency(2, 0), 1.0)).await.unwrap_err();
    assert!(matches!(error, LinkError::DuplicateToxic { .. }), "{error}");
    let error = bench.link.remove("fast").await.unwrap_err();
    assert_eq!(error.to_string(), format!("link `{LINK}` has no toxic `fast`; it has: slow"));
    bench.remove("slow").await;
    bench.link.remove("slow").await.unwrap_err();
    let odd = [
        toxic("odd", latency(2, 0), -0.1),
        toxic("odd", latency(2, 0), f64::NAN),
        toxic("odd", ToxicKind::Latency { latency: Duration::MAX, jitter: ms(0) }, 1.0),
        toxic("odd", ToxicKind::Slicer { average_size: 9, size_variation: 9, delay: ms(0) }, 1.0),
    ];
    for odd in odd {
        let error = bench.link.add(odd).await.unwrap_err();
        assert!(matches!(error, LinkError::InvalidToxic { .. }), "{error}");
    }
    bench.close().await;
}

/// A link's own toxics draw from its seed; those of Toxiproxy do not, so only there a run cannot be repeated.
pub(crate) async fn chance_spares_connections(backend: Backend) {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let bench = Bench::echo(backend).await;
        let kind = ToxicKind::LimitData { bytes: 0 };
        let toxic = Toxic { name: "some".into(), kind, direction: Direction::Upstream, toxicity: 0.5 };
        bench.link.add(toxic).await.unwrap();
        let mut spared = Vec::new();
        for conn in 1..=30 {
            let mut client = bench.client().await;
            client.write_all(b"x").await.unwrap();
            let is_spared = matches!(client.read(&mut [0; 1]).await, Ok(1));
            drop(client);
            let by_toxic = bench.closed(conn).await.0 == ClosedBy::Toxic("some".into());
            assert_eq!(by_toxic, !is_spared, "{:?}", bench.events());
            spared.push(is_spared);
        }
        bench.bitten("some", spared.iter().filter(|spared| !**spared).count()).await;
        bench.close().await;
        assert!(spared.contains(&true) && spared.contains(&false), "{spared:?}");
        runs.push(spared);
    }
    if backend.is_own() {
        assert_eq!(runs[0], runs[1]);
    }
}

pub(crate) async fn toxics_come_and_go_and_no_byte_is_lost(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    let bytes = numbered(2_000_000);
    let (mut read, mut write) = client.split();
    let mut got = vec![0; bytes.len()];
    let kinds = [
        latency(5, 0),
        ToxicKind::Slicer { average_size: 700, size_variation: 300, delay: ms(0) },
        ToxicKind::Bandwidth { rate_kb_s: 20_000 },
        latency(3, 3),
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
                bench.remove(&at.to_string()).await;
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
/// Toxiproxy waits for a piece of data to pass before it takes a toxic, and hangs where none can. The link says so, closes the
/// connection as asked, and when it is closed nothing is left of it.
pub(crate) async fn a_full_connection_is_still_cut(backend: Backend) {
    // The server never reads: everything is full.
    let deaf = serve(|socket| async move {
        std::future::pending::<()>().await;
        drop(socket);
    });
    let bench = Bench::to(backend, deaf.await, watch::channel(0).1).await;
    let mut client = bench.client().await;
    let piece = vec![0; 1_000_000];
    while timeout(ms(300), client.write_all(&piece)).await.is_ok() {}
    let kind = ToxicKind::Timeout { timeout: ms(100) };
    let end = Toxic { name: "end".into(), kind, direction: Direction::Upstream, toxicity: 1.0 };
    let added = bench.link.add(end).await;
    bench.closed_by_toxic(1, "end").await;
    if backend.is_own() {
        added.unwrap();
        return bench.close().await;
    }
    let error = added.unwrap_err();
    assert!(matches!(error, LinkError::ToxiproxyAway { .. }), "{error}");
    assert!(error.to_string().contains("nothing within 10s after it was asked to add a timeout"), "{error}");
    let there = proxy(&bench.link).0;
    bench.close().await;
    assert!(!backend.has(&there).await);
}
