//! What is asked for over the API happens to what passes.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::server::{LIMIT, Server, free};
use crate::wire::{connect, echo, is_quick, is_refused, read, rest, round_trip};

/// So much that no busy machine adds it by chance.
const LONG: Duration = Duration::from_millis(400);

/// A proxy before a server that answers with what it gets; says where it listens.
async fn proxy(server: &Server) -> String {
    server.api.proxy("a", format_args!("{}:0", server.host), echo(b"").await).await
}

async fn enable(server: &Server, enabled: bool) -> Value {
    server.api.done(200, "PATCH", "/proxies/a", json!({ "enabled": enabled })).await
}

pub(crate) async fn passes_and_cuts_when_disabled(server: &Server) {
    let listen = proxy(server).await;
    let mut client = connect(&listen).await;
    round_trip(&mut client, b"hello").await;
    enable(server, false).await;
    assert_eq!(rest(&mut client).await, b"");
    is_refused(&listen).await;
    // Its port is anybody's meanwhile.
    free(listen.parse().unwrap());
    assert_eq!(enable(server, true).await["listen"], listen);
    round_trip(&mut connect(&listen).await, b"hello").await;
}

pub(crate) async fn goes_to_another_upstream(server: &Server) {
    let listen = server.api.proxy("a", format_args!("{}:0", server.host), echo(b"one").await).await;
    let mut client = connect(&listen).await;
    assert_eq!(read(&mut client, 3).await, b"one");
    let other = echo(b"two").await.to_string();
    server.api.done(200, "PATCH", "/proxies/a", json!({ "upstream": other })).await;
    assert_eq!(rest(&mut client).await, b"");
    assert_eq!(read(&mut connect(&listen).await, 3).await, b"two");
}

pub(crate) async fn ends_when_deleted(server: &Server) {
    let listen = proxy(server).await;
    let mut client = connect(&listen).await;
    round_trip(&mut client, b"hello").await;
    server.api.silent("DELETE", "/proxies/a").await;
    assert_eq!(rest(&mut client).await, b"");
    is_refused(&listen).await;
}

pub(crate) async fn toxics_stay_while_disabled(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "latency", "attributes": { "latency": 400 } })).await;
    enable(server, false).await;
    enable(server, true).await;
    assert!(round_trip(&mut connect(&listen).await, b"hello").await >= LONG);
}

pub(crate) async fn latency_is_added_changed_and_removed(server: &Server) {
    let listen = proxy(server).await;
    let mut client = connect(&listen).await;
    is_quick(&mut client, LONG).await;
    server.api.toxic("a", json!({ "type": "latency", "name": "x", "attributes": { "latency": 400 } })).await;
    // On the connection that is there, and on a new one.
    assert!(round_trip(&mut client, b"hello").await >= LONG);
    assert!(round_trip(&mut connect(&listen).await, b"hello").await >= LONG);
    let longer = json!({ "attributes": { "latency": 800 } });
    server.api.done(200, "PATCH", "/proxies/a/toxics/x", longer).await;
    assert!(round_trip(&mut client, b"hello").await >= 2 * LONG);
    server.api.silent("DELETE", "/proxies/a/toxics/x").await;
    is_quick(&mut client, LONG).await;
}

pub(crate) async fn each_stream_by_itself(server: &Server) {
    let listen = server.api.proxy("a", format_args!("{}:0", server.host), echo(b"hello").await).await;
    let toxic = json!({ "type": "latency", "stream": "upstream", "attributes": { "latency": 400 } });
    server.api.toxic("a", toxic).await;
    let mut took = Duration::MAX;
    for _ in 0..20 {
        let begun = Instant::now();
        let mut client = connect(&listen).await;
        assert_eq!(read(&mut client, 5).await, b"hello");
        took = took.min(begun.elapsed());
        if took < LONG {
            assert!(round_trip(&mut client, b"hello").await >= LONG);
            return;
        }
    }
    panic!("what the server says comes after {took:?} at the quickest");
}

pub(crate) async fn limits_data(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "limit_data", "attributes": { "bytes": 7 } })).await;
    let mut client = connect(&listen).await;
    client.write_all(b"0123456789").await.unwrap();
    assert_eq!(rest(&mut client).await, b"0123456");
}

pub(crate) async fn timeout_ends_when_removed(server: &Server) {
    let listen = proxy(server).await;
    let mut client = connect(&listen).await;
    round_trip(&mut client, b"hello").await;
    server.api.toxic("a", json!({ "type": "timeout" })).await;
    client.write_all(b"lost").await.unwrap();
    server.api.silent("DELETE", "/proxies/a/toxics/timeout_downstream").await;
    assert_eq!(rest(&mut client).await, b"");
    round_trip(&mut connect(&listen).await, b"hello").await;
}

pub(crate) async fn chance_spares(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "timeout", "toxicity": 0 })).await;
    for _ in 0..10 {
        round_trip(&mut connect(&listen).await, b"hello").await;
    }
    server.api.done(200, "PATCH", "/proxies/a/toxics/timeout_downstream", r#"{"toxicity": 1}"#).await;
    server
        .api
        .done(200, "PATCH", "/proxies/a/toxics/timeout_downstream", r#"{"attributes": {"timeout": 50}}"#)
        .await;
    assert_eq!(rest(&mut connect(&listen).await).await, b"");
}

pub(crate) async fn resets(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "reset_peer" })).await;
    let mut client = connect(&listen).await;
    client.write_all(b"hello").await.unwrap();
    let mut got = Vec::new();
    let end = timeout(LIMIT, client.read_to_end(&mut got)).await.expect("it does not end");
    assert_eq!((end.unwrap_err().kind(), got.len()), (ErrorKind::ConnectionReset, 0));
}

pub(crate) async fn closes_slowly(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "slow_close", "attributes": { "delay": 400 } })).await;
    let mut client = connect(&listen).await;
    round_trip(&mut client, b"hello").await;
    let begun = Instant::now();
    client.shutdown().await.unwrap();
    rest(&mut client).await;
    assert!(begun.elapsed() >= LONG, "{:?}", begun.elapsed());
}

pub(crate) async fn a_changed_toxic_keeps_its_place(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "limit_data", "name": "x", "attributes": { "bytes": 5 } })).await;
    server.api.toxic("a", json!({ "type": "slow_close", "attributes": { "delay": 400 } })).await;
    server.api.done(200, "PATCH", "/proxies/a/toxics/x", r#"{"attributes": {"bytes": 7}}"#).await;
    let mut client = connect(&listen).await;
    let begun = Instant::now();
    client.write_all(b"0123456789").await.unwrap();
    assert_eq!(rest(&mut client).await, b"0123456");
    // The closing is slow only if it comes from a toxic that acts before the one that slows it down.
    assert!(begun.elapsed() >= LONG, "{:?}", begun.elapsed());
}

pub(crate) async fn reset_heals(server: &Server) {
    let listen = proxy(server).await;
    server.api.toxic("a", json!({ "type": "latency", "attributes": { "latency": 400 } })).await;
    let mut client = connect(&listen).await;
    assert!(round_trip(&mut client, b"hello").await >= LONG);
    server.api.silent("POST", "/reset").await;
    is_quick(&mut client, LONG).await;
}
