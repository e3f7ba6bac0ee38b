//! Races made to happen, every time.

use std::time::Duration;

use pitfall_proxy::{Act, LinkEvent, Outcome};

use crate::bench::{Bench, Target};
use crate::clients::{Client, Failure, Kind};

const KEYS: i64 = 20;
const TOGETHER: Act = Act::Rendezvous { parties: 2, within: Duration::from_secs(60) };
const PAIRS: [(Kind, Kind); 3] =
    [(Kind::Text, Kind::Text), (Kind::Prepared, Kind::Sqlx), (Kind::Sqlx, Kind::Sqlx)];

/// The id that a statement looks for.
fn looks_for(text: &str, params: &[String]) -> Option<String> {
    let rest = text.strip_prefix("SELECT id FROM orders WHERE id = ")?;
    Some(params.first().map_or_else(|| rest.to_owned(), Clone::clone))
}

/// What a consumer does that has no upsert.
async fn look_and_write(client: &mut Client, id: i64) -> (bool, Result<(), Failure>) {
    let found = client.finds(id).await;
    (found, if found { Ok(()) } else { client.insert(id).await })
}

/// Each waits with its answer until the other has one too: both have seen nothing.
pub(crate) async fn two_that_look_before_they_write(target: Target) {
    let mut bench = Bench::new(target, "duplicates").await;
    for pair in PAIRS {
        bench.inject("race", "statement-answered", looks_for, TOGETHER, None).await;
        let (mut a, mut b) = (Client::new(&bench, pair.0).await, Client::new(&bench, pair.1).await);
        for id in 0..KEYS {
            let (a, b) = tokio::join!(look_and_write(&mut a, id), look_and_write(&mut b, id));
            assert!(!a.0 && !b.0, "{pair:?}, key {id}");
            let duplicate = Err(Some((1062, "23000".to_owned())));
            assert!(
                a.1.is_ok() && b.1 == duplicate || b.1.is_ok() && a.1 == duplicate,
                "{pair:?}, key {id}: {a:?} {b:?}"
            );
        }
        bench.link.remove("race").await.unwrap();
        assert_eq!(bench.ids().await, (0..KEYS).collect::<Vec<_>>());
        bench.does("DELETE FROM orders").await;
    }
    all_met(&bench);
    bench.close().await;
}

/// Each waits with its question until the other asks, too.
pub(crate) async fn two_that_ask_together(target: Target) {
    let bench = Bench::new(target, "questions").await;
    for pair in PAIRS {
        bench.inject("race", "statement", looks_for, TOGETHER, None).await;
        let (mut a, mut b) = (Client::new(&bench, pair.0).await, Client::new(&bench, pair.1).await);
        for id in 0..KEYS {
            assert_eq!(tokio::join!(a.finds(id), b.finds(id)), (false, false));
        }
        bench.link.remove("race").await.unwrap();
    }
    all_met(&bench);
    bench.close().await;
}

fn all_met(bench: &Bench) {
    let mut met: Vec<(String, Outcome, usize)> = Vec::new();
    for event in bench.events() {
        if let LinkEvent::Rendezvous { key, outcome, conns, .. } = event {
            met.push((key, outcome, conns.len()));
        }
    }
    let keys = (0..KEYS).map(|id| (id.to_string(), Outcome::Met, 2));
    assert_eq!(met, PAIRS.iter().flat_map(|_| keys.clone()).collect::<Vec<_>>());
}
