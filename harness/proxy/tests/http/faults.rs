//! Faults on single requests and answers, as a real client meets them.

use std::time::{Duration, Instant};

use pitfall_proxy::{Act, Change, LinkEvent};
use reqwest::{Body, StatusCode};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::bench::{Bench, client, pieces};

const REQUEST: &str = "http-request";
const ANSWERED: &str = "http-answered";

fn refuse() -> Act {
    Act::Change(Change::HttpStatus(503))
}

#[tokio::test]
async fn one_route_is_slow() {
    for kind in [REQUEST, ANSWERED] {
        let bench = Bench::new().await;
        let time = Duration::from_millis(700);
        bench.inject(kind, "/ship/", Act::Delay(time)).await;
        let client = client();
        let start = Instant::now();
        assert_eq!(client.get(bench.url("/ship/1")).send().await.unwrap().text().await.unwrap(), "/ship/1");
        assert!(start.elapsed() >= time);
        // It is the only fault, and has acted once: no other route was held back.
        assert_eq!(client.get(bench.url("/orders")).send().await.unwrap().text().await.unwrap(), "/orders");
        let bites = bench.events().into_iter().filter(|event| matches!(event, LinkEvent::Bit { .. })).count();
        assert_eq!((bites, bench.opened()), (1, 1));
        bench.close().await;
    }
}

#[tokio::test]
async fn a_refused_request_never_arrives() {
    let server = MockServer::start().await;
    let ok = ResponseTemplate::new(200).set_body_string("shipped");
    Mock::given(method("POST")).and(path("/ship/2")).respond_with(ok).mount(&server).await;
    let bench = Bench::to(*server.address()).await;
    bench.inject(REQUEST, "/ship/1", refuse()).await;
    let client = client();
    for round in 1..=3 {
        let refused = client.post(bench.url("/ship/1")).body("x".repeat(100_000)).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.text().await.unwrap(), "");
        let chunked = Body::wrap_stream(pieces(300_000));
        let refused = client.post(bench.url("/ship/1")).body(chunked).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        let passed = client.post(bench.url("/ship/2")).body("x").send().await.unwrap();
        assert_eq!(passed.text().await.unwrap(), "shipped");
        assert_eq!(server.received_requests().await.unwrap().len(), round);
    }
    assert_eq!(bench.opened(), 1, "a refusal leaves the connection as it was");
    assert_eq!(bench.read().iter().filter(|line| line.ends_with(": 200")).count(), 3);
    bench.close().await;
}

#[tokio::test]
async fn a_replaced_answer_is_that_of_a_server_that_has_acted() {
    let bench = Bench::new().await;
    bench.inject(ANSWERED, "/bytes/", refuse()).await;
    let client = client();
    for n in [10, 3_000_000] {
        let answer = client.get(bench.url(&format!("/bytes/{n}"))).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.text().await.unwrap(), "");
    }
    assert_eq!(client.get(bench.url("/orders")).send().await.unwrap().text().await.unwrap(), "/orders");
    assert_eq!(bench.seen(), ["GET /bytes/10", "GET /bytes/3000000", "GET /orders"]);
    assert_eq!(bench.opened(), 1);
    // What is told is what the server said.
    let expected = ["1 GET /bytes/10", "1: 200", "2 GET /bytes/3000000", "2: 200", "3 GET /orders", "3: 200"];
    assert_eq!(bench.read(), expected);
    bench.close().await;
}

#[tokio::test]
async fn a_lost_answer_is_an_error_though_the_server_has_acted() {
    for (kind, seen) in [(ANSWERED, &["POST /ship/1"][..]), (REQUEST, &[])] {
        let bench = Bench::new().await;
        bench.inject(kind, "/ship/", Act::Cut).await;
        client().post(bench.url("/ship/1")).body("x").send().await.unwrap_err();
        assert_eq!(bench.seen(), seen);
        bench.link.remove("fault").await.unwrap();
        let answer = client().post(bench.url("/ship/1")).body("x").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        bench.close().await;
    }
}

#[tokio::test]
async fn a_long_body_streams_behind_its_head_once_that_is_let_go() {
    let bench = Bench::new().await;
    for kind in [REQUEST, ANSWERED] {
        bench.inject(kind, "/", Act::Delay(Duration::from_millis(1))).await;
        let body = Body::wrap_stream(pieces(5_000_000));
        let answer = client().post(bench.url("/echo")).body(body).send().await.unwrap();
        assert_eq!(answer.bytes().await.unwrap().len(), 5_000_000);
        bench.link.remove("fault").await.unwrap();
    }
    bench.close().await;
}
