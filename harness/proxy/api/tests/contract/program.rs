//! The servers as programs.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::server::{Server, free};

pub(crate) async fn takes_a_configuration(server: &Server) {
    let listen = server.free().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let proxies = json!([{ "name": "a", "listen": listen, "upstream": "127.0.0.1:9", "enabled": false }]);
    std::fs::write(&file, proxies.to_string()).unwrap();
    let server = Server::start(&server.program, &["--config", file.path().to_str().unwrap()]).await;
    let shown =
        json!({ "name": "a", "listen": listen, "upstream": "127.0.0.1:9", "enabled": false, "toxics": [] });
    assert_eq!(server.api.get("/proxies").await, json!({ "a": shown }));
}

pub(crate) async fn ends_when_told(server: &Server) {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut server = Server::start(&server.program, &[]).await;
        let listen = server.api.proxy("a", format_args!("{}:0", server.host), "127.0.0.1:9").await;
        let exit = server.end_by(signal).await;
        assert!(exit.success(), "{signal}: {exit}");
        free(listen.parse().unwrap());
    }
}
