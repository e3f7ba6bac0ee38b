//! The mocked platform: pages of orders, finance records, and where alerts go. Its data are functions of the
//! scenario and the seed; how long it takes can be set while it runs.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pitfall_model::{Delay, Place, Platform as Data, Route, What};
use pitfall_recorder::Recorder;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::error::RunError;

/// The most orders a page holds, whatever the caller asks for.
const PAGE_LIMIT: u64 = 100;

/// The mock: one server for each link that leads to it, so that a request tells by which link it came.
pub(crate) struct Platform {
    data: Arc<Data>,
    seed: u64,
    recorder: Recorder,
    slow: Slow,
    next: Arc<AtomicU64>,
    servers: Vec<MockServer>,
}

/// Answer times by route; clones share them.
#[derive(Clone)]
pub(crate) struct Slow(Arc<Mutex<BTreeMap<Route, Delay>>>);

impl Slow {
    /// Sets routes' answer times; returns what they were.
    pub(crate) fn set(&self, routes: &BTreeMap<Route, Option<Delay>>) -> BTreeMap<Route, Option<Delay>> {
        let mut delays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let set = |(route, delay): (&Route, &Option<Delay>)| {
            let was = match delay {
                Some(delay) => delays.insert(*route, *delay),
                None => delays.remove(route),
            };
            (*route, was)
        };
        routes.iter().map(set).collect()
    }

    fn of(&self, route: Route) -> Duration {
        let delays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        delays.get(&route).map_or(Duration::ZERO, |delay| delay.0)
    }
}

impl Platform {
    pub(crate) fn new(data: Data, seed: u64, recorder: Recorder) -> Self {
        let slow = Slow(Arc::new(Mutex::new(data.answers.clone())));
        Self {
            data: Arc::new(data),
            seed,
            recorder,
            slow,
            next: Arc::new(AtomicU64::new(1)),
            servers: Vec::new(),
        }
    }

    /// Serves the link of this name, on a free port of `address`.
    pub(crate) async fn serve(&mut self, link: &str, address: IpAddr) -> Result<SocketAddr, RunError> {
        let listener = TcpListener::bind((address, 0)).map_err(|error| {
            RunError::server(format!("bind the mocked platform to {address}"))(error.into())
        })?;
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        let answers = Answers {
            link: link.to_owned(),
            data: Arc::clone(&self.data),
            seed: self.seed,
            slow: self.slow.clone(),
            recorder: self.recorder.clone(),
            next: Arc::clone(&self.next),
        };
        Mock::given(any()).respond_with(answers).mount(&server).await;
        let address = *server.address();
        self.servers.push(server);
        Ok(address)
    }

    pub(crate) fn slow(&self) -> Slow {
        self.slow.clone()
    }
}

struct Answers {
    link: String,
    data: Arc<Data>,
    seed: u64,
    slow: Slow,
    recorder: Recorder,
    next: Arc<AtomicU64>,
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer(request);
        let place = Place { link: Some(self.link.clone()), conn: None, order: answer.order };
        let path = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let (route, method) = (answer.route.to_owned(), request.method.to_string());
        self.recorder.record(place.clone(), What::Request { request: number, route, method, path });
        if let Some(text) = answer.alert {
            self.recorder.record(place.clone(), What::Alert { text });
        }
        let (route, status) = (answer.route.to_owned(), answer.status);
        let delay_ms = u64::try_from(answer.delay.as_millis()).unwrap_or(u64::MAX);
        self.recorder.record(place, What::Answer { request: number, route, status, delay_ms });
        ResponseTemplate::new(status).set_body_json(answer.body).set_delay(answer.delay)
    }
}

struct Answer {
    route: &'static str,
    order: Option<String>,
    status: u16,
    body: Value,
    alert: Option<String>,
    delay: Duration,
}

impl Answers {
    fn answer(&self, request: &Request) -> Answer {
        let nothing = Answer {
            route: "none",
            order: None,
            status: 404,
            body: json!({}),
            alert: None,
            delay: Duration::ZERO,
        };
        let path: Vec<&str> = request.url.path().split('/').filter(|part| !part.is_empty()).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["alerts"]) => {
                let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let text = body.get("text").and_then(Value::as_str).map(str::to_owned);
                let text = text.unwrap_or_else(|| String::from_utf8_lossy(&request.body).into_owned());
                Answer { route: "alerts", status: 200, alert: Some(text), ..nothing }
            }
            ("GET", [_, "orders"]) => match self.page(request) {
                Some((window, body)) => {
                    let delay = self.slow.of(Route::Page);
                    Answer {
                        route: "page",
                        order: Some(window.to_string()),
                        status: 200,
                        body,
                        delay,
                        ..nothing
                    }
                }
                None => Answer {
                    status: 400,
                    body: json!({"error": "window, status and page are needed"}),
                    ..nothing
                },
            },
            ("GET", [_, "orders", id, "finance"]) => match id.parse::<u64>() {
                Ok(id) => {
                    let cents = ChaCha8Rng::seed_from_u64(self.seed ^ id).random_range(100..100_000_u32);
                    let amount = format!("{}.{:02}", cents / 100, cents % 100);
                    let (order, delay) = (Some((id / WINDOW).to_string()), self.slow.of(Route::Finance));
                    Answer {
                        route: "finance",
                        order,
                        status: 200,
                        body: json!({"order": id, "amount": amount}),
                        delay,
                        ..nothing
                    }
                }
                Err(_) => nothing,
            },
            _ => nothing,
        }
    }

    /// A page of the orders that have `status` in `window`.
    fn page(&self, request: &Request) -> Option<(u64, Value)> {
        let query: BTreeMap<_, _> = request.url.query_pairs().collect();
        let number = |name: &str| query.get(name).and_then(|value| value.parse::<u64>().ok());
        let (window, status, page) = (number("window")?, query.get("status")?, number("page")?.max(1));
        let size = number("page_size").unwrap_or(PAGE_LIMIT).clamp(1, PAGE_LIMIT);
        // An order's number tells its window, and its place among the window's orders of all statuses.
        let before: u64 =
            self.data.orders.iter().take_while(|(name, _)| *name != status).map(|(_, n)| u64::from(*n)).sum();
        let count = self.data.orders.get(status.as_ref()).copied().map_or(0, u64::from);
        let (first, last) = ((page - 1) * size, (page * size).min(count));
        let order = |place: u64| json!({"id": window * WINDOW + before + place, "status": status});
        let orders: Vec<Value> = (first..last).map(order).collect();
        Some((window, json!({"orders": orders, "more": last < count})))
    }
}

/// Order numbers a window has room for.
const WINDOW: u64 = 100_000;
