//! Placeholders in commands, environment variables, URLs and bodies: `{kafka.bootstrap}`.

/// The names in braces of `text`, in order. A brace that encloses no name (as JSON's) is left alone.
pub fn placeholders(text: &str) -> Vec<&str> {
    pieces(text)
        .filter_map(|piece| match piece {
            Piece::Name(name) => Some(name),
            Piece::Text(_) => None,
        })
        .collect()
}

/// Replaces each placeholder by what `value` gives for it, or the name of the first it does not know.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Name(name) => filled.push_str(&value(name).ok_or_else(|| name.to_owned())?),
        }
    }
    Ok(filled)
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = leading_name(rest) {
            rest = &rest[name.len() + 2..];
            return Some(Piece::Name(name));
        }
        let end = rest.char_indices().skip(1).find(|(_, c)| *c == '{').map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(piece))
    })
}

fn leading_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let name = &inner[..inner.find('}')?];
    let named = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_'));
    named.then_some(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_and_json_is_left_alone() {
        let text = r#"{"merchant": {number:1-5}, "of": "{order}"}"#;
        assert_eq!(placeholders(text), ["number:1-5", "order"]);
        let filled = fill(text, |name| Some(name.len().to_string())).unwrap();
        assert_eq!(filled, r#"{"merchant": 10, "of": "5"}"#);
    }

    #[test]
    fn an_unknown_name_is_told() {
        assert_eq!(fill("a {kafka.url} b", |_| None), Err("kafka.url".to_owned()));
    }
}
