//! Figures of an incident in a scenario's text: written as they were, and read at the scale of the run.
//!
//! ```text
//! {time:5min}       a time: divided by `scale.time`, written with its unit               3s
//! {ms:5min}         the same in whole milliseconds                                        3000
//! {count:300}       a number of pieces: divided by `scale.volume`                         10
//! {each:200ms}      the time one piece takes: there are `scale.volume` fewer of them, so
//!                   it is divided by `scale.time` and multiplied by `scale.volume`        60ms
//! {each-ms:200ms}   the same in whole milliseconds                                        60
//! ```
//!
//! They stand in strings. A string that is nothing but one that gives a number is that number, except in `env` and `config`, whose
//! values are texts.

use std::{ops::Range, path::Path, sync::LazyLock, time::Duration};

use regex::Regex;
use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::{diagnostic::Diagnostic, scenario::Scale, text::Text};

/// The scale at which a scenario is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scaling {
    /// Its own.
    #[default]
    Own,
    /// None: figures are as they were in the incident.
    True,
}

/// A scenario's text with its figures filled in, and the scale they have.
pub(crate) struct Filled {
    pub(crate) text: Text,
    pub(crate) scale: Scale,
    /// So many times longer than at its own scale the run takes.
    pub(crate) longer: f64,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    scale: Scale,
}

/// Fills the figures in. A text that is no TOML or tells no scale is left as it is: whoever parses it then says what is wrong.
pub(crate) fn fill(path: &Path, text: &str, scaling: Scaling) -> Result<Filled, Diagnostic> {
    let (Ok(Head { scale: own }), Ok(file)) = (toml::from_str(text), DeTable::parse(text)) else {
        return Ok(Filled { text: text.into(), scale: Scale::default(), longer: 1.0 });
    };
    let (scale, longer) = match scaling {
        Scaling::Own => (own, 1.0),
        Scaling::True => (Scale::default(), own.time),
    };
    let mut filled = Text::from(text);
    for string in strings(file.get_ref(), false) {
        for figure in figures(text, &string) {
            let value = figure.value(scale).map_err(|message| {
                let (path, text, span) = (path.to_owned(), text.to_owned(), figure.span.clone());
                Diagnostic { path, text, span, message }
            })?;
            filled.replace(figure.place, &value);
        }
    }
    Ok(Filled { text: filled, scale, longer })
}

/// A string of the file.
struct Literal {
    /// With its quotes, bytes.
    span: Range<usize>,
    /// Whether it is a text even where it looks like a number.
    is_text: bool,
}

/// Every string, in the order of the text.
fn strings(table: &DeTable<'_>, is_text: bool) -> Vec<Literal> {
    let of_key = |name: &str, value| literals(value, is_text || matches!(name, "env" | "config"));
    let mut all: Vec<Literal> =
        table.iter().flat_map(|(name, value)| of_key(name.get_ref(), value)).collect();
    all.sort_by_key(|string| string.span.start);
    all
}

fn literals(value: &toml::Spanned<DeValue<'_>>, is_text: bool) -> Vec<Literal> {
    match value.get_ref() {
        DeValue::String(_) => vec![Literal { span: value.span(), is_text }],
        DeValue::Array(list) => list.iter().flat_map(|inner| literals(inner, is_text)).collect(),
        DeValue::Table(table) => strings(table, is_text),
        _ => Vec::new(),
    }
}

/// One figure: what it is, and where.
struct Figure<'t> {
    kind: &'t str,
    written: &'t str,
    /// In braces, bytes.
    span: Range<usize>,
    /// What its value replaces.
    place: Range<usize>,
}

fn figures<'t>(text: &'t str, string: &Literal) -> Vec<Figure<'t>> {
    static FIGURE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{(time|ms|count|each|each-ms):([^{}]*)\}").ok());
    let Some(figure) = FIGURE.as_ref() else { return Vec::new() };
    let (raw, from) = (&text[string.span.clone()], string.span.start);
    figure
        .captures_iter(raw)
        .filter_map(|found| {
            let (whole, kind, written) = (found.get(0)?, found.get(1)?.as_str(), found.get(2)?.as_str());
            let is_alone =
                matches!(raw.as_bytes(), [b'"' | b'\'', .., b'"' | b'\'']) && whole.len() + 2 == raw.len();
            let is_number = is_alone && !string.is_text && matches!(kind, "ms" | "count" | "each-ms");
            let span = from + whole.start()..from + whole.end();
            let place = if is_number { string.span.clone() } else { span.clone() };
            Some(Figure { kind, written, span, place })
        })
        .collect()
}

impl Figure<'_> {
    fn value(&self, scale: Scale) -> Result<String, String> {
        match self.kind {
            "count" => self.count(scale.volume).map(|count| count.to_string()),
            "time" => self.time(1.0 / scale.time).map(with_unit),
            "each" => self.time(scale.volume / scale.time).map(with_unit),
            "ms" => self.milliseconds(1.0 / scale.time),
            _ => self.milliseconds(scale.volume / scale.time),
        }
    }

    fn count(&self, volume: f64) -> Result<u64, String> {
        let Ok(count) = self.written.parse::<u32>() else {
            return Err(format!(
                "`{{{}:{}}}` is no number of pieces: write e.g. `{{count:300}}`",
                self.kind, self.written
            ));
        };
        let scaled = f64::from(count) / volume;
        whole(scaled).ok_or_else(|| {
            format!("{count} at a scale of {volume} are {scaled}: a count must be a whole number from 1")
        })
    }

    fn time(&self, factor: f64) -> Result<Duration, String> {
        let (kind, written) = (self.kind, self.written);
        let time = humantime::parse_duration(written)
            .map_err(|error| format!("`{{{kind}:{written}}}`: {error}; write e.g. `{{{kind}:5min}}`"))?;
        let scaled = (time.as_secs_f64() * factor * 1e6).round();
        match whole(scaled) {
            Some(micros) => Ok(Duration::from_micros(micros)),
            None => Err(format!("{written} at this scale are {scaled} µs: a time must be at least 1 µs")),
        }
    }

    fn milliseconds(&self, factor: f64) -> Result<String, String> {
        let time = self.time(factor)?;
        let is_whole = time.subsec_micros().is_multiple_of(1000);
        let not = || {
            format!(
                "{} at this scale are {}: whole milliseconds are wanted here",
                self.written,
                with_unit(time)
            )
        };
        is_whole.then(|| time.as_millis().to_string()).ok_or_else(not)
    }
}

/// The number, if it is a whole one from 1. What a division leaves behind the ninth place is its own doing.
fn whole(number: f64) -> Option<u64> {
    let rounded = number.round();
    let is_whole = (1.0..1e15).contains(&rounded) && (number - rounded).abs() < 1e-9 * rounded.max(1.0);
    is_whole.then_some(rounded as u64)
}

/// In one word, so that it can stand in a condition: the largest unit of which it is a whole number.
fn with_unit(time: Duration) -> String {
    let micros = time.as_micros();
    match () {
        () if micros.is_multiple_of(1_000_000) => format!("{}s", micros / 1_000_000),
        () if micros.is_multiple_of(1_000) => format!("{}ms", micros / 1_000),
        () => format!("{micros}us"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn filled(text: &str, scaling: Scaling) -> Result<Filled, String> {
        fill(Path::new("A3.toml"), text, scaling).map_err(|error| error.to_string())
    }

    const TEXT: &str = r#"
# Not here: {time:5min}
scale = { time = 100, volume = 30 }
story = """
{count:300} orders in {time:1min}."""
within = "{time:5min}"
completed = "{count:300}"
nth = 'x delay_ms={each-ms:200ms} nth={count:300} and after {each:200ms}'
list = ["1..={count:60}", '{count:90}']
[env]
LIMIT = "{ms:5min}"
COUNT = '{count:300}'
"#;

    #[test]
    fn figures_have_the_scale_of_the_file() {
        let filled = filled(TEXT, Scaling::Own).unwrap();
        let own = r#"
# Not here: {time:5min}
scale = { time = 100, volume = 30 }
story = """
10 orders in 600ms."""
within = "3s"
completed = 10
nth = 'x delay_ms=60 nth=10 and after 60ms'
list = ["1..=2", 3]
[env]
LIMIT = "3000"
COUNT = '10'
"#;
        assert_eq!(filled.text.parsed(), own);
        assert_eq!((filled.scale, filled.longer), (Scale { time: 100.0, volume: 30.0 }, 1.0));
    }

    #[test]
    fn at_true_scale_they_are_what_they_were() {
        let filled = filled(TEXT, Scaling::True).unwrap();
        for line in [
            "300 orders in 60s.",
            "within = \"300s\"",
            "completed = 300",
            "delay_ms=200 nth=300 and after 200ms",
        ] {
            assert!(filled.text.parsed().contains(line), "{line}: {}", filled.text.parsed());
        }
        assert_eq!((filled.scale, filled.longer), (Scale::default(), 100.0));
    }

    #[test]
    fn times_have_one_unit() {
        for (time, text) in [(90, "90us"), (1_500_000, "1500ms"), (120_000_000, "120s")] {
            assert_eq!(with_unit(Duration::from_micros(time)), text);
        }
    }

    #[test]
    fn a_file_that_is_wrong_otherwise_is_left_to_its_parser() {
        for text in ["time = \"{time:5min}", "scale = { tme = 1 }\ntime = \"{time:5min}\""] {
            assert_eq!(filled(text, Scaling::Own).unwrap().text.parsed(), text);
        }
    }

    #[test]
    fn what_is_no_figure_is_an_error_at_its_place() {
        for (figure, says) in [
            ("{count:100}", "100 at a scale of 30 are 3.333"),
            ("{count:3}", "3 at a scale of 30 are 0.1: a count must be a whole number from 1"),
            ("{count:many}", "`{count:many}` is no number of pieces"),
            ("{time:5apples}", "`{time:5apples}`: unknown time unit \"apples\""),
            ("{time:5}", "time unit needed"),
            ("{time:0s}", "a time must be at least 1 µs"),
            ("{ms:1ms}", "1ms at this scale are 10us: whole milliseconds are wanted here"),
        ] {
            let text = format!("scale = {{ time = 100, volume = 30 }}\na = \"x\"\nb = \"one {figure}\"\n");
            let error = filled(&text, Scaling::Own).map(|_| ()).unwrap_err();
            assert!(error.contains(says), "{figure}: {error}");
            assert!(error.contains("A3.toml:3:10"), "{figure}: {error}");
        }
    }
}
