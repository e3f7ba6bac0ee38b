//! Properties of any history, however torn: judging never panics, and says nothing for sure of a run without its end.

use pitfall_checkers::judge;
use pitfall_model::{History, Outcome};
use proptest::{prelude::*, sample::Index};

use crate::{
    literal::*,
    marked::{correct, full, unmarked},
};

/// Orders, each with every step right: parts, copies, statuses, rows, commits; and an action each, handled again.
fn six() -> History {
    unmarked(&correct(&full(6)))
}

#[test]
fn a_correct_history_is_as_declared() {
    assert_eq!(judge(&six(), &judging()).outcome, Outcome::AsDeclared);
}

proptest! {
    #[test]
    fn judging_never_panics(picked in prop::collection::vec(any::<Index>(), 0..180), truncated: bool) {
        let all = six().events;
        let events = picked.iter().map(|index| index.get(&all).clone()).collect();
        judge(&History { events, truncated }, &judging());
    }

    #[test]
    fn no_subset_of_a_run_without_its_end_is_as_declared(keep in prop::collection::vec(any::<bool>(), 150)) {
        let mut kept = keep.into_iter();
        let mut history = six();
        history.events.pop();
        history.events.retain(|_| kept.next().unwrap_or(true));
        prop_assert_ne!(judge(&history, &judging()).outcome, Outcome::AsDeclared);
    }
}
