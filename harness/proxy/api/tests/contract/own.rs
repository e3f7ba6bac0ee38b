//! Where ours differs from Toxiproxy, as the README says.

use std::process::Stdio;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::server::{LIMIT, Server};
use crate::wire::{connect, echo, read, rest, round_trip};

pub(crate) async fn refuses_an_upstream_that_it_does_not_know(server: &Server) {
    for (upstream, words) in [
        ("nowhere", "cannot forward to `nowhere`: write HOST:PORT, with a port up to 65535"),
        ("nowhere.invalid:1", "cannot forward to `nowhere.invalid:1`: …"),
    ] {
        let asked = json!({ "name": "a", "listen": format!("{}:0", server.host), "upstream": upstream });
        server.api.refused(500, words, "POST", "/proxies", asked).await;
    }
    // While a proxy is disabled its upstream need not be known.
    let asked = json!({ "name": "a", "upstream": "nowhere", "enabled": false });
    server.api.done(201, "POST", "/proxies", asked).await;
}

pub(crate) async fn finds_names_with_a_slash(server: &Server) {
    server.api.proxy("a/b", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    assert_eq!(server.api.get("/proxies/a%2Fb").await["name"], "a/b");
    server.api.silent("DELETE", "/proxies/a%2Fb").await;
}

pub(crate) async fn changes_nothing_by_halves(server: &Server) {
    server.api.proxy("a", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    let before = server.api.toxic("a", json!({ "type": "latency", "name": "x" })).await;
    let path = "/proxies/a/toxics/x";
    for body in [
        r#"{"attributes": {"latency": 7, "jitter": "x"}}"#,
        r#"{"attributes": {"jitter": 7, "latency": "x"}}"#,
    ] {
        server.api.refused(400, "bad request body: attributes.…", "PATCH", path, body).await;
        assert_eq!(server.api.get(path).await, before);
    }
}

pub(crate) async fn ends_connections_when_a_timeout_changes(server: &Server) {
    let listen = server.api.proxy("a", format_args!("{}:0", server.host), echo(b"").await).await;
    let mut client = connect(&listen).await;
    round_trip(&mut client, b"hello").await;
    server.api.toxic("a", json!({ "type": "timeout" })).await;
    let changed = r#"{"attributes": {"timeout": 3600000}}"#;
    server.api.done(200, "PATCH", "/proxies/a/toxics/timeout_downstream", changed).await;
    assert_eq!(rest(&mut client).await, b"");
}

pub(crate) async fn bends_where_toxiproxy_would_stop(server: &Server) {
    let listen = server.api.proxy("a", format_args!("{}:0", server.host), echo(b"").await).await;
    server.api.toxic("a", json!({ "type": "slicer" })).await;
    round_trip(&mut connect(&listen).await, b"hello").await;
    server.api.toxic("a", json!({ "type": "bandwidth", "attributes": { "rate": -1 } })).await;
    let mut client = connect(&listen).await;
    client.write_all(b"held").await.unwrap();
    server.api.silent("DELETE", "/proxies/a/toxics/bandwidth_downstream").await;
    assert_eq!(read(&mut client, 4).await, b"held");
}

pub(crate) async fn ends_without_its_configuration(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proxies.json");
    for (json, words) in [(None, "No such file"), (Some("[{}]"), "missing required field: name at proxy 1")] {
        if let Some(json) = json {
            std::fs::write(&file, json).unwrap();
        }
        let mut command = Command::new(&server.program);
        command.args(["--port", "0", "--config"]).arg(&file).stdin(Stdio::null()).kill_on_drop(true);
        let output = timeout(LIMIT, command.output()).await.expect("it does not end").unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with("pitfall-proxy: --config ") && said.contains(words), "{said}");
    }
}
