//! The error log's format: where a record begins and ends, and what stands in it.
//!
//! MariaDB 10.11: ``2026-11-22  2:33:06 10 root[root] @ localhost [127.0.0.1] `db` ERROR 1062: message : statement \n``,
//! `NULL` for no database. Statements and messages hold raw newlines. A record longer than 1,023 bytes is cut
//! there, *without* a line end: the next one begins on the same line.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// The longest record that the plugin writes (its buffer of 1,024, less the final zero).
const LONGEST: usize = 1023;

/// A statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u32,
    /// The session's, by its real name.
    pub(super) database: Option<String>,
    pub(super) message: String,
    pub(super) statement: String,
}

/// A header, by which a record is known; `(?-u)` because what is between may be any bytes.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)^\d{4}-\d\d-\d\d [ \d]\d:\d\d:\d\d \d+ [^\n]*? @ [^\n]*?\[[^\]\n]*\] (?:`(?<db>(?:[^`]|``)*)`|(?<null>NULL)) (?<level>ERROR|WARNING|NOTE|Note|Warning) (?<code>\d+): ",
    )
    .ok()
});

/// An error of any format.
static LOOSE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)^\d{4}-\d\d-\d\d [^\n]* ERROR \d+: ").ok());

/// Bytes that are not yet a record.
#[derive(Debug, Default)]
pub(super) struct Records {
    held: Vec<u8>,
    found: Vec<Failure>,
    strange: Option<String>,
}

impl Records {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// A new file begins: what is left of the old one can become no whole record.
    pub(super) fn restart(&mut self) {
        self.part();
        self.held.clear();
    }

    /// Number of bytes that no record was made of.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Takes out every whole record, given that the file ends after what was fed.
    pub(super) fn drain_at_end(&mut self) -> impl Iterator<Item = Failure> {
        self.part();
        self.found.drain(..)
    }

    /// What is wrong, if there was an error in another format than the one that names the database.
    pub(super) fn strange(&self) -> Option<String> {
        let line = self.strange.as_ref()?;
        Some(format!("set sql_error_log_with_db_and_thread_info=ON; the file has `{line}`"))
    }

    fn part(&mut self) {
        let mut at = 0;
        while let Some(rest) = self.held.get(at..).filter(|rest| !rest.is_empty())
            && let Some(length) = first_record(rest)
        {
            let record = rest.get(..length).unwrap_or(rest);
            self.found.extend(parse(record));
            if !is_header(record) && LOOSE.as_ref().is_some_and(|error| error.is_match(record)) {
                self.strange = Some(String::from_utf8_lossy(record).chars().take(200).collect());
            }
            at += length;
        }
        self.held.drain(..at);
    }
}

/// Length of the record that `bytes` begins with; `None` if more must come.
fn first_record(bytes: &[u8]) -> Option<usize> {
    let window = bytes.get(..LONGEST).unwrap_or(bytes);
    let mut after_newline =
        window.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
    // A line that looks like a header within a statement would have to be written so on purpose.
    let next = after_newline.clone().find(|at| bytes.get(*at..).is_some_and(is_header));
    if next.is_some() {
        return next;
    }
    let Some(rest) = bytes.get(LONGEST..) else {
        return bytes.ends_with(b" \n").then_some(bytes.len());
    };
    if !is_header(bytes) {
        // No record of this format: skipped line by line.
        return after_newline.next_back().or(Some(LONGEST));
    }
    (rest.is_empty() || is_header(rest) || rest.len() >= LONGEST).then_some(LONGEST)
}

fn is_header(bytes: &[u8]) -> bool {
    HEADER.as_ref().is_some_and(|header| header.is_match(bytes))
}

fn parse(record: &[u8]) -> Option<Failure> {
    let captures = HEADER.as_ref()?.captures(record)?;
    if captures.name("level")?.as_bytes() != b"ERROR" {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = text(captures.name("code")?.as_bytes()).parse().ok()?;
    let database = captures.name("db").map(|name| text(name.as_bytes()).replace("``", "`"));
    let rest = text(record.get(captures.get(0)?.end()..)?);
    let (message, statement) = split(&rest);
    let statement = statement.strip_suffix('\n').map_or(statement, |s| s.strip_suffix(' ').unwrap_or(s));
    Some(Failure { code, database, message: message.to_owned(), statement: statement.to_owned() })
}

/// Message and statement stand with ` : ` between them, and both may hold one: the first that is not within
/// quotes of the message is taken.
fn split(rest: &str) -> (&str, &str) {
    let mut all = rest.match_indices(" : ").map(|(at, _)| at);
    let unquoted = |at: &usize| rest.get(..*at).is_some_and(|head| head.matches('\'').count() % 2 == 0);
    let at = all.clone().find(unquoted).or_else(|| all.next());
    at.and_then(|at| Some((rest.get(..at)?, rest.get(at + 3..)?))).unwrap_or((rest, ""))
}

/// Whether `text` has `name` as a word of its own.
pub(super) fn names(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}
