//! Races made to happen: messages of one key that wait for each other.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// How a rendezvous ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All came while the first was held, and went on together.
    Met,
    /// The other came only after the first had gone on: the system itself keeps them apart.
    Serialised,
    /// The others never came.
    Unreached,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::Serialised => "serialised",
            Self::Unreached => "unreached",
        })
    }
}

/// What becomes of a message that comes.
pub(crate) enum Arrival {
    /// It goes on: its key is through, or waits for another connection's.
    Pass,
    /// It waits for this, or for its limit.
    Wait(CancellationToken),
    /// With it the rendezvous has ended, and whoever waited goes on.
    Ended(Outcome, Vec<u64>),
}

/// Where the messages of each key meet.
#[derive(Default)]
pub(crate) struct Meeting {
    keys: Mutex<HashMap<String, Key>>,
}

enum Key {
    /// These wait.
    Waiting {
        conns: Vec<u64>,
        together: CancellationToken,
    },
    /// These waited in vain.
    Alone {
        conns: Vec<u64>,
    },
    Over,
}

impl Meeting {
    /// A message comes on a connection; so many connections are to meet.
    pub(crate) fn arrive(&self, key: &str, conn: u64, parties: usize) -> Arrival {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match keys.get_mut(key) {
            Some(place) => place,
            None => keys
                .entry(key.to_owned())
                .or_insert(Key::Waiting { conns: Vec::new(), together: CancellationToken::new() }),
        };
        let (outcome, conns) = match place {
            Key::Over => return Arrival::Pass,
            Key::Alone { conns } if conns.contains(&conn) => return Arrival::Pass,
            Key::Alone { conns } => (Outcome::Serialised, conns),
            Key::Waiting { conns, together } => {
                if conns.len() + 1 < parties {
                    conns.push(conn);
                    return Arrival::Wait(together.clone());
                }
                together.cancel();
                (Outcome::Met, conns)
            }
        };
        let mut conns = std::mem::take(conns);
        conns.push(conn);
        *place = Key::Over;
        Arrival::Ended(outcome, conns)
    }

    /// The limit of those that wait for a key is over: they go on.
    pub(crate) fn limit(&self, key: &str) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = keys.get_mut(key)
            && let Key::Waiting { conns, together } = place
        {
            together.cancel();
            *place = Key::Alone { conns: std::mem::take(conns) };
        }
    }

    /// Nobody is waited for any more; returned are the keys whose others never came, with who did.
    pub(crate) fn end(&self) -> Vec<(String, Vec<u64>)> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unreached: Vec<_> = keys
            .drain()
            .filter_map(|(key, place)| match place {
                Key::Waiting { conns, .. } | Key::Alone { conns } => Some((key, conns)),
                Key::Over => None,
            })
            .collect();
        unreached.sort();
        unreached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(arrival: Arrival) -> CancellationToken {
        match arrival {
            Arrival::Wait(together) => together,
            Arrival::Pass | Arrival::Ended(..) => panic!("it does not wait"),
        }
    }

    #[test]
    fn those_of_one_key_meet_once() {
        let meeting = Meeting::default();
        let first = waits(meeting.arrive("17", 1, 2));
        let other = waits(meeting.arrive("18", 2, 2));
        assert!(matches!(meeting.arrive("17", 3, 2), Arrival::Ended(Outcome::Met, conns) if conns == [1, 3]));
        assert!(first.is_cancelled() && !other.is_cancelled());
        assert!(matches!(meeting.arrive("17", 4, 2), Arrival::Pass));
        assert_eq!(meeting.end(), [("18".to_owned(), vec![2])]);
    }

    #[test]
    fn who_comes_after_the_limit_was_kept_apart() {
        let meeting = Meeting::default();
        let first = waits(meeting.arrive("17", 1, 2));
        meeting.limit("17");
        assert!(first.is_cancelled());
        assert!(matches!(meeting.arrive("17", 1, 2), Arrival::Pass), "it does not meet itself");
        let ended = meeting.arrive("17", 2, 2);
        assert!(matches!(ended, Arrival::Ended(Outcome::Serialised, conns) if conns == [1, 2]));
        assert_eq!(meeting.end(), []);
    }

    #[test]
    fn who_waited_in_vain_is_told() {
        let meeting = Meeting::default();
        drop((meeting.arrive("17", 1, 2), meeting.arrive("18", 1, 2)));
        meeting.limit("18");
        assert_eq!(meeting.end(), [("17".to_owned(), vec![1]), ("18".to_owned(), vec![1])]);
        assert_eq!(meeting.end(), []);
    }
}
