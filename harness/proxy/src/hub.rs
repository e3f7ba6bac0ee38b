//! What a link's parts share: its toxics, its connections, and whom it tells.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::LinkConfig;
use crate::connection;
use crate::event::{LinkEvent, Observer};
use crate::gate::Gate;
use crate::toxic::{Toxic, ToxicKind};

/// What a connection is told. Each carries a sender that is dropped when the connection has done it.
pub(crate) enum Command {
    Add(Arc<Toxic>, Done),
    Remove(Arc<str>, Done),
    /// A toxic that acts behind us is about to be removed.
    Heal(Arc<str>, Done),
    Cut {
        toxic: Arc<str>,
        what: &'static str,
        done: Done,
    },
    /// The client is no more, though its end may not have come yet.
    Gone(Done),
}

/// Dropped when a command has been carried out.
pub(crate) type Done = mpsc::Sender<()>;

/// What a link's parts share.
pub(crate) struct Hub {
    pub(crate) config: LinkConfig,
    /// Where the link listens.
    pub(crate) address: SocketAddr,
    /// The proxy that its connections go to, if toxics act there and not here.
    pub(crate) behind: Option<SocketAddr>,
    /// Ends all connections.
    pub(crate) closing: CancellationToken,
    /// All connections.
    pub(crate) tasks: TaskTracker,
    /// Where messages wait; and who is told everything.
    pub(crate) gate: Arc<Gate>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    toxics: Vec<Arc<Toxic>>,
    connections: HashMap<u64, (SocketAddr, mpsc::UnboundedSender<Command>)>,
    last: u64,
}

impl Hub {
    pub(crate) fn new(
        config: LinkConfig,
        address: SocketAddr,
        behind: Option<SocketAddr>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            config,
            address,
            behind,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            gate: Arc::new(Gate::new(observer)),
            state: Mutex::default(),
        }
    }

    pub(crate) fn observe(&self, event: LinkEvent) {
        self.gate.observe(event);
    }

    /// Starts to serve a client.
    pub(crate) fn admit(self: &Arc<Self>, client: TcpStream, from: SocketAddr) {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (conn, toxics) = {
            let mut state = self.state();
            state.last += 1;
            let conn = state.last;
            state.connections.insert(conn, (from, commands));
            (conn, state.toxics.clone())
        };
        self.observe(LinkEvent::Opened { conn, client: from });
        self.tasks.spawn(connection::serve(self.clone(), conn, client, toxics, inbox));
    }

    /// A connection is over.
    pub(crate) fn forget(&self, conn: u64) {
        self.state().connections.remove(&conn);
    }

    /// The names of all toxics.
    pub(crate) fn toxics(&self) -> Vec<String> {
        self.state().toxics.iter().map(|toxic| toxic.name.clone()).collect()
    }

    /// The names of the toxics that take the link down.
    pub(crate) fn downs(&self) -> Vec<String> {
        let state = self.state();
        let downs = state.toxics.iter().filter(|toxic| toxic.kind == ToxicKind::Down);
        downs.map(|toxic| toxic.name.clone()).collect()
    }

    /// Puts a toxic on all connections, present and future; returns when it acts on the present ones.
    pub(crate) async fn add(&self, toxic: Toxic) {
        let toxic = Arc::new(toxic);
        let add = |state: &mut State| state.toxics.push(toxic.clone());
        self.tell(|_| true, add, |done| Command::Add(toxic.clone(), done)).await;
    }

    /// Takes a toxic off all connections; returns when it is off.
    pub(crate) async fn remove(&self, name: &str) {
        let name: Arc<str> = name.into();
        let forget = |state: &mut State| state.toxics.retain(|toxic| toxic.name != *name);
        self.tell(|_| true, forget, |done| Command::Remove(name.clone(), done)).await;
    }

    /// Tells all connections that a toxic behind us is about to be removed; returns when they know.
    pub(crate) async fn heal(&self, name: &str) {
        let name: Arc<str> = name.into();
        self.tell(|_| true, |_| (), |done| Command::Heal(name.clone(), done)).await;
    }

    /// Cuts all connections; returns when they are closed.
    pub(crate) async fn cut_all(&self, toxic: &str, what: &'static str) {
        let toxic: Arc<str> = toxic.into();
        self.tell(|_| true, |_| (), |done| Command::Cut { toxic: toxic.clone(), what, done }).await;
    }

    /// Ends the connections of these clients, as if they had reset them; returns when they are closed.
    pub(crate) async fn clients_gone(&self, clients: &[SocketAddr]) {
        self.tell(|client| clients.contains(client), |_| (), Command::Gone).await;
    }

    /// Changes the state and tells the connections of these clients in one step, so that none is told twice or missed.
    async fn tell(
        &self,
        whom: impl Fn(&SocketAddr) -> bool,
        change: impl FnOnce(&mut State),
        command: impl Fn(Done) -> Command,
    ) {
        let (done, mut all_done) = mpsc::channel(1);
        {
            let mut state = self.state();
            change(&mut state);
            for (_, connection) in state.connections.values().filter(|(client, _)| whom(client)) {
                // One that is just ending no longer listens, and needs nothing.
                let _ = connection.send(command(done.clone()));
            }
        }
        drop(done);
        while all_done.recv().await.is_some() {}
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
