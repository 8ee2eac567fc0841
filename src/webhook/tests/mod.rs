//! Against the vectors that WeChat and its libraries publish, against hostile input, and against itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod arbitrary;
mod encryption;
mod events;
mod hostile;
mod json;
mod messages;
mod replies;
mod results;
mod signatures;
mod vectors;

use super::push::{Event, Kind, Push};

/// A push of a follower at 1790000000 with `inner` in it.
fn push(inner: &str) -> Push {
    Push::parse(delivery(inner).as_bytes()).unwrap()
}

fn delivery(inner: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oFollower]]></FromUserName>\
         <CreateTime>1790000000</CreateTime>{inner}</xml>"
    )
}

fn event(name: &str, inner: &str) -> Event {
    let inner = format!("<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{inner}");
    match push(&inner).kind {
        Kind::Event(event) => event,
        Kind::Message(message) => panic!("{message:?} is no event"),
    }
}
