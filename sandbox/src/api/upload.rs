//! What the upload calls share: the part `media` of their form, and keeping what is in it.

use crate::{
    answer::Refusal,
    endpoint::Call,
    errcode::Errcode,
    library::File,
    media::{Keeping, MediaKind},
    payload::{Part, Payload},
    request::Request,
};

/// The name of the part with the file.
const MEDIA: &str = "media";

/// The file of a form and its name. Errors: 41005 when there is none, which is also what a part without a `filename`
/// and a form that cannot be read come to; 45001 when the form is longer than any that is taken.
pub(super) fn media(request: &Request) -> Result<(&str, &Part), Refusal> {
    if matches!(request.payload, Payload::Oversized) {
        return Err(Errcode::MEDIA_TOO_LARGE.into());
    }
    let part = part(request, MEDIA).ok_or(Errcode::MISSING_MEDIA)?;
    let filename = part.filename.as_deref().filter(|name| !name.is_empty()).ok_or(Errcode::MISSING_MEDIA)?;
    Ok((filename, part))
}

/// The first part of the form with this name.
pub(super) fn part<'a>(request: &'a Request, name: &str) -> Option<&'a Part> {
    match &request.payload {
        Payload::Form(parts) => parts.iter().find(|part| part.name == name),
        Payload::Plain(_) | Payload::Oversized => None,
    }
}

/// Checks the file of an upload by the type in its query and keeps its bytes. Errors: 40004 for the type, those of
/// [`media`] and of [`MediaKind::check`], -1 when the simulator's memory is full.
pub(super) fn file(call: &mut Call<'_>, keeping: Keeping) -> Result<File, Refusal> {
    let kind = MediaKind::named(call.request.parameter("type").unwrap_or_default())?;
    let (filename, part) = media(call.request)?;
    let format = kind.check(keeping, filename, &part.bytes)?;
    let mut content = call.world.contents.keep(&part.bytes, &part.sha256);
    if content.is_none() {
        call.account.library.forget_expired(call.now);
        content = call.world.contents.keep(&part.bytes, &part.sha256);
    }
    let content = content.ok_or(Errcode::SYSTEM_ERROR)?;
    Ok(File { kind, filename: filename.to_owned(), format, content })
}
