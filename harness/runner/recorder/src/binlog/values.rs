//! A value of the binlog as JSON: numbers stay numbers, everything else that is not NULL is text.

use mysql_async::{Value as Sql, binlog::value::BinlogValue, consts::ColumnType};
use serde_json::{Number, Value};

use super::shape::Column;

/// The collation of columns that hold bytes, not text.
const BINARY: u16 = 63;

/// `collation` is the column's, where the metadata has it.
pub(super) fn json(value: BinlogValue<'_>, column: &Column, collation: u16) -> Result<Value, String> {
    let value = match value {
        BinlogValue::Value(value) => value,
        BinlogValue::Jsonb(json) => {
            let text = Value::try_from(json).map_err(|error| format!("JSON in {}: {error}", column.name))?;
            return Ok(Value::String(text.to_string()));
        }
        BinlogValue::JsonDiff(_) => return Err(format!("{} is logged as a partial update", column.name)),
    };
    Ok(match value {
        Sql::NULL => Value::Null,
        Sql::Int(index) if column.kind == ColumnType::MYSQL_TYPE_ENUM => label(index, column),
        Sql::Int(number) => integer(number, column),
        Sql::UInt(number) => number.into(),
        // Through text, or 0.1 as a float would become 0.10000000149011612.
        Sql::Float(number) => real(number.to_string().parse().unwrap_or(f64::from(number))),
        Sql::Double(number) => real(number),
        Sql::Date(y, m, d, ..) if column.kind == ColumnType::MYSQL_TYPE_NEWDATE => {
            Value::String(format!("{y:04}-{m:02}-{d:02}"))
        }
        Sql::Date(y, mo, d, h, mi, s, us) => {
            Value::String(format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}{}", fraction(us)))
        }
        Sql::Time(negative, d, h, mi, s, us) => {
            let hours = d * 24 + u32::from(h);
            let sign = if negative { "-" } else { "" };
            Value::String(format!("{sign}{hours:02}:{mi:02}:{s:02}{}", fraction(us)))
        }
        Sql::Bytes(bytes) => of_bytes(bytes, column, collation),
    })
}

fn of_bytes(mut bytes: Vec<u8>, column: &Column, collation: u16) -> Value {
    match column.kind {
        ColumnType::MYSQL_TYPE_BIT => bits(bytes.iter()).into(),
        ColumnType::MYSQL_TYPE_SET => set(bits(bytes.iter().rev()), column),
        ColumnType::MYSQL_TYPE_TIMESTAMP2 => Value::String(timestamp(&String::from_utf8_lossy(&bytes))),
        ColumnType::MYSQL_TYPE_STRING if collation == BINARY || column.binary => {
            // The binlog leaves out trailing zeros; always in hex, or some ids would be text by chance.
            bytes.resize(bytes.len().max(column.length), 0);
            hex(&bytes)
        }
        _ => String::from_utf8(bytes).map_or_else(|error| hex(error.as_bytes()), Value::String),
    }
}

/// Repairs what the decoder cannot know or gets wrong: signs.
fn integer(number: i64, column: &Column) -> Value {
    let bits = match column.kind {
        ColumnType::MYSQL_TYPE_TINY => 8,
        ColumnType::MYSQL_TYPE_SHORT => 16,
        ColumnType::MYSQL_TYPE_INT24 => 24,
        ColumnType::MYSQL_TYPE_LONG => 32,
        ColumnType::MYSQL_TYPE_LONGLONG => {
            return if column.unsigned { (number as u64).into() } else { number.into() };
        }
        _ => return number.into(),
    };
    let range = 1_i64 << bits;
    let number = number.rem_euclid(range);
    if column.unsigned || number < range / 2 { number.into() } else { (number - range).into() }
}

fn label(index: i64, column: &Column) -> Value {
    // 0 is what a value outside the list became; without a list only the index is known.
    match (usize::try_from(index).ok().and_then(|index| index.checked_sub(1)), column.labels.is_empty()) {
        (_, true) => index.into(),
        (None, false) => Value::String(String::new()),
        (Some(index), false) => {
            column.labels.get(index).map_or(Value::Null, |label| Value::String(label.clone()))
        }
    }
}

fn set(bits: u64, column: &Column) -> Value {
    if column.labels.is_empty() {
        return bits.into();
    }
    let chosen = column.labels.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
    Value::String(chosen.map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(","))
}

fn bits<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

fn real(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn hex(bytes: &[u8]) -> Value {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::String(format!("0x{digits}"))
}

fn fraction(microseconds: u32) -> String {
    if microseconds == 0 { String::new() } else { format!(".{microseconds:06}") }
}

/// `1700000000.5` (seconds since 1970) as `2023-11-14 22:13:20.5`, in UTC whatever the server's zone is.
fn timestamp(epoch: &str) -> String {
    let (whole, fraction) = epoch.split_once('.').map_or((epoch, ""), |(whole, fraction)| (whole, fraction));
    let Ok(seconds) = whole.parse::<i64>() else { return epoch.to_owned() };
    if seconds == 0 {
        return "0000-00-00 00:00:00".into();
    }
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's days-to-civil, with eras of 400 years from 0000-03-01.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let dot = if fraction.is_empty() { "" } else { "." };
    let (h, m, s) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}{dot}{fraction}")
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
