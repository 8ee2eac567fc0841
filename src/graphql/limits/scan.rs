//! One pass over the text of a document, before the parser sees it.
//!
//! Counts tokens and open brackets. It need not be exact about what is a valid token, only about where strings and
//! comments begin and end, so that brackets inside them do not count. Source: GraphQL specification, October 2021,
//! section 2.1 "Source Text" and 2.9.4 "String Value".

/// Brackets open at the same time. The parser allows 64 levels, but only looks after having descended.
pub(super) const NESTING: usize = 64;

/// Refuses text with more than `tokens` tokens or [`NESTING`] open brackets; the error is the message for the caller.
pub(super) fn scan(text: &str, tokens: usize) -> Result<(), String> {
    let mut rest = text.as_bytes();
    let (mut counted, mut open) = (0_usize, 0_usize);
    while let [first, tail @ ..] = rest {
        let length = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = skip_comment(rest);
                continue;
            }
            b'"' => string_length(rest),
            b'{' | b'[' | b'(' => {
                open += 1;
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            byte if is_word(*byte) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            _ => 1,
        };
        counted += 1;
        if counted > tokens {
            return Err(format!("the document has more than {tokens} tokens: pass long lists as variables"));
        }
        if open > NESTING {
            return Err(format!("the document is nested deeper than {NESTING} levels"));
        }
        rest = &rest[length..];
    }
    Ok(())
}

/// Part of a name or a number, and everything that is not ASCII.
const fn is_word(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'+') || byte >= 0x80
}

fn skip_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    &rest[end..]
}

/// Length of the string or block string at the start of `rest`.
///
/// A block that is not closed is an empty string followed by another one, because that is how the parser goes on.
fn string_length(rest: &[u8]) -> usize {
    if let Some(block) = rest.strip_prefix(br#"""""#) {
        let mut at = 0;
        while at < block.len() {
            match &block[at..] {
                [b'\\', b'"', b'"', b'"', ..] => at += 4,
                [b'"', b'"', b'"', ..] => return at + 6,
                _ => at += 1,
            }
        }
        return 2;
    }
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            b'\n' | b'\r' => return at,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn tokens(text: &str) -> usize {
        (0..).find(|limit| scan(text, *limit).is_ok()).unwrap_or_default()
    }

    #[test]
    fn tokens_are_counted_as_the_specification_cuts_them() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("{ a, b }"), 4);
        assert_eq!(tokens("{ a(x: -1.5e+3) } # { comment"), 8);
        assert_eq!(tokens("{ shelf: 书架 }"), 5);
        assert_eq!(tokens("\u{feff}{a}"), 3);
        assert_eq!(tokens(r#"{ a(x: "br{ce \" [") }"#), 8);
        assert_eq!(tokens("{ a(x: \"\"\"block { \" \\\"\"\" \"\"\") }"), 8);
        assert_eq!(tokens(r#"{ a(x: "") }"#), 8);
    }

    #[test]
    fn brackets_nest_to_the_limit_and_no_deeper() {
        assert_eq!(scan(&"{".repeat(NESTING), 1000), Ok(()));
        assert!(scan(&"{".repeat(NESTING + 1), 1000).is_err());
        assert!(scan(&"[".repeat(NESTING + 1), 1000).is_err());
        assert_eq!(scan(&"{}".repeat(400), 1000), Ok(()), "side by side is not nested");
        let in_strings = format!("{{ a(x: \"{0}\") # {0}\n }}", "{".repeat(NESTING + 1));
        assert_eq!(scan(&in_strings, 1000), Ok(()));
    }

    #[test]
    fn an_open_string_ends_with_its_line_and_hides_nothing_behind() {
        assert_eq!(tokens("\"open\n{"), 2);
        assert_eq!(tokens("\"\"\"open\n{"), 3, "an empty string, an open one, a bracket");
        assert_eq!(tokens("\"open \\"), 1);
        assert!(scan(&format!("{{ a(x: [\"\"\" x\" {}", "{".repeat(NESTING)), 1000).is_err());
    }
}
