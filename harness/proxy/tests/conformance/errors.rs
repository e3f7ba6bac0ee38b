//! What can go wrong with the server, and how it is said.

use std::time::{Duration, Instant};

use pitfall_proxy::{Direction, Link, LinkError, Toxic, ToxicKind, Toxiproxy};
use tokio::net::{TcpListener, TcpStream};

use crate::backend::{Backend, proxy};
use crate::bench::{Bench, ms, round_trip};
use crate::latency::latency;

async fn between(toxiproxy: &Toxiproxy, listen: &str) -> LinkError {
    Link::between("a->b", toxiproxy, listen, "127.0.0.1:1").await.unwrap_err()
}

pub(crate) async fn nobody_is_there(_: Backend) {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = between(&Toxiproxy::at(nobody), "127.0.0.1:0").await;
    assert!(matches!(error, LinkError::ToxiproxyAway { .. }), "{error}");
    let text = error.to_string();
    let said = format!("link `a->b`: the Toxiproxy server at {nobody} does not answer: ");
    assert!(text.starts_with(&said) && text.ends_with("; see that it runs there"), "{text}");
}

pub(crate) async fn somebody_does_not_answer(_: Backend) {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let start = Instant::now();
    let error = between(&Toxiproxy::at(mute.local_addr().unwrap()), "127.0.0.1:0").await;
    assert!(matches!(error, LinkError::ToxiproxyAway { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

pub(crate) async fn the_address_is_taken(backend: Backend) {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let error = between(&Toxiproxy::at(backend.api()), &listen).await.to_string();
    assert!(error.contains(&format!("did not make a proxy from {listen} to 127.0.0.1:1: ")), "{error}");
    assert!(error.contains("address already in use"), "{error}");
    assert!(error.ends_with("; name a free address, or port 0"), "{error}");
    // Nothing is left behind.
    drop(taken);
    TcpListener::bind(&listen).await.unwrap();
}

pub(crate) async fn the_address_is_not_ours(backend: Backend) {
    let error = between(&Toxiproxy::at(backend.api()), "203.0.113.9:0").await.to_string();
    assert!(error.ends_with("; name an address of the machine it runs on"), "{error}");
}

pub(crate) async fn the_proxy_is_gone(backend: Backend) {
    let toxiproxy = Toxiproxy::at(backend.api());
    let link = Link::between("gone", &toxiproxy, "127.0.0.1:0", "127.0.0.1:1").await.unwrap();
    let slow =
        |name: &str, kind| Toxic { name: name.into(), kind, direction: Direction::Upstream, toxicity: 1.0 };
    link.add(slow("slow", latency(1, 0))).await.unwrap();
    backend.delete(&proxy(&link).0).await;
    let errors = [
        link.add(slow("slower", latency(2, 0))).await.unwrap_err(),
        link.add(slow("off", ToxicKind::Down)).await.unwrap_err(),
        link.remove("slow").await.unwrap_err(),
    ];
    for error in errors {
        let text = error.to_string();
        assert!(matches!(error, LinkError::ToxiproxyRefused { .. }), "{text}");
        assert!(text.contains("404 Not Found: proxy not found; it was started anew"), "{text}");
    }
    link.close().await;
}

pub(crate) async fn the_port_is_taken_while_down(backend: Backend) {
    let bench = Bench::echo(backend).await;
    bench.add("off", ToxicKind::Down, Direction::Upstream).await;
    let thief = TcpListener::bind(proxy(&bench.link).1).await.unwrap();
    let error = bench.link.remove("off").await.unwrap_err().to_string();
    assert!(
        error.contains("did not enable the proxy") && error.contains("address already in use"),
        "{error}"
    );
    TcpStream::connect(bench.link.address()).await.unwrap_err();
    drop(thief);
    bench.remove("off").await;
    round_trip(&mut bench.client().await, b"up").await;
    bench.close().await;
}

pub(crate) async fn a_number_is_too_big(backend: Backend) {
    let bench = Bench::echo(backend).await;
    let kind = ToxicKind::Latency { latency: Duration::from_secs(60 * 24 * 3600), jitter: ms(0) };
    let far = Toxic { name: "far".into(), kind, direction: Direction::Upstream, toxicity: 1.0 };
    let error = bench.link.add(far).await.unwrap_err();
    assert!(matches!(error, LinkError::InvalidToxic { .. }), "{error}");
    // The name is free again, and nothing is watched.
    bench.add("far", latency(1, 0), Direction::Upstream).await;
    bench.close().await;
}
