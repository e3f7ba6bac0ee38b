//! The Toxiproxy server between two containers.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use pitfall_warden::Warden;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::held::Held;
use super::spec::Spec;
use crate::error::EnvironmentError;

/// Where it is driven, in the container and on this host.
pub(super) const PORT: u16 = 8474;
/// Where its proxy between replica and source listens.
pub(super) const PROXY: u16 = 3306;
const NAME: &str = "toxiproxy";
const LIMIT: Duration = Duration::from_secs(30);

pub(super) fn container(image: &str, address: Ipv4Addr) -> Spec {
    let mut spec = Spec::new(NAME, image);
    spec.command = vec!["-host=0.0.0.0".into()];
    spec.publish.push((PORT, (address, PORT).into()));
    spec
}

/// One that shares the host's network, driven at `address`.
pub(super) fn on_host(image: &str, address: Ipv4Addr) -> Spec {
    let mut spec = Spec::new(NAME, image);
    spec.command = vec![format!("-host={address}"), format!("-port={PORT}")];
    spec.on_host = true;
    spec
}

/// What a server in the same network calls its proxy.
pub(super) fn proxy(held: &Held) -> String {
    format!("{}:{PROXY}", held.host_name(NAME))
}

/// Waits until it can be driven.
pub(super) async fn ready(
    warden: &Warden,
    held: &Held,
    address: Ipv4Addr,
) -> Result<SocketAddr, EnvironmentError> {
    let api = SocketAddr::from((address, PORT));
    let server = held
        .server(NAME, "Toxiproxy", "`docker logs` of its image's containers tells more")
        .started(warden)
        .await?;
    server.until("an answer of its API", LIMIT, || answers(api)).await?;
    Ok(api)
}

/// Docker takes connections before the server does: only an answer counts.
async fn answers(api: SocketAddr) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(api).await.map_err(failed)?;
    stream.write_all(b"GET /version HTTP/1.0\r\n\r\n").await.map_err(failed)?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.map_err(failed)?;
    if &answer[9..] == b"200" { Ok(()) } else { Err(String::from_utf8_lossy(&answer).into_owned()) }
}
