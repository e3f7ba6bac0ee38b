//! What is known of a table: names of its columns, labels, key, and where the order id stands.

use std::collections::BTreeMap;

use mysql_async::{
    binlog::events::{OptionalMetaExtractor, OptionalMetadataField, TableMapEvent},
    consts::ColumnType,
};

use super::connect::Described;

/// A table of the run, as one table map event and perhaps `information_schema` describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// The scenario's name.
    pub(super) database: String,
    pub(super) table: String,
    pub(super) columns: Vec<Column>,
    /// Indexes of the primary key's columns, in its order; all columns if there is none.
    pub(super) key: Vec<usize>,
    pub(super) has_key: bool,
    /// Index of the column that holds the order id.
    pub(super) order: Option<usize>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: ColumnType,
    pub(super) unsigned: bool,
    /// Known to hold bytes, not text, without the event's word for it.
    pub(super) binary: bool,
    /// Declared length in bytes, of what the server cuts trailing zeros off (BINARY, UUID).
    pub(super) length: usize,
    /// The labels of an ENUM or SET.
    pub(super) labels: Vec<String>,
}

type Orders = BTreeMap<(String, String), String>;

impl Shape {
    /// From the event alone; `None` if the server logs no column names (`binlog_row_metadata` is not FULL).
    pub(super) fn of_event(
        event: &TableMapEvent<'_>,
        database: &str,
        orders: &Orders,
    ) -> Result<Option<Self>, String> {
        let told = |error: std::io::Error| format!("a table map that cannot be read: {error}");
        let meta = OptionalMetaExtractor::new(event.iter_optional_meta()).map_err(told)?;
        let mut names = Vec::new();
        for name in meta.iter_column_name() {
            names.push(name.map_err(told)?.name().into_owned());
        }
        let mut columns = Self::kinds(event)?;
        if names.len() != columns.len() {
            return Ok(None);
        }
        let mut signs = meta.iter_signedness();
        for (column, name) in columns.iter_mut().zip(names) {
            column.name = name;
            column.unsigned = column.kind.is_numeric_type() && signs.next().unwrap_or_default();
        }
        label(&mut columns, event)?;
        let mut key = Vec::new();
        for index in meta.iter_primary_key() {
            key.push(usize::try_from(index.map_err(told)?).unwrap_or(usize::MAX));
        }
        Ok(Some(Self::new(event, database, columns, key, orders)))
    }

    /// With names, signs, labels and key from `information_schema`.
    pub(super) fn described(
        event: &TableMapEvent<'_>,
        database: &str,
        (described, key): (Vec<Described>, Vec<String>),
        orders: &Orders,
    ) -> Result<Self, String> {
        let mut columns = Self::kinds(event)?;
        if described.len() != columns.len() {
            let (found, logged) = (described.len(), columns.len());
            let table = event.table_name();
            return Err(format!(
                "{database}.{table} has {found} columns now but {logged} in the binlog, whose metadata holds no \
                 names: set binlog_row_metadata=FULL"
            ));
        }
        for (column, Described { name, kind }) in columns.iter_mut().zip(described) {
            column.name = name;
            column.unsigned = kind.contains("unsigned");
            column.binary = ["binary", "uuid", "inet"].iter().any(|bytes| kind.starts_with(bytes));
            column.labels = labels_of(&kind);
        }
        let index = |name: &String| columns.iter().position(|column| column.name == *name);
        let key = key.iter().filter_map(index).collect();
        Ok(Self::new(event, database, columns, key, orders))
    }

    fn new(
        event: &TableMapEvent<'_>,
        database: &str,
        columns: Vec<Column>,
        key: Vec<usize>,
        orders: &Orders,
    ) -> Self {
        let table = event.table_name().into_owned();
        let order = orders.get(&(database.to_owned(), table.clone()));
        let order = order.and_then(|name| columns.iter().position(|column| column.name == *name));
        let has_key = !key.is_empty();
        let key = if has_key { key } else { (0..columns.len()).collect() };
        Self { database: database.into(), table, columns, key, has_key, order }
    }

    fn kinds(event: &TableMapEvent<'_>) -> Result<Vec<Column>, String> {
        let count = usize::try_from(event.columns_count()).unwrap_or_default();
        let kind = |index| match event.get_column_type(index) {
            Ok(Some(kind)) => Ok(Column {
                name: String::new(),
                kind,
                unsigned: false,
                binary: false,
                length: length(kind, event.get_column_metadata(index).unwrap_or_default()),
                labels: Vec::new(),
            }),
            other => Err(format!("column {index} of {} has an unknown type: {other:?}", event.table_name())),
        };
        (0..count).map(kind).collect()
    }
}

/// Of a fixed string column: the upper bits of the length hide in the type's (MySQL bug 37426).
fn length(kind: ColumnType, metadata: &[u8]) -> usize {
    match (kind, metadata) {
        (ColumnType::MYSQL_TYPE_STRING, [high, low]) => {
            usize::from(*low) | (usize::from((high & 0x30) ^ 0x30) << 4)
        }
        _ => 0,
    }
}

/// Labels of ENUM and SET columns, which the metadata lists for each kind in the columns' order.
fn label(columns: &mut [Column], event: &TableMapEvent<'_>) -> Result<(), String> {
    let told = |error: std::io::Error| format!("labels that cannot be read: {error}");
    for field in event.iter_optional_meta() {
        let (kind, lists) = match field.map_err(told)? {
            OptionalMetadataField::EnumStrValue(all) => {
                let texts = all.iter_values().map(|one| {
                    one.map(|one| one.values().iter().map(|label| label.value().into_owned()).collect())
                });
                (ColumnType::MYSQL_TYPE_ENUM, texts.collect::<Result<Vec<Vec<String>>, _>>())
            }
            OptionalMetadataField::SetStrValue(all) => {
                let texts = all.iter_values().map(|one| {
                    one.map(|one| one.values().iter().map(|label| label.value().into_owned()).collect())
                });
                (ColumnType::MYSQL_TYPE_SET, texts.collect::<Result<Vec<Vec<String>>, _>>())
            }
            _ => continue,
        };
        let of_kind = columns.iter_mut().filter(|column| column.kind == kind);
        of_kind.zip(lists.map_err(told)?).for_each(|(column, labels)| column.labels = labels);
    }
    Ok(())
}

/// The labels in a type like `enum('placed','it''s')`.
fn labels_of(kind: &str) -> Vec<String> {
    let list = kind.strip_prefix("enum(").or_else(|| kind.strip_prefix("set("));
    let Some(list) = list.and_then(|list| list.rsplit_once(')')) else { return Vec::new() };
    let inner = list.0.strip_prefix('\'').and_then(|list| list.strip_suffix('\''));
    let labels = inner.unwrap_or_default().split("','");
    labels.map(|label| label.replace("''", "'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_a_declared_type() {
        assert_eq!(labels_of("enum('placed','it''s')"), ["placed", "it's"]);
        assert_eq!(labels_of("set('a','b')"), ["a", "b"]);
        assert!(labels_of("int(10) unsigned").is_empty());
    }

    #[test]
    fn lengths_of_fixed_strings() {
        assert_eq!(length(ColumnType::MYSQL_TYPE_STRING, &[0xfe, 16]), 16);
        assert_eq!(length(ColumnType::MYSQL_TYPE_STRING, &[0xee, 0]), 256);
        assert_eq!(length(ColumnType::MYSQL_TYPE_VARCHAR, &[16, 0]), 0);
    }
}
