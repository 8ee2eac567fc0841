//! Events.

use entity::Timestamp;

use super::result::{MassSendResult, PublishResult, TemplateSendResult};
use super::{Element, instant, optional};

/// The name of the event that reports on a mass send, in lower case.
pub(super) const MASS_SEND_FINISHED: &str = "masssendjobfinish";

/// An event. Names are compared without regard to case, because WeChat's own vary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A user followed the account (`subscribe`).
    Subscribe {
        /// By which QR code, if by one with a scene.
        scan: Option<Scan>,
    },
    /// A follower left (`unsubscribe`). Nothing can be answered.
    Unsubscribe,
    /// A follower scanned a QR code with a scene (`SCAN`).
    Scan(Scan),
    /// Where a follower is (`LOCATION`). The numbers are kept as WeChat wrote them.
    Location {
        /// Degrees north.
        latitude: String,
        /// Degrees east.
        longitude: String,
        /// Metres.
        precision: String,
    },
    /// A click on a menu button (`CLICK`).
    Click {
        /// The button's key.
        key: String,
    },
    /// A menu button opened a page (`VIEW`).
    View {
        /// The page's address.
        url: String,
        /// The conditional menu that the button belongs to.
        menu_id: Option<String>,
    },
    /// A menu button opened a mini program (`view_miniprogram`).
    ViewMiniProgram {
        /// The page within it.
        page_path: String,
        /// The conditional menu that the button belongs to.
        menu_id: Option<String>,
    },
    /// A menu button had something scanned (`scancode_push`, `scancode_waitmsg`).
    ScanCode {
        /// The button's key.
        key: String,
        /// Whether the follower sees "receiving a message" until he is answered (`scancode_waitmsg`).
        is_waiting: bool,
        /// `qrcode` or `barcode`.
        scan_type: String,
        /// The text of a QR code; of a bar code its kind, a comma and its digits.
        scan_result: String,
    },
    /// A menu button had photos chosen; they follow as messages.
    Photos {
        /// The button's key.
        key: String,
        /// Where they were chosen from.
        source: PhotoSource,
        /// How many they are.
        count: Option<u32>,
        /// The MD5 sums of their files, in hexadecimal.
        md5_sums: Vec<String>,
    },
    /// A menu button had a place chosen (`location_select`); it follows as a message.
    LocationSelect {
        /// The button's key.
        key: String,
        /// Degrees north.
        latitude: String,
        /// Degrees east.
        longitude: String,
        /// The zoom of the map.
        scale: String,
        /// The address.
        label: String,
        /// The name of the place.
        place_name: String,
    },
    /// A mass send is done, or was refused (`MASSSENDJOBFINISH`). Nothing can be answered.
    MassSendFinished(Box<MassSendResult>),
    /// A template message arrived, or did not (`TEMPLATESENDJOBFINISH`). Nothing can be answered.
    TemplateSendFinished(TemplateSendResult),
    /// A publication is done, or was refused (`PUBLISHJOBFINISH`). Nothing can be answered.
    PublishFinished(PublishResult),
    /// A follower was asked for subscribe messages (`subscribe_msg_popup_event`).
    SubscribeMessagesAsked(Vec<SubscribeChoice>),
    /// A follower changed what he allowed (`subscribe_msg_change_event`).
    SubscribeMessagesChanged(Vec<SubscribeChoice>),
    /// Subscribe messages were sent, or not (`subscribe_msg_sent_event`).
    SubscribeMessagesSent(Vec<SentSubscribeMessage>),
    /// A user changed the profile that he had shown to the account (`user_info_modified`).
    UserInfoModified(Revocation),
    /// A user withdrew his consent: his data must be deleted (`user_authorization_revoke`).
    AuthorizationRevoked(Revocation),
    /// A user gave up WeChat: his data must be deleted (`user_authorization_cancellation`).
    AuthorizationCancelled(Revocation),
    /// A stage of the account's verification succeeded (`qualification_verify_success`, `naming_verify_success`).
    VerificationSucceeded {
        /// Which stage.
        stage: VerificationStage,
        /// Until when it holds.
        expires_at: Option<Timestamp>,
    },
    /// A stage of the account's verification failed (`qualification_verify_fail`, `naming_verify_fail`).
    VerificationFailed {
        /// Which stage.
        stage: VerificationStage,
        /// When.
        failed_at: Option<Timestamp>,
        /// Why, in WeChat's words.
        reason: String,
    },
    /// The account's verification must be renewed (`annual_renew`).
    VerificationEnding {
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// The account's verification has ended, and many calls with it (`verify_expired`).
    VerificationEnded {
        /// When it ended.
        expires_at: Option<Timestamp>,
    },
    /// A follower's session with a human agent (`kf_create_session`, `kf_close_session`, `kf_switch_session`).
    AgentSession(AgentSession),
    /// An event that is not known here, or a result without the id of its job; its elements are in
    /// [`Push::fields`](super::Push::fields).
    Other {
        /// `Event`, as it came.
        name: String,
    },
}

/// A scan of a QR code with a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The scene: a number or a text, without the prefix that it has when a user follows.
    pub scene: String,
    /// The ticket of the code.
    pub ticket: Option<String>,
}

/// Where photos were chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoSource {
    /// Taken with the camera (`pic_sysphoto`).
    Camera,
    /// Camera or album (`pic_photo_or_album`).
    CameraOrAlbum,
    /// WeChat's album (`pic_weixin`).
    Album,
}

/// What a follower decided about the messages of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeChoice {
    /// The template.
    pub template_id: String,
    /// Whether he allowed them.
    pub is_accepted: bool,
    /// Where he was asked; only when he was.
    pub scene: Option<String>,
}

/// What became of a subscribe message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentSubscribeMessage {
    /// The template.
    pub template_id: String,
    /// WeChat's number of the message.
    pub message_id: Option<u64>,
    /// WeChat's code, 0 when it arrived.
    pub error_code: Option<i64>,
    /// WeChat's word for it.
    pub error_status: String,
}

/// Consent of a user that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Whose.
    pub openid: String,
    /// Towards which application.
    pub app_id: String,
    /// What it was about, by WeChat's numbers.
    pub items: Vec<String>,
}

/// The stages of an account's verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationStage {
    /// Who owns it.
    Qualification,
    /// What it is called.
    Naming,
}

/// A follower's session with a human agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentSession {
    /// It began.
    Created {
        /// With whom.
        agent: String,
    },
    /// It ended.
    Closed {
        /// With whom.
        agent: String,
    },
    /// It was handed on.
    Switched {
        /// By whom.
        from: String,
        /// To whom.
        to: String,
    },
}

impl Event {
    pub(super) fn read(name: &str, fields: &Element) -> Self {
        let text = |name| fields.string(name);
        let key = || fields.string("EventKey");
        let normal_name = name.to_ascii_lowercase();
        match normal_name.as_str() {
            "subscribe" => Self::Subscribe { scan: scan_of_subscription(fields) },
            "unsubscribe" => Self::Unsubscribe,
            "scan" => Self::Scan(Scan { scene: key(), ticket: optional(fields, "Ticket") }),
            "location" => Self::Location {
                latitude: text("Latitude"),
                longitude: text("Longitude"),
                precision: text("Precision"),
            },
            "click" => Self::Click { key: key() },
            "view" => Self::View { url: key(), menu_id: optional(fields, "MenuId") },
            "view_miniprogram" => Self::ViewMiniProgram { page_path: key(), menu_id: optional(fields, "MenuId") },
            "scancode_push" => scan_code(fields, false),
            "scancode_waitmsg" => scan_code(fields, true),
            "pic_sysphoto" => photos(fields, PhotoSource::Camera),
            "pic_photo_or_album" => photos(fields, PhotoSource::CameraOrAlbum),
            "pic_weixin" => photos(fields, PhotoSource::Album),
            "location_select" => location_select(fields),
            "subscribe_msg_popup_event" => Self::SubscribeMessagesAsked(choices(fields, "SubscribeMsgPopupEvent")),
            "subscribe_msg_change_event" => Self::SubscribeMessagesChanged(choices(fields, "SubscribeMsgChangeEvent")),
            "subscribe_msg_sent_event" => Self::SubscribeMessagesSent(sent_messages(fields)),
            "user_info_modified" => Self::UserInfoModified(revocation(fields)),
            "user_authorization_revoke" => Self::AuthorizationRevoked(revocation(fields)),
            "user_authorization_cancellation" => Self::AuthorizationCancelled(revocation(fields)),
            "qualification_verify_success" => succeeded(fields, VerificationStage::Qualification),
            "naming_verify_success" => succeeded(fields, VerificationStage::Naming),
            "qualification_verify_fail" => failed(fields, VerificationStage::Qualification),
            "naming_verify_fail" => failed(fields, VerificationStage::Naming),
            "annual_renew" => Self::VerificationEnding { expires_at: instant(fields, "ExpiredTime") },
            "verify_expired" => Self::VerificationEnded { expires_at: instant(fields, "ExpiredTime") },
            "kf_create_session" => Self::AgentSession(AgentSession::Created { agent: text("KfAccount") }),
            "kf_close_session" => Self::AgentSession(AgentSession::Closed { agent: text("KfAccount") }),
            "kf_switch_session" => {
                Self::AgentSession(AgentSession::Switched { from: text("FromKfAccount"), to: text("ToKfAccount") })
            }
            name_of_result => {
                Self::read_result(name_of_result, fields).unwrap_or(Self::Other { name: name.to_owned() })
            }
        }
    }

    fn read_result(normal_name: &str, fields: &Element) -> Option<Self> {
        match normal_name {
            MASS_SEND_FINISHED => MassSendResult::read(fields).map(Box::new).map(Self::MassSendFinished),
            "templatesendjobfinish" => TemplateSendResult::read(fields).map(Self::TemplateSendFinished),
            // Sources differ in the name.
            "publishjobfinish" | "freepublishjobfinish" => PublishResult::read(fields).map(Self::PublishFinished),
            _ => None,
        }
    }

    /// Of a result: what kind of job it was, and the job's id.
    pub(super) fn job(&self) -> Option<(&'static str, u64)> {
        match self {
            Self::MassSendFinished(result) => Some((MASS_SEND_FINISHED, result.message_id)),
            Self::TemplateSendFinished(result) => Some(("templatesendjobfinish", result.message_id)),
            Self::PublishFinished(result) => Some(("publishjobfinish", result.publish_id)),
            _ => None,
        }
    }
}

/// The code by which a user followed. His key has a prefix then; other keys (of a payment, for one) are not scenes.
fn scan_of_subscription(fields: &Element) -> Option<Scan> {
    let scene = fields.text_of("EventKey")?.strip_prefix("qrscene_")?.to_owned();
    Some(Scan { scene, ticket: optional(fields, "Ticket") })
}

/// The child that holds the details of an event, or an empty one.
fn details(fields: &Element, name: &str) -> Element {
    fields.child(name).cloned().unwrap_or_default()
}

fn scan_code(fields: &Element, is_waiting: bool) -> Event {
    let info = details(fields, "ScanCodeInfo");
    Event::ScanCode {
        key: fields.string("EventKey"),
        is_waiting,
        scan_type: info.string("ScanType"),
        scan_result: info.string("ScanResult"),
    }
}

fn photos(fields: &Element, source: PhotoSource) -> Event {
    let info = details(fields, "SendPicsInfo");
    let md5_sums = info.all(&["PicList", "item"]).iter().map(|item| item.string("PicMd5Sum")).collect();
    Event::Photos { key: fields.string("EventKey"), source, count: info.number("Count"), md5_sums }
}

fn location_select(fields: &Element) -> Event {
    let info = details(fields, "SendLocationInfo");
    Event::LocationSelect {
        key: fields.string("EventKey"),
        latitude: info.string("Location_X"),
        longitude: info.string("Location_Y"),
        scale: info.string("Scale"),
        label: info.string("Label"),
        place_name: info.string("Poiname"),
    }
}

fn choices(fields: &Element, list: &str) -> Vec<SubscribeChoice> {
    let choice = |item: &Element| SubscribeChoice {
        template_id: item.string("TemplateId"),
        is_accepted: item.string("SubscribeStatusString").eq_ignore_ascii_case("accept"),
        scene: optional(item, "PopupScene"),
    };
    fields.all(&[list, "List"]).into_iter().map(choice).collect()
}

fn sent_messages(fields: &Element) -> Vec<SentSubscribeMessage> {
    let sent = |item: &Element| SentSubscribeMessage {
        template_id: item.string("TemplateId"),
        message_id: item.number("MsgID"),
        error_code: item.number("ErrorCode"),
        error_status: item.string("ErrorStatus"),
    };
    fields.all(&["SubscribeMsgSentEvent", "List"]).into_iter().map(sent).collect()
}

fn revocation(fields: &Element) -> Revocation {
    // The documentation does not show how several items are written, so every likely way is read.
    let elements = fields.children_named("RevokeInfo").flat_map(|info| std::iter::once(info).chain(&info.children));
    let items = elements.flat_map(|element| element.text.split([',', ';', ' '])).filter(|item| !item.is_empty());
    Revocation {
        openid: optional(fields, "OpenID").unwrap_or_else(|| fields.string("FromUserName")),
        app_id: fields.string("AppID"),
        items: items.map(str::to_owned).collect(),
    }
}

fn succeeded(fields: &Element, stage: VerificationStage) -> Event {
    Event::VerificationSucceeded { stage, expires_at: instant(fields, "ExpiredTime") }
}

fn failed(fields: &Element, stage: VerificationStage) -> Event {
    Event::VerificationFailed { stage, failed_at: instant(fields, "FailTime"), reason: fields.string("FailReason") }
}
