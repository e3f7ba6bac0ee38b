//! Changing proxies, and resetting them.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::{Server, free};

/// A proxy with a toxic, as it is shown.
async fn made(server: &Server) -> Value {
    server.api.proxy("a", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    server.api.toxic("a", json!({ "type": "timeout" })).await;
    server.api.get("/proxies/a").await
}

/// The same with another value.
fn with(shown: &Value, key: &str, value: impl Into<Value>) -> Value {
    let mut shown = shown.clone();
    shown[key] = value.into();
    shown
}

pub(crate) async fn upstream(server: &Server) {
    let before = made(server).await;
    for (method, upstream) in [("PATCH", "127.0.0.1:10"), ("POST", "127.0.0.1:11")] {
        let after = server.api.done(200, method, "/proxies/a", json!({ "upstream": upstream })).await;
        assert_eq!(after, with(&before, "upstream", upstream));
        assert_eq!(server.api.get("/proxies/a").await, after);
    }
}

pub(crate) async fn listen(server: &Server) {
    let before = made(server).await;
    let listen = server.free().to_string();
    let after = server.api.done(200, "PATCH", "/proxies/a", json!({ "listen": listen })).await;
    assert_eq!(after, with(&before, "listen", listen));
    // The one that it had is free.
    free(before["listen"].as_str().unwrap().parse().unwrap());
    let anywhere = server.api.done(200, "PATCH", "/proxies/a", json!({ "listen": "" })).await;
    assert!(anywhere["listen"].as_str().unwrap().starts_with("[::]:"), "{anywhere}");
}

pub(crate) async fn enabled(server: &Server) {
    let api = &server.api;
    let before = made(server).await;
    let disabled = with(&before, "enabled", false);
    assert_eq!(api.done(200, "PATCH", "/proxies/a", r#"{"enabled": false}"#).await, disabled);
    assert_eq!(api.done(200, "PATCH", "/proxies/a", r#"{"enabled": false}"#).await, disabled);
    // While it is disabled its address is kept as it is said, and toxics come and go.
    let moved = with(&disabled, "listen", "localhost:0");
    assert_eq!(api.done(200, "PATCH", "/proxies/a", r#"{"listen": "localhost:0"}"#).await, moved);
    api.silent("DELETE", "/proxies/a/toxics/timeout_downstream").await;
    api.toxic("a", json!({ "type": "noop" })).await;
    let both = json!({ "enabled": true, "listen": before["listen"] });
    let after = api.done(200, "PATCH", "/proxies/a", both).await;
    assert_eq!((&after["enabled"], &after["listen"]), (&json!(true), &before["listen"]));
    assert_eq!(after["toxics"][0]["name"], "noop_downstream");
    assert_eq!(after["toxics"].as_array().unwrap().len(), 1);
}

pub(crate) async fn nothing(server: &Server) {
    let before = made(server).await;
    for body in ["{}", "null", r#"{"name": "b", "toxics": [], "enabled": null, "upstream": null}"#] {
        assert_eq!(server.api.done(200, "PATCH", "/proxies/a", body).await, before);
    }
    server.api.refused(404, "proxy not found", "GET", "/proxies/b", "").await;
}

pub(crate) async fn refuses_bad_bodies(server: &Server) {
    let before = made(server).await;
    server.api.refused(400, "bad request body: EOF", "PATCH", "/proxies/a", "").await;
    for body in ["{", "[]", r#"{"enabled": 1}"#, r#"{"upstream": 1}"#] {
        server.api.refused(400, "bad request body: …", "POST", "/proxies/a", body).await;
    }
    assert_eq!(server.api.get("/proxies/a").await, before);
}

pub(crate) async fn refuses_addresses(server: &Server) {
    let before = made(server).await;
    server.api.refused(500, "…", "PATCH", "/proxies/a", r#"{"listen": "nonsense"}"#).await;
    assert_eq!(server.api.get("/proxies/a").await, before);
    // It has stopped already when it finds that the new address is taken, and stays so.
    let taken = TcpListener::bind((server.host, 0)).await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    server.api.refused(500, "…", "PATCH", "/proxies/a", json!({ "listen": taken })).await;
    let after = with(&with(&before, "enabled", false), "listen", taken);
    assert_eq!(server.api.get("/proxies/a").await, after);
}

pub(crate) async fn reset(server: &Server) {
    let api = &server.api;
    let before = made(server).await;
    api.toxic("a", json!({ "type": "latency", "stream": "upstream" })).await;
    api.proxy("b", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    api.done(200, "PATCH", "/proxies/b", r#"{"enabled": false}"#).await;
    api.silent("POST", "/reset").await;
    let after = api.get("/proxies").await;
    assert_eq!(after["a"], with(&before, "toxics", json!([])));
    assert_eq!(after["b"]["enabled"], true);
}

pub(crate) async fn reset_that_fails(server: &Server) {
    let held = TcpListener::bind((server.host, 0)).await.unwrap();
    let listen = held.local_addr().unwrap().to_string();
    let asked = json!({ "name": "a", "listen": listen, "upstream": "127.0.0.1:9", "enabled": false });
    server.api.done(201, "POST", "/proxies", asked).await;
    server.api.refused(500, "…", "POST", "/reset", "").await;
    assert_eq!(server.api.get("/proxies/a").await["enabled"], false);
}
