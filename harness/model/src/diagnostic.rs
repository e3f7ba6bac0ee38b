//! Errors in a user's file: what is wrong, where, and the nearest right name.

use std::{fmt, ops::Range, path::PathBuf, sync::LazyLock};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use regex::Regex;

use crate::{nearest::did_you_mean, text::Text};

/// One error in one file; its `Display` shows file, line, column and the place itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Where in it, bytes.
    pub span: Range<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl std::error::Error for Diagnostic {}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string();
        let snippet = Snippet::source(&self.text)
            .path(&path)
            .annotation(AnnotationKind::Primary.span(self.span.clone()));
        let report = Level::ERROR.primary_title(&self.message).element(snippet);
        write!(f, "{}", Renderer::plain().render(&[report]))
    }
}

/// Parses a TOML file into `T`; unknown keys and names are errors with the nearest right one.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(path: PathBuf, text: &Text) -> Result<T, Diagnostic> {
    toml::from_str(text.parsed()).map_err(|error| Diagnostic {
        path,
        text: text.written().to_owned(),
        span: text.written_at(&error.span().unwrap_or(0..0)),
        message: with_nearest(error.message()),
    })
}

/// serde lists every name there is; people want the one they meant, in words of the file.
fn with_nearest(message: &str) -> String {
    if message.starts_with("wanted exactly 1 element") {
        return "exactly one key is wanted here: it says which kind is meant".to_owned();
    }
    static UNKNOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^unknown (field|variant) `([^`]*)`, (?:expected (?:one of )?(.*)|there are no fields)$")
            .ok()
    });
    let Some(parts) = UNKNOWN.as_ref().and_then(|unknown| unknown.captures(message)) else {
        return message.to_owned();
    };
    let kind = if &parts[1] == "field" { "key" } else { "name" };
    let names = parts
        .get(3)
        .map_or("", |names| names.as_str())
        .split(['`', ',', ' '])
        .filter(|name| !name.is_empty() && *name != "or");
    format!("unknown {kind} `{}`{}", &parts[2], did_you_mean(&parts[2], names))
}
