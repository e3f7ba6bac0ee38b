//! A link to a server, what the server saw, and what the link told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use futures::StreamExt;
use pitfall_proxy::{
    Act, Direction, HttpEvent, Link, LinkConfig, LinkEvent, Protocol, ProtocolFault, Toxic, ToxicKind, Wire,
};
use reqwest::Client;

/// Longer than anything takes on the slowest machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Requests that a server saw.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

pub(crate) struct Bench {
    pub(crate) link: Link,
    seen: Seen,
    events: Arc<Mutex<Vec<LinkEvent>>>,
    server: Option<tokio::task::JoinHandle<()>>,
}

impl Bench {
    /// A link to a server that knows `/echo`, `/length`, `/bytes/N`, and answers the rest with the path.
    pub(crate) async fn new() -> Self {
        let seen = Seen::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap();
        let routes = Router::new()
            .route("/echo", any(async |body: Body| body))
            .route("/length", any(length))
            .route("/bytes/{n}", get(bytes))
            .fallback(any(async |request: Request| request.uri().path().to_owned()));
        let routes = routes.layer(axum::middleware::from_fn_with_state(seen.clone(), see));
        let server = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        let mut bench = Self::to(upstream).await;
        (bench.seen, bench.server) = (seen, Some(server));
        bench
    }

    /// A link to any server.
    pub(crate) async fn to(upstream: SocketAddr) -> Self {
        let events = Arc::<Mutex<Vec<LinkEvent>>>::default();
        let told = Arc::clone(&events);
        let config = LinkConfig {
            name: "client->platform".into(),
            listen: "127.0.0.1:0".parse().unwrap(),
            upstream,
            protocol: Protocol::Http,
            seed: 1,
            strict: false,
        };
        let link = Link::open(config, Arc::new(move |event| told.lock().unwrap().push(event))).await.unwrap();
        Self { link, seen: Seen::default(), events, server: None }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.link.address())
    }

    /// A fault on what is said of paths that begin so.
    pub(crate) async fn inject(&self, kind: &'static str, path: &'static str, does: Act) {
        let on = move |wire: &Wire| match wire {
            Wire::Http(HttpEvent::Asked { path: of, .. } | HttpEvent::Answered { path: of, .. }) => {
                of.starts_with(path).then(String::new)
            }
            _ => None,
        };
        let fault = ProtocolFault { name: "fault".into(), kind, on: Arc::new(on), does, times: None };
        self.link.inject(fault).await.unwrap();
    }

    pub(crate) async fn slow_down(&self, direction: Direction) {
        let kind = ToxicKind::Slicer { average_size: 5, size_variation: 2, delay: Duration::ZERO };
        self.link.add(Toxic { name: "sliced".into(), kind, direction, toxicity: 1.0 }).await.unwrap();
    }

    /// What the server saw.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.0.lock().unwrap().clone()
    }

    /// How many connections came.
    pub(crate) fn opened(&self) -> usize {
        self.events().iter().filter(|event| matches!(event, LinkEvent::Opened { .. })).count()
    }

    pub(crate) fn events(&self) -> Vec<LinkEvent> {
        self.events.lock().unwrap().clone()
    }

    /// What was read so far, a line for each; an answer with its status.
    pub(crate) fn read(&self) -> Vec<String> {
        let line = |event| match event {
            LinkEvent::Blind { reason, .. } => panic!("blind: {reason}"),
            LinkEvent::Read { what: Wire::Http(HttpEvent::Asked { request, method, path }), .. } => {
                Some(format!("{request} {method} {path}"))
            }
            LinkEvent::Read { what: Wire::Http(HttpEvent::Answered { request, status, .. }), .. } => {
                Some(format!("{request}: {status}"))
            }
            _ => None,
        };
        self.events().into_iter().filter_map(line).collect()
    }

    pub(crate) async fn close(self) {
        tokio::time::timeout(LIMIT, self.link.close()).await.unwrap();
        if let Some(server) = self.server {
            server.abort();
        }
    }
}

pub(crate) fn client() -> Client {
    Client::builder().timeout(LIMIT).build().unwrap()
}

async fn see(State(seen): State<Seen>, request: Request, next: axum::middleware::Next) -> impl IntoResponse {
    seen.0.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
    next.run(request).await
}

/// How long the request's body is.
async fn length(body: Body) -> String {
    let mut length = 0;
    let mut body = body.into_data_stream();
    while let Some(bytes) = body.next().await {
        length += bytes.unwrap().len();
    }
    length.to_string()
}

/// A body of so many bytes, in chunks.
async fn bytes(Path(n): Path<usize>) -> Body {
    Body::from_stream(pieces(n))
}

/// So many bytes, in pieces.
pub(crate) fn pieces(n: usize) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    const PIECE: usize = 100_000;
    futures::stream::iter((0..n).step_by(PIECE).map(move |at| Ok(Bytes::from(vec![b'x'; PIECE.min(n - at)]))))
}
