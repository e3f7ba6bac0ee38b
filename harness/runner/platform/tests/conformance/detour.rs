//! A way to a server that can be cut, mended, and led elsewhere.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

pub(crate) struct Detour {
    pub(crate) address: SocketAddr,
    leads_to: watch::Sender<Option<SocketAddr>>,
}

impl Detour {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let leads_to = watch::Sender::new(Some(server));
        let way = leads_to.subscribe();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, way.clone()));
            }
        });
        Self { address, leads_to }
    }

    /// Ends every connection; there are no others until it is mended.
    pub(crate) fn cut(&self) {
        self.leads_to.send_replace(None);
    }

    pub(crate) fn mend(&self, server: SocketAddr) {
        self.leads_to.send_replace(Some(server));
    }
}

async fn pass(mut client: TcpStream, mut way: watch::Receiver<Option<SocketAddr>>) {
    let Some(server) = *way.borrow_and_update() else { return };
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = way.changed() => {}
    }
}
