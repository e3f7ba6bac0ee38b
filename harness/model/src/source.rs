//! A parsed file together with its text, so that an error in it can show its place.

use std::{ops::Range, path::PathBuf};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{diagnostic::Diagnostic, nearest::did_you_mean, text::Text};

/// A parsed file with what errors in it need.
#[derive(Debug, Clone)]
pub struct Source<T> {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: Text,
    /// What it says.
    pub data: T,
}

impl<T> Source<T> {
    /// An error at these bytes of what was parsed.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        let span = self.text.written_at(&span);
        Diagnostic {
            path: self.path.clone(),
            text: self.text.written().to_owned(),
            span,
            message: message.into(),
        }
    }

    /// The error for a name in this file that is none of `names`, with the nearest of them.
    pub fn unknown<'n>(
        &self,
        kind: &str,
        name: &Spanned<String>,
        names: impl Iterator<Item = &'n str>,
    ) -> Diagnostic {
        let near = did_you_mean(name.as_ref(), names);
        self.error(name.span(), format!("no {kind} is called `{}`{near}", name.as_ref()))
    }

    /// Where a value stands in what was parsed, by the keys that lead to it (in a list of tables, its position): bytes. A table's place is
    /// its key; where the value is not written, it is the nearest table above.
    pub fn place(&self, keys: &[&str]) -> Range<usize> {
        let Ok(file) = DeTable::parse(self.text.parsed()) else { return 0..0 };
        let (mut place, mut value) = (0..0, &DeValue::Table(file.into_inner()));
        for key in keys {
            let found = match value {
                DeValue::Table(table) => table
                    .iter()
                    .find(|(name, _)| name.get_ref() == key)
                    .map(|(name, value)| (name.span(), value)),
                DeValue::Array(list) => {
                    key.parse().ok().and_then(|at: usize| list.get(at)).map(|value| (value.span(), value))
                }
                _ => None,
            };
            let Some((name, inner)) = found else { break };
            let is_table = matches!(inner.get_ref(), DeValue::Table(_));
            place = if is_table { name } else { inner.span() };
            value = inner.get_ref();
        }
        place
    }
}
