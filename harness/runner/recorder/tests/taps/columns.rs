//! The binlog tap: what stands in the columns of a row.

use std::collections::BTreeMap;

use pitfall_model::{Server, What};
use pitfall_recorder::Tap;
use serde_json::{Value, json};

use crate::{
    Named, binlog,
    world::{LIMIT, World, run},
};

pub(crate) const TRIALS: &[Named] = &[
    ("every_type_has_its_value", |world| Box::pin(values(world))),
    ("rows_follow_the_table_s_changes", |world| Box::pin(altered(world))),
];

/// Type, what is inserted, what is recorded.
fn types() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("TINYINT UNSIGNED", "200", json!(200)),
        ("SMALLINT", "-32768", json!(-32768)),
        ("MEDIUMINT", "-5", json!(-5)),
        ("INT UNSIGNED", "4294967295", json!(u32::MAX)),
        ("BIGINT UNSIGNED", "18446744073709551615", json!(u64::MAX)),
        ("BIGINT", "-9223372036854775808", json!(i64::MIN)),
        ("DECIMAL(12, 2)", "-1234567.5", json!("-1234567.50")),
        ("FLOAT", "0.1", json!(0.1)),
        ("DOUBLE", "0.1", json!(0.1)),
        ("BIT(10)", "b'1000000001'", json!(513)),
        ("YEAR", "2026", json!("2026")),
        ("DATE", "'2026-02-03'", json!("2026-02-03")),
        ("DATETIME(6)", "'2026-02-03 04:05:06.000007'", json!("2026-02-03 04:05:06.000007")),
        ("TIMESTAMP(6) NULL", "'2026-01-02 03:04:05.678'", json!("2026-01-02 03:04:05.678000")),
        ("TIMESTAMP NULL", "'2026-01-02 03:04:05'", json!("2026-01-02 03:04:05")),
        ("TIME(3)", "'-26:03:04.5'", json!("-26:03:04.500000")),
        ("CHAR(5)", "'é'", json!("é")),
        ("VARCHAR(300)", "REPEAT('ab', 150)", json!("ab".repeat(150))),
        ("MEDIUMTEXT", "REPEAT('ü', 40000)", json!("ü".repeat(40_000))),
        ("VARCHAR(5) CHARACTER SET ascii", "'a'", json!("a")),
        ("BLOB", "x'ff00'", json!("0xff00")),
        ("BINARY(4)", "x'61000000'", json!("0x61000000")),
        ("VARBINARY(4)", "x'fe00'", json!("0xfe00")),
        ("ENUM('placed', 'paid')", "'paid'", json!("paid")),
        ("SET('a', 'b', 'c')", "'a,c'", json!("a,c")),
        ("JSON", r#"'{"a": [1, 2.5, null, true, "é"]}'"#, json!(r#"{"a":[1,2.5,null,true,"é"]}"#)),
        ("INT", "NULL", Value::Null),
    ]
}

async fn values(world: &World) {
    let (mut conn, database) = world.database().await;
    let types = types();
    let columns: Vec<_> =
        types.iter().enumerate().map(|(index, (kind, ..))| format!("c{index} {kind}")).collect();
    let values: Vec<_> = types.iter().map(|(_, value, _)| *value).collect();
    run(&mut conn, &["SET time_zone = '+00:00'"]).await;
    run(&mut conn, &[&format!("CREATE TABLE t (id INT PRIMARY KEY, {})", columns.join(", "))]).await;
    let tap = binlog::tap(world, &database, Server::Source).await;
    run(&mut conn, &[&format!("INSERT INTO t VALUES (1, {})", values.join(", "))]).await;
    run(&mut conn, &["UPDATE t SET c0 = 7", "DELETE FROM t"]).await;
    tap.catch_up(LIMIT).await.unwrap();
    let mut rows = rows(world).into_iter();
    let mut expected: BTreeMap<String, Value> = BTreeMap::from([("id".to_owned(), json!(1))]);
    for (index, (kind, _, value)) in types.into_iter().enumerate() {
        // MariaDB keeps a JSON text as it was written.
        let value = if kind == "JSON" { unspaced(&value) } else { value };
        expected.insert(format!("c{index}"), value);
    }
    assert_same(rows.next().unwrap(), &expected);
    expected.insert("c0".into(), json!(7));
    assert_same(rows.next().unwrap(), &expected);
    assert_same(rows.next().unwrap(), &expected);
    tap.stop().await;
}

async fn altered(world: &World) {
    let (mut conn, database) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY, a INT)"]).await;
    let tap = binlog::tap(world, &database, Server::Source).await;
    run(&mut conn, &["INSERT INTO t VALUES (1, 2)", "ALTER TABLE t ADD COLUMN b VARCHAR(9) FIRST"]).await;
    run(&mut conn, &["INSERT INTO t VALUES ('x', 2, 3)", "ALTER TABLE t DROP COLUMN a"]).await;
    run(&mut conn, &["INSERT INTO t (id, b) VALUES (2, 'y') ON DUPLICATE KEY UPDATE b = VALUES(b)"]).await;
    run(&mut conn, &["REPLACE INTO t (id, b) VALUES (3, 'z')"]).await;
    tap.catch_up(LIMIT).await.unwrap();
    let expected = [
        json!({"id": 1, "a": 2}),
        json!({"b": "x", "id": 2, "a": 3}),
        json!({"b": "y", "id": 2}),
        json!({"b": "z", "id": 3}),
    ];
    assert_eq!(rows(world).into_iter().map(|row| json!(row)).collect::<Vec<_>>(), expected);
    tap.stop().await;
}

fn rows(world: &World) -> Vec<BTreeMap<String, Value>> {
    world.seen(|event| match &event.what {
        What::RowChanged { row, .. } => {
            Some(row.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        _ => None,
    })
}

fn assert_same(found: BTreeMap<String, Value>, expected: &BTreeMap<String, Value>) {
    for (name, value) in expected {
        let found = found.get(name).unwrap_or_else(|| panic!("no column {name}"));
        let found = if value.as_str().is_some_and(|text| text.starts_with('{')) {
            unspaced(found)
        } else {
            found.clone()
        };
        assert_eq!(&found, value, "{name}");
    }
    assert_eq!(found.len(), expected.len());
}

fn unspaced(value: &Value) -> Value {
    json!(value.as_str().unwrap().replace(' ', ""))
}
