//! Calls of one route of the mocked platform, by order: how long each was in flight, and how it ended.

use pitfall_model::Route;

use crate::{
    facts::{Did, Fact, Facts, Name},
    grouped::{Gathered, Grouped},
    map::Map,
};

/// One call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// When it was asked.
    pub(crate) at: u64,
    /// Of its request.
    pub(crate) seq: u32,
    /// None where nobody saw it: then nobody knows what came of the call.
    pub(crate) answer: Option<Answer>,
}

/// How a call was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// The earliest time at which the caller can have it. The platform may tell its answer before, and then takes its time.
    pub(crate) at: u64,
    pub(crate) seq: u32,
    /// Whether the status was 2xx. A yes or no leaves room for "no answer" in the same 16 bytes.
    succeeded: bool,
}

const _: () = assert!(size_of::<Call>() <= 32, "a call grew: there are hundreds of thousands of them");

impl Call {
    /// The answer, where it says that the call failed: any status but 2xx.
    pub(crate) fn failed(&self) -> Option<Answer> {
        self.answer.filter(|answer| !answer.succeeded)
    }

    /// The answer, where it says that the call succeeded.
    pub(crate) fn succeeded(&self) -> Option<Answer> {
        self.answer.filter(|answer| answer.succeeded)
    }

    /// `seq` of its request and its answer.
    pub(crate) fn events(&self) -> impl Iterator<Item = u32> {
        [self.seq].into_iter().chain(self.answer.map(|answer| answer.seq))
    }
}

/// Gathers the calls of one route; those without an order are nobody's.
pub(crate) struct CallsByOrder {
    /// None where no event names the route.
    route: Option<Name>,
    calls: Gathered<Call>,
    /// Where each call stands that is not answered yet, by its number.
    open: Map<u64, usize>,
}

impl CallsByOrder {
    pub(crate) fn new(facts: &Facts, route: Route) -> Self {
        Self { route: facts.name(route.name()), calls: Gathered::default(), open: Map::default() }
    }

    /// Takes in the next fact.
    pub(crate) fn see(&mut self, fact: &Fact) {
        match fact.did {
            Did::Request { request, route } if Some(route) == self.route => self.ask(fact, request),
            Did::Answer { request, route, status, delay_ms } if Some(route) == self.route => {
                let place = self.open.swap_remove(&request);
                let Some(call) = place.and_then(|place| self.calls.get_mut(place)) else { return };
                let earliest = call.at.saturating_add(u64::from(delay_ms) * 1_000_000);
                let (at, seq, succeeded) = (fact.at.max(earliest), fact.seq, (200..300).contains(&status));
                call.answer = Some(Answer { at, seq, succeeded });
            }
            _ => {}
        }
    }

    fn ask(&mut self, fact: &Fact, request: u64) {
        let Some(order) = fact.order else { return };
        let place = self.calls.push(order, Call { at: fact.at, seq: fact.seq, answer: None });
        self.open.insert(request, place);
    }

    /// Every order with its calls, as they were asked.
    pub(crate) fn into_orders(self) -> Grouped<Call> {
        self.calls.grouped()
    }
}
