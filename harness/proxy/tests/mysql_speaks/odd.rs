//! What few clients do.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{ChangeUserOpts, Conn};
use pitfall_proxy::{Act, MysqlEvent, MysqlOutcome};

use crate::bench::{Bench, Target, begins, error};
use crate::raw::{Raw, execute, packet};

/// Statements and answers are held, and go on.
async fn hold_all(bench: &Bench) {
    for kind in ["statement", "statement-answered"] {
        bench.inject(kind, kind, begins("", None), Act::Delay(Duration::from_millis(5)), None).await;
    }
}

pub(crate) async fn a_change_of_user(target: Target) {
    let mut bench = Bench::new(target, "users").await;
    hold_all(&bench).await;
    for sql in [
        "DROP USER IF EXISTS baker",
        "CREATE USER baker IDENTIFIED BY 'bread'",
        "GRANT ALL ON users.* TO baker",
    ] {
        bench.does(sql).await;
    }
    let mut conn = Conn::new(bench.options()).await.unwrap();
    conn.exec_drop("INSERT INTO orders VALUES (?)", (1,)).await.unwrap();
    let baker = ChangeUserOpts::new().with_user(Some("baker".into())).with_pass(Some("bread".into()));
    conn.change_user(baker).await.unwrap();
    let who: Option<String> = conn.query_first("SELECT CURRENT_USER()").await.unwrap();
    assert_eq!(who.as_deref(), Some("baker@%"));
    // What was prepared before is gone.
    conn.exec_drop("INSERT INTO orders VALUES (?)", (2,)).await.unwrap();
    let wrong = ChangeUserOpts::new().with_pass(Some("cake".into()));
    conn.change_user(wrong).await.unwrap_err();
    drop(conn);
    assert_eq!(bench.ids().await, [1, 2]);
    bench.does("DROP USER baker").await;
    let events = bench.close().await;
    let login = MysqlEvent::Login { user: "baker".into(), database: Some("users".into()) };
    assert!(events.contains(&login), "{events:#?}");
    let refused = |event: &MysqlEvent| matches!(event, MysqlEvent::LoginFailed { user: Some(user), error } if user == "baker" && error.code == 1045);
    assert!(events.iter().any(refused), "{events:#?}");
}

pub(crate) async fn a_cursor(target: Target) {
    let mut bench = Bench::new(target, "cursors").await;
    bench.does("INSERT INTO orders VALUES (1), (2), (3), (4), (5)").await;
    hold_all(&bench).await;
    let mut raw = Raw::new(&bench).await;
    let id = raw.prepare("SELECT id FROM orders ORDER BY id").await;
    // Read-only.
    raw.send(&packet(0, &[b"\x17", &id.to_le_bytes()[..], b"\x01\x01\0\0\0"].concat())).await;
    let (first, status) = raw.until_eof().await;
    assert_eq!((first.len(), status & 0x40), (2, 0x40), "one column, and a cursor");
    let (mut rows, mut fetches) = (0, 0);
    loop {
        raw.send(&packet(0, &[b"\x1c", &id.to_le_bytes()[..], b"\x02\0\0\0"].concat())).await;
        let (fetched, status) = raw.until_eof().await;
        (rows, fetches) = (rows + fetched.len(), fetches + 1);
        if status & 0x80 != 0 {
            break;
        }
    }
    assert!(rows == 5 && fetches >= 3, "{rows} rows in {fetches}");
    raw.send(&packet(0, &[b"\x19", &id.to_le_bytes()[..]].concat())).await;
    raw.send(&packet(0, b"\x03DELETE FROM orders")).await;
    assert_eq!(raw.outcome().await, (1, 0));
    drop(raw);
    let events = bench.close().await;
    let answers: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            MysqlEvent::Answer { text, outcome, .. } if text.starts_with("SELECT id") => {
                Some(("opened", outcome))
            }
            MysqlEvent::Answer { text, outcome, .. } if text.starts_with("DELETE") => {
                Some(("deleted", outcome))
            }
            _ => None,
        })
        .collect();
    assert!(
        matches!(
            answers[..],
            [
                ("opened", MysqlOutcome::Rows { rows: 0, .. }),
                ("deleted", MysqlOutcome::Ok { affected_rows: 5, .. })
            ]
        ),
        "{answers:?}"
    );
}

pub(crate) async fn executions_in_a_row(target: Target) {
    let mut bench = Bench::new(target, "rows_of_executions").await;
    hold_all(&bench).await;
    let timeout = error(1205, "HY000", "Lock wait timeout exceeded");
    bench.inject("timeout", "statement", begins("INSERT", Some(3)), timeout, None).await;
    let deadlock = error(1213, "40001", "Deadlock found");
    bench.inject("deadlock", "statement", begins("INSERT", Some(6)), deadlock, None).await;
    let mut raw = Raw::new(&bench).await;
    let id = raw.prepare("INSERT INTO orders VALUES (?)").await;
    let mut bytes: Vec<u8> = (1..=4).flat_map(|n| execute(id, true, n)).collect();
    bytes.extend(packet(0, b"\x03BEGIN"));
    bytes.extend((5..=7).flat_map(|n| execute(id, true, n)));
    bytes.extend(packet(0, b"\x03COMMIT"));
    // Nobody waits for an answer.
    raw.send(&bytes).await;
    for (n, expected) in [0, 0, 1205, 0, 0, 0, 1213, 0, 0].into_iter().enumerate() {
        assert_eq!(raw.outcome().await, (1, expected), "answer {n}");
    }
    drop(raw);
    // After the deadlock, 7 is a transaction by itself.
    assert_eq!(bench.ids().await, [1, 2, 4, 7]);
    bench.close().await;
}

/// As the C library does it: types are sent with the first execution, whatever comes of it.
pub(crate) async fn types_that_are_sent_once(target: Target) {
    let mut bench = Bench::new(target, "types").await;
    let timeout = error(1205, "HY000", "Lock wait timeout exceeded");
    bench.inject("timeout", "statement", begins("INSERT", Some(1)), timeout, Some(1)).await;
    let mut raw = Raw::new(&bench).await;
    let id = raw.prepare("INSERT INTO orders VALUES (?)").await;
    for (types, value, expected) in [(true, 1, 1205), (false, 1, 0), (false, -2, 0)] {
        raw.send(&execute(id, types, value)).await;
        assert_eq!(raw.outcome().await, (1, expected), "{value}");
    }
    // Something was sent ahead for an execution that fails: the next does not get it.
    bench.does("ALTER TABLE orders ADD COLUMN note LONGTEXT").await;
    bench.link.remove("timeout").await.unwrap();
    let timeout = error(1205, "HY000", "Lock wait timeout exceeded");
    bench.inject("timeout", "statement", begins("UPDATE", None), timeout, Some(1)).await;
    let id = raw.prepare("UPDATE orders SET note = ? WHERE id = 1").await;
    for expected in [1205, 0] {
        let [i0, i1, i2, i3] = id.to_le_bytes();
        raw.send(&packet(0, &[0x18, i0, i1, i2, i3, 0, 0, b'x', b'y'])).await;
        raw.send(&packet(0, &[0x17, i0, i1, i2, i3, 0, 1, 0, 0, 0, 0, 1, 0xfd, 0])).await;
        assert_eq!(raw.outcome().await, (1, expected));
    }
    drop(raw);
    assert_eq!(bench.ids().await, [-2, 1]);
    bench.does("DELETE FROM orders WHERE note = 'xy'").await;
    assert_eq!(bench.ids().await, [-2]);
    bench.close().await;
}

pub(crate) async fn an_execution_before_its_preparation_is_answered(target: Target) {
    let mut bench = Bench::new(target, "preparations").await;
    hold_all(&bench).await;
    let timeout = error(1205, "HY000", "Lock wait timeout exceeded");
    bench.inject("timeout", "statement", begins("INSERT", None), timeout, Some(1)).await;
    let mut raw = Raw::new(&bench).await;
    for (n, expected) in [(1, 1205), (2, 0)] {
        let prepare = packet(0, b"\x16INSERT INTO orders VALUES (?)");
        raw.send(&[prepare, execute(u32::MAX, true, n)].concat()).await;
        raw.prepared().await;
        assert_eq!(raw.outcome().await, (1, expected));
    }
    drop(raw);
    assert_eq!(bench.ids().await, [2]);
    let events = bench.close().await;
    let texts = events.iter().filter(
        |event| matches!(event, MysqlEvent::Statement { prepared: true, text, .. } if text.starts_with("INSERT")),
    );
    assert_eq!(texts.count(), 2);
}
