//! Orders that fail, and requests that are too many: what either form answers, and tells of it.

use std::time::{Duration, Instant};

use futures::future::join_all;
use pitfall_model::{Delay, Failing, Nodes, Orders, Platform as Data, RateLimit, Route, What};
use pitfall_platform::Seen;
use serde_json::json;
use tokio::time::sleep;

use crate::world::{ALERTS, COLLECT, World, data};

/// Long beyond any test: what it bounds does not end in one.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

const HOUR_MS: u64 = 3_600_000;

/// Orders 7 to 9 fail twice.
pub(crate) fn failing() -> Data {
    let orders = vec![Orders { first: 7, last: 9 }.into()];
    let fails = vec![Failing { route: Route::Ship, orders, status: 503, times: Some(2) }];
    Data { fails, ..data() }
}

/// An order is shipped once; order 7 fails first.
pub(crate) fn once() -> Data {
    let orders = vec![Orders { first: 7, last: 7 }.into()];
    let fails = vec![Failing { route: Route::Ship, orders, status: 503, times: Some(1) }];
    Data { once: Some(Route::Ship), fails, ..data() }
}

/// Two requests are taken in an hour.
pub(crate) fn limited(ban: Option<Duration>) -> Data {
    let limit = RateLimit { route: Route::Ship, requests: 2, per: Delay(HOUR), ban: ban.map(Delay) };
    Data { limit: Some(limit), ..data() }
}

/// One request is taken in 300 ms, and a ban is shorter than that.
pub(crate) fn short() -> Data {
    let ban = Some(Delay(Duration::from_millis(50)));
    let per = Delay(Duration::from_millis(300));
    Data { limit: Some(RateLimit { route: Route::Ship, requests: 1, per, ban }), ..data() }
}

/// Two are taken, the first of which fails; a ban is longer than the time in which they count.
pub(crate) fn of_all_kinds() -> Data {
    let orders = vec![Orders { first: 1, last: 1 }.into()];
    let fails = vec![Failing { route: Route::Ship, orders, status: 500, times: Some(1) }];
    let ban = Some(Duration::from_secs(2 * 3600));
    Data { fails, ..limited(ban) }
}

/// Two nodes that stand one call each.
pub(crate) fn of_nodes() -> Data {
    let nodes = Nodes { route: Route::Detail, number: 2, in_flight: 1, down: Delay(HOUR) };
    Data { nodes: Some(nodes), ..data() }
}

/// Event names with what each says of a ban or a status.
fn told(seen: &[Seen]) -> Vec<String> {
    let one = |seen: &Seen| match &seen.what {
        What::Ban { route, for_ms } => format!("ban {route} {for_ms}"),
        What::NodeDied { route, node, for_ms } => format!("node {node} died {route} {for_ms}"),
        What::Answer { status, delay_ms, .. } => format!("answer {status} {delay_ms}"),
        other => other.name().to_owned(),
    };
    seen.iter().map(one).collect()
}

pub(crate) async fn an_order_is_shipped_once(world: World) {
    let mut answers = Vec::new();
    // By whichever link they come; what failed was not done.
    for (link, order) in [(COLLECT, "7"), (COLLECT, "7"), (ALERTS, "7"), (COLLECT, "7"), (ALERTS, "8")] {
        answers.push(world.ship(link, order).await);
    }
    let statuses: Vec<u16> = answers.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [503, 200, 409, 409, 200]);
    // Whoever asks again is told what the first was given.
    let number = |at: usize| answers[at].2["shipping_number"].as_str().unwrap();
    assert_eq!((number(2), number(3)), (number(1), number(1)));
    // Reading is no such work.
    for _ in 0..2 {
        assert_eq!(world.get(COLLECT, "/shop/orders/7/finance").await.0, 200);
    }
    assert_eq!(told(&world.told().await)[4..6], ["request", "answer 409 0"]);
}

pub(crate) async fn one_that_is_being_shipped_is_not_shipped_again(world: World) {
    world.platform.slow().set(&[(Route::Ship, Some(Delay(HOUR)))].into()).await.unwrap();
    let again = async {
        while world.told().await.len() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
        world.ship(COLLECT, "8").await
    };
    tokio::select! {
        _ = world.ship(COLLECT, "8") => panic!("answered within the hour"),
        (status, retry_after, body) = again => {
            assert_eq!((status, retry_after, body.get("shipping_number")), (409, None, None));
        }
    }
    assert_eq!(told(&world.told().await), ["request", "answer 200 3600000", "request", "answer 409 0"]);
}

pub(crate) async fn orders_fail_so_many_times(world: World) {
    let time = Delay(Duration::from_millis(20));
    world.platform.slow().set(&[(Route::Ship, Some(time))].into()).await.unwrap();
    let mut statuses = Vec::new();
    // By whichever link they come.
    for (link, order) in [(COLLECT, "7"), (COLLECT, "8"), (ALERTS, "7"), (COLLECT, "7"), (COLLECT, "10")] {
        let (status, retry_after, body) = world.ship(link, order).await;
        assert_eq!(retry_after, None);
        assert_eq!(body.get("shipping_number").is_some(), status == 200, "{body}");
        statuses.push(status);
    }
    assert_eq!(statuses, [503, 503, 503, 200, 200]);
    // Another route of the same order is as it was.
    assert_eq!(world.get(COLLECT, "/shop/orders/8/finance").await.0, 200);
    let seen = world.told().await;
    assert_eq!(told(&seen)[..2], ["request", "answer 503 20"]);
    assert_eq!(seen[0].order.as_deref(), Some("7"));
}

pub(crate) async fn a_ban_grows_with_each_request(world: World) {
    for order in ["1", "2"] {
        assert_eq!(world.ship(COLLECT, order).await.0, 200);
    }
    let refused =
        (429, Some("3600".to_owned()), json!({"error": "too many requests", "retry_after_ms": HOUR_MS}));
    for _ in 0..2 {
        assert_eq!(world.ship(COLLECT, "3").await, refused);
    }
    // No other route is banned.
    assert_eq!(world.get(COLLECT, "/shop/orders/3/finance").await.0, 200);
    let seen = world.told().await;
    let (taken, refused) = (["request", "answer 200 0"], ["request", "ban ship 3600000", "answer 429 0"]);
    assert_eq!(told(&seen), [&taken[..], &taken, &refused, &refused, &taken].concat());
    let ban = Seen { link: COLLECT.to_owned(), order: None, what: seen[5].what.clone() };
    assert_eq!(seen[5], ban);
}

pub(crate) async fn a_limit_without_a_ban(world: World) {
    let began = Instant::now();
    for order in ["1", "2"] {
        assert_eq!(world.ship(COLLECT, order).await.0, 200);
    }
    let (status, retry_after, body) = world.ship(COLLECT, "3").await;
    let (retry_after, ms) = (retry_after.unwrap(), body["retry_after_ms"].as_u64().unwrap());
    assert_eq!((status, retry_after), (429, ms.div_ceil(1000).to_string()));
    // Until the first of them counts no more.
    let passed = u64::try_from(began.elapsed().as_millis()).unwrap();
    assert!((HOUR_MS - passed - 1..=HOUR_MS).contains(&ms), "{ms} ms, {passed} ms after the first");
    let (taken, refused) = (["request", "answer 200 0"], ["request", "answer 429 0"]);
    assert_eq!(told(&world.told().await), [taken, taken, refused].concat());
}

pub(crate) async fn connections_and_links_share_the_limit(world: World) {
    let asked = (0..40).map(|at| world.ship(if at % 2 == 0 { COLLECT } else { ALERTS }, "1"));
    let answers = join_all(asked).await;
    assert_eq!(answers.iter().filter(|(status, ..)| *status == 200).count(), 2);
    assert_eq!(answers.iter().filter(|(status, ..)| *status == 429).count(), 38);
    // Before a ban stand the requests that led to it, before an answer that refuses stands its ban.
    let (mut requests, mut bans, mut refused) = (0, 0, 0);
    for line in told(&world.told().await) {
        match &*line {
            "request" => requests += 1,
            "ban ship 3600000" => bans += 1,
            "answer 429 0" => refused += 1,
            taken => assert_eq!(taken, "answer 200 0"),
        }
        assert!(bans == 0 || requests >= bans + 2, "{bans} bans after {requests} requests");
        assert!(refused <= bans, "{refused} refused after {bans} bans");
    }
    assert_eq!((requests, bans, refused), (40, 38, 38));
}

pub(crate) async fn whoever_waits_as_told_is_taken(world: World) {
    // On a machine that is slow enough a request has its time for itself: then the next is too many.
    let told_to_wait = loop {
        let (status, _, body) = world.ship(COLLECT, "1").await;
        if status == 429 {
            break body["retry_after_ms"].as_u64().unwrap();
        }
    };
    assert!((50..=300).contains(&told_to_wait), "{told_to_wait}");
    // The time itself is what was promised.
    sleep(Duration::from_millis(told_to_wait)).await;
    assert_eq!(world.ship(COLLECT, "1").await.0, 200);
}

pub(crate) async fn a_node_falls_over_under_one_call_too_many(world: World) {
    const PATH: &str = "/shop/orders/7";
    // One after the other is no matter, by whichever link.
    for link in [COLLECT, ALERTS, COLLECT] {
        assert_eq!(world.get(link, PATH).await.0, 200);
    }
    world.platform.slow().set(&[(Route::Detail, Some(Delay(HOUR)))].into()).await.unwrap();
    let too_many = async {
        while told(&world.told().await).iter().filter(|line| *line == "answer 200 3600000").count() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
        let mut statuses = Vec::new();
        for link in [COLLECT, ALERTS, COLLECT] {
            statuses.push(world.get(link, PATH).await.0);
        }
        statuses
    };
    tokio::select! {
        _ = world.get(COLLECT, PATH) => panic!("answered within the hour"),
        _ = world.get(ALERTS, PATH) => panic!("answered within the hour"),
        statuses = too_many => assert_eq!(statuses, [503, 503, 503]),
    }
    let told = told(&world.told().await);
    let (first, second) = ("node 1 died detail 3600000", "node 2 died detail 3600000");
    let (lost, again) = (["request", first, "answer 503 0"], ["request", second, "answer 503 0"]);
    assert_eq!(told[told.len() - 8..], [&lost[..], &again, &["request", "answer 503 0"]].concat());
    // No other route has nodes.
    assert_eq!(world.ship(COLLECT, "7").await.0, 200);
}
