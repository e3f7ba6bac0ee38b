//! What a request asks for, as its method and its path tell.

use std::collections::BTreeMap;

use pitfall_model::Route;
use serde_json::Value;
use wiremock::Request;

/// The most orders a page holds, whatever the caller asks for.
const PAGE_LIMIT: u64 = 100;

/// Order numbers a window has room for.
pub(crate) const WINDOW: u64 = 100_000;

/// What a request asks for.
pub(crate) enum Asked {
    Page(Page),
    /// A page, but not which.
    PageUnsaid,
    Finance(u64),
    Ship {
        order: u64,
        /// The order as the path has it.
        written: String,
    },
    Detail {
        order: u64,
        /// The order as the path has it.
        written: String,
    },
    Alert(String),
    Nothing,
}

/// Which page.
pub(crate) struct Page {
    pub(crate) window: u64,
    pub(crate) status: String,
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Orders on each page.
    pub(crate) size: u64,
}

impl Asked {
    pub(crate) fn by(request: &Request) -> Self {
        let path: Vec<&str> = request.url.path().split('/').filter(|part| !part.is_empty()).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["alerts"]) => Self::Alert(alert(&request.body)),
            ("GET", [_, "orders"]) => page(request).map_or(Self::PageUnsaid, Self::Page),
            ("GET", [_, "orders", id]) => match id.parse() {
                Ok(order) => Self::Detail { order, written: (*id).to_owned() },
                Err(_) => Self::Nothing,
            },
            ("GET", [_, "orders", id, "finance"]) => id.parse().map_or(Self::Nothing, Self::Finance),
            ("POST", [_, "orders", id, "ship"]) => match id.parse() {
                Ok(order) => Self::Ship { order, written: (*id).to_owned() },
                Err(_) => Self::Nothing,
            },
            _ => Self::Nothing,
        }
    }

    /// The route, if it is one of those that take time.
    pub(crate) fn route(&self) -> Option<Route> {
        match self {
            Self::Page(_) => Some(Route::Page),
            Self::Finance(_) => Some(Route::Finance),
            Self::Ship { .. } => Some(Route::Ship),
            Self::Detail { .. } => Some(Route::Detail),
            Self::PageUnsaid | Self::Alert(_) | Self::Nothing => None,
        }
    }

    /// The route's name in the history.
    pub(crate) fn route_name(&self) -> &'static str {
        match (self, self.route()) {
            (_, Some(route)) => route.name(),
            (Self::Alert(_), None) => "alerts",
            (_, None) => "none",
        }
    }

    /// The one order that it is about.
    pub(crate) fn one_order(&self) -> Option<u64> {
        match self {
            Self::Finance(order) | Self::Ship { order, .. } | Self::Detail { order, .. } => Some(*order),
            Self::Page(_) | Self::PageUnsaid | Self::Alert(_) | Self::Nothing => None,
        }
    }

    /// What joins its events to others: a window of orders, or an order.
    pub(crate) fn joined_by(&self) -> Option<String> {
        match self {
            Self::Page(page) => Some(page.window.to_string()),
            Self::Finance(order) => Some((order / WINDOW).to_string()),
            Self::Ship { written, .. } | Self::Detail { written, .. } => Some(written.clone()),
            Self::PageUnsaid | Self::Alert(_) | Self::Nothing => None,
        }
    }
}

/// The text of an alert: that of its JSON, else all of it.
fn alert(body: &[u8]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = json.get("text").and_then(Value::as_str).map(str::to_owned);
    text.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

fn page(request: &Request) -> Option<Page> {
    let query: BTreeMap<_, _> = request.url.query_pairs().collect();
    let number = |name: &str| query.get(name).and_then(|value| value.parse::<u64>().ok());
    let size = number("page_size").unwrap_or(PAGE_LIMIT).clamp(1, PAGE_LIMIT);
    let (window, status, number) = (number("window")?, query.get("status")?, number("page")?.max(1));
    Some(Page { window, status: status.clone().into_owned(), number, size })
}
