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
    /// Number and order of each request, by number.
    orders: Vec<(u64, Option<Name>)>,
    unanswered: Vec<Asked>,
}

impl Calls {
    pub(super) fn of(facts: &Facts, route: Name) -> Self {
        let (mut orders, mut open) = (Vec::new(), Map::default());
        for fact in facts.all() {
            match fact.did {
                Did::Request { request, route: of } if of == route => {
                    orders.push((request, fact.order));
                    open.insert(request, Asked { at: fact.at, seq: fact.seq, order: fact.order });
                }
                Did::Answer { request, route: of, .. } if of == route => {
                    open.swap_remove(&request);
                }
                _ => {}
            }
        }
        // The platform numbers its requests as they come.
        if !orders.is_sorted_by_key(|(request, _)| *request) {
            orders.sort_by_key(|(request, _)| *request);
        }
        let mut unanswered: Vec<Asked> = open.into_values().collect();
        unanswered.sort_unstable_by_key(|call| call.seq);
        Self { orders, unanswered }
    }

    /// Of which order the request was; the last, where a number came again.
    pub(super) fn order(&self, request: u64) -> Option<Name> {
        let behind = self.orders.partition_point(|(number, _)| *number <= request);
        let (number, order) = *self.orders.get(behind.checked_sub(1)?)?;
        order.filter(|_| number == request)
    }

    /// In the order of the history.
    pub(super) fn unanswered(&self) -> &[Asked] {
        &self.unanswered
    }
}
