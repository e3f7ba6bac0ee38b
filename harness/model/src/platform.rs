//! The mocked platform, as a scenario describes it: its data, how long it takes, which orders it fails, whom it bans.

use std::{collections::BTreeMap, time::Duration};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::scenario::Orders;

/// The mocked platform: its data are a function of the seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Platform {
    /// Orders by status in each window.
    #[serde(default)]
    pub orders: IndexMap<String, u32>,
    /// How long an answer takes by route (`page`, `finance`, `ship`, `detail`).
    #[serde(default)]
    pub answers: BTreeMap<Route, Delay>,
    /// A route that does its work once for each order: one for which it was done, or is just being done, is answered 409.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Route>,
    /// Orders whose requests fail. Of several that name an order, the first that has `times` left answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fails: Vec<Failing>,
    /// How many requests it takes, and what becomes of those beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<RateLimit>,
    /// Nodes that share the calls of a route, and fall over under too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Nodes>,
}

/// Routes of the mocked platform.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Route {
    /// A page of orders of a window.
    Page,
    /// The finance record of one order.
    Finance,
    /// One order is shipped.
    Ship,
    /// What one order holds.
    Detail,
}

impl Route {
    /// The route's name, as in files and in the history.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A length of time, written `20ms`, `3s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delay(#[serde(with = "humantime_serde")] pub Duration);

/// Orders whose requests on a route fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Failing {
    /// The route; one of those that are asked about one order.
    pub route: Route,
    /// The orders.
    pub orders: Vec<OrderIds>,
    /// The HTTP status they get, from 400 on.
    pub status: u16,
    /// How many requests of each order, the first ones; all, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// An order's id, or a range of ids: `7`, `1..=3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderIds(Orders);

impl OrderIds {
    /// Whether this order is one of them.
    pub fn contain(self, id: u64) -> bool {
        (self.0.first..=self.0.last).contains(&id)
    }
}

impl From<Orders> for OrderIds {
    fn from(orders: Orders) -> Self {
        Self(orders)
    }
}

impl TryFrom<String> for OrderIds {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Ok(id) = text.trim().parse() {
            return Ok(Self(Orders { first: id, last: id }));
        }
        let orders = Orders::try_from(text.clone());
        orders.map(Self).map_err(|_| {
            format!("`{text}` is no order, and no range of orders: write e.g. `7`, or `FIRST..=LAST`")
        })
    }
}

impl From<OrderIds> for String {
    fn from(OrderIds(orders): OrderIds) -> Self {
        if orders.first == orders.last { orders.first.to_string() } else { orders.into() }
    }
}

/// How many requests of a route are taken, over all connections. Those beyond are answered 429, which do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimit {
    /// The route.
    pub route: Route,
    /// So many requests are taken …
    pub requests: u32,
    /// … in any time of this length.
    pub per: Delay,
    /// From a request beyond that on, none is taken for so long; each request that comes meanwhile makes it last so long from
    /// there. If not said, only the requests beyond are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ban: Option<Delay>,
}

/// Nodes that share the calls of a route. A call goes to the node that has the fewest in flight, of those that are up; one that comes
/// to a node with no room for it makes that node fall over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Nodes {
    /// The route.
    pub route: Route,
    /// So many nodes.
    pub number: u32,
    /// Each stands so many calls in flight.
    pub in_flight: u32,
    /// One that has fallen over takes no call for so long.
    pub down: Delay,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_ids_and_ranges() {
        let all: Vec<OrderIds> = serde_json::from_str(r#"["7","1..=3"]"#).unwrap();
        let contained = (0..9).filter(|id| all.iter().any(|ids| ids.contain(*id)));
        assert_eq!(contained.collect::<Vec<_>>(), [1, 2, 3, 7]);
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"["7","1..=3"]"#);
        for wrong in ["", "seven", "-1", "3..=1", "1-3", "1..3"] {
            let error = OrderIds::try_from(wrong.to_owned()).unwrap_err();
            assert!(error.starts_with(&format!("`{wrong}` is no order, and no range")), "{error}");
        }
    }
}
