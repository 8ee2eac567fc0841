//! Reads `Accept`: which media type the answer gets. Source: RFC 9110, section 12.5.1.

use axum::http::{HeaderMap, StatusCode, header::ACCEPT};

use super::Refusal;
use crate::error::Code;

/// The two media types of GraphQL over HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`: what every client of before the specification expects, and the default.
    #[default]
    Json,
    /// `application/graphql-response+json`: for clients that list it. Here the HTTP status tells the outcome.
    GraphqlResponse,
}

const JSON: &str = "application/json";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

impl Media {
    /// The value of `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// Chooses the media type. The new one only where it is listed by name, and liked no less than the old one.
///
/// Errors: 406 when the client accepts neither.
pub(crate) fn negotiate(headers: &HeaderMap) -> Result<Media, Refusal> {
    let Some(accept) = Accept::of(headers) else { return Ok(Media::Json) };
    let (json, listed) = (accept.quality(JSON), accept.listed(GRAPHQL_RESPONSE));
    if listed > 0 && listed >= json {
        Ok(Media::GraphqlResponse)
    } else if json > 0 {
        Ok(Media::Json)
    } else {
        Err(Refusal::new(
            StatusCode::NOT_ACCEPTABLE,
            Code::BadUserInput,
            "the answer is application/graphql-response+json or application/json; Accept has neither",
        ))
    }
}

/// Whether a person is looking: HTML is listed by name and liked better than what a program would read.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    Accept::of(headers)
        .is_some_and(|accept| accept.listed("text/html") > accept.listed(JSON).max(accept.listed(GRAPHQL_RESPONSE)))
}

/// Whether an event stream will do; it will if nothing is said.
pub(crate) fn takes_event_stream(headers: &HeaderMap) -> bool {
    Accept::of(headers).is_none_or(|accept| accept.quality("text/event-stream") > 0)
}

/// The ranges of all `Accept` headers: media range in lower case, quality in thousandths.
struct Accept(Vec<(String, u16)>);

impl Accept {
    /// `None` if the client says nothing.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let ranges: Vec<_> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(range)
            .collect();
        if ranges.is_empty() { None } else { Some(Self(ranges)) }
    }

    /// The quality of a range spelled exactly like this; 0 if it is not there.
    fn listed(&self, range: &str) -> u16 {
        self.find(range).unwrap_or(0)
    }

    /// The quality of a media type: the most specific range that covers it decides.
    fn quality(&self, media_type: &str) -> u16 {
        let main = media_type.split('/').next().unwrap_or_default();
        self.find(media_type).or_else(|| self.find(&format!("{main}/*"))).or_else(|| self.find("*/*")).unwrap_or(0)
    }

    fn find(&self, range: &str) -> Option<u16> {
        self.0.iter().filter(|(listed, _)| listed == range).map(|(_, quality)| *quality).max()
    }
}

/// `text/html;level=1;q=0.7` → (`text/html`, 700). Parameters other than `q` make no difference to what we have.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?.to_ascii_lowercase();
    let weight = parts.find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")));
    let quality = match weight {
        Some(weight) => (weight.parse::<f32>().ok()?.clamp(0.0, 1.0) * 1000.0).round() as u16,
        None => 1000,
    };
    Some((range, quality))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use axum::http::HeaderValue;

    use super::*;

    fn headers(accept: &[&'static str]) -> HeaderMap {
        accept.iter().map(|value| (ACCEPT, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_new_media_type_is_used_only_when_it_is_listed() {
        for (accept, expected) in [
            ("application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json; charset=utf-8", Some(Media::GraphqlResponse)),
            ("Application/GraphQL-Response+JSON", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Media::GraphqlResponse)),
            ("application/json, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/json, application/graphql-response+json;q=0.9", Some(Media::Json)),
            ("application/graphql-response+json;q=0, application/json", Some(Media::Json)),
            ("application/graphql-response+json;q=0.5, */*;q=0.1", Some(Media::GraphqlResponse)),
            ("application/json", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("text/html, */*;q=0.1", Some(Media::Json)),
            ("*", Some(Media::Json)),
            ("", Some(Media::Json)),
            ("text/plain", None),
            ("application/json;q=0", None),
            ("*/*, application/json;q=0", None),
        ] {
            assert_eq!(negotiate(&headers(&[accept])).ok(), expected, "{accept}");
        }
        assert_eq!(negotiate(&HeaderMap::new()).unwrap(), Media::Json);
        let twice = headers(&["text/plain", "application/graphql-response+json"]);
        assert_eq!(negotiate(&twice).unwrap(), Media::GraphqlResponse);
    }

    #[test]
    fn html_is_for_browsers() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(prefers_html(&headers(&[browser])));
        assert!(prefers_html(&headers(&["text/html"])));
        for program in ["*/*", "application/json", "application/json, text/html;q=0.5", "application/json, text/html"] {
            assert!(!prefers_html(&headers(&[program])), "{program}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn an_event_stream_is_assumed_unless_excluded() {
        assert!(takes_event_stream(&HeaderMap::new()));
        assert!(takes_event_stream(&headers(&["text/event-stream"])));
        assert!(takes_event_stream(&headers(&["*/*"])));
        assert!(!takes_event_stream(&headers(&["application/json"])));
    }
}
