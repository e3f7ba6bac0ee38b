//! What either form answers, and tells of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use pitfall_model::{Delay, Route, What};
use pitfall_platform::Seen;
use serde_json::{Value, json};

use crate::world::{ALERTS, COLLECT, World};

/// What is told of one request by `collect->platform`, the `number`th; all but those to ship are GETs.
fn told_of(number: u64, order: Option<&str>, route: &str, path: &str, status: u16) -> [Seen; 2] {
    let seen = |what| Seen { link: COLLECT.to_owned(), order: order.map(str::to_owned), what };
    let method = if route == "ship" { "POST" } else { "GET" };
    let (request, route, method, path) = (number, route.to_owned(), method.to_owned(), path.to_owned());
    let answer = What::Answer { request, route: route.clone(), status, delay_ms: 0 };
    [seen(What::Request { request, route, method, path }), seen(answer)]
}

fn ids(body: &Value) -> Vec<u64> {
    body["orders"].as_array().unwrap().iter().map(|order| order["id"].as_u64().unwrap()).collect()
}

pub(crate) async fn pages(world: World) {
    let first = "/shop/orders?window=3&status=shipped&page=1";
    let (status, body) = world.get(COLLECT, first).await;
    assert_eq!((status, ids(&body), &body["more"]), (200, (300_000..300_100).collect(), &json!(true)));
    let (_, body) = world.get(COLLECT, "/shop/orders?window=3&status=shipped&page=2").await;
    assert_eq!((ids(&body), &body["more"]), ((300_100..300_130).collect(), &json!(false)));
    // Completed orders come after the shipped ones: data keep the order they were written in.
    let (_, body) = world.get(COLLECT, "/shop/orders?window=3&status=completed&page=2&page_size=15").await;
    assert_eq!((ids(&body), &body["more"]), ((300_145..300_150).collect(), &json!(false)));
    assert_eq!(body["orders"][0]["status"], "completed");
    let (_, body) = world.get(COLLECT, "/shop/orders?window=3&status=lost&page=1").await;
    assert_eq!((ids(&body), &body["more"]), (vec![], &json!(false)));
    assert_eq!(world.told().await[..2], told_of(1, Some("3"), "page", first, 200));
}

pub(crate) async fn pages_asked_wrong(world: World) {
    let path = "/shop/orders?status=shipped&page=1";
    assert_eq!(world.get(COLLECT, path).await, (400, json!({"error": "window, status and page are needed"})));
    assert_eq!(world.told().await, told_of(1, None, "none", path, 400));
}

pub(crate) async fn finance(world: World) {
    let path = "/shop/orders/300007/finance";
    let first = world.get(COLLECT, path).await;
    // The amount is the seed's: the same in either form, and again.
    assert_eq!(first, (200, json!({"order": 300_007, "amount": AMOUNT})));
    assert_eq!(world.get(COLLECT, path).await, first);
    assert_ne!(world.get(COLLECT, "/shop/orders/300008/finance").await.1["amount"], AMOUNT);
    assert_eq!(world.told().await[..2], told_of(1, Some("3"), "finance", path, 200));
}

const AMOUNT: &str = "718.52";

pub(crate) async fn shipping(world: World) {
    let path = "/shop/orders/17/ship?job=3";
    let first = world.post(COLLECT, path, "").await;
    // The number is the seed's, as an amount is.
    assert_eq!(first, (200, json!({"order": 17, "shipping_number": NUMBER})));
    let (_, again) = world.post(COLLECT, "/shop/orders/17/ship", "{}").await;
    assert_eq!(again, first.1);
    let (_, other) = world.post(COLLECT, "/shop/orders/18/ship", "").await;
    assert_ne!(other["shipping_number"], NUMBER);
    // Only so, and only of an order.
    assert_eq!(world.get(COLLECT, "/shop/orders/17/ship").await, (404, json!({})));
    assert_eq!(world.post(COLLECT, "/shop/orders/none/ship", "").await, (404, json!({})));
    assert_eq!(world.told().await[..2], told_of(1, Some("17"), "ship", path, 200));
}

const NUMBER: &str = "SNB8D4B1DAC6413C8A";

pub(crate) async fn detail(world: World) {
    let first = world.get(COLLECT, "/shop/orders/17").await;
    // The seed's, as an amount is.
    let answer = json!({"order_id": 17, "merchant": MERCHANT, "status": "placed", "dishes": DISHES});
    assert_eq!(first, (200, answer));
    assert_eq!(world.get(COLLECT, "/shop/orders/17").await, first);
    assert_ne!(world.get(COLLECT, "/shop/orders/18").await.1["dishes"], json!(DISHES));
    // Only of an order.
    assert_eq!(world.get(COLLECT, "/shop/orders/none").await, (404, json!({})));
    assert_eq!(world.told().await[..2], told_of(1, Some("17"), "detail", "/shop/orders/17", 200));
}

const MERCHANT: u32 = 4;
const DISHES: &[&str] = &["dish 22", "dish 7", "dish 19"];

pub(crate) async fn alerts(world: World) {
    assert_eq!(world.post(ALERTS, "/alerts", r#"{"text":"it is late"}"#).await.0, 200);
    assert_eq!(world.post(ALERTS, "/alerts", "no JSON").await.0, 200);
    let told = world.told().await;
    let names: Vec<&str> = told.iter().map(|seen| seen.what.name()).collect();
    assert_eq!(names, ["request", "alert", "answer", "request", "alert", "answer"]);
    let texts = [&told[1].what, &told[4].what];
    assert_eq!(texts, [&What::Alert { text: "it is late".into() }, &What::Alert { text: "no JSON".into() }]);
}

pub(crate) async fn unknown_routes(world: World) {
    assert_eq!(world.get(COLLECT, "/shop/orders/none/finance").await, (404, json!({})));
    assert_eq!(world.get(COLLECT, "/").await, (404, json!({})));
    let mut expected = told_of(1, None, "none", "/shop/orders/none/finance", 404).to_vec();
    expected.extend(told_of(2, None, "none", "/", 404));
    assert_eq!(world.told().await, expected);
}

pub(crate) async fn times_set_while_it_runs(world: World) {
    let path = "/shop/orders/300007/finance";
    let (slow, long) = (world.platform.slow(), Duration::from_millis(150));
    let times = |finance, page| BTreeMap::from([(Route::Finance, finance), (Route::Page, page)]);
    let ship = |time| BTreeMap::from([(Route::Ship, time)]);
    world.get(COLLECT, path).await;
    let was = slow.set(&times(Some(Delay(long)), Some(Delay(Duration::from_secs(1))))).await.unwrap();
    assert_eq!(was, times(None, None));
    // What was answered before has been told.
    assert_eq!(world.told_so_far().len(), 2);
    let began = Instant::now();
    world.get(COLLECT, path).await;
    assert!(began.elapsed() >= long, "answered after {:?}", began.elapsed());
    // Another route is as quick as it was, and one that is not named stays as it is.
    world.post(ALERTS, "/alerts", "{}").await;
    let page = BTreeMap::from([(Route::Page, None)]);
    let was = world.platform.slow().set(&page).await.unwrap();
    assert_eq!(was, BTreeMap::from([(Route::Page, Some(Delay(Duration::from_secs(1))))]));
    world.get(COLLECT, "/shop/orders?window=3&status=shipped&page=1").await;
    assert_eq!(slow.set(&times(None, None)).await.unwrap(), times(Some(Delay(long)), None));
    world.get(COLLECT, path).await;
    slow.set(&ship(Some(Delay(Duration::from_millis(20))))).await.unwrap();
    world.ship(COLLECT, "17").await;
    let delays = world.told().await.into_iter().filter_map(|seen| match seen.what {
        What::Answer { delay_ms, .. } => Some(delay_ms),
        _ => None,
    });
    assert_eq!(delays.collect::<Vec<_>>(), [0, 150, 0, 0, 0, 20]);
}
