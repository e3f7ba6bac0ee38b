//! The run's links, and what they tell the history.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use pitfall_model::{On, Place, Speech, Stream, Toxic as ScenarioToxic, What};
use pitfall_proxy::{
    ClosedBy, Direction, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind, Toxiproxy,
};
use pitfall_recorder::Recorder;

use crate::{
    error::RunError,
    names::Names,
    reading, speech,
    triggers::{LinkObserver, Triggers},
};

/// Every link of a run, by name.
pub(crate) struct Links {
    recorder: Recorder,
    names: Names,
    seed: u64,
    /// Holds the toxics, if they do not act in the links themselves.
    toxiproxy: Option<Toxiproxy>,
    triggers: Triggers,
    open: BTreeMap<String, Link>,
}

impl Links {
    pub(crate) fn new(
        recorder: Recorder,
        names: Names,
        seed: u64,
        toxiproxy: Option<Toxiproxy>,
        triggers: Triggers,
    ) -> Self {
        Self { recorder, names, seed, toxiproxy, triggers, open: BTreeMap::new() }
    }

    /// Opens a link on the run's address; returns where clients connect.
    pub(crate) async fn open(
        &mut self,
        name: &str,
        upstream: SocketAddr,
        protocol: Protocol,
    ) -> Result<SocketAddr, RunError> {
        self.open_at(self.names.address, name, upstream, protocol).await
    }

    /// Opens a link on this address.
    pub(crate) async fn open_at(
        &mut self,
        address: IpAddr,
        name: &str,
        upstream: SocketAddr,
        protocol: Protocol,
    ) -> Result<SocketAddr, RunError> {
        let listen = SocketAddr::new(address, 0);
        let config =
            LinkConfig { name: name.to_owned(), listen, upstream, protocol, seed: self.seed, strict: false };
        let (recorder, names, triggers) = (self.recorder.clone(), self.names.clone(), self.triggers.clone());
        let observer = Arc::new(LinkObserver { recorder, names, link: name.to_owned(), triggers });
        let link = match &self.toxiproxy {
            None => Link::open(config, observer).await?,
            Some(toxiproxy) => Link::open_on(config, toxiproxy, observer).await?,
        };
        let address = link.address();
        self.open.insert(name.to_owned(), link);
        Ok(address)
    }

    /// Opens a link between two containers: a Toxiproxy proxy, that tells nothing of what passes.
    pub(crate) async fn open_between(
        &mut self,
        name: &str,
        toxiproxy: SocketAddr,
        listen: &str,
        upstream: &str,
    ) -> Result<(), RunError> {
        let link = Link::between(name, &Toxiproxy::at(toxiproxy), listen, upstream).await?;
        let reason = "it runs through Toxiproxy, which tells nothing of what passes".to_owned();
        self.recorder.record(Place::link(name, None), What::Unobserved { reason });
        self.open.insert(name.to_owned(), link);
        Ok(())
    }

    pub(crate) async fn bend(
        &self,
        link: &str,
        fault: &str,
        toxic: &ScenarioToxic,
        stream: Stream,
    ) -> Result<(), RunError> {
        let direction = match stream {
            Stream::Upstream => Direction::Upstream,
            Stream::Downstream => Direction::Downstream,
        };
        let toxic = Toxic { name: fault.to_owned(), kind: kind(toxic), direction, toxicity: 1.0 };
        match self.open.get(link) {
            Some(link) => Ok(link.add(toxic).await?),
            None => Ok(()),
        }
    }

    /// Speaks to the requests or answers that `on` means, on one link.
    pub(crate) async fn speak(
        &self,
        link: &str,
        fault: &str,
        on: &On,
        times: Option<u64>,
        speech: &Speech,
    ) -> Result<(), RunError> {
        let Some(open) = self.open.get(link) else { return Ok(()) };
        open.inject(speech::fault(&self.names, link, fault, on, times, speech)).await.map_err(RunError::from)
    }

    /// These clients of a role are no more.
    pub(crate) async fn clients_gone(&self, role: &str, clients: &[SocketAddr]) {
        for (name, link) in &self.open {
            if name.strip_prefix(role).is_some_and(|rest| rest.starts_with("->")) {
                link.clients_gone(clients).await;
            }
        }
    }

    pub(crate) async fn heal(&self, link: &str, fault: &str) -> Result<(), RunError> {
        match self.open.get(link) {
            Some(link) => Ok(link.remove(fault).await?),
            None => Ok(()),
        }
    }

    pub(crate) async fn close(&mut self) {
        for (_, link) in std::mem::take(&mut self.open) {
            link.close().await;
        }
    }
}

fn kind(toxic: &ScenarioToxic) -> ToxicKind {
    match *toxic {
        ScenarioToxic::Latency { latency, jitter } => ToxicKind::Latency { latency, jitter },
        ScenarioToxic::Bandwidth { rate } => ToxicKind::Bandwidth { rate_kb_s: rate },
        ScenarioToxic::SlowClose { delay } => ToxicKind::SlowClose { delay },
        ScenarioToxic::Timeout { timeout } => ToxicKind::Timeout { timeout },
        ScenarioToxic::ResetPeer { timeout } => ToxicKind::ResetPeer { timeout },
        ScenarioToxic::Slicer { average_size, size_variation, delay } => {
            ToxicKind::Slicer { average_size, size_variation, delay }
        }
        ScenarioToxic::LimitData { bytes } => ToxicKind::LimitData { bytes },
        ScenarioToxic::Down {} => ToxicKind::Down,
    }
}

/// What a link tells, as the history has it; with the connection it is about.
pub(crate) fn told(names: &Names, event: LinkEvent) -> (Option<u64>, What) {
    match event {
        LinkEvent::Opened { conn, client } => {
            (Some(conn), What::ConnectionOpened { client: client.to_string() })
        }
        LinkEvent::UpstreamFailed { conn, error } => (Some(conn), What::UpstreamFailed { error }),
        LinkEvent::Closed { conn, by, bytes_up, bytes_down } => {
            // By its name, so that a condition can ask for it.
            let by = match by {
                ClosedBy::Toxic(name) => name,
                other => other.to_string(),
            };
            (Some(conn), What::ConnectionClosed { by, bytes_up, bytes_down })
        }
        LinkEvent::Bit { toxic, conn, what } => (conn, What::ToxicBit { toxic, what }),
        LinkEvent::NotDone { fault, conn, reason } => (Some(conn), What::FaultNotDone { fault, reason }),
        LinkEvent::Rendezvous { fault, key, outcome, conns } => (
            conns.last().copied(),
            What::Rendezvous { fault, key, outcome: outcome.to_string(), connections: conns },
        ),
        LinkEvent::Read { conn, what } => (Some(conn), reading::event(names, what)),
        LinkEvent::Unread { conn, api, version, requests } => {
            (Some(conn), What::RequestsUnread { api: api.to_string(), version, requests })
        }
        LinkEvent::Blind { conn, reason } => (Some(conn), What::Blind { reason }),
    }
}
