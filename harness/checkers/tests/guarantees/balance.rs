//! Balance, on literal histories: of topic `order`, no partition may take more than 60 %, from 4 messages on.

use pitfall_model::{Anomaly::HotPartition, Guarantee::Balance};

use crate::{literal::*, literal_world::*};

/// Messages of topic `order`, each on the partition given.
fn on(partitions: &[i32]) -> Vec<Step> {
    partitions
        .iter()
        .enumerate()
        .map(|(n, to)| produced(&n.to_string(), "placed", n as i64).on(*to))
        .collect()
}

#[test]
fn a_partition_with_more_than_its_share_is_hot() {
    let found = find(Balance, &history(on(&[0, 1, 1, 1, 2, 1])));
    assert_eq!((found.judged, shown(&found)), (6, vec![(HotPartition, "?")]));
    assert_eq!(evidence(&found), [1, 5, 6], "the last message of each partition");
    assert_eq!(sentence(&found), "order/1 took 4 of the topic's 6 messages (66 %), the bound is 60 %");
}

#[test]
fn exactly_the_share_is_not_too_much() {
    let history = history(on(&[0, 0, 0, 1, 1]));
    assert_eq!(shown(&find(Balance, &history)), []);
    assert_eq!(verdict(Balance, &history), "holds");
}

#[test]
fn fewer_messages_than_asked_say_nothing() {
    assert_eq!(verdict(Balance, &history(on(&[1, 1, 1]))), "judged 3 messages, needs 4");
    assert_eq!(verdict(Balance, &history([])), "judged 0 messages, needs 4");
}

#[test]
fn messages_of_no_order_and_of_other_topics() {
    let nobodys = on(&[1, 1]).into_iter().map(|mut step| {
        step.order = None;
        step
    });
    let found = find(Balance, &history(on(&[0, 1, 1]).into_iter().chain(nobodys)));
    assert_eq!((found.judged, shown(&found)), (5, vec![(HotPartition, "?")]));
    let others = (0..9).map(|n| action("w", n));
    assert_eq!(shown(&find(Balance, &history(on(&[0, 0, 1, 1]).into_iter().chain(others)))), []);
}

#[test]
fn later_messages_could_even_it_out_so_a_killed_run_leaves_it_open() {
    let reason = verdict(Balance, &cut(on(&[1, 1, 1, 1])));
    assert!(
        reason.contains("order/1 took 4 of the topic's 4") && reason.contains("the run was killed"),
        "{reason}"
    );
}
