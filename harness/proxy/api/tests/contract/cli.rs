//! Toxiproxy's own command line.

use std::process::Stdio;

use pitfall_environment::ToxiproxyPrograms;
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use crate::server::{LIMIT, Server};

/// Runs it; whether it succeeded, and what it said, on both outputs.
async fn run(server: &Server, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(ToxiproxyPrograms::find().unwrap().cli);
    command.args(["--host", &format!("http://{}", server.address)]).args(arguments);
    let output =
        timeout(LIMIT, command.stdin(Stdio::null()).kill_on_drop(true).output()).await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

async fn says(server: &Server, arguments: &[&str], words: &str) {
    assert_eq!(run(server, arguments).await, (true, words.to_owned()), "{arguments:?}");
}

pub(crate) async fn makes_bends_and_deletes(server: &Server) {
    let listen = server.free().to_string();
    says(server, &["list"], "").await;
    let create = ["create", "--listen", &listen, "--upstream", "127.0.0.1:9", "redis"];
    says(server, &create, "Created new proxy redis\n").await;
    says(server, &["list"], &format!("redis\t{listen}\t127.0.0.1:9\tenabled\t0\n")).await;
    let add = ["toxic", "add", "--type", "latency", "-a", "latency=100", "-a", "jitter=50", "redis"];
    says(server, &add, "Added downstream latency toxic 'latency_downstream' on proxy 'redis'\n").await;
    let add = ["toxic", "add", "-n", "up", "-t", "timeout", "--toxicity", "0.3", "--upstream", "redis"];
    says(server, &add, "Added upstream timeout toxic 'up' on proxy 'redis'\n").await;
    let timeout = "up\ttype=timeout\tstream=upstream\ttoxicity=0.30\tattributes=[\ttimeout=0\t]\n";
    let before = "latency_downstream\ttype=latency\tstream=downstream\ttoxicity=1.00\tattributes=[\tjitter=50\tlatency=100\t]\n";
    says(server, &["inspect", "redis"], &format!("{timeout}{before}")).await;
    let update = ["toxic", "update", "-n", "latency_downstream", "-a", "jitter=25", "redis"];
    says(server, &update, "Updated toxic 'latency_downstream' on proxy 'redis'\n").await;
    says(server, &["inspect", "redis"], &format!("{timeout}{}", before.replace("jitter=50", "jitter=25")))
        .await;
    says(server, &["toxic", "delete", "-n", "up", "redis"], "Removed toxic 'up' on proxy 'redis'\n").await;
    says(server, &["toggle", "redis"], "Proxy redis is now disabled\n").await;
    says(server, &["list"], &format!("redis\t{listen}\t127.0.0.1:9\tdisabled\t1\n")).await;
    says(server, &["toggle", "redis"], "Proxy redis is now enabled\n").await;
    says(server, &["delete", "redis"], "Deleted proxy redis\n").await;
    assert_eq!(server.api.get("/proxies").await, json!({}));
}

/// Toxics of types that it does not know.
pub(crate) async fn adds_shows_and_deletes_messages_toxics(server: &Server) {
    let listen = server.free().to_string();
    let asked = json!({ "name": "kafka", "listen": listen, "upstream": "127.0.0.1:9", "protocol": "kafka" });
    server.api.done(201, "POST", "/proxies", asked).await;
    let attributes = json!({ "on": "kafka-request", "match": { "api": "OffsetCommit" }, "code": 25 });
    server
        .api
        .toxic("kafka", json!({ "name": "gone", "type": "kafka_error", "attributes": attributes }))
        .await;
    // It asks for downstream; requests are upstream.
    let add = [
        "toxic",
        "add",
        "-n",
        "late",
        "-t",
        "message_delay",
        "-a",
        "on=kafka-request",
        "-a",
        "delay=5",
        "kafka",
    ];
    says(server, &add, "Added upstream message_delay toxic 'late' on proxy 'kafka'\n").await;
    says(server, &["list"], &format!("kafka\t{listen}\t127.0.0.1:9\tenabled\t2\n")).await;
    let gone = "gone\ttype=kafka_error\tstream=upstream\ttoxicity=1.00\tattributes=[\tcode=25\tmatch=map[api:OffsetCommit]\ton=kafka-request\t]\n";
    let late = "late\ttype=message_delay\tstream=upstream\ttoxicity=1.00\tattributes=[\tdelay=5\ton=kafka-request\t]\n";
    says(server, &["inspect", "kafka"], &format!("{gone}{late}")).await;
    let update = ["toxic", "update", "-n", "gone", "-a", "code=27", "kafka"];
    says(server, &update, "Updated toxic 'gone' on proxy 'kafka'\n").await;
    assert_eq!(server.api.get("/proxies/kafka/toxics/gone").await["attributes"]["code"], 27);
    let delete = ["toxic", "delete", "-n", "gone", "kafka"];
    says(server, &delete, "Removed toxic 'gone' on proxy 'kafka'\n").await;
    says(server, &["inspect", "kafka"], late).await;
}

pub(crate) async fn says_what_is_refused(server: &Server) {
    let listen = server.api.proxy("redis", format_args!("{}:0", server.host), "127.0.0.1:9").await;
    let create = ["create", "--listen", &listen, "--upstream", "127.0.0.1:9", "redis"];
    for (arguments, words) in [
        (create.as_slice(), "proxy already exists"),
        (&["inspect", "none"], "proxy not found"),
        (&["toxic", "add", "-t", "nonsense", "redis"], "invalid toxic type"),
        (&["toxic", "remove", "-n", "none", "redis"], "toxic not found"),
    ] {
        let (success, said) = run(server, arguments).await;
        assert!(!success && said.contains(words), "{arguments:?}: {said}");
    }
}
