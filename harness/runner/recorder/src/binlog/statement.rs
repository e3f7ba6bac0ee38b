//! A Query event: the end of a transaction, harmless DDL, or a change that left no rows.

use std::collections::BTreeMap;

/// What a logged statement means for the rows of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// The rows before it stand.
    Commit,
    /// The rows before it never were.
    Rollback,
    /// It changed rows of the run, or took some back, and no row events tell which.
    Hides(String),
    /// DDL, BEGIN, savepoints, other databases.
    Other,
}

/// `schema` is the session's database; `pending` tells whether rows wait for their commit.
pub(super) fn classify(
    text: &str,
    schema: &str,
    databases: &BTreeMap<String, String>,
    pending: bool,
) -> Statement {
    let text = uncommented(text);
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase();
    let hides = || Statement::Hides(format!("`{}`", text.chars().take(120).collect::<String>()));
    match word.as_str() {
        "COMMIT" => Statement::Commit,
        "ROLLBACK" if text.len() > "ROLLBACK".len() && pending => hides(),
        "ROLLBACK" if text.len() > "ROLLBACK".len() => Statement::Other,
        "ROLLBACK" => Statement::Rollback,
        "XA" if pending => hides(),
        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "LOAD" | "TRUNCATE" | "WITH"
            if databases.contains_key(schema)
                || databases.keys().any(|name| text.contains(name.as_str())) =>
        {
            hides()
        }
        _ => Statement::Other,
    }
}

fn uncommented(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        match text.strip_prefix("/*").and_then(|rest| rest.split_once("*/")) {
            Some((_, rest)) => text = rest,
            None => return text.trim_end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, schema: &str, pending: bool) -> Statement {
        classify(text, schema, &BTreeMap::from([("r1_shop".into(), "shop".into())]), pending)
    }

    #[test]
    fn ends_of_transactions() {
        assert_eq!(of("COMMIT", "x", true), Statement::Commit);
        assert_eq!(of("ROLLBACK", "x", true), Statement::Rollback);
        assert!(matches!(of("ROLLBACK TO `a`", "x", true), Statement::Hides(_)));
        assert_eq!(of("ROLLBACK TO `a`", "x", false), Statement::Other);
    }

    #[test]
    fn statements_that_hide_rows_of_the_run_only() {
        assert!(matches!(of("/* a */ insert into t values (1)", "r1_shop", false), Statement::Hides(_)));
        assert!(matches!(of("TRUNCATE TABLE r1_shop.t", "", false), Statement::Hides(_)));
        assert_eq!(of("TRUNCATE TABLE t", "other", false), Statement::Other);
        assert_eq!(of("CREATE TABLE r1_shop.t (id int)", "r1_shop", false), Statement::Other);
        assert_eq!(of("BEGIN", "r1_shop", false), Statement::Other);
    }
}
