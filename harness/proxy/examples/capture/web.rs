//! HTTP: reqwest with axum.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::routing::{any, get};
use pitfall_proxy::Protocol;
use reqwest::Client;

use crate::Failure;
use crate::relay::{Captured, emptied};

pub(crate) async fn capture(directory: &Path) -> Result<(), Failure> {
    let directory = emptied(directory)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let upstream = listener.local_addr()?;
    let routes = Router::new()
        .route("/echo", any(async |body: Body| body))
        .route("/empty", any(async || StatusCode::NO_CONTENT))
        .route("/orders", get(async || vec![b'o'; 3_000]));
    let server = tokio::spawn(async { axum::serve(listener, routes).await });
    let captured = Captured::open(upstream, Protocol::Http).await?;
    let base = format!("http://{}", captured.address());
    let client = Client::new();
    client.get(format!("{base}/orders?window=w1&page=1")).send().await?.bytes().await?;
    client.post(format!("{base}/echo")).body("{\"order\":17}").send().await?.bytes().await?;
    let pieces = (0..4).map(|n| Ok::<_, std::io::Error>(Bytes::from(vec![b'a' + n; 300])));
    let streamed = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    client.put(format!("{base}/echo")).body(streamed).send().await?.bytes().await?;
    client.delete(format!("{base}/empty")).send().await?.bytes().await?;
    client.head(format!("{base}/orders")).send().await?.bytes().await?;
    client.get(format!("{base}/nowhere")).send().await?.bytes().await?;
    let last = client.get(format!("{base}/orders")).header("connection", "close");
    last.timeout(Duration::from_secs(10)).send().await?.bytes().await?;
    captured.close(&directory, "reqwest").await?;
    server.abort();
    Ok(())
}
