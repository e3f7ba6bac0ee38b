//! The three ways to one server: direct, through our link, through Toxiproxy.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use pitfall_proxy::{Link, Toxiproxy};
use pitfall_warden::{Output, Spawn, Warden};

use crate::Failure;
use crate::held::{Held, used};

const LIMIT: Duration = Duration::from_secs(30);

/// The ways, in the order in which they take turns.
pub(crate) const NAMES: [&str; 3] = ["direct", "link", "toxiproxy"];

/// A Toxiproxy server, and links beside it.
pub(crate) struct Paths {
    toxiproxy: Toxiproxy,
    pid: u32,
}

/// The ways to one server.
pub(crate) struct Ways {
    /// As in [`NAMES`].
    pub(crate) addresses: [SocketAddr; 3],
    link: Held,
    proxy: Link,
    toxiproxy: u32,
}

impl Paths {
    /// Starts Toxiproxy.
    pub(crate) async fn open(warden: &Warden, program: &str) -> Result<Self, Failure> {
        let api = free()?;
        let mut spawn = Spawn::new("Toxiproxy", program);
        spawn.args = vec!["-host=127.0.0.1".into(), format!("-port={}", api.port())];
        let log = warden.scratch(pitfall_warden::Owner::Client, "toxiproxy").await?.join("log");
        (spawn.stdout, spawn.stderr) = (Output::File(log.clone()), Output::File(log.clone()));
        let pid = u32::try_from(warden.spawn(spawn).await?.pid())?;
        let deadline = Instant::now() + LIMIT;
        while let Err(error) = TcpStream::connect(api) {
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("Toxiproxy does not listen on {api}: {error}; its log: {log}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { toxiproxy: Toxiproxy::at(api), pid })
    }

    /// The ways to a server.
    pub(crate) async fn to(&self, server: SocketAddr) -> Result<Ways, Failure> {
        let link = Held::open("tcp", server).await?;
        let proxy = Link::between("bench", &self.toxiproxy, "127.0.0.1:0", &server.to_string()).await?;
        Ok(Ways { addresses: [server, link.address, proxy.address()], link, proxy, toxiproxy: self.pid })
    }
}

impl Ways {
    /// The processor time that the link's process has used, and Toxiproxy's.
    pub(crate) fn used(&self) -> Result<[Duration; 2], Failure> {
        Ok([self.link.used()?, used(self.toxiproxy)?])
    }

    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.proxy.close().await;
        self.link.close().await.map(drop)
    }
}

/// An address that is free now.
pub(crate) fn free() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A connection that fails rather than wait for ever.
pub(crate) fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(LIMIT))?;
    socket.set_write_timeout(Some(LIMIT))?;
    Ok(socket)
}

/// A server that does this with each connection, one thread each, for as long as this process lives.
pub(crate) fn server(serve: fn(TcpStream) -> std::io::Result<()>) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            std::thread::spawn(move || serve(socket));
        }
    });
    Ok(address)
}
