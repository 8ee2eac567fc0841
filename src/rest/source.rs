//! What the parser does not give: the comments above an operation, and the order of a variable's parts.
//!
//! GraphQL writes a variable's default before its directives (`$size: Int = 10 @from(name: "limit")`); the parser of
//! async-graphql 7 takes them in the reverse order only. The documents follow GraphQL, so that every other tool reads
//! them, and are turned round here, before parsing. Text moves within one variable only: all other positions stay.

use std::ops::Range;

/// The document with the default value of every variable moved behind its directives.
pub(super) fn defaults_last(text: &str) -> String {
    let tokens = tokens(text);
    let mut turned = String::with_capacity(text.len());
    let mut done = 0;
    for (default, directives) in swaps(text, &tokens) {
        turned.push_str(&text[done..default.start]);
        turned.push_str(&text[directives.clone()]);
        turned.push_str(&text[default.end..directives.start]);
        turned.push_str(&text[default]);
        done = directives.end;
    }
    turned.push_str(&text[done..]);
    turned
}

/// Whether the document extends types; if not, it holds operations and fragments.
pub(super) fn extends_types(text: &str) -> bool {
    tokens(text).first().is_some_and(|first| &text[first.clone()] == "extend")
}

/// The comment lines right above line `line` (one-based), without `#` and one blank.
pub(super) fn comment_above(text: &str, line: usize) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let above = lines.get(..line.saturating_sub(1)).unwrap_or(&lines);
    let mut comment: Vec<&str> = above.iter().rev().map_while(|line| comment_text(line)).collect();
    comment.reverse();
    comment
}

/// The comment that opens the document, if a blank line sets it apart from what follows.
pub(super) fn opening_comment(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map_while(comment_text).collect();
    let next = text.lines().nth(lines.len())?;
    (!lines.is_empty() && next.trim().is_empty()).then(|| lines.join(" "))
}

fn comment_text(line: &str) -> Option<&str> {
    let text = line.trim().strip_prefix('#')?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// Byte ranges of the tokens: names, literals and single punctuators.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = text[at..].find('\n').map_or(bytes.len(), |length| at + length);
                continue;
            }
            b'"' => string_end(text, at),
            _ if is_word(byte) => at + text[at..].bytes().position(|byte| !is_word(byte)).unwrap_or(bytes.len() - at),
            _ => at + text[at..].chars().next().map_or(1, char::len_utf8),
        };
        tokens.push(at..end);
        at = end;
    }
    tokens
}

/// Of names and of numbers; a number needs no closer look here.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.')
}

/// The end of the string that opens at `start`; of the whole text if it is never closed.
fn string_end(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let (opening, quote) = if rest.starts_with("\"\"\"") { (3, "\"\"\"") } else { (1, "\"") };
    let mut at = opening;
    while at < rest.len() {
        if rest[at..].starts_with(quote) {
            return start + at + quote.len();
        }
        let escaped = rest[at..].starts_with('\\');
        at += rest[at..].chars().take(if escaped { 2 } else { 1 }).map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

/// For every variable with both: where its default value stands, and its directives.
fn swaps(text: &str, tokens: &[Range<usize>]) -> Vec<(Range<usize>, Range<usize>)> {
    let word = |index: usize| tokens.get(index).map_or("", |range| &text[range.clone()]);
    let mut swaps = Vec::new();
    let mut braces = 0_usize;
    let mut at = 0;
    while at < tokens.len() {
        match word(at) {
            "{" => braces += 1,
            "}" => braces = braces.saturating_sub(1),
            "query" | "mutation" | "subscription" if braces == 0 => {
                let opening = if word(at + 1) == "(" { at + 1 } else { at + 2 };
                if word(opening) == "(" {
                    let closing = value_end(&word, opening);
                    let mut inner = opening + 1;
                    while inner < closing {
                        if word(inner) != "=" {
                            inner += 1;
                            continue;
                        }
                        let value = value_end(&word, inner + 1);
                        let directives = directives_end(&word, value);
                        if directives > value {
                            let default = tokens[inner].start..tokens[value - 1].end;
                            swaps.push((default, tokens[value].start..tokens[directives - 1].end));
                        }
                        inner = directives;
                    }
                    at = closing;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    swaps
}

/// One past the last token of the value at `start`: a single token, or a balanced bracket.
fn value_end<'a>(word: &impl Fn(usize) -> &'a str, start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match word(at) {
            "" => return at,
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

/// One past the last token of the directives at `start`; `start` itself if there are none.
fn directives_end<'a>(word: &impl Fn(usize) -> &'a str, start: usize) -> usize {
    let mut at = start;
    while word(at) == "@" {
        at += 2;
        if word(at) == "(" {
            at = value_end(word, at);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_moves_behind_the_directives_of_its_variable() {
        for (written, parsed) in [
            ("query A($a: Int = 1 @from(name: \"b\")) { a }", "query A($a: Int @from(name: \"b\") = 1) { a }"),
            (
                "mutation A($a: [I!] = [{x: \"=)\"}] @x @y(z: [1])\n# why\n, $b: Int = -2) @rest { a }",
                "mutation A($a: [I!] @x @y(z: [1]) = [{x: \"=)\"}]\n# why\n, $b: Int = -2) @rest { a }",
            ),
            ("query A($a: Int @from(name: \"b\") = 1) { a }", "query A($a: Int @from(name: \"b\") = 1) { a }"),
            ("{ query(a: {b: 1}) @c }", "{ query(a: {b: 1}) @c }"),
            ("query A($a: String = \"\"\"é \\\"\"\" \"\"\" @b", "query A($a: String @b = \"\"\"é \\\"\"\" \"\"\""),
            ("query A($a: String = \"never closed", "query A($a: String = \"never closed"),
            ("query A(", "query A("),
        ] {
            assert_eq!(defaults_last(written), parsed);
        }
    }

    #[test]
    fn comments_belong_to_the_operation_right_below() {
        let text = "# Shelves.\n\n# 书架 · List\n#  more\nquery A { a }\n";
        assert_eq!(comment_above(text, 5), ["书架 · List", " more"]);
        assert_eq!(opening_comment(text).as_deref(), Some("Shelves."));
        assert_eq!(opening_comment("# Of an operation\nquery A { a }"), None);
        assert!(comment_above("query A { a }", 1).is_empty());
    }

    #[test]
    fn a_document_of_extensions_is_recognised_behind_its_comments() {
        assert!(extends_types("# codes\nextend enum A @b"));
        assert!(!extends_types("query extend { a }"));
        assert!(!extends_types(""));
    }
}
