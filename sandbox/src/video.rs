//! Downloads of videos: WeChat answers a link in place of the bytes, and the links of the simulator lead here.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{contents::Content, format::Format, request::Request, state::World};

/// Where the links lead; no token is asked for.
pub(crate) const PATH: &str = "/vweixinp/{sha256}";

/// The link to a video, on the host that the client called.
pub(crate) fn link(world: &World, request: &Request, content: &Content) -> String {
    let host = request.host.clone().unwrap_or_else(|| world.address.to_string());
    format!("http://{host}{}", PATH.replace("{sha256}", &content.sha256))
}

/// The bytes, for as long as some account has the video.
pub(crate) async fn download(State(world): State<Arc<World>>, Path(sha256): Path<String>) -> Response {
    let video = world.contents.find(&sha256);
    match video.filter(|content| Format::of_content(&content.bytes) == Some(Format::Mp4)) {
        Some(content) => ([(header::CONTENT_TYPE, Format::Mp4.content_type())], content.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
