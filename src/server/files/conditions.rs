//! The preconditions of a request, in the order of RFC 9110, section 13.2.2.

use std::time::SystemTime;

use axum::http::HeaderMap;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE};
use headers::{
    ETag, Header as _, HeaderMapExt as _, IfMatch, IfModifiedSince, IfNoneMatch, IfUnmodifiedSince, LastModified,
};

use super::Served;

/// What a client can compare its copy with. Both are strong: the content under a URL does not change (section 8.8.2.2).
pub(super) struct Validators {
    pub(super) etag: ETag,
    /// The entity tag as it is sent, with its quotes.
    tag: String,
    pub(super) last_modified: LastModified,
    modified: SystemTime,
}

impl Validators {
    /// `None` if the digest cannot stand in an entity tag, which no hexadecimal text is.
    pub(super) fn of(file: &Served) -> Option<Self> {
        let tag = format!("\"{}\"", file.sha256);
        // The clock of whoever wrote the row can be ahead: no date after this answer's own (section 8.8.2.1).
        let modified = SystemTime::from(file.modified).clamp(SystemTime::UNIX_EPOCH, SystemTime::now());
        let etag = file.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| tag.parse().ok())??;
        Some(Self { etag, tag, last_modified: modified.into(), modified })
    }
}

/// What the preconditions say of a `GET` or `HEAD`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Send the file.
    Passed,
    /// 304: the client has it.
    NotModified,
    /// 412: the file is not the one that the client means.
    Failed,
}

/// Steps 1 to 4. A date that cannot be read is as if it were not there (sections 13.1.3 and 13.1.4); a list of entity
/// tags that cannot be read matches nothing.
pub(super) fn evaluate(headers: &HeaderMap, validators: &Validators) -> Outcome {
    let unchanged = if headers.contains_key(IF_MATCH) {
        headers.typed_get::<IfMatch>().is_some_and(|condition| condition.precondition_passes(&validators.etag))
    } else {
        let condition = headers.typed_get::<IfUnmodifiedSince>();
        condition.is_none_or(|condition| condition.precondition_passes(validators.modified))
    };
    if !unchanged {
        return Outcome::Failed;
    }
    let wanted = if headers.contains_key(IF_NONE_MATCH) {
        let condition = headers.typed_get::<IfNoneMatch>();
        condition.is_none_or(|condition| condition.precondition_passes(&validators.etag))
    } else {
        let condition = headers.typed_get::<IfModifiedSince>();
        condition.is_none_or(|condition| condition.is_modified(validators.modified))
    };
    if wanted { Outcome::Passed } else { Outcome::NotModified }
}

/// Step 5: whether `If-Range` lets a range through. It must name the entity tag or the very date that this server sent
/// (section 13.1.5); what cannot be read does not.
pub(super) fn range_applies(headers: &HeaderMap, validators: &Validators) -> bool {
    let mut values = headers.get_all(IF_RANGE).iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => {
            value.as_bytes() == validators.tag.as_bytes()
                || LastModified::decode(&mut std::iter::once(value)).is_ok_and(|date| date == validators.last_modified)
        }
        (Some(_), Some(_)) => false,
    }
}
