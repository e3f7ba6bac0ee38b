//! Our own types, and what they do over HTTP.

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use wiremock::{MockServer, ResponseTemplate, matchers};

use crate::server::Server;

/// Longer than anything takes on the slowest machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A proxy `a`; says where it listens.
pub(crate) async fn proxy(server: &Server, protocol: &str, upstream: impl ToString) -> String {
    let listen = format!("{}:0", server.host);
    let asked =
        json!({ "name": "a", "listen": listen, "upstream": upstream.to_string(), "protocol": protocol });
    let made = server.api.done(201, "POST", "/proxies", asked).await;
    assert_eq!(made["protocol"], protocol);
    made["listen"].as_str().unwrap().to_owned()
}

/// A toxic `x` on it.
pub(crate) async fn toxic(server: &Server, kind: &str, attributes: Value) -> Value {
    server.api.toxic("a", json!({ "name": "x", "type": kind, "attributes": attributes })).await
}

pub(crate) async fn are_shown_as_asked_for(server: &Server) {
    proxy(server, "kafka", "127.0.0.1:9").await;
    let attributes = json!({ "on": "kafka-request", "code": 25, "times": 3,
        "match": { "api": "OffsetCommit", "group": "g", "topic": "t", "partition": 3, "client": "c" } });
    let asked = json!({ "type": "kafka_error", "attributes": attributes });
    let shown = json!({ "name": "kafka_error_upstream", "type": "kafka_error", "stream": "upstream", "toxicity": 1.0,
        "attributes": attributes });
    assert_eq!(server.api.toxic("a", asked).await, shown);
    assert_eq!(server.api.get("/proxies/a/toxics/kafka_error_upstream").await, shown);
    // Whatever is said, the stream is that of the messages.
    let asked =
        json!({ "type": "message_cut", "stream": "upstream", "attributes": { "on": "offset-commit" } });
    assert_eq!(server.api.toxic("a", asked).await["name"], "message_cut_downstream");
    let path = "/proxies/a/toxics/message_cut_downstream";
    let moved = server.api.done(200, "PATCH", path, r#"{"attributes": {"on": "kafka-request"}}"#).await;
    assert_eq!((&moved["stream"], &moved["name"]), (&json!("upstream"), &json!("message_cut_downstream")));
    // Names are unique, whatever the types.
    let twice = r#"{"type": "latency", "name": "message_cut_downstream"}"#;
    server.api.refused(409, "toxic already exists", "POST", "/proxies/a/toxics", twice).await;
    server.api.silent("POST", "/reset").await;
    assert_eq!(server.api.get("/proxies/a/toxics").await, json!([]));
    assert_eq!(server.api.get("/proxies/a").await["protocol"], "kafka");
}

pub(crate) async fn are_of_a_protocol(server: &Server) {
    let listen = format!("{}:0", server.host);
    for (protocol, shown) in [("tcp", None), ("http", Some("http"))] {
        let asked =
            json!([{ "name": "a", "listen": listen, "upstream": "127.0.0.1:9", "protocol": protocol }]);
        let made = server.api.done(201, "POST", "/populate", asked).await;
        assert_eq!(made["proxies"][0].get("protocol").and_then(Value::as_str), shown);
    }
    let toxics = "/proxies/a/toxics";
    let asked = r#"{"type": "message_cut", "attributes": {"on": "statement"}}"#;
    let words = "bad request body: attributes.on: `statement` is of mysql, but proxy `a` speaks http; \
                 create the proxy with \"protocol\": \"mysql\"";
    server.api.refused(400, words, "POST", toxics, asked).await;
    let chance = r#"{"type": "message_cut", "toxicity": 0.5, "attributes": {"on": "http-request"}}"#;
    server
        .api
        .refused(400, "bad request body: toxicity: this type acts on messages…", "POST", toxics, chance)
        .await;
    let before = toxic(server, "message_cut", json!({ "on": "http-request" })).await;
    for change in [
        r#"{"toxicity": 0.5}"#,
        r#"{"attributes": {"on": "statement"}}"#,
        r#"{"attributes": {"match": {"group": "g"}}}"#,
    ] {
        server.api.refused(400, "bad request body: …", "PATCH", "/proxies/a/toxics/x", change).await;
    }
    assert_eq!(server.api.get(toxics).await, json!([before]));
    let other = r#"{"protocol": "kafka"}"#;
    server
        .api
        .refused(400, "bad request body: protocol: proxy `a` speaks http…", "PATCH", "/proxies/a", other)
        .await;
    let other = r#"{"name": "b", "upstream": "127.0.0.1:9", "protocol": "amqp"}"#;
    server
        .api
        .refused(400, "bad request body: protocol: unknown variant `amqp`…", "POST", "/proxies", other)
        .await;
}

/// A server that answers 200, and a client's way to it.
async fn http(server: &Server) -> (MockServer, Client, String) {
    let mock = MockServer::start().await;
    mock.register(wiremock::Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200))).await;
    let listen = proxy(server, "http", mock.address()).await;
    (mock, Client::builder().no_proxy().timeout(LIMIT).build().unwrap(), format!("http://{listen}"))
}

async fn status(request: reqwest::RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn seen(mock: &MockServer) -> Vec<String> {
    let seen = mock.received_requests().await.unwrap();
    seen.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect()
}

pub(crate) async fn refuse_over_http(server: &Server) {
    let (mock, client, at) = http(server).await;
    let orders = json!({ "method": "POST", "path": "/orders" });
    toxic(server, "http_status", json!({ "on": "http-request", "match": orders, "status": 503, "times": 1 }))
        .await;
    assert_eq!(status(client.get(format!("{at}/orders"))).await, 200);
    assert_eq!(status(client.post(format!("{at}/orders/7"))).await, 200);
    assert_eq!(status(client.post(format!("{at}/orders")).body("lost")).await, 503);
    assert_eq!(status(client.post(format!("{at}/orders"))).await, 200);
    assert_eq!(seen(&mock).await, ["GET /orders", "POST /orders/7", "POST /orders"]);
}

pub(crate) async fn change_and_go(server: &Server) {
    let (mock, client, at) = http(server).await;
    let answers = json!({ "text": "^/orders/[0-9]+$", "status": 200 });
    toxic(server, "http_status", json!({ "on": "http-answered", "match": answers, "status": 500 })).await;
    let path = "/proxies/a/toxics/x";
    assert_eq!(status(client.get(format!("{at}/orders/x"))).await, 200);
    assert_eq!(status(client.get(format!("{at}/orders/7"))).await, 500);
    server.api.done(200, "POST", path, r#"{"attributes": {"status": 502}}"#).await;
    assert_eq!(status(client.get(format!("{at}/orders/7"))).await, 502);
    // It stays while the proxy is disabled.
    for enabled in [false, true] {
        server.api.done(200, "PATCH", "/proxies/a", json!({ "enabled": enabled })).await;
    }
    assert_eq!(status(client.get(format!("{at}/orders/7"))).await, 502);
    server.api.silent("DELETE", path).await;
    server.api.refused(404, "toxic not found", "GET", path, "").await;
    assert_eq!(status(client.get(format!("{at}/orders/7"))).await, 200);
    assert_eq!(seen(&mock).await.len(), 5);
}

/// Two that meet, one that is late, and one that is held until its toxic goes.
pub(crate) async fn hold_and_let_go(server: &Server) {
    let (mock, client, at) = http(server).await;
    let begin = |path: &str| tokio::spawn(status(client.get(format!("{at}{path}"))));
    let hour = 3_600_000;
    toxic(server, "rendezvous", json!({ "on": "http-request", "parties": 2, "within": hour })).await;
    let first = begin("/first");
    assert_eq!(status(Client::builder().no_proxy().build().unwrap().get(format!("{at}/second"))).await, 200);
    assert_eq!(timeout(LIMIT, first).await.unwrap().unwrap(), 200);
    server.api.silent("POST", "/reset").await;
    toxic(server, "message_delay", json!({ "on": "http-request", "delay": 400 })).await;
    let begun = Instant::now();
    assert_eq!(timeout(LIMIT, begin("/late")).await.unwrap().unwrap(), 200);
    assert!(begun.elapsed() >= Duration::from_millis(400));
    server.api.silent("DELETE", "/proxies/a/toxics/x").await;
    toxic(server, "message_delay", json!({ "on": "http-answered", "delay": hour })).await;
    let held = begin("/held");
    let begun = Instant::now();
    while !seen(&mock).await.contains(&"GET /held".to_owned()) {
        assert!(begun.elapsed() < LIMIT, "not seen: {:?}", seen(&mock).await);
        sleep(Duration::from_millis(5)).await;
    }
    server.api.silent("POST", "/reset").await;
    assert_eq!(timeout(LIMIT, held).await.unwrap().unwrap(), 200);
}
