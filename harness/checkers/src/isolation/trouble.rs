//! Who is in trouble, and when.

use pitfall_model::{Change, Route, elapsed};

use crate::{
    by_name::ByName,
    effects::Lens,
    facts::{Did, Fact, Facts, Name},
    platform_calls::{self, Call},
    published::Message,
};

/// An order in trouble.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble {
    pub(super) order: Name,
    from: u64,
    until: u64,
    why: Why,
}

#[derive(Debug, Clone, Copy)]
enum Why {
    /// Its first call that failed.
    Call(Call),
    /// Its message, one of the bulk, and the event in which its effect first showed.
    Bulk(Message, Option<u32>),
}

/// Every order in trouble, and the times in which at least one was.
pub(super) struct Troubles {
    all: Vec<Trouble>,
    /// Orders that are none of the others.
    involved: ByName<bool>,
    /// Ascending, apart from each other.
    times: Vec<(u64, u64)>,
}

/// What there is of an order that may be one of a bulk.
#[derive(Default)]
struct OfBulk {
    message: Option<Message>,
    /// When its effect first showed, and by which event.
    shown: Option<(u64, u32)>,
}

/// What became of an order's calls.
#[derive(Default)]
struct OfOrder {
    unseen: bool,
    trouble: Option<Failing>,
}

#[derive(Clone, Copy)]
struct Failing {
    first: Call,
    until: u64,
    /// Whether its last call so far failed: the next one is another try.
    goes_on: bool,
}

impl Troubles {
    /// Orders whose calls failed; or the sentence that says that there are none.
    pub(super) fn of_calls(facts: &Facts, route: Route) -> Result<Self, String> {
        let mut orders: ByName<OfOrder> = ByName::default();
        for (order, call) in
            platform_calls::of(facts, route).iter().filter_map(|call| Some((call.order?, call)))
        {
            orders.or_insert_with(order, OfOrder::default).see(call);
        }
        let mut involved = ByName::default();
        let mut all = Vec::new();
        for (order, of) in orders.iter() {
            *involved.entry(order) = of.unseen || of.trouble.is_some();
            let trouble = |it: Failing| (it.first.at, it.until, Why::Call(it.first));
            all.extend(of.trouble.map(trouble).map(|(from, until, why)| Trouble { order, from, until, why }));
        }
        Self::new(all, involved)
            .ok_or_else(|| format!("no call of {} failed: nobody was in trouble", route.name()))
    }

    /// Orders with a message of this status, in whatever topic; or the sentence that says that there are none.
    pub(super) fn of_bulk(facts: &Facts, lens: &Lens<'_>, bulk: &str, end: u64) -> Result<Self, String> {
        let status = facts.name(bulk);
        let mut orders: ByName<OfBulk> = ByName::default();
        for fact in facts.all() {
            if let Some(message) = of_status(fact, status) {
                orders.entry(message.order).message.get_or_insert(message);
            }
            if let Some(seen) = lens.see(facts, fact).filter(|seen| seen.change != Change::Delete) {
                orders.entry(seen.order).shown.get_or_insert((seen.at, seen.seq));
            }
        }
        let each = || orders.iter().filter_map(|(order, of)| Some((order, of, of.message?)));
        // All of them are, until the last one's effect shows.
        let shown =
            |(_, of, message): (Name, &OfBulk, Message)| of.shown.map_or(end, |(at, _)| at.max(message.at));
        let until = each().map(shown).max().unwrap_or(end);
        let (mut involved, mut all) = (ByName::default(), Vec::new());
        for (order, of, message) in each() {
            *involved.entry(order) = true;
            let why = Why::Bulk(message, of.shown.map(|(_, seq)| seq));
            all.push(Trouble { order, from: message.at, until, why });
        }
        Self::new(all, involved).ok_or_else(|| format!("no message says {bulk}: nobody was in trouble"))
    }

    /// None where no order was in trouble.
    fn new(all: Vec<Trouble>, involved: ByName<bool>) -> Option<Self> {
        let mut each: Vec<(u64, u64)> = all.iter().map(|trouble| (trouble.from, trouble.until)).collect();
        each.sort_unstable();
        let mut times: Vec<(u64, u64)> = Vec::new();
        for (from, to) in each {
            match times.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => times.push((from, to)),
            }
        }
        (!times.is_empty()).then_some(Self { all, involved, times })
    }

    pub(super) fn is_other(&self, order: Name) -> bool {
        !self.involved.get(order).is_some_and(|is_involved| *is_involved)
    }

    /// Whether an order was in trouble then.
    pub(super) fn had(&self, at: u64) -> bool {
        let next = self.times.partition_point(|(from, _)| *from <= at);
        next.checked_sub(1).and_then(|place| self.times.get(place)).is_some_and(|(_, to)| at <= *to)
    }

    /// An order that was in trouble then.
    pub(super) fn at(&self, at: u64) -> Option<&Trouble> {
        self.all.iter().find(|trouble| trouble.from <= at && at <= trouble.until)
    }
}

impl OfOrder {
    fn see(&mut self, call: &Call) {
        self.unseen |= call.status().is_none();
        let over = call.end.map_or(call.at, |end| end.at);
        match &mut self.trouble {
            None if call.failed() => {
                self.trouble = Some(Failing { first: *call, until: over, goes_on: true });
            }
            Some(trouble) if call.failed() || trouble.goes_on => {
                trouble.until = trouble.until.max(over);
                trouble.goes_on = call.failed();
            }
            _ => {}
        }
    }
}

impl Trouble {
    /// What its trouble is, as part of a sentence.
    pub(super) fn says(&self, facts: &Facts) -> String {
        match &self.why {
            Why::Call(call) => format!(
                "its call, which had failed ({}) at {}, was tried again",
                call.status().unwrap_or_default(),
                elapsed(call.end.map_or(call.at, |end| end.at))
            ),
            Why::Bulk(message, _) => format!(
                "{}, published at {}, was under way with others of its status",
                message.label(facts),
                elapsed(message.at)
            ),
        }
    }

    /// The events that tell of it.
    pub(super) fn events(&self) -> impl Iterator<Item = u32> + use<> {
        let (call, bulk) = match self.why {
            Why::Call(call) => (Some(call), None),
            Why::Bulk(message, shown) => (None, Some([Some(message.seq), shown])),
        };
        call.into_iter().flat_map(|call| call.events()).chain(bulk.into_iter().flatten().flatten())
    }
}

/// The message that the fact tells, if it has the status and an order id.
fn of_status(fact: &Fact, wanted: Option<Name>) -> Option<Message> {
    match fact.did {
        Did::Produced { topic, status, .. } if status.is_some() && status == wanted => {
            Message::told(fact, Some(topic))
        }
        _ => None,
    }
}
