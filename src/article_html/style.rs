//! `style` attributes: which declarations stay.
//!
//! Not a parser of CSS: a declaration stays when its property is on the list and its value is made of characters that
//! cannot end the declaration, open a string, escape, or name an address. What is left means the same to every parser.

/// Longest value in bytes; the longest that editors write are lists of fonts and shadows.
const MAX_VALUE: usize = 300;

/// Properties that only change how an element looks or how much room it takes in the flow.
#[rustfmt::skip]
const PROPERTIES: &[&str] = &[
    "align-items", "align-self", "background-color", "border", "border-bottom", "border-bottom-color",
    "border-bottom-left-radius", "border-bottom-right-radius", "border-bottom-style", "border-bottom-width",
    "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style", "border-left-width",
    "border-radius", "border-right", "border-right-color", "border-right-style", "border-right-width", "border-spacing",
    "border-style", "border-top", "border-top-color", "border-top-left-radius", "border-top-right-radius",
    "border-top-style", "border-top-width", "border-width", "box-shadow", "box-sizing", "clear", "color", "display",
    "flex", "flex-basis", "flex-direction", "flex-flow", "flex-grow", "flex-shrink", "flex-wrap", "float", "font",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "justify-content",
    "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-height", "max-width", "min-height", "min-width", "opacity", "overflow-wrap", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "table-layout", "text-align", "text-align-last",
    "text-decoration", "text-decoration-color", "text-decoration-line", "text-decoration-style", "text-indent",
    "text-shadow", "text-transform", "vertical-align", "white-space", "width", "word-break", "word-spacing",
    "word-wrap",
];

/// Functions that compute a colour or a length and load nothing.
const FUNCTIONS: &[&str] = &["calc", "hsl", "hsla", "rgb", "rgba"];

/// Words that stand where a colour does and name none of their own.
const NOT_COLOURS: &[&str] = &["currentcolor", "inherit", "initial", "revert", "transparent", "unset"];

/// The declarations of `style` that may stay; `None` when there are none.
///
/// The colours of text and ground are said twice, the second time as the custom properties `--c` and `--b`, from which
/// a page in the dark computes their counterparts. Authors choose colours for white paper.
pub(super) fn filter(style: &str) -> Option<String> {
    let mut kept = String::with_capacity(style.len());
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let mut property = property.trim().to_ascii_lowercase();
        let Some(value) = plain_value(&property, value) else { continue };
        if property == "background" {
            // The short form carries addresses, repetition and more; only a lone colour is taken from it.
            property = "background-color".to_owned();
            if !is_single(&value) {
                continue;
            }
        }
        if !PROPERTIES.contains(&property.as_str()) {
            continue;
        }
        push(&mut kept, &property, &value);
        let counterpart = match property.as_str() {
            "color" => "--c",
            "background-color" => "--b",
            _ => continue,
        };
        if !NOT_COLOURS.contains(&value.to_ascii_lowercase().as_str()) {
            push(&mut kept, counterpart, &value);
        }
    }
    (!kept.is_empty()).then_some(kept)
}

fn push(style: &mut String, property: &str, value: &str) {
    if !style.is_empty() {
        style.push(';');
    }
    style.push_str(property);
    style.push(':');
    style.push_str(value);
}

/// The value without `!important`, which would win over the page's own rules; `None` unless it is plain.
fn plain_value(property: &str, value: &str) -> Option<String> {
    let value = value.split('!').next()?.trim();
    // Names of fonts mean the same without quotes.
    let value = if property == "font-family" { value.replace(['"', '\''], "") } else { value.to_owned() };
    let plain = |character: char| character.is_alphanumeric() || " .,%#()+-/".contains(character);
    let fits = !value.is_empty() && value.len() <= MAX_VALUE && value.chars().all(plain);
    (fits && has_known_functions(&value)).then_some(value)
}

/// Whether every parenthesis is the argument list of a function on the list, and all are closed.
fn has_known_functions(value: &str) -> bool {
    let mut depth = 0_u32;
    for (at, character) in value.char_indices() {
        match character {
            '(' => {
                let before = &value[..at];
                let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '-').map_or(0, |end| end + 1);
                if !FUNCTIONS.contains(&before[start..].to_ascii_lowercase().as_str()) {
                    return false;
                }
                depth += 1;
            }
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// Whether a value is one word or one function.
fn is_single(value: &str) -> bool {
    let outside = value.find('(').map_or(value, |open| &value[..open]);
    let after = value.find(')').map_or("", |close| &value[close + 1..]);
    !outside.contains([' ', ',', '/']) && after.is_empty()
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn harmless_declarations_stay() {
        for (style, expected) in [
            ("margin: 0 8px; text-align:center", "margin:0 8px;text-align:center"),
            ("COLOR: rgb(51, 51, 51)", "color:rgb(51, 51, 51);--c:rgb(51, 51, 51)"),
            ("background: #FFF", "background-color:#FFF;--b:#FFF"),
            ("color: inherit", "color:inherit"),
            ("font-family: \"PingFang SC\", '微软雅黑', sans-serif", "font-family:PingFang SC, 微软雅黑, sans-serif"),
            ("width: calc(100% - 20px) !important", "width:calc(100% - 20px)"),
            ("border:1px solid #ccc;;", "border:1px solid #ccc"),
        ] {
            assert_eq!(filter(style).as_deref(), Some(expected), "{style}");
        }
    }

    #[test]
    fn tricks_go() {
        for style in [
            "position:fixed",
            "background:url(https://evil.example/x)",
            "background:#fff url(x)",
            "background-color:u\\72l(x)",
            "background-color:image-set('x' 1x)",
            "width:expression(alert(1))",
            "width:/**/expression(alert(1))",
            "color:rgb(url(x))",
            "color:rgb(1,2,3",
            "color:red)",
            "color:(red)",
            "behavior:url(x)",
            "-moz-binding:url(x)",
            "content:'x'",
            "--c:url(x)",
            "color:red}body{background:blue",
            "@import 'x'",
            "z-index:9",
            "transform:scale(100)",
            "",
            ":;:",
        ] {
            assert_eq!(filter(style), None, "{style}");
        }
    }
}
