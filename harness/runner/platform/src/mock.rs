//! The mock itself: one server for each link that leads to it, so that a request tells by which link it came.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pitfall_model::{Platform as Data, What};
use serde_json::json;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::{
    answers::{Answer, Answers},
    asked::Asked,
    delays::Delays,
    error::PlatformError,
    limiter::{Limiter, Refusal},
    nodes::{Given, Nodes},
    seen::{Observer, Seen},
};

/// Servers in this process; gone when it is dropped.
pub(crate) struct Servers {
    answers: Answers,
    limiter: Limiter,
    nodes: Nodes,
    observer: Observer,
    /// Numbers requests over all links.
    next: Arc<AtomicU64>,
    servers: Vec<MockServer>,
}

impl Servers {
    pub(crate) fn new(data: Data, seed: u64, observer: Observer) -> Self {
        let (limiter, nodes) = (Limiter::new(data.limit), Nodes::new(data.nodes));
        let answers = Answers::new(data, seed);
        Self { answers, limiter, nodes, observer, next: Arc::new(AtomicU64::new(1)), servers: Vec::new() }
    }

    /// Serves the link of this name at `address`; returns where.
    pub(crate) async fn serve(
        &mut self,
        link: &str,
        address: SocketAddr,
    ) -> Result<SocketAddr, PlatformError> {
        let listener = TcpListener::bind(address).map_err(|error| PlatformError::Bind {
            what: format!("link `{link}`"),
            address,
            error,
        })?;
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        let responder = Responder {
            link: link.to_owned(),
            answers: self.answers.clone(),
            limiter: self.limiter.clone(),
            nodes: self.nodes.clone(),
            observer: Arc::clone(&self.observer),
            next: Arc::clone(&self.next),
        };
        Mock::given(any()).respond_with(responder).mount(&server).await;
        let address = *server.address();
        self.servers.push(server);
        Ok(address)
    }

    pub(crate) fn delays(&self) -> Delays {
        self.answers.delays.clone()
    }
}

struct Responder {
    link: String,
    answers: Answers,
    limiter: Limiter,
    nodes: Nodes,
    observer: Observer,
    next: Arc<AtomicU64>,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let asked = Asked::by(request);
        let path = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let (route, order) = (asked.route_name().to_owned(), asked.joined_by());
        let method = request.method.to_string();
        self.tell(order.clone(), What::Request { request: number, route: route.clone(), method, path });
        if let Asked::Alert(text) = &asked {
            self.tell(None, What::Alert { text: text.clone() });
        }
        let tell_ban = |refusal: &Refusal| {
            if let Some(ban) = refusal.ban {
                self.tell(None, What::Ban { route: route.clone(), for_ms: whole_ms(ban) });
            }
        };
        let refusal = self.limiter.refuse(asked.route(), tell_ban);
        let answer = refusal.as_ref().map_or_else(|| self.taken(&asked), refused);
        let (status, delay_ms) = (answer.status, u64::try_from(answer.delay.as_millis()).unwrap_or(u64::MAX));
        self.tell(order, What::Answer { request: number, route, status, delay_ms });
        let response =
            ResponseTemplate::new(answer.status).set_body_json(answer.body).set_delay(answer.delay);
        match refusal {
            None => response,
            Some(refusal) => response.insert_header("retry-after", whole_seconds(refusal.retry_after)),
        }
    }
}

impl Responder {
    /// The answer of the nodes, where they share the route's calls.
    fn taken(&self, asked: &Asked) -> Answer {
        let Some(route) = asked.route() else { return self.answers.to(asked) };
        let tell = |node: u32, down: Duration| {
            let route = route.name().to_owned();
            self.tell(None, What::NodeDied { route, node, for_ms: whole_ms(down) });
        };
        match self.nodes.give(route, self.answers.delays.of(route), tell) {
            Given::Taken => self.answers.to(asked),
            Given::Lost => {
                Answer { status: 503, body: json!({"error": "no node takes it"}), delay: Duration::ZERO }
            }
        }
    }

    fn tell(&self, order: Option<String>, what: What) {
        (self.observer)(Seen { link: self.link.clone(), order, what });
    }
}

/// It stands before what takes time.
fn refused(refusal: &Refusal) -> Answer {
    let body = json!({"error": "too many requests", "retry_after_ms": whole_ms(refusal.retry_after)});
    Answer { status: 429, body, delay: Duration::ZERO }
}

/// Milliseconds, rounded up.
fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// Seconds, rounded up, as `Retry-After` has them.
fn whole_seconds(time: Duration) -> String {
    time.as_nanos().div_ceil(1_000_000_000).to_string()
}
