//! Fills: rows that are in a table before the system works with it, put there by the servers themselves.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::{
    diagnostic::Diagnostic,
    scenario::{Scenario, Step},
    source::Source,
    system::System,
};

/// `[fills.NAME]`: what rows a table is filled with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fill {
    /// The database.
    pub database: Spanned<String>,
    /// The table.
    pub table: String,
    /// Column to SQL expression, in which `n` is the row's number, from 1.
    pub columns: IndexMap<String, String>,
}

/// Rows that a step puts into a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedFill {
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
    /// Column to SQL expression.
    pub columns: IndexMap<String, String>,
    /// Number of the first row.
    pub first: u64,
    /// Number of the last row.
    pub last: u64,
}

/// Plans the fills of steps, one step after the other.
pub(crate) struct Fills<'a> {
    scenario: &'a Source<Scenario>,
    system: &'a System,
    /// Fill to the number of rows that the steps so far have put in.
    rows: BTreeMap<&'a str, u64>,
}

impl<'a> Fills<'a> {
    pub(crate) fn new(scenario: &'a Source<Scenario>, system: &'a System) -> Self {
        Self { scenario, system, rows: BTreeMap::new() }
    }

    /// A step says how many rows there are when it is done: those that are missing are put in.
    pub(crate) fn step(&mut self, step: &'a Step) -> Result<Vec<PlannedFill>, Diagnostic> {
        step.fill.iter().map(|(name, rows)| self.one(name, *rows)).collect()
    }

    fn one(&mut self, name: &'a Spanned<String>, rows: u64) -> Result<PlannedFill, Diagnostic> {
        let fills = &self.scenario.data.fills;
        let Some((_, fill)) = fills.iter().find(|(known, _)| known.as_ref() == name.as_ref()) else {
            return Err(self.scenario.unknown(
                "fill",
                name,
                fills.keys().map(|known| known.as_ref().as_str()),
            ));
        };
        let wrong = |message| Err(self.scenario.error(name.span(), message));
        let database = fill.database.as_ref();
        if !self.system.databases.contains_key(database) {
            let known = self.system.databases.keys().map(String::as_str);
            return Err(self.scenario.unknown("database", &fill.database, known));
        }
        let name_of = name.as_ref();
        if fill.columns.is_empty() {
            return wrong(format!(
                "fill `{name_of}` says nothing of its rows: write e.g. `columns = {{ id = \"n\" }}`"
            ));
        }
        let had = self.rows.insert(name_of, rows).unwrap_or_default();
        if rows <= had {
            return wrong(format!(
                "fill `{name_of}` has {had} rows by then: say how many there are to be, more than that"
            ));
        }
        Ok(PlannedFill {
            database: database.clone(),
            table: fill.table.clone(),
            columns: fill.columns.clone(),
            first: had + 1,
            last: rows,
        })
    }
}
