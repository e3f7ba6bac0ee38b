//! Errors in place of statements.

use crate::bench::{Bench, Target, begins, error};
use crate::clients::{Client, KINDS};

pub(crate) async fn a_deadlock_rolls_the_transaction_back(target: Target) {
    let mut bench = Bench::new(target, "deadlocks").await;
    let deadlock = error(1213, "40001", "Deadlock found when trying to get lock; try restarting transaction");
    bench.inject("deadlock", "statement", begins("INSERT", Some(2)), deadlock, None).await;
    for kind in KINDS {
        let mut client = Client::new(&bench, kind).await;
        client.run("BEGIN").await.unwrap();
        client.insert(1).await.unwrap();
        assert_eq!(bench.ids().await, [1], "{kind:?}");
        assert_eq!(client.insert(2).await.unwrap_err(), Some((1213, "40001".to_owned())));
        // Not only for the client: nothing is left of it that could be committed.
        assert!(bench.ids().await.is_empty(), "{kind:?}");
        client.run("COMMIT").await.unwrap();
        client.run("BEGIN").await.unwrap();
        client.insert(3).await.unwrap();
        client.run("COMMIT").await.unwrap();
        drop(client);
        assert_eq!(bench.committed().await, [3], "{kind:?}");
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("deadlock"), ["answered with error 1213 (40001)"; 3]);
    bench.close().await;
}

pub(crate) async fn a_lock_wait_that_times_out_undoes_its_statement(target: Target) {
    let mut bench = Bench::new(target, "waits").await;
    let timeout = error(1205, "HY000", "Lock wait timeout exceeded; try restarting transaction");
    bench.inject("timeout", "statement", begins("INSERT", Some(2)), timeout, None).await;
    for kind in KINDS {
        let mut client = Client::new(&bench, kind).await;
        client.run("BEGIN").await.unwrap();
        client.insert(1).await.unwrap();
        assert_eq!(client.insert(2).await.unwrap_err(), Some((1205, "HY000".to_owned())));
        assert_eq!(bench.ids().await, [1], "{kind:?}");
        client.insert(3).await.unwrap();
        client.run("COMMIT").await.unwrap();
        drop(client);
        assert_eq!(bench.committed().await, [1, 3], "{kind:?}");
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("timeout"), ["answered with error 1205 (HY000)"; 3]);
    bench.close().await;
}

pub(crate) async fn any_other_error_fails_its_statement(target: Target) {
    let mut bench = Bench::new(target, "others").await;
    let full = error(1114, "HY000", "The table 'orders' is full");
    bench.inject("full", "statement", begins("INSERT", None), full, Some(2)).await;
    for kind in KINDS {
        let mut client = Client::new(&bench, kind).await;
        for id in [1, 2] {
            // Two of them, over all connections.
            let expected = if kind == KINDS[0] { Err(Some((1114, "HY000".to_owned()))) } else { Ok(()) };
            assert_eq!(client.insert(id).await, expected, "{kind:?}");
        }
        assert_eq!(bench.ids().await, if kind == KINDS[0] { vec![] } else { vec![1, 2] });
        bench.does("DELETE FROM orders").await;
    }
    assert_eq!(bench.bites("full").len(), 2);
    bench.close().await;
}
