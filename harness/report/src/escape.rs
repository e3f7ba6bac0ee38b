//! Text made safe for Markdown.

/// For a paragraph or a table cell: one line, with nothing that Markdown would take for a cell's end, a tag or emphasis.
pub(crate) fn text(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// As it is typed, in a paragraph.
pub(crate) fn code(text: &str) -> String {
    let longest = longest_fence(text);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code block whose fence no line of it can close.
pub(crate) fn block(code: &str) -> String {
    let fence = "`".repeat(longest_fence(code).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", code.trim_end())
}

/// How many backticks stand in a row at most.
fn longest_fence(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{block, text};

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(text("a | b\n<br> `c`"), "a \\| b &lt;br> \\`c\\`");
    }

    #[test]
    fn a_block_stays_a_block() {
        assert_eq!(block("a\n```\nb\n"), "````text\na\n```\nb\n````");
    }
}
