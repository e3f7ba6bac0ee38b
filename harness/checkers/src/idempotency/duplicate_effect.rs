//! Effects that came more often than messages were published: messages of an output topic, calls that succeeded.

use pitfall_model::{Anomaly, elapsed};

use crate::{
    effects::{Lens, Seen},
    facts::{Facts, Name},
    found::Shown,
    map::Map,
    published::Message,
};

/// One effect of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Once {
    at: u64,
    seq: u32,
    key: Option<Name>,
    status: Option<Name>,
}

impl Once {
    /// None for an effect that cannot be told from others: an output message without a key.
    pub(super) fn of(seen: &Seen, lens: &Lens<'_>) -> Option<Self> {
        let Seen { at, seq, key, status, .. } = *seen;
        (key.is_some() || lens.is_route()).then_some(Self { at, seq, key, status })
    }
}

/// Effects that are counted together: of one key and of one status that was published, where it tells such.
type Kind = (Option<Name>, Option<Name>);

/// Finds effects beyond those that were due, order by order.
pub(super) struct Duplicates<'a> {
    facts: &'a Facts,
    lens: &'a Lens<'a>,
    /// The statuses of the order's messages, sorted, each once.
    statuses: Vec<Option<Name>>,
    /// The order's effects by kind, each with its place.
    kinds: Vec<(Kind, usize)>,
}

impl<'a> Duplicates<'a> {
    pub(super) fn new(facts: &'a Facts, lens: &'a Lens<'a>) -> Self {
        Self { facts, lens, statuses: Vec::new(), kinds: Vec::new() }
    }

    /// The first effect of the order beyond those that were due, if there is one.
    pub(super) fn first(&mut self, order: Name, messages: &[Message], effects: &[Once]) -> Option<Shown> {
        if effects.len() < 2 {
            return None;
        }
        self.statuses.clear();
        self.statuses.extend(messages.iter().map(|message| message.status));
        self.statuses.sort_unstable();
        self.statuses.dedup();
        let published = |status: &Name| self.statuses.binary_search(&Some(*status)).is_ok();
        let kind = |effect: &Once| (effect.key, effect.status.filter(published));
        self.kinds.clear();
        self.kinds.extend(effects.iter().enumerate().map(|(place, effect)| (kind(effect), place)));
        self.kinds.sort_unstable();
        let alike = self.kinds.chunk_by(|(one, _), (other, _)| one == other);
        let beyond = alike.filter_map(|alike| alike.get(..=self.due(alike.first()?.0)));
        let beyond = beyond.min_by_key(|alike| alike.last().map(|(_, place)| *place))?;
        let (_, status) = beyond.first()?.0;
        let came: Vec<Once> = beyond.iter().filter_map(|(_, place)| effects.get(*place)).copied().collect();
        Some(shown(self.facts, self.lens, order, (messages, &due(messages, status)), &came))
    }

    /// How many effects of the kind are due: one for each status, where it cannot be told which it is of.
    fn due(&self, (_, status): Kind) -> usize {
        if status.is_some() { 1 } else { self.statuses.len() }
    }
}

/// The first message of each status, or of this status.
fn due(messages: &[Message], status: Option<Name>) -> Vec<&Message> {
    let mut first: Map<Option<Name>, &Message> = Map::default();
    for message in messages.iter().filter(|message| status.is_none() || message.status == status) {
        first.entry(message.status).or_insert(message);
    }
    first.into_values().collect()
}

fn shown(
    facts: &Facts,
    lens: &Lens<'_>,
    order: Name,
    (messages, due): (&[Message], &[&Message]),
    came: &[Once],
) -> Shown {
    let labels: Vec<String> = due.iter().map(|message| message.label(facts)).collect();
    let times: Vec<String> = came.iter().map(|effect| elapsed(effect.at)).collect();
    let (id, labels) = (facts.text(order), labels.join(", "));
    let sentence = match times.as_slice() {
        [one, other] => {
            format!("order {id}: {labels} had its effect in {lens} at {one}, and again at {other}")
        }
        times => format!(
            "order {id}: {labels} had {} effects in {lens}, one more than there are messages: at {}",
            times.len(),
            times.join(", ")
        ),
    };
    let copies = messages.iter().filter(|message| due.iter().any(|due| due.status == message.status));
    let evidence = copies.map(|message| message.seq).chain(came.iter().map(|effect| effect.seq));
    Shown::new(Anomaly::DuplicateEffect, id.to_owned(), sentence, evidence)
}
