//! Text from the wire, shortened for those who read it.

/// At most so many bytes of a text, as text.
pub(super) fn start_of(bytes: &[u8], limit: usize) -> String {
    if bytes.len() <= limit {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    // Not in the middle of a character, which has at most four bytes.
    let end = (limit.saturating_sub(3)..=limit).rev().find(|end| bytes[*end] & 0xc0 != 0x80).unwrap_or(limit);
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The database that a statement changes to, if it is a `USE`.
pub(super) fn used_database(statement: &str) -> Option<String> {
    let (verb, rest) = statement.trim().split_once(char::is_whitespace)?;
    if !verb.eq_ignore_ascii_case("use") {
        return None;
    }
    let name = rest.trim().trim_end_matches(';').trim_end();
    let quoted = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
    let name = quoted.map_or_else(|| name.to_owned(), |name| name.replace("``", "`"));
    // More than a name: several statements in one.
    if quoted.is_none() && name.contains([';', ' ']) { None } else { Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_not_cut_within_a_character() {
        assert_eq!(start_of("añb".as_bytes(), 4), "añb");
        assert_eq!(start_of("añb".as_bytes(), 2), "a");
        assert_eq!(start_of("a€b".as_bytes(), 3), "a");
        assert_eq!(start_of(&[0x80; 9], 4), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_use_names_a_database() {
        let name = |statement| used_database(statement);
        assert_eq!(name(" use\tshop ;").as_deref(), Some("shop"));
        assert_eq!(name("USE `my ``shop`").as_deref(), Some("my `shop"));
        assert_eq!(name("use shop; select 1"), None);
        assert_eq!(name("user"), None);
        assert_eq!(name("select 1"), None);
    }
}
