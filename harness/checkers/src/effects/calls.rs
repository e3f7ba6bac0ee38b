//! Calls of one route of the mocked platform: each request joined with its answer.

use crate::{
    facts::{Did, Facts, Name},
    map::Map,
};

/// A request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) at: u64,
    pub(crate) seq: u32,
    pub(crate) order: Option<Name>,
}

/// The requests of one route.
pub(super) struct Calls {
    asked: Map<u64, Asked>,
    unanswered: Vec<Asked>,
}

impl Calls {
    pub(super) fn of(facts: &Facts, route: Name) -> Self {
        let (mut asked, mut open) = (Map::default(), Map::default());
        for fact in facts.all() {
            match fact.did {
                Did::Request { request, route: of } if of == route => {
                    let call = Asked { at: fact.at, seq: fact.seq, order: fact.order };
                    asked.insert(request, call);
                    open.insert(request, call);
                }
                Did::Answer { request, route: of, .. } if of == route => {
                    open.swap_remove(&request);
                }
                _ => {}
            }
        }
        let mut unanswered: Vec<Asked> = open.into_values().collect();
        unanswered.sort_unstable_by_key(|call| call.seq);
        Self { asked, unanswered }
    }

    /// Of which order the request was.
    pub(super) fn order(&self, request: u64) -> Option<Name> {
        self.asked.get(&request)?.order
    }

    /// In the order of the history.
    pub(super) fn unanswered(&self) -> &[Asked] {
        &self.unanswered
    }
}
