//! What the mock answers: pages of orders, finance records, and where alerts go. A function of data, seed and request.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pitfall_model::{Platform as Data, Route};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use wiremock::Request;

use crate::delays::Delays;

/// The most orders a page holds, whatever the caller asks for.
const PAGE_LIMIT: u64 = 100;

/// Order numbers a window has room for.
const WINDOW: u64 = 100_000;

#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) data: Arc<Data>,
    pub(crate) seed: u64,
    pub(crate) delays: Delays,
}

pub(crate) struct Answer {
    pub(crate) route: &'static str,
    pub(crate) order: Option<String>,
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) alert: Option<String>,
    pub(crate) delay: Duration,
}

impl Answers {
    pub(crate) fn to(&self, request: &Request) -> Answer {
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
                    let (order, delay) = (Some(window.to_string()), self.delays.of(Route::Page));
                    Answer { route: "page", order, status: 200, body, delay, ..nothing }
                }
                None => {
                    let body = json!({"error": "window, status and page are needed"});
                    Answer { status: 400, body, ..nothing }
                }
            },
            ("GET", [_, "orders", id, "finance"]) => match id.parse::<u64>() {
                Ok(id) => {
                    let (order, delay) = (Some((id / WINDOW).to_string()), self.delays.of(Route::Finance));
                    Answer { route: "finance", order, status: 200, body: self.finance(id), delay, ..nothing }
                }
                Err(_) => nothing,
            },
            _ => nothing,
        }
    }

    fn finance(&self, id: u64) -> Value {
        let cents = ChaCha8Rng::seed_from_u64(self.seed ^ id).random_range(100..100_000_u32);
        json!({"order": id, "amount": format!("{}.{:02}", cents / 100, cents % 100)})
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
