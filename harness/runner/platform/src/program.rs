//! The mock as a program: links at ports, and a control port.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::stream;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::{
    config::Config,
    delays::{Delays, Times},
    error::PlatformError,
    log::Log,
    mock::Servers,
    seen::Seen,
    wire::{ANSWER_TIMES, Ask, EVENTS, HEALTH, Health, Line, WereSet},
};

/// The program: every port is bound.
pub struct Program {
    ports: Ports,
    control: TcpListener,
    router: Router,
    /// They end with it.
    _servers: Servers,
}

/// Where the program serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The control port.
    pub control: u16,
    /// Name of a link to its port.
    pub links: BTreeMap<String, u16>,
}

#[derive(Clone)]
struct Held {
    log: Arc<Log>,
    delays: Delays,
}

impl Program {
    /// Binds every port and serves the links.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub async fn start(config: &Config) -> Result<Self, PlatformError> {
        let everywhere = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let log = Arc::new(Log::new());
        let observer = {
            let log = Arc::clone(&log);
            Arc::new(move |seen: Seen| log.push(seen))
        };
        let mut servers = Servers::new(config.data.clone(), config.seed, observer);
        let mut links = BTreeMap::new();
        for (link, port) in &config.links {
            links.insert(link.clone(), servers.serve(link, everywhere(*port)).await?.port());
        }
        let address = everywhere(config.control);
        let bind = |error| PlatformError::Bind { what: "its control port".to_owned(), address, error };
        let control = TcpListener::bind(address).await.map_err(bind)?;
        let ports = Ports { control: control.local_addr().map_err(bind)?.port(), links };
        let router = Router::new()
            .route(HEALTH, get(health))
            .route(EVENTS, get(events))
            .route(ANSWER_TIMES, post(set))
            .with_state(Held { log, delays: servers.delays() });
        Ok(Self { ports, control, router, _servers: servers })
    }

    /// Where it serves.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// When the control port cannot be served any more.
    pub async fn serve(self) -> Result<(), PlatformError> {
        axum::serve(self.control, self.router).await.map_err(PlatformError::Served)
    }
}

async fn health(State(held): State<Held>) -> Json<Health> {
    Json(Health { instance: held.log.instance, events: held.log.count() })
}

async fn set(State(held): State<Held>, Query(ask): Query<Ask>, Json(times): Json<Times>) -> Response {
    if let Some(refusal) = held.refusal(&ask) {
        return refusal;
    }
    let was = held.delays.set(&times);
    Json(WereSet { was, events: held.log.count() }).into_response()
}

async fn events(State(held): State<Held>, Query(ask): Query<Ask>) -> Response {
    if let Some(refusal) = held.refusal(&ask) {
        return refusal;
    }
    let lines = stream::unfold((held.log, ask.from), |(log, from)| async move {
        let events = log.from(from).await;
        let next = from + events.len() as u64;
        let text = (from..)
            .zip(events)
            .map(|(number, seen)| serde_json::to_string(&Line { number, seen }).map(|line| line + "\n"));
        Some((text.collect::<Result<String, _>>(), (log, next)))
    });
    ([("content-type", "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

impl Held {
    fn refusal(&self, ask: &Ask) -> Option<Response> {
        let count = self.log.count();
        if ask.instance.is_some_and(|instance| instance != self.log.instance) {
            return Some((StatusCode::GONE, "this process is another").into_response());
        }
        (ask.from > count).then(|| {
            let text = format!("there are {count} events: event {} cannot be next", ask.from);
            (StatusCode::RANGE_NOT_SATISFIABLE, text).into_response()
        })
    }
}
