//! A parsed file together with its text, so that an error in it can show its place.

use std::path::PathBuf;

use serde_spanned::Spanned;

use crate::{diagnostic::Diagnostic, nearest::did_you_mean};

/// A parsed file with what errors in it need.
#[derive(Debug, Clone)]
pub struct Source<T> {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What it says.
    pub data: T,
}

impl<T> Source<T> {
    pub(crate) fn error(&self, span: std::ops::Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { path: self.path.clone(), text: self.text.clone(), span, message: message.into() }
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

    /// The place of `text` in the file, where the parser kept none.
    pub(crate) fn find(&self, text: &str) -> std::ops::Range<usize> {
        self.text.find(text).map_or(0..0, |at| at..at + text.len())
    }
}
