//! Calls of one route of the mocked platform: when each began, how it was answered, when it was over.
//!
//! The platform tells its answer when it has decided on it: it leaves after the time that the platform was told to take
//! (`delay_ms`), so only then is the call over. A connection that ends before has cut the call: nobody saw its outcome.

use pitfall_model::Route;

use crate::{
    facts::{Did, Fact, Facts, Name},
    map::Map,
};

/// A connection of a link; the connection is 0 where it is not known.
pub(crate) type Client = (Option<Name>, u32);

/// One call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// When it began.
    pub(crate) at: u64,
    /// The request.
    pub(crate) seq: u32,
    pub(crate) client: Client,
    pub(crate) order: Option<Name>,
    /// How and when it ended; none where nobody saw an end.
    pub(crate) end: Option<End>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) at: u64,
    /// The answer, or the end of the connection.
    pub(crate) seq: u32,
    /// None where the connection ended before the answer came.
    pub(crate) status: Option<u16>,
}

impl Call {
    /// Whether it was answered by a failure.
    pub(crate) fn failed(&self) -> bool {
        self.status().is_some_and(|status| status >= 400)
    }

    /// None where nobody saw the outcome.
    pub(crate) fn status(&self) -> Option<u16> {
        self.end.and_then(|end| end.status)
    }

    /// The events that tell of it.
    pub(crate) fn events(&self) -> impl Iterator<Item = u32> + use<> {
        [Some(self.seq), self.end.map(|end| end.seq)].into_iter().flatten()
    }
}

/// Every call of the route, as they began.
pub(crate) fn of(facts: &Facts, route: Route) -> Vec<Call> {
    let mut gathering = Gathering { all: Vec::new(), open: Map::default(), last: Map::default() };
    if let Some(route) = facts.name(route.name()) {
        facts.all().iter().for_each(|fact| gathering.see(fact, route));
    }
    if !gathering.all.is_sorted_by_key(|call| call.at) {
        gathering.all.sort_by_key(|call| (call.at, call.seq));
    }
    gathering.all
}

struct Gathering {
    all: Vec<Call>,
    /// By number: the place of a call that is not answered.
    open: Map<u64, usize>,
    /// By connection: the place of its last call.
    last: Map<Client, usize>,
}

impl Gathering {
    fn see(&mut self, fact: &Fact, route: Name) {
        let client = (fact.link, fact.conn);
        match fact.did {
            Did::Request { request, route: of } if of == route => {
                let place = self.all.len();
                self.all.push(Call { at: fact.at, seq: fact.seq, client, order: fact.order, end: None });
                self.open.insert(request, place);
                if client.1 != 0 {
                    self.last.insert(client, place);
                }
            }
            Did::Answer { request, route: of, status, delay_ms } if of == route => {
                let place = self.open.swap_remove(&request);
                if let Some(call) = place.and_then(|place| self.all.get_mut(place))
                    && call.end.is_none()
                {
                    let at = fact.at.saturating_add(u64::from(delay_ms) * 1_000_000);
                    call.end = Some(End { at, seq: fact.seq, status: Some(status) });
                }
            }
            Did::ConnectionClosed if !self.last.is_empty() => {
                let place = self.last.swap_remove(&client);
                if let Some(call) = place.and_then(|place| self.all.get_mut(place))
                    && call.end.is_none_or(|end| end.at > fact.at)
                {
                    call.end = Some(End { at: fact.at, seq: fact.seq, status: None });
                }
            }
            _ => {}
        }
    }
}
