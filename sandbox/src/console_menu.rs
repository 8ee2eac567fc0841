//! Buttons that only the console makes: texts, pictures and articles of WeChat's own instead of keys.
//!
//! Source: WeChat "Query current custom menu" (查询自定义菜单信息), which is the only call that shows them.

use serde_json::{Value, json};

use crate::{
    button::{is_name, is_web_address},
    contents::Contents,
    identifier,
    invalid::InvalidField,
    library::{File, Library},
    media::MediaKind,
    specimen,
};

/// Most buttons of a menu, and below one of them.
const MAX_BUTTONS: usize = 3;
const MAX_SUB_BUTTONS: usize = 5;
/// What an article of a `news` button has, besides `show_cover`.
const ARTICLE_TEXTS: [&str; 6] = ["title", "author", "digest", "cover_url", "content_url", "source_url"];

/// A button of the bottom row.
#[derive(Clone, Debug)]
pub(crate) struct ConsoleButton {
    name: String,
    deed: Deed,
}

#[derive(Clone, Debug)]
enum Deed {
    Children(Vec<ConsoleButton>),
    Text(String),
    /// An image or a voice: shown as a temporary media_id, another one each time.
    Media(File),
    /// Shown as a link to the download.
    Video(File),
    News {
        media_id: String,
        articles: Vec<Value>,
    },
    View(String),
    MiniProgram {
        url: String,
        app_id: String,
        page_path: String,
    },
}

/// What showing a menu of the console takes.
pub(crate) struct Showing<'a> {
    pub(crate) library: &'a mut Library,
    /// The link to a video.
    pub(crate) link: &'a dyn Fn(&File) -> String,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl ConsoleButton {
    /// Reads the buttons of a fixture. Errors: the name of the member that cannot be used.
    pub(crate) fn read_all(list: &Value, contents: &Contents) -> Result<Vec<Self>, InvalidField> {
        Self::read_list(list, MAX_BUTTONS, "button", &|button| match button
            .get("sub_button")
            .filter(|children| !children.is_null())
        {
            Some(children) => {
                let read = |child: &Value| Self::read_one(child, true, contents);
                let children = Self::read_list(children, MAX_SUB_BUTTONS, "sub_button", &read)?;
                Ok(Self { name: name(button, false)?, deed: Deed::Children(children) })
            }
            None => Self::read_one(button, false, contents),
        })
    }

    fn read_list(
        list: &Value,
        most: usize,
        field: &str,
        read: &dyn Fn(&Value) -> Result<Self, InvalidField>,
    ) -> Result<Vec<Self>, InvalidField> {
        let list = list.as_array().filter(|list| list.len() <= most);
        let list = list.ok_or_else(|| InvalidField::new(field, format!("must be a list of up to {most} buttons")))?;
        list.iter().map(read).collect()
    }

    fn read_one(button: &Value, below: bool, contents: &Contents) -> Result<Self, InvalidField> {
        let file = |kind| {
            let given = button.get("media_base64").map(|_| text(button, "media_base64")).transpose()?;
            specimen::file(contents, kind, given).map_err(|reason| InvalidField::new("media_base64", reason))
        };
        let deed = match text(button, "type")? {
            "text" => Deed::Text(text(button, "value")?.to_owned()),
            "img" => Deed::Media(file(MediaKind::Image)?),
            "voice" => Deed::Media(file(MediaKind::Voice)?),
            "video" => Deed::Video(file(MediaKind::Video)?),
            "news" => Deed::News { media_id: identifier::random(), articles: articles(button)? },
            "view" => Deed::View(address(button)?),
            "miniprogram" => Deed::MiniProgram {
                url: address(button)?,
                app_id: text(button, "appid")?.to_owned(),
                page_path: text(button, "pagepath")?.to_owned(),
            },
            _ => {
                let expected = "must be text, img, voice, video, news, view or miniprogram";
                return Err(InvalidField::new("type", expected));
            }
        };
        Ok(Self { name: name(button, below)?, deed })
    }

    /// As `get_current_selfmenu_info` shows it.
    pub(crate) fn show(&self, showing: &mut Showing<'_>) -> Value {
        let name = &self.name;
        match &self.deed {
            Deed::Children(children) => {
                let children: Vec<_> = children.iter().map(|child| child.show(showing)).collect();
                json!({"name": name, "sub_button": {"list": children}})
            }
            Deed::Text(text) => json!({"type": "text", "name": name, "value": text}),
            Deed::Media(file) => {
                let kind = if file.kind == MediaKind::Image { "img" } else { "voice" };
                let media = showing.library.add_temporary(file.clone(), showing.now);
                json!({"type": kind, "name": name, "value": media.media_id})
            }
            Deed::Video(file) => json!({"type": "video", "name": name, "value": (showing.link)(file)}),
            Deed::News { media_id, articles } => {
                json!({"type": "news", "name": name, "value": media_id, "news_info": {"list": articles}})
            }
            Deed::View(url) => json!({"type": "view", "name": name, "url": url}),
            Deed::MiniProgram { url, app_id, page_path } => {
                json!({"type": "miniprogram", "name": name, "url": url, "appid": app_id, "pagepath": page_path})
            }
        }
    }
}

fn name(button: &Value, below: bool) -> Result<String, InvalidField> {
    let name = text(button, "name")?;
    if is_name(name, below) { Ok(name.to_owned()) } else { Err(InvalidField::new("name", "is empty or too long")) }
}

fn address(button: &Value) -> Result<String, InvalidField> {
    let url = text(button, "url")?;
    let invalid = || InvalidField::new("url", "must be an http or https URL");
    is_web_address(url).then(|| url.to_owned()).ok_or_else(invalid)
}

fn text<'a>(button: &'a Value, member: &'static str) -> Result<&'a str, InvalidField> {
    button.get(member).and_then(Value::as_str).ok_or_else(|| InvalidField::new(member, "is needed and must be a text"))
}

/// The articles of a `news` button, with what is not given left empty.
fn articles(button: &Value) -> Result<Vec<Value>, InvalidField> {
    let list = button.get("articles").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| InvalidField::new("articles", "must be a list of articles"))?;
    let complete = |article: &Value| {
        let mut shown = json!({"show_cover": article.get("show_cover").and_then(Value::as_i64).unwrap_or(0)});
        for name in ARTICLE_TEXTS {
            shown[name] = json!(article.get(name).and_then(Value::as_str).unwrap_or_default());
        }
        shown
    };
    Ok(list.iter().map(complete).collect())
}
