//! The Rust client of Toxiproxy.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime::Handle;
use toxiproxy_rust::client::Client;
use toxiproxy_rust::proxy::ProxyPack;

use crate::server::Server;
use crate::wire::{connect, echo, is_quick, is_refused, round_trip};

const LONG: Duration = Duration::from_millis(400);

pub(crate) async fn makes_bends_and_takes_down(server: &Server) {
    let (api, listen, upstream) = (server.address, server.free().to_string(), echo(b"").await);
    let handle = Handle::current();
    // It blocks.
    tokio::task::spawn_blocking(move || drive(&handle, api, &listen, upstream)).await.unwrap();
}

fn drive(handle: &Handle, api: SocketAddr, listen: &str, upstream: SocketAddr) {
    let client = Client::new(api);
    assert!(client.is_running());
    assert!(client.version().unwrap().contains("2.12.0"));
    let pack = ProxyPack::new("a".to_owned(), listen.to_owned(), upstream.to_string());
    let made = client.populate(vec![pack]).unwrap();
    assert_eq!((made.len(), made[0].proxy_pack.listen.as_str()), (1, listen));

    let proxy = client.find_proxy("a").unwrap();
    let took = |from: &str| handle.block_on(async { round_trip(&mut connect(from).await, b"hello").await });
    let applied = proxy.with_latency("downstream".to_owned(), 400, 0, 1.0).apply(|| {
        let toxics = proxy.toxics().unwrap();
        assert_eq!((toxics.len(), toxics[0].attributes["latency"]), (1, 400));
        assert!(took(listen) >= LONG);
    });
    applied.unwrap();
    assert!(proxy.toxics().unwrap().is_empty());
    handle.block_on(async { is_quick(&mut connect(listen).await, LONG).await });

    proxy.with_down(|| handle.block_on(is_refused(listen))).unwrap();
    took(listen);
    proxy.disable().unwrap();
    proxy.with_timeout("upstream".to_owned(), 0, 1.0).with_limit_data("downstream".to_owned(), 9, 0.5);
    assert_eq!(proxy.toxics().unwrap().len(), 2);
    client.reset().unwrap();
    let all = client.all().unwrap();
    assert!(all["a"].proxy_pack.enabled && all["a"].toxics().unwrap().is_empty());
    proxy.delete().unwrap();
    assert!(client.all().unwrap().is_empty());
}
