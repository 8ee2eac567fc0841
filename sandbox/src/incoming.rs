//! The files of incoming messages: what a follower sends is there to be downloaded under its media_id.

use serde_json::{Map, Value, json};

use crate::{
    invalid::InvalidField,
    library::File,
    media::MediaKind,
    picture, specimen,
    state::{Account, World},
};

/// What a push says about the files of its message: base64, absent for the simulator's own.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) media: Option<String>,
    pub(crate) thumb: Option<String>,
}

/// Gives a message of a type with files the `media_id`, `thumb_media_id` and `pic_url` that its members leave open.
/// Errors: `media_base64` or `thumb_base64` when there is nothing for it in such a message, or it is no such file.
pub(crate) fn attach(
    world: &World,
    account: &mut Account,
    message_type: &str,
    members: &mut Map<String, Value>,
    given: &Given,
) -> Result<(), InvalidField> {
    let kind = match message_type {
        "image" => Some(MediaKind::Image),
        "voice" => Some(MediaKind::Voice),
        "video" | "shortvideo" => Some(MediaKind::Video),
        _ => None,
    };
    let thumb_kind = (kind == Some(MediaKind::Video)).then_some(MediaKind::Thumb);
    let media = file(world, kind, members.contains_key("media_id"), "media_base64", given.media.as_deref())?;
    let thumb =
        file(world, thumb_kind, members.contains_key("thumb_media_id"), "thumb_base64", given.thumb.as_deref())?;
    let now = world.clock.now();
    if let Some(file) = media {
        if file.kind == MediaKind::Image {
            members.entry("pic_url").or_insert_with(|| json!(picture::link(world, &file.content)));
        }
        let media_id = &account.library.add_temporary(file, now).media_id;
        members.insert("media_id".to_owned(), json!(media_id));
    }
    if let Some(file) = thumb {
        let media_id = &account.library.add_temporary(file, now).media_id;
        members.insert("thumb_media_id".to_owned(), json!(media_id));
    }
    Ok(())
}

/// The file for a member, unless the push names one itself.
fn file(
    world: &World,
    kind: Option<MediaKind>,
    named: bool,
    field: &str,
    given: Option<&str>,
) -> Result<Option<File>, InvalidField> {
    match kind.filter(|_| !named) {
        Some(kind) => specimen::file(&world.contents, kind, given).map(Some),
        None if given.is_some() => Err("has no place in this message".to_owned()),
        None => Ok(None),
    }
    .map_err(|reason| InvalidField::new(field, reason))
}
