use std::io::ErrorKind;

use pitfall_proxy::{Direction, LinkError, Toxic, ToxicKind};
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::bench::{Bench, rest, round_trip};

async fn is_refused(bench: &Bench) {
    let error = TcpStream::connect(bench.link.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

pub(crate) async fn cuts_and_refuses_and_comes_up_again(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let mut client = bench.client().await;
    round_trip(&mut client, b"before").await;
    for round in 1..=3 {
        bench.add("off", ToxicKind::Down, Direction::Upstream).await;
        assert!(rest(&mut client).await.is_empty());
        bench.closed_by_toxic(round, "off").await;
        is_refused(&bench).await;
        bench.remove("off").await;
        client = bench.client().await;
        round_trip(&mut client, b"again").await;
    }
    let bites = bench.bitten("off", 6).await;
    assert_eq!(bites.iter().filter(|what| what.starts_with("probe refused: ")).count(), 3, "{bites:?}");
    assert_eq!(bites.iter().filter(|what| what.starts_with("cut the connection")).count(), 3, "{bites:?}");
    bench.close().await;
}

pub(crate) async fn counts_when_there_are_two(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("a", ToxicKind::Down, Direction::Upstream).await;
    bench.add("b", ToxicKind::Down, Direction::Upstream).await;
    bench.remove("a").await;
    is_refused(&bench).await;
    bench.remove("b").await;
    round_trip(&mut bench.client().await, b"up").await;
    bench.bitten("a", 1).await;
    bench.bitten("b", 1).await;
    bench.close().await;
}

pub(crate) async fn is_never_half(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let half =
        Toxic { name: "half".into(), kind: ToxicKind::Down, direction: Direction::Upstream, toxicity: 0.5 };
    let error = bench.link.add(half).await.unwrap_err();
    assert!(matches!(error, LinkError::InvalidToxic { .. }), "{error}");
    round_trip(&mut bench.client().await, b"up").await;
    bench.close().await;
}
