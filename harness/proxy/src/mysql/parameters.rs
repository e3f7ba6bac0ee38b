//! The parameters of a prepared statement, for a reader.

use mysql_common::constants::ColumnType;
use mysql_common::io::ParseBuf;
use mysql_common::value::Value;

use super::statements::{Ahead, Statement};
use super::text::start_of;

/// So many are told.
pub(super) const MAX_PARAMETERS: usize = 32;
/// So much of each.
const MAX_LENGTH: usize = 64;
/// In the second byte of a type.
const UNSIGNED: u8 = 0x80;

/// Reads the parameters of an execution, and remembers their types.
pub(super) fn read(
    mut body: ParseBuf<'_>,
    statement: &mut Statement,
    is_cut: bool,
) -> Result<Vec<String>, String> {
    let ahead = std::mem::take(&mut statement.long);
    if statement.parameters == 0 {
        return Ok(Vec::new());
    }
    let shown = statement.parameters.min(MAX_PARAMETERS);
    let mut read = || -> Option<Vec<String>> {
        let nulls = body.checked_eat(statement.parameters.div_ceil(8))?;
        if body.checked_eat_u8()? == 1 {
            let types = body.checked_eat(2 * statement.parameters)?;
            statement.types = types.chunks_exact(2).take(shown).map(|kind| [kind[0], kind[1]]).collect();
        }
        let mut values = Vec::with_capacity(shown);
        for (n, [kind, flags]) in statement.types.iter().enumerate() {
            let is_null = nulls[n / 8] >> (n % 8) & 1 == 1;
            match ahead.get(&(n as u16)) {
                Some(Ahead { bytes, goes_on: false }) => values.push(format!("<{bytes} bytes>")),
                Some(Ahead { bytes, .. }) => values.push(format!("<more than {bytes} bytes>")),
                None if is_null => values.push("NULL".to_owned()),
                None => match value(&mut body, *kind, flags & UNSIGNED != 0) {
                    Read::Value(value) => values.push(value),
                    Read::Longer(value) => {
                        values.push(value);
                        break;
                    }
                    Read::Unknown => break,
                },
            }
        }
        Some(values)
    };
    let mut values = match read() {
        Some(values) => values,
        None if is_cut => Vec::new(),
        None => return Err("an execution ends within its parameters".to_owned()),
    };
    match statement.parameters - values.len() {
        0 => {}
        more => values.push(format!("… {more} more")),
    }
    Ok(values)
}

/// What was made of a value.
enum Read {
    Value(String),
    /// It goes on behind what is looked at; so does everything after it.
    Longer(String),
    /// Where it ends is not known.
    Unknown,
}

fn value(body: &mut ParseBuf<'_>, kind: u8, unsigned: bool) -> Read {
    use ColumnType::*;
    let Ok(kind) = ColumnType::try_from(kind) else {
        return Read::Unknown;
    };
    let signed = |value: Option<i64>| value.map(|value| value.to_string());
    let text = match (kind, unsigned) {
        (MYSQL_TYPE_NULL, _) => Some("NULL".to_owned()),
        (MYSQL_TYPE_TINY, false) => signed(body.checked_eat_i8().map(i64::from)),
        (MYSQL_TYPE_TINY, true) => signed(body.checked_eat_u8().map(i64::from)),
        (MYSQL_TYPE_SHORT | MYSQL_TYPE_YEAR, false) => signed(body.checked_eat_i16_le().map(i64::from)),
        (MYSQL_TYPE_SHORT | MYSQL_TYPE_YEAR, true) => signed(body.checked_eat_u16_le().map(i64::from)),
        (MYSQL_TYPE_LONG | MYSQL_TYPE_INT24, false) => signed(body.checked_eat_i32_le().map(i64::from)),
        (MYSQL_TYPE_LONG | MYSQL_TYPE_INT24, true) => signed(body.checked_eat_u32_le().map(i64::from)),
        (MYSQL_TYPE_LONGLONG, false) => signed(body.checked_eat_i64_le()),
        (MYSQL_TYPE_LONGLONG, true) => body.checked_eat_u64_le().map(|value| value.to_string()),
        (MYSQL_TYPE_FLOAT, _) => body.checked_eat_f32_le().map(|value| value.to_string()),
        (MYSQL_TYPE_DOUBLE, _) => body.checked_eat_f64_le().map(|value| value.to_string()),
        (MYSQL_TYPE_DATE | MYSQL_TYPE_NEWDATE | MYSQL_TYPE_DATETIME | MYSQL_TYPE_TIMESTAMP, _) => {
            body.checked_eat_u8_str().map(date)
        }
        (MYSQL_TYPE_TIME, _) => body.checked_eat_u8_str().map(time),
        (
            MYSQL_TYPE_VARCHAR
            | MYSQL_TYPE_VAR_STRING
            | MYSQL_TYPE_STRING
            | MYSQL_TYPE_DECIMAL
            | MYSQL_TYPE_NEWDECIMAL
            | MYSQL_TYPE_JSON
            | MYSQL_TYPE_ENUM
            | MYSQL_TYPE_SET
            | MYSQL_TYPE_BIT
            | MYSQL_TYPE_GEOMETRY
            | MYSQL_TYPE_TINY_BLOB
            | MYSQL_TYPE_MEDIUM_BLOB
            | MYSQL_TYPE_LONG_BLOB
            | MYSQL_TYPE_BLOB,
            _,
        ) => return bytes(body),
        _ => None,
    };
    text.map_or(Read::Unknown, Read::Value)
}

/// A string if it is one; of what is long or none, its length.
fn bytes(body: &mut ParseBuf<'_>) -> Read {
    let Some(length) = body.checked_eat_lenenc_int() else {
        return Read::Unknown;
    };
    let Some(bytes) = usize::try_from(length).ok().and_then(|length| body.checked_eat(length)) else {
        return Read::Longer(format!("<{length} bytes>"));
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.len() <= MAX_LENGTH => Read::Value(Value::Bytes(text.into()).as_sql(true)),
        Ok(_) => {
            let start = Value::Bytes(start_of(bytes, MAX_LENGTH).into()).as_sql(true);
            Read::Value(format!("{start}… ({length} bytes)"))
        }
        Err(_) => Read::Value(format!("<{length} bytes>")),
    }
}

/// Year, month and day; hour, minute and second; microseconds: as many of these as are not zero.
fn date(bytes: &[u8]) -> String {
    let mut body = ParseBuf(bytes);
    let year = body.checked_eat_u16_le().unwrap_or(0);
    let mut byte = || body.checked_eat_u8().unwrap_or(0);
    let (month, day, hour, minute, second) = (byte(), byte(), byte(), byte(), byte());
    let micros = body.checked_eat_u32_le().unwrap_or(0);
    Value::Date(year, month, day, hour, minute, second, micros).as_sql(true)
}

/// Whether it is negative; days, hour, minute and second; microseconds.
fn time(bytes: &[u8]) -> String {
    let mut body = ParseBuf(bytes);
    let sign = if body.checked_eat_u8() == Some(1) { "-" } else { "" };
    let days = u64::from(body.checked_eat_u32_le().unwrap_or(0));
    let mut byte = || body.checked_eat_u8().unwrap_or(0);
    let (hour, minute, second) = (byte(), byte(), byte());
    let hours = 24 * days + u64::from(hour);
    match body.checked_eat_u32_le() {
        None | Some(0) => format!("'{sign}{hours:03}:{minute:02}:{second:02}'"),
        Some(micros) => format!("'{sign}{hours:03}:{minute:02}:{second:02}.{micros:06}'"),
    }
}
