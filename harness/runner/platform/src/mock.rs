//! The mock itself: one server for each link that leads to it, so that a request tells by which link it came.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use pitfall_model::{Platform as Data, What};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::{
    answers::Answers,
    delays::Delays,
    error::PlatformError,
    seen::{Observer, Seen},
};

/// Servers in this process; gone when it is dropped.
pub(crate) struct Servers {
    answers: Answers,
    observer: Observer,
    /// Numbers requests over all links.
    next: Arc<AtomicU64>,
    servers: Vec<MockServer>,
}

impl Servers {
    pub(crate) fn new(data: Data, seed: u64, observer: Observer) -> Self {
        let delays = Delays::new(data.answers.clone());
        let answers = Answers { data: Arc::new(data), seed, delays };
        Self { answers, observer, next: Arc::new(AtomicU64::new(1)), servers: Vec::new() }
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
    observer: Observer,
    next: Arc<AtomicU64>,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers.to(request);
        let tell =
            |what| (self.observer)(Seen { link: self.link.clone(), order: answer.order.clone(), what });
        let path = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let (route, method) = (answer.route.to_owned(), request.method.to_string());
        tell(What::Request { request: number, route, method, path });
        if let Some(text) = answer.alert {
            tell(What::Alert { text });
        }
        let (route, status) = (answer.route.to_owned(), answer.status);
        let delay_ms = u64::try_from(answer.delay.as_millis()).unwrap_or(u64::MAX);
        tell(What::Answer { request: number, route, status, delay_ms });
        ResponseTemplate::new(status).set_body_json(answer.body).set_delay(answer.delay)
    }
}
