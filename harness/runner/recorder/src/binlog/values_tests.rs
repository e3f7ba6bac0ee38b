//! Values of every kind, as the decoder gives them and as the history has them.

use serde_json::json as j;

use super::*;

fn column(kind: ColumnType, unsigned: bool) -> Column {
    Column {
        name: "c".into(),
        kind,
        unsigned,
        binary: false,
        length: 4,
        labels: vec!["placed".into(), "paid".into()],
    }
}

fn value(value: Sql, kind: ColumnType) -> Value {
    json(BinlogValue::Value(value), &column(kind, false), 45).unwrap()
}

use ColumnType::*;

#[test]
fn integers_have_their_signs() {
    assert_eq!(value(Sql::Int(-5), MYSQL_TYPE_LONG), j!(-5));
    assert_eq!(value(Sql::Int((1 << 24) - 5), MYSQL_TYPE_INT24), j!(-5));
    assert_eq!(value(Sql::Int(-5), MYSQL_TYPE_INT24), j!(-5));
    assert_eq!(integer(-1, &column(MYSQL_TYPE_TINY, true)), j!(255));
    assert_eq!(integer(-1, &column(MYSQL_TYPE_LONGLONG, true)), j!(u64::MAX));
    assert_eq!(value(Sql::UInt(u64::MAX), MYSQL_TYPE_LONGLONG), j!(u64::MAX));
    assert_eq!(value(Sql::Int(i64::MIN), MYSQL_TYPE_LONGLONG), j!(i64::MIN));
}

#[test]
fn enums_and_sets_have_their_labels() {
    assert_eq!(value(Sql::Int(2), MYSQL_TYPE_ENUM), j!("paid"));
    assert_eq!(value(Sql::Int(0), MYSQL_TYPE_ENUM), j!(""));
    assert_eq!(value(Sql::Bytes(vec![3]), MYSQL_TYPE_SET), j!("placed,paid"));
    let bare = Column { labels: vec![], ..column(MYSQL_TYPE_ENUM, false) };
    assert_eq!(json(BinlogValue::Value(Sql::Int(2)), &bare, 0), Ok(j!(2)));
}

#[test]
fn bytes_are_text_or_hex() {
    assert_eq!(value(Sql::Bytes("é".into()), MYSQL_TYPE_VARCHAR), j!("é"));
    assert_eq!(value(Sql::Bytes(vec![0xff, 0]), MYSQL_TYPE_BLOB), j!("0xff00"));
    assert_eq!(value(Sql::Bytes(b"1.50".to_vec()), MYSQL_TYPE_NEWDECIMAL), j!("1.50"));
    assert_eq!(value(Sql::Bytes(vec![1, 1]), MYSQL_TYPE_BIT), j!(257));
    assert_eq!(value(Sql::NULL, MYSQL_TYPE_VARCHAR), Value::Null);
    let id = json(BinlogValue::Value(Sql::Bytes(b"ab".to_vec())), &column(MYSQL_TYPE_STRING, false), BINARY);
    assert_eq!(id, Ok(j!("0x61620000")));
}

#[test]
fn times_are_text() {
    assert_eq!(value(Sql::Date(2026, 1, 2, 0, 0, 0, 0), MYSQL_TYPE_NEWDATE), j!("2026-01-02"));
    assert_eq!(
        value(Sql::Date(2026, 1, 2, 3, 4, 5, 60), MYSQL_TYPE_DATETIME2),
        j!("2026-01-02 03:04:05.000060")
    );
    assert_eq!(value(Sql::Time(true, 1, 2, 3, 4, 0), MYSQL_TYPE_TIME2), j!("-26:03:04"));
    let at = |epoch: &str| value(Sql::Bytes(epoch.into()), MYSQL_TYPE_TIMESTAMP2);
    assert_eq!(at("1700000000"), j!("2023-11-14 22:13:20"));
    assert_eq!(at("951782400.250000"), j!("2000-02-29 00:00:00.250000"));
    assert_eq!(at("4294967295"), j!("2106-02-07 06:28:15"));
    assert_eq!(at("0"), j!("0000-00-00 00:00:00"));
}

#[test]
fn numbers_stay_short() {
    assert_eq!(value(Sql::Float(0.1), MYSQL_TYPE_FLOAT), j!(0.1));
    assert_eq!(value(Sql::Double(0.1), MYSQL_TYPE_DOUBLE), j!(0.1));
}
