//! Whether an order's message was given up with tries left.

use pitfall_model::{Anomaly, elapsed};

use super::Judge;
use crate::{
    calls_by_order::Call,
    commits::{Acknowledged, Commit},
    found::{Found, Shown},
    published::Message,
};

impl Judge<'_> {
    /// Judges how the order's calls ended.
    pub(super) fn gave_up(&self, found: &mut Found) {
        let Some(last) = self.calls.last() else { return };
        let succeeded = self.calls.iter().filter(|call| call.succeeded().is_some()).count();
        let tries = self.calls.len() - succeeded;
        let due: Vec<&Message> = self.messages.iter().filter(|message| message.seq < last.seq).collect();
        let Some((newest, before)) = due.split_last().filter(|_| due.len() > succeeded) else { return };
        if last.succeeded().is_some() || tries >= self.bounds.attempts {
            return;
        }
        let id = self.facts.text(self.order);
        let Some(answer) = last.answer else {
            found.unknown.push(format!(
                "order {id}: the call at {} was never answered: whether it had to be tried again is not known",
                elapsed(last.at)
            ));
            return;
        };
        let open = before.iter().find(|message| self.acknowledgement(message).is_none()).unwrap_or(newest);
        match self.acknowledgement(open) {
            Some(by) => found.violations.push(self.given_up(newest, by, answer.at, tries)),
            None => found.unknown.push(format!(
                "order {id}: the call of {} failed, and {} is not acknowledged ({}): it may be tried again",
                elapsed(last.at),
                open.label(self.facts),
                self.commits.last_in_words(open.partition)
            )),
        }
    }

    /// The commit that acknowledges the message when the history ends.
    fn acknowledgement(&self, message: &Message) -> Option<Commit> {
        match self.commits.acknowledged(message) {
            Acknowledged::Yes(by) => Some(by),
            Acknowledged::TakenBack(_) | Acknowledged::No => None,
        }
    }

    fn given_up(&self, message: &Message, by: Commit, failed: u64, tries: usize) -> Shown {
        let id = self.facts.text(self.order);
        let sentence = format!(
            "order {id}: {} was acknowledged at {} and not tried again, though its call had failed at {}: the last of {tries}, and the budget is {}",
            message.label(self.facts),
            elapsed(by.at),
            elapsed(failed),
            self.bounds.attempts
        );
        let failed = self.calls.iter().filter(|call| call.succeeded().is_none());
        let evidence = [message.seq, by.seq].into_iter().chain(failed.flat_map(Call::events));
        Shown::new(Anomaly::GaveUpEarly, id.to_owned(), sentence, evidence)
    }
}
