//! Progress: where the committed offset went, on literal histories of group `worker` on topic `action`.

use pitfall_model::{
    Anomaly::{OffsetRewound, OffsetSkipped, SilentCommitFailure},
    Guarantee::Progress,
};

use crate::{literal::*, literal_world::*};

#[test]
fn an_offset_that_goes_back_is_rewound() {
    let found = find(Progress, &history([worked(4), worked(7), worked(5), worked(3), worked(8)]));
    assert_eq!(shown(&found), [(OffsetRewound, "?")], "the first of its partition");
    assert_eq!(evidence(&found), [2, 3]);
    assert_eq!(
        sentence(&found),
        "action/0: group worker committed 5 at +0.300 s, after 7 at +0.200 s: its offset went back"
    );
}

#[test]
fn each_partition_has_its_offset() {
    assert_eq!(
        shown(&find(Progress, &history([worked(7), worked(5).on(1), worked(7), worked(6).on(1)]))),
        []
    );
    let found = find(Progress, &history([worked(7), worked(5).on(1), worked(6), worked(4).on(1)]));
    assert_eq!(shown(&found), [(OffsetRewound, "?"), (OffsetRewound, "?")]);
    let others = [worked(7), committed(3), worked(8), committed(1)];
    assert_eq!(shown(&find(Progress, &history(others))), [], "another group");
}

#[test]
fn a_rewind_that_was_seen_is_a_rewind_though_the_run_was_killed() {
    assert_eq!(verdict(Progress, &cut([worked(7), worked(5)])), "violated");
}

#[test]
fn a_commit_past_what_nobody_was_given_is_a_skip() {
    let actions = (4..9).map(|offset| action(&format!("w{offset}"), offset));
    let steps = actions.chain([fetched(4, 5), worked(6), worked(8), fetched(8, 8), worked(9)]);
    let found = find(Progress, &history(steps));
    assert_eq!(shown(&found), [(OffsetSkipped, "?")]);
    assert_eq!(evidence(&found), [3, 8]);
    assert_eq!(
        sentence(&found),
        "action/0: group worker committed 8 at +0.800 s, past 2 messages that no consumer had been given (the first: order w6, offset 6)"
    );
}

#[test]
fn a_skip_of_one_message_is_of_its_order() {
    let steps = [action("w1", 0), action("w2", 1), fetched(1, 1), worked(2)];
    let found = find(Progress, &history(steps));
    assert_eq!((shown(&found), evidence(&found)), (vec![(OffsetSkipped, "w1")], vec![1, 4]));
    assert!(sentence(&found).ends_with("a message that no consumer had been given (order w1, offset 0)"));
}

#[test]
fn offsets_without_a_message_are_nobodys() {
    let steps = [action("w1", 0), action("w2", 7), fetched(0, 0), fetched(7, 7), worked(1), worked(8)];
    assert_eq!(shown(&find(Progress, &history(steps))), []);
}

#[test]
fn answers_may_come_in_any_order_and_overlap() {
    let actions = (0..6).map(|offset| action(&format!("w{offset}"), offset));
    let given = [fetched(3, 5), fetched(0, 1), fetched(0, 4), worked(6)];
    assert_eq!(shown(&find(Progress, &history(actions.clone().chain(given)))), []);
    let gap = [fetched(4, 5), fetched(0, 2), fetched(4, 4), worked(6)];
    assert_eq!(shown(&find(Progress, &history(actions.chain(gap)))), [(OffsetSkipped, "w3")]);
}

#[test]
fn where_no_link_reads_what_is_given_skips_are_not_judged() {
    let steps = [action("w1", 0), handled("w1", "a"), worked(5)];
    assert_eq!(verdict(Progress, &history(steps)), "holds");
}

#[test]
fn what_was_not_committed_past_is_not_skipped() {
    let steps = [action("w1", 0), action("w2", 1), fetched(0, 0), handled("w1", "a"), worked(1)];
    assert_eq!(verdict(Progress, &history(steps)), "holds");
}

#[test]
fn an_answer_may_have_passed_unseen_so_a_killed_run_leaves_a_skip_open() {
    let reason = verdict(Progress, &cut([action("w1", 0), action("w2", 1), fetched(1, 1), worked(2)]));
    assert!(
        reason.contains("no consumer had been given") && reason.contains("the run was killed"),
        "{reason}"
    );
}

#[test]
fn a_rewind_stands_beside_what_it_leads_to() {
    let steps = [
        action("w1", 0),
        fetched(0, 0),
        handled("w1", "a"),
        worked(1),
        worked(0),
        handled("w1", "a"),
        worked(1),
    ];
    let found = find(Progress, &history(steps));
    assert_eq!(shown(&found), [(OffsetRewound, "?")]);
    let without = [action("w1", 0), fetched(0, 0), handled("w1", "a"), handled("w1", "a"), worked(1)];
    assert_eq!(shown(&find(Progress, &history(without))), [(SilentCommitFailure, "w1")]);
}
