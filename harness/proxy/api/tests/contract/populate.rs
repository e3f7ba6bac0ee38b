//! Making many proxies at once.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::Server;

async fn populate(server: &Server, status: u16, body: impl ToString) -> Value {
    server.api.done(status, "POST", "/populate", body).await
}

pub(crate) async fn makes_all_or_reads_none(server: &Server) {
    assert_eq!(populate(server, 201, "[]").await, json!({ "proxies": null }));
    assert_eq!(populate(server, 201, "null").await, json!({ "proxies": null }));
    let eof = json!({ "error": "bad request body: EOF", "status": 400, "proxies": null });
    assert_eq!(populate(server, 400, "").await, eof);
    for body in ["{}", "[5]", "[", r#"[{"name": "a", "enabled": 5}]"#] {
        let refused = populate(server, 400, body).await;
        assert!(refused["error"].as_str().unwrap().starts_with("bad request body: "), "{refused}");
        assert_eq!((&refused["status"], &refused["proxies"]), (&json!(400), &Value::Null));
    }
    let first = json!({ "name": "a", "listen": format!("{}:0", server.host), "upstream": "127.0.0.1:9" });
    let refused = populate(server, 400, json!([first, { "name": "b" }])).await;
    let words = "missing required field: upstream at proxy 2";
    assert_eq!(refused, json!({ "error": words, "status": 400, "proxies": null }));
    let refused = populate(server, 400, json!([{ "upstream": "127.0.0.1:9" }])).await;
    assert_eq!(refused["error"], "missing required field: name at proxy 1");
    assert_eq!(server.api.get("/proxies").await, json!({}));
}

pub(crate) async fn keeps_what_is_as_asked(server: &Server) {
    let (a, b) = (server.free().to_string(), server.free().to_string());
    let asked = json!([{ "name": "b", "listen": b, "upstream": "127.0.0.1:9", "enabled": false },
        { "name": "a", "listen": a, "upstream": "127.0.0.1:9" }]);
    let shown = json!([
        { "name": "b", "listen": b, "upstream": "127.0.0.1:9", "enabled": false, "toxics": [] },
        { "name": "a", "listen": a, "upstream": "127.0.0.1:9", "enabled": true, "toxics": [] },
    ]);
    assert_eq!(populate(server, 201, &asked).await, json!({ "proxies": shown }));
    let toxic = server.api.toxic("a", json!({ "type": "latency" })).await;
    // Also in what it would be asked to change.
    let again = json!([{ "name": "a", "listen": a, "upstream": "127.0.0.1:9", "enabled": false }]);
    let mut kept = shown[1].clone();
    kept["toxics"] = json!([toxic]);
    assert_eq!(populate(server, 201, again).await, json!({ "proxies": [kept] }));
    assert_eq!(server.api.get("/proxies").await, json!({ "a": kept, "b": shown[0] }));
}

pub(crate) async fn replaces_what_is_not(server: &Server) {
    let listen = server.api.proxy("a", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    server.api.toxic("a", json!({ "type": "latency" })).await;
    let asked = json!([{ "name": "a", "listen": listen, "upstream": "127.0.0.1:10" }]);
    let shown =
        json!({ "name": "a", "listen": listen, "upstream": "127.0.0.1:10", "enabled": true, "toxics": [] });
    assert_eq!(populate(server, 201, asked).await, json!({ "proxies": [shown] }));
    assert_eq!(server.api.get("/proxies").await, json!({ "a": shown }));
}

pub(crate) async fn ends_at_the_first_that_fails(server: &Server) {
    let held = TcpListener::bind((server.host, 0)).await.unwrap();
    let taken = held.local_addr().unwrap().to_string();
    let listen = server.api.proxy("b", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    let a = json!({ "name": "a", "listen": server.free().to_string(), "upstream": "127.0.0.1:9" });
    let b = json!({ "name": "b", "listen": taken, "upstream": "127.0.0.1:9" });
    let c = json!({ "name": "c", "listen": server.free().to_string(), "upstream": "127.0.0.1:9" });
    let refused = populate(server, 500, json!([a, b, c])).await;
    assert_eq!((&refused["status"], refused["error"].is_string()), (&json!(500), true));
    let shown = json!({ "name": "a", "listen": a["listen"], "upstream": "127.0.0.1:9", "enabled": true, "toxics": [] });
    assert_eq!(refused["proxies"], json!([shown]));
    // The one that could not be replaced has stopped for it.
    let old =
        json!({ "name": "b", "listen": listen, "upstream": "127.0.0.1:9", "enabled": false, "toxics": [] });
    assert_eq!(server.api.get("/proxies").await, json!({ "a": shown, "b": old }));
    let nonsense = json!([{ "name": "a", "listen": "nonsense", "upstream": "127.0.0.1:9" }]);
    assert_eq!(populate(server, 500, nonsense).await["proxies"], Value::Null);
    assert_eq!(server.api.get("/proxies/a").await, shown);
}
