//! Environment-isolation: nothing of another environment is taken.
//!
//! A message of the other environment is one in `topic`. It is *taken* when the group commits past it (whether or not the commit is
//! taken back), or when its order has an effect. An effect tells its order only: it counts as the message's where the order stands
//! in no other topic but the effect's own.
//!
//! **Judged:** every message of the other environment that names its order, if anything at all is seen of the group.
//!
//! **`foreign-message-handled`:** a message of the other environment was taken. One violation an order, with its first commit, or
//! where there is none its first effect.
//!
//! **Unknown:** nothing is seen of the group; or the effect shows an order that stands in another topic, too, and nothing was
//! committed past its messages here: whose effect it is cannot be told.

use pitfall_model::{Anomaly, Change, Effect, Judging, OfEnvironments, elapsed};

use crate::{
    by_name::ByName,
    commits::{Commit, Commits},
    effects::{Lens, Seen},
    facts::{Did, Fact, Facts, Name},
    found::{Found, Shown},
    published::{Message, Published},
};

const UNIT: &str = "messages";

/// Judges one history.
pub(crate) fn check(facts: &Facts, bounds: &OfEnvironments, judging: &Judging) -> Found {
    let lens = match Lens::find(facts, judging, &bounds.effect) {
        Ok(lens) => lens,
        Err(why) => return Found::nothing(UNIT, why),
    };
    let (mut published, mut commits) =
        (Published::new(facts, &bounds.topic), Commits::new(facts, &bounds.group, &bounds.topic));
    let mut shows: ByName<Seen> = ByName::default();
    for fact in facts.all() {
        published.see(fact);
        commits.see(fact);
        if let Some(seen) = lens.see(facts, fact).filter(|seen| seen.change != Change::Delete) {
            shows.or_insert_with(seen.order, || seen);
        }
    }

    let foreign = published.into_orders();
    let at_home = at_home(facts, bounds, judging, |order| foreign.has(order) && shows.has(order));
    let judge = Judge { facts, bounds, lens: &lens, commits: &commits };
    let mut found = Found::new(UNIT);
    found.judged = foreign.iter().map(|(_, messages)| messages.len()).sum();
    if !is_seen(facts, &bounds.group) {
        let why =
            format!("nothing is seen of group {}: whether it leaves {} alone", bounds.group, bounds.topic);
        return Found::nothing(UNIT, format!("{why} cannot be told"));
    }
    for (order, messages) in foreign.iter() {
        match (judge.acknowledged(order, messages), shows.get(order), at_home.get(order)) {
            (Some(shown), _, _) => found.violations.push(shown),
            (None, Some(seen), None) => found.violations.extend(judge.effect(order, messages, seen)),
            (None, Some(seen), Some(topic)) => found.unknown.push(judge.whose(order, seen, *topic)),
            (None, None, _) => {}
        }
    }
    found
}

/// Each order of interest with a topic where it stands, too: neither the other environment's, nor the effect's.
fn at_home(
    facts: &Facts,
    bounds: &OfEnvironments,
    judging: &Judging,
    is_of_interest: impl Fn(Name) -> bool,
) -> ByName<Name> {
    let effect = match judging.effects.get(&bounds.effect) {
        Some(Effect::Topic(effect)) => facts.name(&effect.topic),
        _ => None,
    };
    let others = [facts.name(&bounds.topic), effect];
    let mut at_home = ByName::default();
    for fact in facts.all() {
        if let (Did::Produced { topic, .. }, Some(order)) = (fact.did, fact.order)
            && !others.contains(&Some(topic))
            && is_of_interest(order)
        {
            at_home.or_insert_with(order, || topic);
        }
    }
    at_home
}

/// Whether any event tells of the group: a commit, a member that joined.
fn is_seen(facts: &Facts, group: &str) -> bool {
    let Some(asked) = facts.name(group) else { return false };
    let of = |fact: &Fact| match fact.did {
        Did::Committed { group, .. }
        | Did::OffsetCommit { group, .. }
        | Did::GroupJoined { group, .. }
        | Did::GroupSynced { group, .. }
        | Did::GroupHeartbeat { group, .. } => group == asked,
        _ => false,
    };
    facts.all().iter().any(of)
}

struct Judge<'a> {
    facts: &'a Facts,
    bounds: &'a OfEnvironments,
    lens: &'a Lens<'a>,
    commits: &'a Commits<'a>,
}

impl Judge<'_> {
    fn acknowledged(&self, order: Name, messages: &[Message]) -> Option<Shown> {
        let past = |message: &Message| self.commits.past(message).map(|by| (*message, by));
        let (message, by): (Message, Commit) =
            messages.iter().filter_map(past).min_by_key(|(_, by)| by.seq)?;
        let says = format!("was acknowledged by group {} at {}", self.bounds.group, elapsed(by.at));
        Some(self.shown(order, &message, &says, by.seq))
    }

    fn effect(&self, order: Name, messages: &[Message], seen: &Seen) -> Option<Shown> {
        let says = format!("showed in {} at {}", self.lens, elapsed(seen.at));
        Some(self.shown(order, messages.first()?, &says, seen.seq))
    }

    fn shown(&self, order: Name, message: &Message, says: &str, by: u32) -> Shown {
        let (id, label) = (self.facts.text(order), message.label(self.facts));
        let sentence = format!("order {id}: {label}, a message of another environment, {says}");
        Shown::new(Anomaly::ForeignMessageHandled, id.to_owned(), sentence, [message.seq, by])
    }

    fn whose(&self, order: Name, seen: &Seen, topic: Name) -> String {
        format!(
            "order {}: it stands in topic {} and in topic {}: whose effect {} shows (since {}) cannot be told",
            self.facts.text(order),
            self.bounds.topic,
            self.facts.text(topic),
            self.lens,
            elapsed(seen.at),
        )
    }
}
