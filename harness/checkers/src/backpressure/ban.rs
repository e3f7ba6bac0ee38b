//! Calls of who had been told of a ban.

use pitfall_model::{Anomaly, Route, elapsed};

use crate::{
    facts::{Did, Fact, Facts, Name},
    found::{Found, Shown},
    map::Map,
    platform_calls::{Call, Client},
};

/// A ban as a client was told of it, and what the client did then.
struct Told {
    /// When it is over, as it was told first.
    until: u64,
    /// When it is over, as it was told last.
    known: u64,
    /// The ban, and the 429 that told of it.
    ban: u32,
    answer: u32,
    answered: u64,
    /// The first call that came all the same, and how many came.
    first: Option<Call>,
    calls: usize,
}

/// Judges the calls of one route, in the order in which they began.
pub(super) fn check(facts: &Facts, calls: &[Call], route: Route, found: &mut Found) {
    let bans = bans(facts, route);
    if bans.is_empty() {
        return;
    }
    let mut told: Map<Client, Told> = Map::default();
    for call in calls {
        match told.get_mut(&call.client) {
            Some(told) if call.seq > told.answer && call.at < told.known => {
                told.first.get_or_insert(*call);
                told.calls += 1;
                // What it is told now it knew.
                if let Some(again) = Told::by(call, &bans) {
                    told.known = again.until;
                }
            }
            _ => {
                if let Some(now) = Told::by(call, &bans)
                    && let Some(before) = told.insert(call.client, now)
                {
                    before.finish(facts, call.client, route, found);
                }
            }
        }
    }
    for (client, told) in told {
        told.finish(facts, client, route, found);
    }
}

/// Every ban of the route, when it began or was made longer.
fn bans(facts: &Facts, route: Route) -> Vec<(&Fact, u64)> {
    let route = facts.name(route.name());
    let ban = |fact: &'_ Fact| match fact.did {
        Did::Ban { route: of, for_ms } if Some(of) == route => Some(for_ms.saturating_mul(1_000_000)),
        _ => None,
    };
    facts.all().iter().filter_map(|fact| Some((fact, ban(fact)?))).collect()
}

impl Told {
    /// What the answer to the call told: the ban that began or was made longer by it, told between the two.
    fn by(call: &Call, bans: &[(&Fact, u64)]) -> Option<Self> {
        let answer = call.end.filter(|end| end.status == Some(429))?;
        let (ban, lasts) = bans.get(bans.partition_point(|(ban, _)| ban.seq < call.seq))?;
        let is_its = ban.seq < answer.seq && ban.link == call.client.0;
        let until = ban.at.saturating_add(*lasts);
        is_its.then_some(Self {
            until,
            known: until,
            ban: ban.seq,
            answer: answer.seq,
            answered: answer.at,
            first: None,
            calls: 0,
        })
    }

    fn finish(self, facts: &Facts, (link, conn): Client, route: Route, found: &mut Found) {
        let Some(call) = self.first else { return };
        let link = link.map_or("no link", |link: Name| facts.text(link));
        let of = call.order.map_or_else(String::new, |order| format!(" for order {}", facts.text(order)));
        let (at, told, until) = (elapsed(call.at), elapsed(self.answered), elapsed(self.until));
        let Some(conn) = conn.checked_sub(1) else {
            found.unknown.push(format!(
                "{link} called {}{of} at {at}, during a ban of which it had been told at {told}; but its calls tell no connection: whether who called had been told is not known",
                route.name()
            ));
            return;
        };
        let calls = self.calls;
        let sentence = format!(
            "connection {conn} of {link} called {}{of} at {at}, the first of {calls}, though it had been told at {told} of a ban (429), which was to last until {until}",
            route.name()
        );
        let order = call.order.map(|order| facts.text(order).to_owned());
        found.violations.push(Shown::new(
            Anomaly::CallDuringBan,
            order,
            sentence,
            [self.ban, self.answer, call.seq],
        ));
    }
}
