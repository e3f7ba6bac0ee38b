//! Who starts what many use, and who waits for it.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;

/// Names one call of `share`: the client and its lease.
pub(super) type Claim = (u64, u64);

/// What a claim gets.
pub(super) enum Grant {
    Start,
    Ready(String),
}

/// All shares by key.
#[derive(Default)]
pub(super) struct Shares {
    by_key: HashMap<String, Entry>,
    born: u64,
}

struct Entry {
    tag: String,
    phase: Phase,
    waiting: VecDeque<(Claim, oneshot::Sender<Grant>)>,
}

enum Phase {
    /// This claim starts it.
    Starting(Claim),
    /// What was started is being killed; then the next waiter starts.
    Ending,
    Ready(String),
    /// A process of it has ended: what is left must be killed before anyone starts it anew.
    Broken,
}

impl Shares {
    pub(super) fn tag(&self, key: &str) -> Option<String> {
        Some(self.by_key.get(key)?.tag.clone())
    }

    /// Lines up. The second value is the tag of a broken share: it must be released, then [`next`](Shares::next) called.
    pub(super) fn claim(&mut self, key: &str, claim: Claim) -> (oneshot::Receiver<Grant>, Option<String>) {
        let (sender, receiver) = oneshot::channel();
        let Some(entry) = self.by_key.get_mut(key) else {
            self.born += 1;
            let phase = Phase::Starting(claim);
            let entry = Entry { tag: format!("share-{}", self.born), phase, waiting: VecDeque::new() };
            self.by_key.insert(key.to_owned(), entry);
            let _ = sender.send(Grant::Start);
            return (receiver, None);
        };
        if let Phase::Ready(json) = &entry.phase {
            let _ = sender.send(Grant::Ready(json.clone()));
            return (receiver, None);
        }
        entry.waiting.push_back((claim, sender));
        let release = matches!(entry.phase, Phase::Broken).then(|| entry.tag.clone());
        if release.is_some() {
            entry.phase = Phase::Ending;
        }
        (receiver, release)
    }

    /// Hands out what the starter has published.
    pub(super) fn publish(&mut self, key: &str, claim: Claim, json: &str) -> Result<(), String> {
        match self.by_key.get_mut(key) {
            Some(entry) if matches!(entry.phase, Phase::Starting(starter) if starter == claim) => {
                entry.phase = Phase::Ready(json.to_owned());
                for (_, waiter) in entry.waiting.drain(..) {
                    let _ = waiter.send(Grant::Ready(json.to_owned()));
                }
                Ok(())
            }
            _ => Err("it is not this caller's to start".into()),
        }
    }

    /// Takes back all claims that `gone` picks. Answers with the key and tag of each share whose starter was among them: it
    /// must be released, then [`next`](Shares::next) called.
    pub(super) fn withdraw(&mut self, gone: impl Fn(Claim) -> bool) -> Vec<(String, String)> {
        let mut left = Vec::new();
        for (key, entry) in &mut self.by_key {
            entry.waiting.retain(|(claim, _)| !gone(*claim));
            if matches!(entry.phase, Phase::Starting(starter) if gone(starter)) {
                entry.phase = Phase::Ending;
                left.push((key.clone(), entry.tag.clone()));
            }
        }
        left
    }

    /// After what was started has been killed: the next waiter becomes the starter.
    pub(super) fn next(&mut self, key: &str) {
        let Some(entry) = self.by_key.get_mut(key) else { return };
        if !matches!(entry.phase, Phase::Ending) {
            return;
        }
        while let Some((claim, waiter)) = entry.waiting.pop_front() {
            if waiter.send(Grant::Start).is_ok() {
                entry.phase = Phase::Starting(claim);
                return;
            }
        }
        self.by_key.remove(key);
    }

    /// A process of the owner with this tag has ended.
    pub(super) fn process_ended(&mut self, tag: &str) {
        for entry in self.by_key.values_mut().filter(|entry| entry.tag == tag) {
            if matches!(entry.phase, Phase::Ready(_)) {
                entry.phase = Phase::Broken;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_waiter_starts_when_the_starter_is_gone() {
        let mut shares = Shares::default();
        let (mut first, _) = shares.claim("k", (1, 1));
        assert!(matches!(first.try_recv(), Ok(Grant::Start)));
        let (mut second, release) = shares.claim("k", (2, 1));
        assert!(release.is_none());

        let left = shares.withdraw(|claim| claim.0 == 1);
        shares.next("k");

        assert_eq!(left.len(), 1);
        assert!(matches!(second.try_recv(), Ok(Grant::Start)));
    }

    #[test]
    fn a_share_whose_process_ended_is_started_anew() {
        let mut shares = Shares::default();
        let _first = shares.claim("k", (1, 1));
        shares.publish("k", (1, 1), "{}").expect("it is the starter");
        shares.process_ended(&shares.tag("k").expect("it exists"));

        let (mut second, release) = shares.claim("k", (2, 1));
        shares.next("k");

        assert!(release.is_some());
        assert!(matches!(second.try_recv(), Ok(Grant::Start)));
    }

    #[test]
    fn only_the_starter_publishes() {
        let mut shares = Shares::default();
        let _first = shares.claim("k", (1, 1));

        assert!(shares.publish("k", (1, 2), "{}").is_err());
    }
}
