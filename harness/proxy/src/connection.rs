//! One client's connection through a link: from being accepted to being closed.

mod reach;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use crate::config::Protocol;
use crate::ending::{Ending, close};
use crate::event::{ClosedBy, LinkEvent};
use crate::http;
use crate::hub::{Command, Done, Hub};
use crate::item::{Cut, Manner};
use crate::kafka;
use crate::lane::{Around, Lane};
use crate::mysql;
use crate::reader::{Raw, Reader, Unread};
use crate::toxic::{Direction, Toxic};
use crate::toxics;
use crate::witness::Witnesses;

/// An answer to what was just passed on is looked for so long before the thread goes to sleep: to be woken takes the kernel longer
/// than most servers on loopback take to answer (`ci/bench links`).
const ALERT: Duration = Duration::from_micros(25);

/// One client's connection.
struct Connection {
    hub: Arc<Hub>,
    conn: u64,
    up: Lane,
    down: Lane,
    witnesses: Witnesses,
    reader: Box<dyn Reader>,
    commands: UnboundedReceiver<Command>,
    /// Whose commands have been taken, but whose effect has yet to pass.
    done: Vec<Done>,
    /// Who was first to finish.
    first: Option<ClosedBy>,
}

/// Serves one client until the connection is over.
pub(crate) async fn serve(
    hub: Arc<Hub>,
    conn: u64,
    client: TcpStream,
    toxics: Vec<Arc<Toxic>>,
    commands: UnboundedReceiver<Command>,
) {
    // The address by which this client came is the one by which it can come again.
    let own = client.local_addr().unwrap_or(hub.address);
    let reader = match &hub.config.protocol {
        Protocol::Tcp => Box::new(Raw) as Box<dyn Reader>,
        Protocol::Kafka => {
            let brokers = kafka::BrokerAddresses::all_at(own);
            Box::new(kafka::Session::new(brokers, hub.gate.clone()))
        }
        Protocol::KafkaCluster(brokers) => {
            let brokers = brokers.clone();
            let address_of = move |node_id| brokers.get(node_id).unwrap_or(own);
            Box::new(kafka::Session::new(kafka::BrokerAddresses::new(address_of), hub.gate.clone()))
        }
        Protocol::Mysql => Box::new(mysql::Session::new(hub.gate.clone())),
        Protocol::Http => Box::new(http::Session::new(hub.gate.clone())),
    };
    let (up, down) = (Lane::new(Direction::Upstream), Lane::new(Direction::Downstream));
    let (witnesses, done) = (Witnesses::default(), Vec::new());
    let mut connection = Connection { hub, conn, up, down, witnesses, reader, commands, done, first: None };
    toxics.iter().for_each(|toxic| connection.add(toxic, true));

    let (server, ending) = match connection.connect().await {
        Ok(server) => {
            let ending = connection.run(&client, &server).await;
            (Some(server), ending)
        }
        Err(ending) => (None, ending),
    };
    connection.finish(client, server, ending);
}

impl Connection {
    /// Moves bytes until the connection is over.
    async fn run(&mut self, client: &TcpStream, server: &TcpStream) -> Ending {
        for socket in [client, server] {
            // Only speed depends on it.
            let _ = socket.set_nodelay(true);
        }
        let (mut passed, mut alert_until) = (0, None);
        loop {
            let ending = self.pump(client, server);
            self.tell_bites();
            if let Some(ending) = ending {
                return ending;
            }
            if let Some(end) = self.down.held_end.take() {
                return self.unanswered(end).await;
            }
            self.done.clear();
            let passed_before = std::mem::replace(&mut passed, self.up.written + self.down.written);
            alert_until = if passed > passed_before {
                Some(Instant::now() + ALERT)
            } else {
                alert_until.filter(|until| Instant::now() < *until)
            };
            let due = [self.up.due(), self.down.due(), self.witnesses.due()].into_iter().flatten().min();
            let (client_reads, client_writes) = (self.up.wants_read(), self.down.wants_write());
            let (server_reads, server_writes) = (self.down.wants_read(), self.up.wants_write());
            let (up_holds, down_holds) = (self.up.holds(), self.down.holds());
            tokio::select! {
                () = self.hub.closing.cancelled() => return Ending::closed(ClosedBy::Link),
                Some(command) = self.commands.recv() => {
                    if let Some(ending) = self.obey(command, client, server) {
                        return ending;
                    }
                }
                () = self.up.decided() => {}
                () = self.down.decided() => {}
                () = ready(client, client_reads, client_writes, up_holds) => {}
                () = ready(server, server_reads, server_writes, down_holds) => {}
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                () = tokio::task::yield_now(), if alert_until.is_some() => {}
            }
            tokio::task::consume_budget().await;
        }
    }

    /// Moves what can be moved now, in both directions.
    fn pump(&mut self, client: &TcpStream, server: &TcpStream) -> Option<Ending> {
        let (up, mut around) = self.around(Direction::Upstream, client, server);
        if let Some(exit) = up.pump(&mut around) {
            return Some(Ending::of(exit, Direction::Upstream));
        }
        let (down, mut around) = self.around(Direction::Downstream, client, server);
        if let Some(exit) = down.pump(&mut around) {
            return Some(Ending::of(exit, Direction::Downstream));
        }
        self.witnesses.tick(Instant::now());
        self.witnesses.cut().map(Ending::cut).or_else(|| self.over())
    }

    /// One direction, and what it needs to move.
    fn around<'a>(
        &'a mut self,
        direction: Direction,
        client: &'a TcpStream,
        server: &'a TcpStream,
    ) -> (&'a mut Lane, Around<'a>) {
        let holds_end = self.hub.behind.is_some() && !self.up.finished;
        let Self { hub, conn, up, down, reader, witnesses, .. } = self;
        let (hub, conn, now, reader) = (&**hub, *conn, Instant::now(), &mut **reader);
        match direction {
            Direction::Upstream => {
                let (source, sink, source_gone) = (client, server, down.sink_gone);
                let holds_end = false;
                (up, Around { now, source, sink, reader, hub, conn, witnesses, holds_end, source_gone })
            }
            Direction::Downstream => {
                let (source, sink, source_gone) = (server, client, up.sink_gone);
                (down, Around { now, source, sink, reader, hub, conn, witnesses, holds_end, source_gone })
            }
        }
    }

    /// Whether both directions are through.
    fn over(&mut self) -> Option<Ending> {
        match (self.up.finished, self.down.finished) {
            (true, true) => return Some(Ending::closed(self.first.clone().unwrap_or(ClosedBy::Client))),
            (true, false) if self.first.is_none() => self.first = Some(ClosedBy::Client),
            (false, true) if self.first.is_none() => self.first = Some(ClosedBy::Server),
            _ => {}
        }
        // One side had finished, and now takes no more either: it is gone.
        if self.up.finished && self.down.sink_gone {
            return Some(Ending::reset(Direction::Upstream));
        }
        if self.down.finished && self.up.sink_gone {
            return Some(Ending::reset(Direction::Downstream));
        }
        None
    }

    fn obey(&mut self, command: Command, client: &TcpStream, server: &TcpStream) -> Option<Ending> {
        match command {
            Command::Remove(name, done) => {
                self.done.push(done);
                self.witnesses.remove(&name);
                for direction in [Direction::Upstream, Direction::Downstream] {
                    let (lane, mut around) = self.around(direction, client, server);
                    lane.heal(&name, &mut around);
                }
                None
            }
            command => self.obey_early(command),
        }
    }

    /// Obeys while there is nobody to forward to, and nothing waits.
    fn obey_early(&mut self, command: Command) -> Option<Ending> {
        match command {
            Command::Add(toxic, done) => {
                self.add(&toxic, false);
                self.done.push(done);
                None
            }
            Command::Heal(name, done) => {
                self.done.push(done);
                self.witnesses.heal(&name, Instant::now());
                self.witnesses.cut().map(Ending::cut)
            }
            Command::Remove(name, done) => {
                self.done.push(done);
                self.witnesses.remove(&name);
                self.up.heal_early(&name);
                self.down.heal_early(&name);
                None
            }
            Command::Cut { toxic, what, done } => {
                self.done.push(done);
                Some(Ending::cut(Cut { toxic, manner: Manner::Now, what: what.to_owned() }))
            }
            Command::Gone(done) => {
                self.done.push(done);
                Some(Ending::reset(Direction::Upstream))
            }
        }
    }

    /// Puts a toxic on the connection, or somebody who watches it if it acts behind us. A connection is fresh while it has
    /// yet to reach the upstream.
    fn add(&mut self, toxic: &Toxic, fresh: bool) {
        if self.hub.behind.is_some() {
            return self.witnesses.add(toxic, fresh, Instant::now());
        }
        let stage = toxics::stage(toxic, self.hub.config.seed, self.conn, Instant::now());
        let lane = match toxic.direction {
            Direction::Upstream => &mut self.up,
            Direction::Downstream => &mut self.down,
        };
        stage.into_iter().for_each(|stage| lane.chain.add(stage));
    }

    fn tell_bites(&mut self) {
        let here = self.up.chain.bites().into_iter().chain(self.down.chain.bites());
        for (toxic, what) in here.chain(self.witnesses.bites()) {
            self.hub.observe(LinkEvent::Bit { toxic: toxic.to_string(), conn: Some(self.conn), what });
        }
    }

    /// Closes both sockets, tells it, and only then counts as done.
    fn finish(mut self, client: TcpStream, server: Option<TcpStream>, ending: Ending) {
        self.tell_bites();
        if let Some((toxic, what)) = ending.bite {
            self.hub.observe(LinkEvent::Bit { toxic: toxic.to_string(), conn: Some(self.conn), what });
        }
        close(client, ending.reset_client);
        if let Some(server) = server {
            close(server, ending.reset_server);
        }
        self.hub.forget(self.conn);
        for Unread { api, version, requests } in self.reader.unread() {
            self.hub.observe(LinkEvent::Unread { conn: self.conn, api, version, requests });
        }
        self.hub.observe(LinkEvent::Closed {
            conn: self.conn,
            by: ending.by,
            bytes_up: self.up.written,
            bytes_down: self.down.written,
        });
    }
}

/// Waits until a socket can do what is wanted of it, or is reset while something that came from it is held; for ever, if nothing
/// is wanted.
async fn ready(socket: &TcpStream, read: bool, write: bool, held: bool) {
    let wanted = [(read, Interest::READABLE), (write, Interest::WRITABLE), (held, Interest::ERROR)];
    let wanted = wanted.into_iter().filter_map(|(is_wanted, interest)| is_wanted.then_some(interest));
    let Some(interest) = wanted.reduce(|one, other| one | other) else {
        return std::future::pending().await;
    };
    if socket.ready(interest).await.is_err() {
        // The runtime is going down, and this task with it.
        std::future::pending().await
    }
}
