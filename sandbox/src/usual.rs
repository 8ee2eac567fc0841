//! What a message or event cannot do without, and what WeChat sends with it besides.
//!
//! Source: WeChat "Receive ordinary messages" (接收普通消息), "Receive event pushes" (接收事件推送), "Events of custom menus"
//! (自定义菜单事件推送) and the result events of the single API pages.

use serde_json::{Value, json};

/// Members without which a message makes no sense.
pub(crate) fn required(kind: &str, event: &str) -> &'static [&'static str] {
    match (kind, event) {
        ("text", _) => &["content"],
        ("location", _) => &["latitude", "longitude"],
        ("link", _) => &["url"],
        ("event", "LOCATION") => &["event", "latitude", "longitude"],
        ("event", "subscribe_msg_popup_event") => &["event", "subscribe_msg_popup_event"],
        ("event", "subscribe_msg_change_event") => &["event", "subscribe_msg_change_event"],
        ("event", "subscribe_msg_sent_event") => &["event", "subscribe_msg_sent_event"],
        ("event", event) if has_key(event) => &["event", "event_key"],
        ("event", _) => &["event"],
        (_, _) => &[],
    }
}

/// Whether an event is about something that has a key: a menu button or a QR code.
fn has_key(event: &str) -> bool {
    const NAMES: [&str; 10] = [
        "CLICK",
        "VIEW",
        "SCAN",
        "view_miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    ];
    NAMES.contains(&event)
}

/// What WeChat sends besides, as far as the caller leaves it open. The files of messages come from
/// [`crate::incoming`].
pub(crate) fn usual(kind: &str, event: &str) -> Vec<(&'static str, Value)> {
    match (kind, event) {
        ("voice", _) => vec![("format", json!("amr"))],
        ("location", _) => vec![("scale", json!(20)), ("label", json!(""))],
        ("link", _) => vec![("title", json!("")), ("description", json!(""))],
        ("event", "subscribe" | "unsubscribe") => vec![("event_key", json!(""))],
        ("event", event) => of_event(event),
        (_, _) => Vec::new(),
    }
}

fn of_event(event: &str) -> Vec<(&'static str, Value)> {
    match event {
        "SCAN" => vec![("ticket", json!("sandbox-qrcode-ticket"))],
        "LOCATION" => vec![("precision", json!(30))],
        "scancode_push" | "scancode_waitmsg" => {
            vec![("scan_code_info", json!({"scan_type": "qrcode", "scan_result": "https://example.com/"}))]
        }
        "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin" => {
            let picture = json!({"pic_md5_sum": "1b5f7c23b5bf75682a53e7b6d163e185"});
            vec![("send_pics_info", json!({"count": 1, "pic_list": [picture]}))]
        }
        "location_select" => {
            let place =
                json!({"location_x": "23", "location_y": "113", "scale": "15", "label": "广州市", "poiname": ""});
            vec![("send_location_info", place)]
        }
        "MASSSENDJOBFINISH" => vec![
            ("status", json!("send success")),
            ("total_count", json!(1)),
            ("filter_count", json!(1)),
            ("sent_count", json!(1)),
            ("error_count", json!(0)),
        ],
        "TEMPLATESENDJOBFINISH" => vec![("status", json!("success"))],
        "PUBLISHJOBFINISH" => {
            let item = json!({"idx": 1, "article_url": "http://mp.weixin.qq.com/s/sandbox"});
            let detail = json!({"count": 1, "item": [item]});
            let result = json!({
                "publish_id": 100_000_001, "publish_status": 0, "article_id": "sandbox-article", "article_detail": detail,
            });
            vec![("publish_event_info", result)]
        }
        "user_info_modified" | "user_authorization_revoke" | "user_authorization_cancellation" => {
            vec![("revoke_info", json!("1"))]
        }
        "qualification_verify_success" | "naming_verify_success" | "annual_renew" | "verify_expired" => {
            vec![("expired_time", json!(1_900_000_000))]
        }
        "qualification_verify_fail" | "naming_verify_fail" => {
            vec![("fail_time", json!(1_790_000_000)), ("fail_reason", json!("by sandbox"))]
        }
        "kf_create_session" | "kf_close_session" => vec![("kf_account", json!("kf1@sandbox"))],
        "kf_switch_session" => {
            vec![("from_kf_account", json!("kf1@sandbox")), ("to_kf_account", json!("kf2@sandbox"))]
        }
        _ => Vec::new(),
    }
}

/// Whether an event tells the result of a job: it carries the job's `MsgID`, unless that is a publication's.
pub(crate) fn has_job_id(event: &str) -> bool {
    matches!(event, "MASSSENDJOBFINISH" | "TEMPLATESENDJOBFINISH")
}

/// Whether an event comes from an account of WeChat's own instead of a follower.
pub(crate) fn is_from_mphelper(event: &str) -> bool {
    matches!(event, "MASSSENDJOBFINISH" | "PUBLISHJOBFINISH")
}

/// Whether an event names somebody and the account besides its sender and receiver.
pub(crate) fn names_ids(event: &str) -> bool {
    matches!(event, "user_info_modified" | "user_authorization_revoke" | "user_authorization_cancellation")
}

/// Whether an event is told by WeChat and not by something that a user did in the chat.
pub(crate) fn is_from_wechat(event: &str) -> bool {
    const NAMES: [&str; 4] = ["user_info_modified", "annual_renew", "verify_expired", "subscribe_msg_sent_event"];
    let event = event.to_ascii_lowercase();
    NAMES.contains(&event.as_str())
        || event.ends_with("jobfinish")
        || ["user_authorization_", "qualification_verify_", "naming_verify_", "kf_"]
            .iter()
            .any(|p| event.starts_with(p))
}
