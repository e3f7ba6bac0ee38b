//! Which columns of rows are kept.

use std::collections::BTreeSet;

use pitfall_model::Judging;
use serde_json::Value;

/// All columns, or those that something is judged by.
#[derive(Debug, Default)]
pub(super) struct Columns(Option<BTreeSet<String>>);

impl Columns {
    /// Every text in what a run is judged by may be a column: no guarantee has to say which it reads.
    pub(super) fn named_in(judging: &Judging) -> Self {
        let mut texts = BTreeSet::new();
        // What cannot be written as JSON names nothing for certain: then all are kept.
        let Ok(judging) = serde_json::to_value(judging) else {
            return Self(None);
        };
        gather(judging, &mut texts);
        Self(Some(texts))
    }

    pub(super) fn keeps(&self, column: &str) -> bool {
        self.0.as_ref().is_none_or(|kept| kept.contains(column))
    }
}

fn gather(value: Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text);
        }
        Value::Array(all) => all.into_iter().for_each(|one| gather(one, texts)),
        Value::Object(all) => all.into_iter().for_each(|(_, one)| gather(one, texts)),
        _ => {}
    }
}
