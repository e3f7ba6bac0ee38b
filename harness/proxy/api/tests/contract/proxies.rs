//! Making, showing and deleting proxies.

use serde_json::json;
use tokio::net::TcpListener;

use crate::server::Server;

pub(crate) async fn version(server: &Server) {
    let answer = server.api.call("GET", "/version", "").await;
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json;charset=utf-8"));
    assert!(answer.text.starts_with("{\"version\": \"2.12.0"), "{answer:?}");
    assert_eq!(answer.json().as_object().unwrap().len(), 1);
}

pub(crate) async fn unknown_paths(server: &Server) {
    for path in ["/", "/metrics", "/proxies/", "/proxies/a/b", "/versions"] {
        let answer = server.api.call("GET", path, "").await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (404, "404 page not found\n"),
            "{path}: {answer:?}"
        );
    }
    for (method, path) in
        [("PUT", "/proxies"), ("GET", "/reset"), ("POST", "/version"), ("PUT", "/proxies/a/toxics")]
    {
        let answer = server.api.call(method, path, "").await;
        assert_eq!((answer.status, answer.text.as_str()), (405, ""), "{method} {path}: {answer:?}");
    }
}

pub(crate) async fn browsers_are_sent_away(server: &Server) {
    let answer = server.api.call_as("Mozilla/5.0", "GET", "/version", "").await;
    assert_eq!((answer.status, answer.text.as_str()), (403, "User agent not allowed\n"));
}

pub(crate) async fn create_show_list_delete(server: &Server) {
    let api = &server.api;
    assert_eq!(api.get("/proxies").await, json!({}));
    let listen = server.free().to_string();
    let shown = json!({ "name": "red is->x", "listen": listen, "upstream": "127.0.0.1:9", "enabled": true, "toxics": [] });
    let asked = json!({ "name": "red is->x", "listen": listen, "upstream": "127.0.0.1:9" });
    assert_eq!(api.done(201, "POST", "/proxies", &asked).await, shown);
    assert_eq!(api.get("/proxies/red%20is-%3Ex").await, shown);
    assert_eq!(api.get("/proxies").await, json!({ "red is->x": shown }));
    api.refused(409, "proxy already exists", "POST", "/proxies", &asked).await;
    api.silent("DELETE", "/proxies/red%20is-%3Ex").await;
    assert_eq!(api.get("/proxies").await, json!({}));
    api.done(201, "POST", "/proxies", &asked).await;
}

pub(crate) async fn listens_where_it_is_told(server: &Server) {
    let api = &server.api;
    for (index, (listen, begin)) in
        [("", "[::]:"), (":0", "[::]:"), ("localhost:0", "127.0.0.1:"), ("127.0.0.1:", "127.0.0.1:")]
            .iter()
            .enumerate()
    {
        let got = api.proxy(&index.to_string(), listen, "127.0.0.1:9").await;
        let port = got.strip_prefix(begin).unwrap_or_else(|| panic!("{listen}: {got}"));
        assert_ne!(port.parse::<u16>().unwrap(), 0);
    }
    // Nothing said is the same as nothing.
    let made = api.done(201, "POST", "/proxies", json!({ "name": "x", "upstream": "127.0.0.1:9" })).await;
    assert!(made["listen"].as_str().unwrap().starts_with("[::]:"), "{made}");
}

pub(crate) async fn reads_bodies_as_go_does(server: &Server) {
    let listen = server.free();
    let body = format!(
        r#" {{"NAME": "a", "Upstream": "127.0.0.1:9", "listen": "{listen}", "enabled": null, "more": [1]}} {{"trailing"#
    );
    let made = server.api.done(201, "POST", "/proxies", body).await;
    assert_eq!((&made["name"], &made["enabled"]), (&json!("a"), &json!(true)));
}

pub(crate) async fn refuses_bad_bodies(server: &Server) {
    let api = &server.api;
    let refused = async |words, body: &str| api.refused(400, words, "POST", "/proxies", body).await;
    refused("bad request body: EOF", "").await;
    for body in [
        "{",
        "[]",
        "5",
        "nonsense",
        r#"{"name": 5}"#,
        r#"{"name": "a", "upstream": "b:1", "enabled": "yes"}"#,
    ] {
        refused("bad request body: …", body).await;
    }
    refused("missing required field: name", "null").await;
    refused("missing required field: name", r#"{"name": null, "upstream": "127.0.0.1:9"}"#).await;
    refused("missing required field: upstream", r#"{"name": "a"}"#).await;
    assert_eq!(api.get("/proxies").await, json!({}));
}

pub(crate) async fn refuses_addresses(server: &Server) {
    let api = &server.api;
    let taken = TcpListener::bind((server.host, 0)).await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for listen in [taken.as_str(), "nonsense", "127.0.0.1", "127.0.0.1:99999", "203.0.113.7:1"] {
        let asked = json!({ "name": "a", "listen": listen, "upstream": "127.0.0.1:9" });
        api.refused(500, "…", "POST", "/proxies", asked).await;
    }
    assert_eq!(api.get("/proxies").await, json!({}));
}

pub(crate) async fn knows_no_other(server: &Server) {
    let api = &server.api;
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        api.refused(404, "proxy not found", method, "/proxies/none", "{}").await;
        api.refused(404, "proxy not found", method, "/proxies/none/toxics/none", "{}").await;
    }
    for method in ["GET", "POST"] {
        api.refused(404, "proxy not found", method, "/proxies/none/toxics", "{}").await;
    }
}

pub(crate) async fn disabled_from_the_start(server: &Server) {
    let api = &server.api;
    let listen = api.proxy("b", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    let shown =
        json!({ "name": "a", "listen": listen, "upstream": "127.0.0.1:9", "enabled": false, "toxics": [] });
    let asked = json!({ "name": "a", "listen": listen, "upstream": "127.0.0.1:9", "enabled": false });
    assert_eq!(api.done(201, "POST", "/proxies", asked).await, shown);
    api.refused(500, "…", "PATCH", "/proxies/a", r#"{"enabled": true}"#).await;
    assert_eq!(api.get("/proxies/a").await, shown);
    api.silent("DELETE", "/proxies/b").await;
    assert_eq!(api.done(200, "PATCH", "/proxies/a", r#"{"enabled": true}"#).await["enabled"], true);
}
