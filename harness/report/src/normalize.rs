//! Sentences without what differs from run to run: numbers, order ids, how a group looked, and how a server's brand puts things.

/// Stands for an order's id until numbers are replaced; no sentence has it.
const ORDER: &str = "\u{1}";

/// The sentence with the order's id, and every number, as `<n>`, keys without their table, and how a group looked as `<state>`.
pub(crate) fn normalize(sentence: &str, order: Option<&str>) -> String {
    let sentence = &states(&keys(sentence));
    // An id that is a number goes with the other numbers; as a word of its own it could tear `17.234` apart.
    let is_number = |order: &str| order.chars().all(|c| c.is_ascii_digit());
    let Some(order) = order.filter(|order| !is_number(order)) else { return numbers(sentence) };
    let marked: String = words(sentence).map(|word| if word == order { ORDER } else { word }).collect();
    numbers(&marked).replace(ORDER, "<n>")
}

/// A look meets the group in whatever state it is just then.
fn states(text: &str) -> String {
    behind(text, "the group looked ", ' ', |_| "<state>")
}

/// MySQL says `for key 'orders.PRIMARY'` where MariaDB says `for key 'PRIMARY'`.
fn keys(text: &str) -> String {
    behind(text, "for key '", '\'', |key| key.rsplit('.').next().unwrap_or_default())
}

/// The text with another word for each that stands between `before` and `end`, or the text's end.
fn behind(text: &str, before: &str, end: char, other: impl Fn(&str) -> &str) -> String {
    let mut pieces = text.split(before);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |out, piece| {
        let word = piece.split(end).next().unwrap_or_default();
        out + before + other(word) + &piece[word.len()..]
    })
}

/// The text cut where an id could begin or end: pieces of id characters, and pieces of others.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_id = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let id = is_id(rest.chars().next()?);
        let (word, after) = rest.split_at(rest.find(|c| is_id(c) != id).unwrap_or(rest.len()));
        rest = after;
        Some(word)
    })
}

/// Each run of digits, with a fraction if it has one, as `<n>`.
fn numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..start]);
        out.push_str("<n>");
        rest = after_digits(&rest[start..]);
        let fraction = rest.strip_prefix('.').map(|fraction| (fraction, after_digits(fraction)));
        if let Some((fraction, after)) = fraction
            && fraction.len() > after.len()
        {
            rest = after;
        }
    }
    out + rest
}

fn after_digits(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn keys_lose_their_table() {
        let of_mysql = "Duplicate entry 'x' for key 'orders.PRIMARY'; a 'b.c'";
        assert_eq!(normalize(of_mysql, None), "Duplicate entry 'x' for key 'PRIMARY'; a 'b.c'");
        assert_eq!(normalize("for key 'PRIMARY'", None), "for key 'PRIMARY'");
        assert_eq!(normalize("cut for key 'orders.PRIM", None), "cut for key 'PRIM");
    }

    #[test]
    fn states_go() {
        let sentence = "meanwhile the group looked Stable from outside, members: 2";
        assert_eq!(
            normalize(sentence, None),
            "meanwhile the group looked <state> from outside, members: <n>"
        );
    }

    #[test]
    fn numbers_and_order_ids_go() {
        let sentence = "order 17: placed (order/2 offset 12) was acknowledged at +1.234 s.";
        let expected = "order <n>: placed (order/<n> offset <n>) was acknowledged at +<n> s.";
        assert_eq!(normalize(sentence, Some("17")), expected);
        assert_eq!(normalize("order ab-x: a, abc", Some("ab-x")), "order <n>: a, abc");
        assert_eq!(normalize("order a7b_1 handled", Some("a7b_1")), "order <n> handled");
        assert_eq!(normalize("order 17: of `order`", Some("order")), "<n> <n>: of `<n>`");
    }
}
