//! What no client of today does by itself, on a bare socket.

use std::time::Duration;

use pitfall_proxy::{Act, Change};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::bench::{Bench, LIMIT};

/// Sends bytes, and reads answers until the connection ends.
async fn answers(bench: &Bench, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(bench.link.address()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut got = String::new();
    timeout(LIMIT, socket.read_to_string(&mut got)).await.unwrap().unwrap();
    got
}

/// The statuses and bodies of answers, without other fields.
fn brief(answers: &str) -> Vec<&str> {
    let is_field = |line: &&str| line.contains(": ") || line.is_empty();
    answers.split("\r\n").filter(|line| !is_field(line)).collect()
}

#[tokio::test]
async fn pipelined_requests_are_refused_in_their_turn() {
    let bench = Bench::new().await;
    bench.inject("http-request", "/no", Act::Change(Change::HttpStatus(429))).await;
    let got = answers(
        &bench,
        b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /no HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\nhello\
          HEAD /b HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n\r\n\
          GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    let (ok, refused) = ("HTTP/1.1 200 OK", "HTTP/1.1 429 Too Many Requests");
    // The body of an answer is followed by the next head without an end of line.
    let got = got.replace("/aHTTP", "/a\r\nHTTP");
    assert_eq!(brief(&got), [ok, "/a", refused, ok, refused, ok, "/c"]);
    assert_eq!(bench.seen(), ["GET /a", "HEAD /b", "GET /c"]);
    bench.close().await;
}

#[tokio::test]
async fn a_client_that_waits_before_its_body_is_not_left_waiting() {
    let bench = Bench::new().await;
    let head = b"POST /length HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\ncontent-length: 5\r\nConnection: close\r\n\r\n";
    for does in [None, Some(Act::Delay(Duration::from_millis(1))), Some(Act::Change(Change::HttpStatus(503)))]
    {
        let is_refused = matches!(does, Some(Act::Change(_)));
        let is_faulty = does.is_some();
        if let Some(does) = does {
            bench.inject("http-request", "/length", does).await;
        }
        let before = bench.seen().len();
        let mut socket = TcpStream::connect(bench.link.address()).await.unwrap();
        socket.write_all(head).await.unwrap();
        let mut interim = [0; 25];
        timeout(LIMIT, socket.read_exact(&mut interim)).await.unwrap().unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        socket.write_all(b"hello").await.unwrap();
        let mut got = vec![0; 12];
        timeout(LIMIT, socket.read_exact(&mut got)).await.unwrap().unwrap();
        assert_eq!(got, if is_refused { b"HTTP/1.1 503" } else { b"HTTP/1.1 200" });
        assert_eq!(bench.seen().len() - before, usize::from(!is_refused));
        if is_faulty {
            bench.link.remove("fault").await.unwrap();
        }
    }
    bench.close().await;
}

#[tokio::test]
async fn what_is_no_http_passes() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bench = Bench::to(listener.local_addr().unwrap()).await;
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut got = [0; 5];
        socket.read_exact(&mut got).await.unwrap();
        socket.write_all(&got).await.unwrap();
    });
    // It waits for an answer to what is no head and has no end.
    assert_eq!(answers(&bench, b"\x16\x03\x01\x02\0").await, "\x16\x03\x01\x02\0");
    let is_blind = |event: &pitfall_proxy::LinkEvent| matches!(event, pitfall_proxy::LinkEvent::Blind { .. });
    assert_eq!(bench.events().iter().filter(|event| is_blind(event)).count(), 1);
    server.await.unwrap();
    bench.close().await;
}
