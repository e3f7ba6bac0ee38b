//! What an effect shows besides its order: literal events through a lens.

use indexmap::IndexMap;
use pitfall_model::{Change, Effect, Event, Guarantees, Judging, Route, Server, TableEffect, What};

use super::Lens;
use crate::{facts::Facts, published::Published};

fn judging(effect: Effect) -> Judging {
    Judging {
        guarantees: Guarantees::default(),
        effects: IndexMap::from([("shown".to_owned(), effect)]),
        truth: IndexMap::new(),
        expect: vec![],
        promises: vec![],
        must_prove: vec![],
        may_not_come: vec![],
        stall_bound_ms: 500,
    }
}

fn facts(events: impl IntoIterator<Item = (Option<&'static str>, What)>) -> Facts {
    let mut facts = Facts::default();
    for (seq, (order, what)) in (0..).zip(events) {
        let order = order.map(str::to_owned);
        facts.see(&Event { seq, at: seq * 10, link: None, conn: None, order, what });
    }
    facts
}

fn asked(order: &'static str, request: u64, route: &str) -> (Option<&'static str>, What) {
    let (route, method, path) = (route.into(), "GET".into(), "/".into());
    (Some(order), What::Request { request, route, method, path })
}

fn answered(request: u64, route: &str, status: u16) -> (Option<&'static str>, What) {
    (None, What::Answer { request, route: route.into(), status, delay_ms: 0 })
}

#[test]
fn a_call_shows_where_it_is_answered_well_and_is_of_the_order_that_its_request_names() {
    let facts = facts([
        asked("1", 1, "finance"),
        asked("2", 2, "finance"),
        asked("3", 3, "page"),
        answered(2, "finance", 204),
        answered(1, "finance", 500),
        asked("4", 4, "finance"),
        answered(3, "page", 200),
    ]);
    let judging = judging(Effect::Route { route: Route::Finance });
    let lens = Lens::find(&facts, &judging, "shown").unwrap();
    let seen: Vec<_> = facts.all().iter().filter_map(|fact| lens.see(&facts, fact)).collect();
    let shown: Vec<_> = seen.iter().map(|seen| (seen.seq, facts.text(seen.order), seen.key)).collect();
    assert_eq!(shown, [(3, "2", None)]);
    let open: Vec<_> = lens.unanswered().iter().map(|call| (call.at, call.seq, call.order)).collect();
    assert_eq!(open, [(50, 5, facts.name("4"))]);
    assert_eq!(lens.to_string(), "route finance");
    assert!(Lens::table(&facts, &judging, "shown").is_err());
}

#[test]
fn a_row_tells_its_reason_and_its_version() {
    let cells = [("order_id", Some("7")), ("why", Some("poison")), ("revision", None)];
    let row = cells.map(|(column, value)| (column.to_owned(), value.into())).into_iter().collect();
    let (database, table, key) = ("kitchen".to_owned(), "dead_letters".to_owned(), "1".to_owned());
    let (server, change) = (Server::Source, Change::Insert);
    let of = (database.clone(), table.clone());
    let facts =
        facts([(None, What::RowChanged { server, transaction: 3, database, table, change, key, row })]);
    let (reason, version) = (Some("why".to_owned()), Some("revision".to_owned()));
    let (database, table) = of;
    let table = TableEffect { database, table, order: "order_id".into(), status: None, reason, version };
    let lens = Lens::of_table(&facts, &table);
    let seen = lens.see(&facts, &facts.all()[0]).unwrap();
    let text = |name: Option<_>| name.map(|name| facts.text(name));
    assert_eq!((facts.text(seen.order), text(seen.reason)), ("7", Some("poison")));
    assert_eq!((text(seen.version), text(seen.key), seen.transaction), (None, Some("1"), Some(3)));
}

#[test]
fn a_message_tells_its_version() {
    let (topic, key, status, version) = ("order".to_owned(), None, None, Some("4".to_owned()));
    let what = What::Produced { topic, partition: 0, offset: 0, key, status, version, bytes: 1 };
    let facts = facts([(Some("7"), what)]);
    let mut published = Published::new(&facts, "order");
    published.see(&facts.all()[0]);
    let messages = published.into_orders();
    let message = messages.iter().next().unwrap().1[0];
    assert_eq!((message.version, message.order), (facts.name("4"), facts.name("7").unwrap()));
}
