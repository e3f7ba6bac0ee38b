//! `down`: all connections are cut, and new ones are refused.
//!
//! What Toxiproxy calls a disabled proxy. The listening socket is closed, so the kernel itself answers new connections
//! with a refusal; a bound socket that does not listen keeps the port ours meanwhile. Existing connections are closed,
//! and what was under way in them is lost. The link then connects to its own address, to see that it is refused: that
//! is this toxic's proof. It acts on the whole link: its direction means nothing, its toxicity must be 1. Removed, the
//! link listens again on the same port; with several of them, when the last is removed.
//!
//! Before a Toxiproxy proxy, which has been disabled by then, both addresses must refuse.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::TcpStream;

use crate::door::Door;
use crate::event::LinkEvent;
use crate::hub::Hub;

/// What it does to a connection.
pub(crate) const CUT: &str = "cut the connection: the link is down";

/// Takes a link down; says what was seen if that did not make it refuse connections.
pub(crate) async fn take_down(hub: &Hub, door: &mut Door, toxic: &str) -> Result<(), String> {
    door.shut().await;
    hub.cut_all(toxic, CUT).await;
    let mut what = String::new();
    if let Some(proxy) = hub.behind {
        let error = refused(proxy).await.map_err(|seen| format!("the proxy at {proxy}: {seen}"))?;
        what = format!("; by the proxy at {proxy}: {error}");
    }
    let error = refused(hub.address).await?;
    let what = format!("probe refused: {error}{what}");
    hub.observe(LinkEvent::Bit { toxic: toxic.to_owned(), conn: None, what });
    Ok(())
}

/// Connects, which must be refused; says what came instead if it was not.
async fn refused(address: SocketAddr) -> Result<io::Error, String> {
    match TcpStream::connect(address).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(error),
        Err(error) => Err(error.to_string()),
        Ok(_) => Err("connected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Bench, ms};
    use crate::{ClosedBy, Direction, LinkError, Toxic, ToxicKind};
    use socket2::{Domain, Socket, Type};
    use tokio::io::AsyncReadExt;
    use tokio::time::timeout;

    #[tokio::test]
    async fn cut_refused_and_up_again_on_the_same_port() {
        let bench = Bench::echo().await;
        let mut client = bench.client().await;
        bench.round_trip(&mut client, b"before").await;
        for round in 1..=3 {
            bench.add("off", ToxicKind::Down, Direction::Upstream).await;
            let ended = timeout(ms(5000), client.read(&mut [0; 8])).await.unwrap();
            assert_eq!(ended.unwrap_or(0), 0);
            assert_eq!(bench.closed(round).await.0, ClosedBy::Toxic("off".into()));
            let error = TcpStream::connect(bench.link.address()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);

            bench.link.remove("off").await.unwrap();
            client = bench.client().await;
            bench.round_trip(&mut client, b"again").await;
        }
        let bites = bench.bites("off");
        assert_eq!(bites.iter().filter(|what| what.starts_with("probe refused: ")).count(), 3, "{bites:?}");
        assert_eq!(
            bites.iter().filter(|what| what.starts_with("cut the connection")).count(),
            3,
            "{bites:?}"
        );
        bench.close().await;
    }

    #[tokio::test]
    async fn the_port_stays_ours() {
        let bench = Bench::echo().await;
        bench.add("off", ToxicKind::Down, Direction::Upstream).await;
        let thief = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        thief.set_reuse_address(true).unwrap();
        let error = thief.bind(&bench.link.address().into()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        bench.close().await;
    }

    #[tokio::test]
    async fn two_of_them_and_the_last_one_counts() {
        let bench = Bench::echo().await;
        bench.add("a", ToxicKind::Down, Direction::Upstream).await;
        bench.add("b", ToxicKind::Down, Direction::Upstream).await;
        bench.link.remove("a").await.unwrap();
        TcpStream::connect(bench.link.address()).await.unwrap_err();
        bench.link.remove("b").await.unwrap();
        bench.round_trip(&mut bench.client().await, b"up").await;
        bench.close().await;
    }

    #[tokio::test]
    async fn half_down_there_is_not() {
        let bench = Bench::echo().await;
        let half = Toxic {
            name: "half".into(),
            kind: ToxicKind::Down,
            direction: Direction::Upstream,
            toxicity: 0.5,
        };
        let error = bench.link.add(half).await.unwrap_err();
        assert!(matches!(error, LinkError::InvalidToxic { .. }), "{error}");
        bench.close().await;
    }
}
