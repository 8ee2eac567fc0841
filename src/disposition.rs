//! The header `Content-Disposition` of a part of a form: how the file is called, in every form that clients write it.

use percent_encoding::percent_decode_str;

/// The file name of a part. `filename*` (RFC 5987) wins over `filename` (RFC 6266, section 4.3); in the latter browsers
/// write `"` as `%22` and others escape it with a backslash. A folder in front is cut off. `None` if the part names no file.
pub(crate) fn file_name(disposition: &[u8]) -> Option<String> {
    let disposition = String::from_utf8_lossy(disposition);
    let parameters = parameters(&disposition);
    let value =
        |name: &str| parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let extended = value("filename*").and_then(|value| extended_value(value));
    let name = extended.or_else(|| value("filename").map(|name| name.replace("%22", "\"")))?;
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    Some(base.chars().filter(|letter| !letter.is_control()).collect())
}

/// `UTF-8''%E4%B9%A6.jpg`, or the same in ISO-8859-1.
fn extended_value(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode_str(encoded);
    if charset.eq_ignore_ascii_case("utf-8") {
        bytes.decode_utf8().ok().map(Into::into)
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(bytes.map(char::from).collect())
    } else {
        None
    }
}

/// The parameters behind the first `;`, quotes and their escapes resolved.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = header.find(';').map_or("", |at| &header[at + 1..]);
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim().trim_start_matches(';').trim().to_owned();
        let value = value.trim_start();
        let (value, end) = match value.strip_prefix('"') {
            Some(quoted) => {
                let (value, length) = unquoted(quoted);
                (value, &quoted[length..])
            }
            None => {
                let (value, end) = value.split_at(value.find(';').unwrap_or(value.len()));
                (value.trim().to_owned(), end)
            }
        };
        parameters.push((name, value));
        rest = end;
    }
    parameters
}

/// A quoted text up to its closing quote, and how many bytes it takes with it. A backslash escapes quotes and itself
/// only: old browsers put whole Windows paths here.
fn unquoted(text: &str) -> (String, usize) {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, at + 1),
            '\\' if matches!(letters.peek(), Some((_, '"' | '\\'))) => {
                value.extend(letters.next().map(|(_, next)| next))
            }
            other => value.push(other),
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn file_names_in_every_form_that_clients_send() {
        for (header, name) in [
            ("form-data; name=\"file\"; filename=\"a.jpg\"", Some("a.jpg")),
            ("form-data; name=\"file\"; filename=\"图片 1.jpg\"", Some("图片 1.jpg")),
            ("form-data; name=file; filename=a.jpg", Some("a.jpg")),
            ("form-data; filename=\"a;b=c.jpg\"; name=\"file\"", Some("a;b=c.jpg")),
            ("form-data; filename=\"say \\\"hi\\\".jpg\"", Some("say \"hi\".jpg")),
            ("form-data; filename=\"say %22hi%22.jpg\"", Some("say \"hi\".jpg")),
            ("form-data; filename=\"x.jpg\"; filename*=UTF-8''%E5%9B%BE%E7%89%87.jpg", Some("图片.jpg")),
            ("form-data; filename*=utf-8'zh'%E5%9B%BE.jpg; filename=\"x.jpg\"", Some("图.jpg")),
            ("form-data; filename*=ISO-8859-1''caf%E9.jpg", Some("café.jpg")),
            ("form-data; filename*=koi8-r''%E9.jpg; filename=x.jpg", Some("x.jpg")),
            ("form-data; filename=\"C:\\fakepath\\a.jpg\"", Some("a.jpg")),
            ("form-data; filename=\"../../etc/passwd\"", Some("passwd")),
            ("form-data; filename=\"never closed", Some("never closed")),
            ("form-data; name=\"file\"", None),
            ("form-data", None),
        ] {
            assert_eq!(file_name(header.as_bytes()).as_deref(), name, "{header}");
        }
    }
}
