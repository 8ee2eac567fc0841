//! Downloads of the pictures that followers send: their messages carry a link besides the media_id, and the links of
//! the simulator lead here.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{contents::Content, format::Format, state::World};

/// Where the links lead; no token is asked for.
pub(crate) const PATH: &str = "/mmbiz_pic/{sha256}/0";

/// The link to a picture.
pub(crate) fn link(world: &World, content: &Content) -> String {
    format!("http://{}{}", world.address, PATH.replace("{sha256}", &content.sha256))
}

/// The bytes, for as long as some account has the picture.
pub(crate) async fn download(State(world): State<Arc<World>>, Path(sha256): Path<String>) -> Response {
    let content = world.contents.find(&sha256);
    let format = content.as_ref().and_then(|content| Format::of_content(&content.bytes));
    match (content, format) {
        (Some(content), Some(format @ (Format::Jpeg | Format::Png | Format::Gif | Format::Bmp))) => {
            ([(header::CONTENT_TYPE, format.content_type())], content.bytes.clone()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
