//! What is read, and that all passes.

use pitfall_proxy::{Direction, HttpEvent, LinkEvent, Wire};
use reqwest::{Body, Method, StatusCode};

use crate::bench::{Bench, LIMIT, client, pieces};

/// So much passes in one body.
const BIG: usize = 100_000_000;
/// A link needs some hundred kilobytes for a connection; the rest is what other tests in this process may take meanwhile.
const BOUND: usize = 50_000_000;

#[tokio::test]
async fn requests_and_answers_are_told() {
    let bench = Bench::new().await;
    let client = client();
    assert_eq!(
        client.get(bench.url("/orders?page=1")).send().await.unwrap().text().await.unwrap(),
        "/orders"
    );
    let length = client.head(bench.url("/orders")).send().await.unwrap().headers()["content-length"].clone();
    assert_eq!(length, "7");
    let answer = client.post(bench.url("/length")).body("hello").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "5");
    assert_eq!(client.get(bench.url("/bytes/x")).send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    let expected = [
        "1 GET /orders?page=1",
        "1: 200",
        "2 HEAD /orders",
        "2: 200",
        "3 POST /length",
        "3: 200",
        "4 GET /bytes/x",
        "4: 400",
    ];
    assert_eq!(bench.read(), expected);
    let took = bench.events().into_iter().find_map(|event| match event {
        LinkEvent::Read { what: Wire::Http(HttpEvent::Answered { took, .. }), .. } => Some(took),
        _ => None,
    });
    assert!(took.unwrap() < LIMIT);
    bench.close().await;
}

#[tokio::test]
async fn chunks_both_ways_whole_and_sliced() {
    for sliced in [None, Some(Direction::Upstream), Some(Direction::Downstream)] {
        let bench = Bench::new().await;
        if let Some(direction) = sliced {
            bench.slow_down(direction).await;
        }
        let client = client();
        for n in [0, 1, 20_000] {
            let request = client.request(Method::PUT, bench.url("/echo")).body(Body::wrap_stream(pieces(n)));
            assert_eq!(request.send().await.unwrap().bytes().await.unwrap(), vec![b'x'; n]);
        }
        assert_eq!(bench.read(), ["1 PUT /echo", "1: 200", "2 PUT /echo", "2: 200", "3 PUT /echo", "3: 200"]);
        bench.close().await;
    }
}

/// What this process has in memory now.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1000
}

#[tokio::test]
async fn a_big_body_streams_through() {
    let bench = Bench::new().await;
    let client = client();
    let before = resident();
    let mut answer = client.get(bench.url(&format!("/bytes/{BIG}"))).send().await.unwrap();
    let (mut got, mut most) = (0, 0);
    while let Some(bytes) = answer.chunk().await.unwrap() {
        got += bytes.len();
        most = most.max(resident().saturating_sub(before));
    }
    assert_eq!(got, BIG);
    assert!(most < BOUND, "{most} bytes");

    let body = futures::StreamExt::inspect(pieces(BIG), move |_| {
        let grown = resident().saturating_sub(before);
        assert!(grown < BOUND, "{grown} bytes");
    });
    let answer = client.post(bench.url("/length")).body(Body::wrap_stream(body)).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), BIG.to_string());
    bench.close().await;
}
