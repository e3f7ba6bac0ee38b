//! The link's address: listened on while the link is up, held while it is down.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::hub::Hub;

const BACKLOG: i32 = 1024;

/// The link's address. Two sockets are bound to it: one that never listens and holds it for good, and, while the link is
/// up, one that listens.
pub(crate) struct Door {
    guard: Socket,
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Door {
    /// Takes the address, without listening on it yet.
    pub(crate) fn hold(listen: SocketAddr) -> io::Result<Self> {
        let guard = bound(listen)?;
        let address = guard.local_addr()?.as_socket().unwrap_or(listen);
        Ok(Self { guard, address, accepting: None })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens, and hands each connection to the hub.
    pub(crate) fn open(&mut self, hub: &Arc<Hub>) -> io::Result<()> {
        // Linux lets two sockets share an address only if both say so and neither listens. The guard says so for just
        // this moment: afterwards nobody else can take the address, not even with SO_REUSEADDR.
        self.guard.set_reuse_address(true)?;
        let listener = bound(self.address).and_then(|socket| {
            socket.listen(BACKLOG)?;
            TcpListener::from_std(socket.into())
        });
        self.guard.set_reuse_address(false)?;
        self.accepting = Some(tokio::spawn(accept(listener?, hub.clone())));
        Ok(())
    }

    /// Stops listening; returns when the listening socket is closed and no further connection will come in.
    pub(crate) async fn shut(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // An error says that it was cancelled, which is what was asked.
            let _ = accepting.await;
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

async fn accept(listener: TcpListener, hub: Arc<Hub>) {
    loop {
        match listener.accept().await {
            Ok((client, from)) => hub.admit(client, from),
            // The client has gone again, or the process is out of file descriptors: the next try may do better.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
