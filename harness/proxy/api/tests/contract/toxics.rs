//! Toxics, as they are asked for and shown.

use serde_json::{Value, json};

use crate::server::Server;

const TOXICS: &str = "/proxies/a/toxics";

async fn proxy(server: &Server) {
    server.api.proxy("a", format_args!("{}:0", server.host), "127.0.0.1:9").await;
}

/// Numbers that are whole are the same whether or not they are written with a point.
fn numbers(mut toxic: Value) -> Value {
    let toxicity = toxic["toxicity"].as_f64().unwrap();
    toxic["toxicity"] = json!(toxicity);
    toxic
}

async fn names(server: &Server) -> Vec<String> {
    let toxics = server.api.get(TOXICS).await;
    assert_eq!(server.api.get("/proxies/a").await["toxics"], toxics);
    assert_eq!(server.api.get("/proxies").await["a"]["toxics"], toxics);
    toxics.as_array().unwrap().iter().map(|toxic| toxic["name"].as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn has_usual_values(server: &Server) {
    proxy(server).await;
    assert_eq!(server.api.get(TOXICS).await, json!([]));
    let made = server.api.toxic("a", json!({ "type": "latency", "name": "", "attributes": null })).await;
    let shown = json!({ "name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1.0,
        "attributes": { "latency": 0, "jitter": 0 } });
    assert_eq!(numbers(made.clone()), shown);
    assert_eq!(server.api.get("/proxies/a/toxics/latency_downstream").await, made);
    assert_eq!(server.api.get(TOXICS).await, json!([made]));
    let up = server.api.toxic("a", json!({ "type": "latency", "stream": "UpStream" })).await;
    assert_eq!((&up["name"], &up["stream"]), (&json!("latency_UpStream"), &json!("UpStream")));
}

pub(crate) async fn knows_all_types(server: &Server) {
    proxy(server).await;
    let all = [
        ("noop", json!({})),
        ("latency", json!({ "latency": 5, "jitter": 7 })),
        ("bandwidth", json!({ "rate": 5 })),
        ("slow_close", json!({ "delay": 5 })),
        ("timeout", json!({ "timeout": 5 })),
        ("reset_peer", json!({ "timeout": 5 })),
        ("slicer", json!({ "average_size": 9, "size_variation": 4, "delay": 5 })),
        ("limit_data", json!({ "bytes": i64::MAX })),
    ];
    for (kind, attributes) in all {
        let asked = json!({ "name": kind, "type": kind, "stream": "upstream", "toxicity": 0.25, "attributes": attributes });
        assert_eq!(server.api.toxic("a", asked.clone()).await, asked);
        // With attributes of which nothing is said.
        let zeros: Value =
            attributes.as_object().unwrap().keys().map(|key| (key.clone(), json!(0))).collect();
        assert_eq!(server.api.toxic("a", json!({ "type": kind })).await["attributes"], zeros);
    }
}

pub(crate) async fn reads_bodies_as_go_does(server: &Server) {
    proxy(server).await;
    let body = r#"{"Type": "latency", "name": "x", "ATTRIBUTES": {"LATENCY": 4, "more": 1, "jitter": null}} {"trailing"#;
    let made = server.api.done(200, "POST", TOXICS, body).await;
    assert_eq!(made["attributes"], json!({ "latency": 4, "jitter": 0 }));
    // What makes no sense is kept as it was said.
    let odd = json!({ "type": "latency", "name": "y", "toxicity": 2.5, "attributes": { "latency": -5 } });
    let odd = server.api.toxic("a", odd).await;
    assert_eq!((&odd["toxicity"], &odd["attributes"]["latency"]), (&json!(2.5), &json!(-5)));
    let slicer = json!({ "type": "slicer", "attributes": { "average_size": 1, "size_variation": 7 } });
    assert_eq!(server.api.toxic("a", slicer).await["attributes"]["size_variation"], 7);
}

pub(crate) async fn refuses(server: &Server) {
    proxy(server).await;
    let made = server.api.toxic("a", json!({ "type": "latency" })).await;
    let refused =
        async |status, words, body: &str| server.api.refused(status, words, "POST", TOXICS, body).await;
    refused(400, "bad request body: EOF", "").await;
    refused(400, "invalid toxic type", "{}").await;
    refused(400, "invalid toxic type", r#"{"type": "down"}"#).await;
    let stream = "stream was invalid, can be either upstream or downstream";
    refused(400, stream, r#"{"type": "latency", "stream": "sideways"}"#).await;
    refused(400, stream, r#"{"type": "nonsense", "stream": ""}"#).await;
    refused(409, "toxic already exists", r#"{"type": "latency"}"#).await;
    refused(
        409,
        "toxic already exists",
        r#"{"type": "timeout", "name": "latency_downstream", "stream": "upstream"}"#,
    )
    .await;
    for body in [
        "{",
        "[]",
        r#"{"type": 5}"#,
        r#"{"type": "timeout", "toxicity": "1"}"#,
        r#"{"type": "timeout", "attributes": []}"#,
        r#"{"type": "timeout", "attributes": 5}"#,
        r#"{"type": "timeout", "attributes": {"timeout": "5"}}"#,
        r#"{"type": "timeout", "attributes": {"timeout": 5.0}}"#,
        r#"{"type": "timeout", "attributes": {"timeout": 9223372036854775808}}"#,
    ] {
        refused(400, "bad request body: …", body).await;
    }
    assert_eq!(server.api.get(TOXICS).await, json!([made]));
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        server.api.refused(404, "toxic not found", method, "/proxies/a/toxics/none", "").await;
    }
}

pub(crate) async fn change_some(server: &Server) {
    proxy(server).await;
    let asked = json!({ "type": "latency", "name": "x", "stream": "upstream", "toxicity": 0.5,
        "attributes": { "latency": 5, "jitter": 7 } });
    let mut shown = server.api.toxic("a", asked).await;
    let path = "/proxies/a/toxics/x";
    let other = r#"{"attributes": {"jitter": 3}, "name": "y", "stream": "downstream", "type": "timeout"}"#;
    shown["attributes"]["jitter"] = json!(3);
    assert_eq!(server.api.done(200, "PATCH", path, other).await, shown);
    shown["toxicity"] = json!(0.25);
    assert_eq!(server.api.done(200, "POST", path, r#"{"toxicity": 0.25}"#).await, shown);
    for same in
        ["{}", "null", r#"{"attributes": null, "toxicity": null}"#, r#"{"attributes": {"latency": null}}"#]
    {
        assert_eq!(server.api.done(200, "PATCH", path, same).await, shown);
    }
    server.api.refused(400, "bad request body: EOF", "PATCH", path, "").await;
    for body in ["[]", r#"{"toxicity": "1"}"#, r#"{"attributes": 5}"#, r#"{"attributes": {"latency": "x"}}"#]
    {
        server.api.refused(400, "bad request body: …", "PATCH", path, body).await;
    }
    assert_eq!(server.api.get(path).await, shown);
}

pub(crate) async fn keeps_their_order(server: &Server) {
    proxy(server).await;
    for (name, stream) in
        [("d1", "downstream"), ("u1", "upstream"), ("d2", "downstream"), ("d3", "downstream")]
    {
        server.api.toxic("a", json!({ "type": "latency", "name": name, "stream": stream })).await;
    }
    assert_eq!(names(server).await, ["u1", "d1", "d2", "d3"]);
    server.api.done(200, "PATCH", "/proxies/a/toxics/d1", r#"{"attributes": {"latency": 1}}"#).await;
    assert_eq!(names(server).await, ["u1", "d1", "d2", "d3"]);
    server.api.silent("DELETE", "/proxies/a/toxics/d2").await;
    server.api.toxic("a", json!({ "type": "latency", "name": "d2" })).await;
    assert_eq!(names(server).await, ["u1", "d1", "d3", "d2"]);
}

pub(crate) async fn go(server: &Server) {
    proxy(server).await;
    server.api.toxic("a", json!({ "type": "noop" })).await;
    server.api.toxic("a", json!({ "type": "bandwidth" })).await;
    server.api.silent("DELETE", "/proxies/a/toxics/bandwidth_downstream").await;
    server.api.refused(404, "toxic not found", "DELETE", "/proxies/a/toxics/bandwidth_downstream", "").await;
    assert_eq!(names(server).await, ["noop_downstream"]);
    server.api.silent("DELETE", "/proxies/a/toxics/noop_downstream").await;
    assert_eq!(server.api.get(TOXICS).await, json!([]));
}
