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

/// The first effect of the order beyond those that were due, if there is one.
pub(super) fn duplicate(
    facts: &Facts,
    lens: &Lens<'_>,
    order: Name,
    messages: &[Message],
    effects: &[Once],
) -> Option<Shown> {
    let mut first: Map<Option<Name>, Message> = Map::default();
    for message in messages {
        first.entry(message.status).or_insert(*message);
    }
    let mut came: Map<(Option<Name>, Option<Name>), Vec<Once>> = Map::default();
    for effect in effects {
        let status = effect.status.filter(|status| first.contains_key(&Some(*status)));
        let alike = came.entry((effect.key, status)).or_default();
        alike.push(*effect);
        let due = if status.is_some() { 1 } else { first.len() };
        if alike.len() > due {
            let is_due = |message: &&Message| status.is_none() || message.status == status;
            let due: Vec<&Message> = first.values().filter(is_due).collect();
            return Some(shown(facts, lens, order, (messages, &due), alike));
        }
    }
    None
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
