//! Whether a later message of an order was applied while an earlier one was still to be tried again.

use pitfall_model::{Anomaly, elapsed};

use super::{
    Judge,
    turns::{Applied, first_applied},
};
use crate::{calls_by_order::Call, facts::Name, found::Shown, map::Map, published::Message};

/// A message whose call failed, and the first of the order that was applied after that.
struct Overtaken<'a> {
    message: &'a Message,
    failed: &'a Call,
    later: (&'a Message, Applied),
}

impl Judge<'_> {
    /// Judges whether what is tried again keeps its order's turn.
    pub(super) fn reordered(&self, applied: &[Applied]) -> Option<Shown> {
        let mut places: Map<Name, usize> = Map::default();
        for (place, message) in self.messages.iter().enumerate() {
            if places.insert(message.status?, place).is_some() {
                return None;
            }
        }
        let first = first_applied(self.messages, applied);
        let is_before = |message: &Message, seq: u32| {
            message.status.and_then(|status| first.get(&status)).is_some_and(|applied| applied.seq < seq)
        };
        let mut front = 0;
        let mut looked_at = None;
        for (index, call) in self.calls.iter().enumerate() {
            while self.messages.get(front).is_some_and(|message| is_before(message, call.seq)) {
                front += 1;
            }
            let message = self.messages.get(front)?;
            if looked_at == Some(front) || message.seq >= call.seq {
                continue;
            }
            let Some(failed) = call.failed() else { continue };
            looked_at = Some(front);
            let from = applied.partition_point(|applied| applied.seq <= failed.seq);
            let next = applied[from..].iter().find_map(|applied| {
                let place = *places.get(&applied.status)?;
                (place >= front && applied.at >= failed.at).then_some((place, *applied))
            });
            let Some((place, by)) = next.filter(|(place, _)| *place > front) else { continue };
            let overtaken = Overtaken { message, failed: call, later: (&self.messages[place], by) };
            let again = self.again(&overtaken, index, |seq| is_before(message, seq));
            if let Some(again) = again {
                return Some(self.overtaken(&overtaken, again));
            }
        }
        None
    }

    /// The call by which the message was tried again, where it can be of no other and had tries left.
    fn again(
        &self,
        overtaken: &Overtaken<'_>,
        failed: usize,
        was_applied: impl Fn(u32) -> bool,
    ) -> Option<&Call> {
        let (_, by) = overtaken.later;
        let next = self.calls.partition_point(|call| call.seq < by.seq);
        let tries = self.calls[failed..next].iter().filter(|call| call.failed().is_some()).count();
        if tries >= self.bounds.attempts {
            return None;
        }
        let is_last = |turn: &super::Turn| turn.published == turn.applied + 1;
        let (call, _) = self.calls[next..].iter().zip(&self.turns[next..]).find(|(_, turn)| is_last(turn))?;
        let is_its_own = !was_applied(call.seq) && self.hand_overs.between(by.seq, call.seq).is_none();
        is_its_own.then_some(call)
    }

    fn overtaken(&self, overtaken: &Overtaken<'_>, again: &Call) -> Shown {
        let Overtaken { message, failed, later: (later, by) } = overtaken;
        let id = self.facts.text(self.order);
        let sentence = format!(
            "order {id}: {} was applied at {}, after the call for {} at {} had failed and before that was tried again at {}",
            later.label(self.facts),
            elapsed(by.at),
            message.label(self.facts),
            elapsed(failed.at),
            elapsed(again.at)
        );
        let evidence = [message.seq, later.seq, by.seq, again.seq].into_iter().chain(failed.events());
        Shown::new(Anomaly::ReorderedByRetry, id.to_owned(), sentence, evidence)
    }
}
