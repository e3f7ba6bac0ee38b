//! Dead letters, on literal histories.

use pitfall_model::{
    Anomaly::{
        DeadLetterMisannounced, DeadLetterMissing, DeadLetterRepeated, DeadLetterWithoutReason, LostMessage,
    },
    Finding,
    Guarantee::{DeadLetter, NoLoss},
};

use crate::{literal::*, literal_calls::*};

const WHY: Option<&str> = Some("status 500");

fn placed(then: impl IntoIterator<Item = Step>) -> Finding {
    let steps = [produced("17", "placed", 0), produced("17", "paid", 1)];
    find(DeadLetter, &history(steps.into_iter().chain(then).chain([committed(2)])))
}

fn told() -> Step {
    alert("order 17 is dead after 3 tries")
}

#[test]
fn one_letter_with_its_reason_and_one_alert_holds() {
    let found = placed([letter("1", "17", None, WHY), told()]);
    assert_eq!((found.judged, shown(&found), found.unknown.len()), (1, vec![], 0));
}

#[test]
fn acknowledged_and_neither_handled_nor_dead_is_missing() {
    let found = placed([]);
    assert_eq!((found.judged, shown(&found)), (0, vec![(DeadLetterMissing, "17")]));
    assert_eq!(evidence(&found), [1, 2, 3]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: placed (order/0 offset 0) was acknowledged at +0.300 s, yet nothing in kitchen.orders shows the order and no dead letter in kitchen.dead_letters tells of it when the run ends"
    );
    assert_eq!(shown(&placed([inserted("17", "paid")])), []);
    let gone = placed([letter("1", "17", None, WHY), told(), letter_gone("1", "17")]);
    assert_eq!(shown(&gone), [(DeadLetterMissing, "17")]);
}

#[test]
fn what_is_not_acknowledged_may_still_be_done() {
    let found = find(DeadLetter, &history([produced("17", "placed", 0)]));
    assert_eq!(shown(&found), []);
    let open =
        "order 17: placed (order/0 offset 0) is neither acknowledged (group kitchen: no commit) nor shown";
    assert_eq!(found.unknown, [open]);
}

#[test]
fn a_second_letter_is_one_too_many() {
    let found = placed([letter("1", "17", None, WHY), told(), letter("2", "17", None, WHY)]);
    assert_eq!(shown(&found), [(DeadLetterRepeated, "17")]);
    assert_eq!(evidence(&found), [3, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: kitchen.dead_letters has the letters 1 (since +0.300 s) and 2 (since +0.500 s) for it when the run ends"
    );
    let taken_back =
        [letter("1", "17", None, WHY), letter_gone("1", "17"), letter("2", "17", None, WHY), told()];
    assert_eq!(shown(&placed(taken_back)), []);
}

#[test]
fn each_message_may_have_its_letter() {
    let both = [letter("1", "17", Some("placed"), WHY), letter("2", "17", Some("paid"), WHY)];
    let found = placed(both.into_iter().chain([told(), told()]));
    assert_eq!((found.judged, shown(&found)), (1, vec![]));
}

#[test]
fn a_letter_for_what_was_handled_is_one_too_many() {
    let found = placed([letter("1", "17", Some("paid"), WHY), told(), inserted("17", "paid")]);
    assert_eq!(shown(&found), [(DeadLetterRepeated, "17")]);
    assert_eq!(evidence(&found), [3, 5]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: paid shows in kitchen.orders (since +0.500 s), yet kitchen.dead_letters has a letter for it since +0.300 s when the run ends"
    );
    let other = [inserted("17", "placed"), letter("1", "17", Some("paid"), WHY), told()];
    assert_eq!(shown(&placed(other)), [], "another message of the order was handled");
    let untold = [inserted("17", "placed"), letter("1", "17", None, WHY), told()];
    assert_eq!(shown(&placed(untold)), [(DeadLetterRepeated, "17")]);
}

#[test]
fn a_letter_says_why() {
    for reason in [None, Some(""), Some("  ")] {
        let found = placed([letter("1", "17", None, reason), told()]);
        assert_eq!(shown(&found), [(DeadLetterWithoutReason, "17")], "{reason:?}");
        assert_eq!(evidence(&found), [3]);
        assert_eq!(
            found.violations[0].sentence,
            "order 17: the letter in kitchen.dead_letters of +0.300 s does not say why the message is dead"
        );
    }
}

#[test]
fn a_letter_is_announced_once() {
    let found = placed([letter("1", "17", None, WHY)]);
    assert_eq!(shown(&found), [(DeadLetterMisannounced, "17")]);
    assert_eq!(evidence(&found), [3]);
    assert_eq!(
        found.violations[0].sentence,
        "order 17: it has a dead letter in kitchen.dead_letters since +0.300 s, yet no alert names it"
    );
    let found = placed([letter("1", "17", None, WHY), told(), told()]);
    assert_eq!(shown(&found), [(DeadLetterMisannounced, "17")]);
    assert_eq!(evidence(&found), [3, 4, 5]);
}

#[test]
fn a_letter_that_is_repeated_may_be_announced_again_or_not() {
    let twice = || [letter("1", "17", None, WHY), letter("2", "17", None, WHY), told()];
    assert_eq!(shown(&placed(twice())), [(DeadLetterRepeated, "17")]);
    assert_eq!(shown(&placed(twice().into_iter().chain([told()]))), [(DeadLetterRepeated, "17")]);
}

#[test]
fn an_alert_names_the_order_that_it_says() {
    let said = |text: &str| {
        let three = produced("3", "placed", 2);
        let steps = [three, inserted("3", "placed"), letter("1", "17", None, WHY), alert(text), committed(3)];
        shown(&placed(steps)).is_empty()
    };
    for text in ["3 tries failed: order 17", "order_id=17, 3 tries", "{\"order\":17}", "17 is dead"] {
        assert!(said(text), "{text}");
    }
    for text in ["order 3 is dead, not 17", "order 170 is dead", "something failed"] {
        assert!(!said(text), "{text}");
    }
}

#[test]
fn a_dead_letter_tells_of_what_no_loss_would_miss() {
    let steps = |with: Vec<Step>| {
        let placed = [produced("17", "placed", 0), committed(1)];
        find(NoLoss, &history(placed.into_iter().chain(with)))
    };
    assert_eq!(shown(&steps(vec![letter("1", "17", None, WHY)])), []);
    let found = steps(vec![letter("1", "17", None, WHY), letter_gone("1", "17")]);
    assert_eq!(shown(&found), [(LostMessage, "17")]);
}
