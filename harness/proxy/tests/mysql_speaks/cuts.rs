//! Connections that are cut before a statement and after it, and what is late.

use std::time::{Duration, Instant};

use futures::FutureExt;
use pitfall_proxy::Act;

use crate::bench::{Bench, Target, begins};
use crate::clients::{Client, KINDS};

pub(crate) async fn a_commit_that_never_came(target: Target) {
    let mut bench = Bench::new(target, "uncommitted").await;
    bench.inject("cut", "statement", begins("COMMIT", None), Act::Cut, None).await;
    for kind in KINDS {
        let mut client = Client::new(&bench, kind).await;
        client.run("BEGIN").await.unwrap();
        client.insert(1).await.unwrap();
        assert_eq!(client.run("COMMIT").await.unwrap_err(), None, "{kind:?}");
        // Waits until the server has rolled back: the row would be a duplicate.
        bench.does("INSERT INTO orders VALUES (1)").await;
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("cut").len(), 3);
    bench.close().await;
}

pub(crate) async fn a_commit_whose_answer_is_lost(target: Target) {
    let mut bench = Bench::new(target, "unanswered").await;
    bench.inject("lost", "statement-answered", begins("COMMIT", None), Act::Cut, None).await;
    for kind in KINDS {
        let mut client = Client::new(&bench, kind).await;
        client.run("BEGIN").await.unwrap();
        client.insert(1).await.unwrap();
        assert_eq!(client.run("COMMIT").await.unwrap_err(), None, "{kind:?}");
        assert_eq!(bench.committed().await, [1], "{kind:?}");
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("lost").len(), 3);
    bench.close().await;
}

const LATE: Duration = Duration::from_millis(400);

pub(crate) async fn a_late_statement(target: Target) {
    let mut bench = Bench::new(target, "late_statements").await;
    bench.inject("late", "statement", begins("INSERT", Some(2)), Act::Delay(LATE), None).await;
    for kind in KINDS {
        let mut client = Client::new(&bench, kind).await;
        client.insert(1).await.unwrap();
        let start = Instant::now();
        client.insert(2).await.unwrap();
        assert!(start.elapsed() >= LATE, "{kind:?}: {:?}", start.elapsed());
        assert_eq!(bench.committed().await, [1, 2]);
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("late"), ["held back for 400ms"; 3]);
    bench.close().await;
}

/// The server has acted long before the client learns of it; it goes on when the fault is removed.
pub(crate) async fn a_late_answer(target: Target) {
    let mut bench = Bench::new(target, "late_answers").await;
    for (n, kind) in KINDS.into_iter().enumerate() {
        let for_ever = Act::Delay(Duration::from_secs(3600));
        bench.inject("late", "statement-answered", begins("INSERT", Some(2)), for_ever, None).await;
        let mut client = Client::new(&bench, kind).await;
        let mut inserting = std::pin::pin!(client.insert(2));
        let held = async {
            while bench.bites("late").len() == n {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            answer = &mut inserting => panic!("{kind:?}: {answer:?}"),
            () = held => {}
        }
        assert_eq!(bench.committed().await, [2], "{kind:?}");
        assert!(inserting.as_mut().now_or_never().is_none(), "{kind:?}: answered");
        bench.link.remove("late").await.unwrap();
        inserting.await.unwrap();
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("late").len(), 3);
    bench.close().await;
}
