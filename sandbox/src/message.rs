//! The XML of messages and events, from the control API's members in snake_case.
//!
//! A member's name leads to WeChat's element by rule (`event_key` → `EventKey`) with the few exceptions that WeChat
//! has; members without a rule of their own go through, so that events that nobody listed can be pushed as well.
//! Source: WeChat "Receive ordinary messages" and "Receive event pushes".

use serde_json::{Map, Value};

use crate::{
    invalid::InvalidField,
    usual::{is_from_wechat, required, usual},
    windows::Trigger,
    xml,
};

/// What the key of a subscription by QR code begins with.
const SCENE: &str = "qrscene_";
/// Deepest nesting of members.
const MAX_DEPTH: usize = 8;

/// A message or an event, ready to be written.
#[derive(Debug)]
pub(crate) struct Message {
    /// `MsgType`.
    kind: String,
    /// Unix seconds.
    create_time: i64,
    /// `MsgId`, or for events `MsgID`, which only result events have.
    pub(crate) msg_id: Option<i64>,
    members: Map<String, Value>,
}

/// What an event does to the list of followers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Movement {
    Joins {
        /// The scene of the QR code, if it was one.
        scene: Option<String>,
    },
    Leaves,
    Stays,
}

impl Message {
    /// Completes the members by what is usual for the type. Errors: a type without a name, a member that the type
    /// cannot do without, a name that is no XML.
    pub(crate) fn new(
        kind: String,
        create_time: i64,
        msg_id: Option<i64>,
        mut members: Map<String, Value>,
    ) -> Result<Self, InvalidField> {
        if !is_name(&kind) {
            return Err(InvalidField::new("type", "must be a message type such as text, or event"));
        }
        let event = members.get("event").and_then(Value::as_str).unwrap_or_default();
        for required in required(&kind, event) {
            if !members.contains_key(*required) {
                return Err(InvalidField::new(*required, format!("is needed for {kind} {event}").trim_end()));
            }
        }
        let by_code = event == "subscribe" && members.get("event_key").and_then(Value::as_str).is_some_and(is_scene);
        let mut besides = usual(&kind, event);
        besides.extend(by_code.then(|| ("ticket", Value::from("sandbox-qrcode-ticket"))));
        for (name, value) in besides {
            members.entry(name).or_insert(value);
        }
        check_members(&members, 0)?;
        Ok(Self { kind, create_time, msg_id, members })
    }

    pub(crate) fn is_event(&self) -> bool {
        self.kind == "event"
    }

    /// Whether somebody joins or leaves by it.
    pub(crate) fn movement(&self) -> Movement {
        let text = |name: &str| self.members.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("event") {
            "subscribe" if self.is_event() => {
                Movement::Joins { scene: text("event_key").strip_prefix(SCENE).map(str::to_owned) }
            }
            "unsubscribe" if self.is_event() => Movement::Leaves,
            _ => Movement::Stays,
        }
    }

    /// What window it opens.
    pub(crate) fn trigger(&self) -> Option<Trigger> {
        match self.event() {
            None => Some(Trigger::Message),
            Some("CLICK" | "scancode_push" | "scancode_waitmsg") => Some(Trigger::Click),
            Some("subscribe") => Some(Trigger::Subscribe),
            Some("SCAN") => Some(Trigger::Scan),
            Some(_) => None,
        }
    }

    /// Whether somebody sees what is answered to it: nobody is there after leaving, and results and changes of an
    /// account are told by WeChat itself.
    pub(crate) fn can_be_answered(&self) -> bool {
        self.event().is_none_or(|event| event != "unsubscribe" && !is_from_wechat(event))
    }

    /// The name of an event; `None` for messages.
    pub(crate) fn event(&self) -> Option<&str> {
        self.is_event().then(|| self.members.get("event").and_then(Value::as_str).unwrap_or_default())
    }

    /// The content of the root element.
    pub(crate) fn to_xml(&self, to_user: &str, from_user: &str) -> String {
        let mut content = xml::text("ToUserName", to_user);
        content += &xml::text("FromUserName", from_user);
        content += &xml::raw("CreateTime", &self.create_time.to_string());
        content += &xml::text("MsgType", &self.kind);
        for (member, value) in &self.members {
            content += &element(&self.element_name(member), value, false);
        }
        if let Some(msg_id) = self.msg_id {
            content += &xml::raw(if self.is_event() { "MsgID" } else { "MsgId" }, &msg_id.to_string());
        }
        content
    }

    fn element_name(&self, member: &str) -> String {
        match member {
            "latitude" if self.kind == "location" => "Location_X".to_owned(),
            "longitude" if self.kind == "location" => "Location_Y".to_owned(),
            _ => element_name(member),
        }
    }
}

fn is_scene(event_key: &str) -> bool {
    event_key.starts_with(SCENE)
}

fn check_members(members: &Map<String, Value>, depth: usize) -> Result<(), InvalidField> {
    for (name, value) in members {
        if !is_name(name) {
            return Err(InvalidField::new(name, "is no name of an element"));
        }
        if depth == MAX_DEPTH {
            return Err(InvalidField::new(name, "is nested too deeply"));
        }
        let lists = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for members in lists.iter().filter_map(Value::as_object) {
            check_members(members, depth + 1)?;
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// One member as elements. Inside `PublishEventInfo` WeChat itself writes snake_case: `verbatim`.
fn element(name: &str, value: &Value, verbatim: bool) -> String {
    let verbatim = verbatim || name == "PublishEventInfo";
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => xml::raw(name, if *flag { "1" } else { "0" }),
        Value::Number(number) => xml::raw(name, &number.to_string()),
        Value::String(text) => xml::text(name, text),
        // `PicList`, `ResultList`: items in one element. `List`, `item`, `fail_idx`: the element is repeated.
        Value::Array(items) if name.len() > 4 && name.ends_with("List") => {
            xml::raw(name, &items.iter().map(|item| element("item", item, verbatim)).collect::<String>())
        }
        Value::Array(items) => items.iter().map(|item| element(name, item, verbatim)).collect(),
        Value::Object(members) => {
            let children = members.iter().map(|(member, value)| {
                let name = if verbatim { member.clone() } else { element_name(member) };
                element(&name, value, verbatim)
            });
            xml::raw(name, &children.collect::<String>())
        }
    }
}

/// WeChat's name for a member: words in capitals, joined. A name that has a capital already is taken as it is.
fn element_name(member: &str) -> String {
    match member {
        "location_x" => "Location_X".to_owned(),
        "location_y" => "Location_Y".to_owned(),
        "msg_id" => "MsgID".to_owned(),
        "open_id" => "OpenID".to_owned(),
        "app_id" => "AppID".to_owned(),
        "media_id_16k" | "media_id16k" => "MediaId16K".to_owned(),
        "bizmsgmenuid" | "item" => member.to_owned(),
        _ if member.contains(|c: char| c.is_ascii_uppercase()) => member.to_owned(),
        _ => member.split('_').map(capitalised).collect(),
    }
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), characters.as_str()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use serde_json::json;

    use super::*;

    fn xml_of(kind: &str, msg_id: Option<i64>, members: Value) -> String {
        let members = members.as_object().unwrap().clone();
        Message::new(kind.to_owned(), 1_790_000_000, msg_id, members).unwrap().to_xml("gh_0123456789ab", "oAbc")
    }

    const HEAD: &str = "<ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oAbc]]></FromUserName>\
                        <CreateTime>1790000000</CreateTime>";

    #[test]
    fn messages_have_wechats_elements() {
        for (kind, members, expected) in [
            ("text", json!({"content": "你好"}), "<Content><![CDATA[你好]]></Content>"),
            (
                "image",
                json!({"pic_url": "http://p", "media_id": "m"}),
                "<PicUrl><![CDATA[http://p]]></PicUrl><MediaId><![CDATA[m]]></MediaId>",
            ),
            (
                "voice",
                json!({"media_id": "m", "format": "speex", "media_id_16k": "n", "recognition": "词"}),
                "<MediaId><![CDATA[m]]></MediaId><Format><![CDATA[speex]]></Format><MediaId16K><![CDATA[n]]></MediaId16K>\
                 <Recognition><![CDATA[词]]></Recognition>",
            ),
            (
                "shortvideo",
                json!({"media_id": "m", "thumb_media_id": "t"}),
                "<MediaId><![CDATA[m]]></MediaId><ThumbMediaId><![CDATA[t]]></ThumbMediaId>",
            ),
            (
                "location",
                json!({"latitude": 23.134_521, "longitude": 113.358_803, "scale": 20, "label": "位置"}),
                "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>\
                 <Label><![CDATA[位置]]></Label>",
            ),
            (
                "link",
                json!({"title": "t", "description": "d", "url": "u"}),
                "<Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description><Url><![CDATA[u]]></Url>",
            ),
        ] {
            let expected = format!("{HEAD}<MsgType><![CDATA[{kind}]]></MsgType>{expected}<MsgId>7</MsgId>");
            assert_eq!(xml_of(kind, Some(7), members), expected);
        }
    }

    #[test]
    fn events_have_wechats_structures() {
        for (members, expected) in [
            (
                json!({"event": "CLICK", "event_key": "K"}),
                "<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[K]]></EventKey>",
            ),
            (
                json!({"event": "unsubscribe"}),
                "<Event><![CDATA[unsubscribe]]></Event><EventKey><![CDATA[]]></EventKey>",
            ),
            (
                json!({"event": "LOCATION", "latitude": 1.5, "longitude": 2, "precision": 3}),
                "<Event><![CDATA[LOCATION]]></Event><Latitude>1.5</Latitude><Longitude>2</Longitude><Precision>3</Precision>",
            ),
            (
                json!({"event": "scancode_push", "event_key": "6", "scan_code_info": {"scan_type": "qrcode", "scan_result": "1"}}),
                "<Event><![CDATA[scancode_push]]></Event><EventKey><![CDATA[6]]></EventKey><ScanCodeInfo>\
                 <ScanType><![CDATA[qrcode]]></ScanType><ScanResult><![CDATA[1]]></ScanResult></ScanCodeInfo>",
            ),
            (
                json!({"event": "pic_weixin", "event_key": "P", "send_pics_info": {"count": 1, "pic_list": [{"pic_md5_sum": "5"}]}}),
                "<Event><![CDATA[pic_weixin]]></Event><EventKey><![CDATA[P]]></EventKey><SendPicsInfo><Count>1</Count><PicList>\
                 <item><PicMd5Sum><![CDATA[5]]></PicMd5Sum></item></PicList></SendPicsInfo>",
            ),
            (
                json!({"event": "location_select", "event_key": "L", "send_location_info":
                    {"location_x": "23", "location_y": "113", "scale": "15", "label": "l", "poiname": ""}}),
                "<Event><![CDATA[location_select]]></Event><EventKey><![CDATA[L]]></EventKey><SendLocationInfo>\
                 <Location_X><![CDATA[23]]></Location_X><Location_Y><![CDATA[113]]></Location_Y><Scale><![CDATA[15]]></Scale>\
                 <Label><![CDATA[l]]></Label><Poiname><![CDATA[]]></Poiname></SendLocationInfo>",
            ),
            (
                json!({"event": "PUBLISHJOBFINISH", "publish_event_info": {"publish_id": 1, "publish_status": 0, "article_id": "a",
                    "article_detail": {"count": 1, "item": [{"idx": 1, "article_url": "u"}]}, "fail_idx": [1, 2]}}),
                "<Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo><publish_id>1</publish_id>\
                 <publish_status>0</publish_status><article_id><![CDATA[a]]></article_id><article_detail><count>1</count><item>\
                 <idx>1</idx><article_url><![CDATA[u]]></article_url></item></article_detail><fail_idx>1</fail_idx>\
                 <fail_idx>2</fail_idx></PublishEventInfo>",
            ),
            (
                json!({"event": "subscribe_msg_popup_event", "subscribe_msg_popup_event": {"list": [
                    {"template_id": "t", "subscribe_status_string": "accept", "popup_scene": 2},
                    {"template_id": "s", "subscribe_status_string": "reject", "popup_scene": 2}]}}),
                "<Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>\
                 <List><TemplateId><![CDATA[t]]></TemplateId><SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>\
                 <PopupScene>2</PopupScene></List>\
                 <List><TemplateId><![CDATA[s]]></TemplateId><SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>\
                 <PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent>",
            ),
            (
                json!({"event": "user_info_modified", "open_id": "o", "app_id": "w", "revoke_info": ["1", "201"]}),
                "<Event><![CDATA[user_info_modified]]></Event><OpenID><![CDATA[o]]></OpenID><AppID><![CDATA[w]]></AppID>\
                 <RevokeInfo><![CDATA[1]]></RevokeInfo><RevokeInfo><![CDATA[201]]></RevokeInfo>",
            ),
        ] {
            assert_eq!(xml_of("event", None, members), format!("{HEAD}<MsgType><![CDATA[event]]></MsgType>{expected}"));
        }
    }

    #[test]
    fn the_result_of_a_mass_send_carries_its_msg_id_in_capitals() {
        let members = json!({"event": "MASSSENDJOBFINISH", "status": "send success", "total_count": 2, "copyright_check_result":
            {"count": 1, "result_list": [{"article_idx": 1}], "check_state": 1}});
        let xml = xml_of("event", Some(1_000_000_421), members);
        assert!(xml.ends_with("<MsgID>1000000421</MsgID>"), "{xml}");
        assert!(
            xml.contains("<TotalCount>2</TotalCount><CopyrightCheckResult><Count>1</Count><ResultList><item>"),
            "{xml}"
        );
    }

    #[test]
    fn a_message_without_its_content_is_refused_by_name() {
        let refused = |kind: &str, members: Value| {
            let members = members.as_object().unwrap().clone();
            Message::new(kind.to_owned(), 0, None, members).unwrap_err().field
        };
        assert_eq!(refused("text", json!({})), "content");
        assert_eq!(refused("location", json!({"latitude": 1})), "longitude");
        assert_eq!(refused("event", json!({})), "event");
        assert_eq!(refused("event", json!({"event": "CLICK"})), "event_key");
        assert_eq!(refused("te xt", json!({})), "type");
        assert_eq!(refused("text", json!({"content": "", "a<b": 1})), "a<b");
        assert_eq!(refused("text", json!({"content": "", "a": [{"b c": 1}]})), "b c");
    }
}
