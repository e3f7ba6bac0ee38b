//! The run's links, and what they tell the history.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use pitfall_model::{Place, Stream, Toxic as ScenarioToxic, What};
use pitfall_proxy::{Direction, Link, LinkConfig, LinkEvent, Protocol, Toxic, ToxicKind};
use pitfall_recorder::Recorder;

use crate::error::RunError;

/// Every link of a run, by name.
pub(crate) struct Links {
    recorder: Recorder,
    address: IpAddr,
    seed: u64,
    open: BTreeMap<String, Link>,
}

impl Links {
    pub(crate) fn new(recorder: Recorder, address: IpAddr, seed: u64) -> Self {
        Self { recorder, address, seed, open: BTreeMap::new() }
    }

    /// Opens a link; returns where clients connect.
    pub(crate) async fn open(
        &mut self,
        name: &str,
        upstream: SocketAddr,
        protocol: Protocol,
    ) -> Result<SocketAddr, RunError> {
        let listen = SocketAddr::new(self.address, 0);
        let config = LinkConfig { name: name.to_owned(), listen, upstream, protocol, seed: self.seed };
        let (recorder, of) = (self.recorder.clone(), name.to_owned());
        let observer = move |event| record(&recorder, &of, event);
        let link = Link::open(config, Arc::new(observer)).await?;
        let address = link.address();
        self.open.insert(name.to_owned(), link);
        Ok(address)
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

fn record(recorder: &Recorder, link: &str, event: LinkEvent) {
    let (conn, what) = match event {
        LinkEvent::Opened { conn, client } => {
            (Some(conn), What::ConnectionOpened { client: client.to_string() })
        }
        LinkEvent::UpstreamFailed { conn, error } => (Some(conn), What::UpstreamFailed { error }),
        LinkEvent::Closed { conn, by, bytes_up, bytes_down } => {
            (Some(conn), What::ConnectionClosed { by: by.to_string(), bytes_up, bytes_down })
        }
        LinkEvent::Bit { toxic, conn, what } => (conn, What::ToxicBit { toxic, what }),
        LinkEvent::Blind { conn, reason } => (Some(conn), What::Blind { reason }),
    };
    recorder.record(Place::link(link, conn), what);
}
