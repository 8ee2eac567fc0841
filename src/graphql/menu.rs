//! The menu: what an account shows below its chat.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::keyword_rule::ReplyKind;
use entity::menu_button;

use super::connection::page_cost;
use super::loaders::{MenuOfAccount, MenuState, find};
use super::reply::{Material, ReplyType, material};
use super::scalars::DateTime;
use super::{domain, scope};
use crate::domain::menu::{self, Action, Changes, NewButton, Node};
use crate::domain::replies::Target;

/// How many buttons WeChat takes in the bar, and in a list: what a list of them is taken to cost.
const IN_BAR: usize = 3;
const IN_LIST: usize = 5;

/// The menu of an account, as it is edited here. WeChat shows it once it is published.
pub struct Menu {
    pub(super) account_id: String,
}

impl Menu {
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Node>> {
        Ok(find(ctx, MenuOfAccount(self.account_id.clone())).await?.unwrap_or_default())
    }
}

/// The menu of an account, as it is edited here. WeChat shows it once it is published.
#[Object]
impl Menu {
    /// The buttons of the bar, in order.
    #[graphql(complexity = "page_cost(IN_BAR, child_complexity)")]
    async fn buttons(&self, ctx: &Context<'_>) -> Result<Vec<MenuButton>> {
        Ok(self.nodes(ctx).await?.into_iter().map(MenuButton::from).collect())
    }

    /// Whether WeChat shows this very menu, as far as the service brought it there or fetched it; null while that is not
    /// known: before the first fetch or publication, during a publication, and after one whose end WeChat did not tell.
    async fn is_published(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let state = find(ctx, MenuState(self.account_id.clone())).await?;
        Ok(menu::is_published(state.as_ref(), &self.nodes(ctx).await?)?)
    }

    /// The last successful publication, or fetch, whichever was later; null while there was none.
    async fn published_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let state = find(ctx, MenuState(self.account_id.clone())).await?;
        Ok(state.and_then(|state| state.published_at).map(Into::into))
    }

    /// The last fetch from WeChat; null while there was none.
    async fn fetched_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let state = find(ctx, MenuState(self.account_id.clone())).await?;
        Ok(state.and_then(|state| state.fetched_at).map(Into::into))
    }
}

/// A button of a menu: one that does something, or one that opens a list of others.
pub struct MenuButton {
    row: menu_button::Model,
    /// Where they are known already.
    children: Option<Vec<menu_button::Model>>,
}

impl MenuButton {
    /// A button whose list is looked up when it is asked for.
    pub(super) const fn alone(row: menu_button::Model) -> Self {
        Self { row, children: None }
    }
}

impl From<Node> for MenuButton {
    fn from(node: Node) -> Self {
        Self { row: node.button, children: Some(node.children) }
    }
}

/// A button of a menu: one that does something, or one that opens a list of others.
#[Object]
impl MenuButton {
    /// Id of the button. It stays when the menu is fetched again, for buttons with a key.
    async fn id(&self) -> ID {
        ID(self.row.id.clone())
    }

    /// What is written on it.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// WeChat's type of it: `click`, `view`, `miniprogram`, `scancode_push`, …; those of buttons from WeChat's console are
    /// `text`, `img`, `voice`, `video` and `news`. Null for a button that does nothing but open its list, or nothing yet.
    #[graphql(name = "type")]
    async fn kind(&self) -> Option<&str> {
        self.row.kind.as_deref()
    }

    /// The key that its clicks report. A button keeps its key whatever is bound to it; null while it reports no clicks.
    async fn keycode(&self) -> Option<&str> {
        menu::keycode(&self.row)
    }

    /// The address that it opens.
    async fn url(&self) -> Option<&str> {
        self.row.url.as_deref()
    }

    /// What a click is answered with; null for no answer.
    async fn reply_type(&self) -> Option<ReplyType> {
        self.row.reply_kind.map(Into::into)
    }

    /// Id of the material that answers; null for no answer.
    async fn reply_id(&self) -> Option<ID> {
        self.row.reply_id.clone().map(ID)
    }

    /// The material that answers; null also when it was deleted.
    async fn reply(&self, ctx: &Context<'_>) -> Result<Option<Material>> {
        match menu::reply(&self.row) {
            Some(target) => material(ctx, &self.row.account_id, &target).await,
            None => Ok(None),
        }
    }

    /// Its place among its siblings, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        self.row.sequence
    }

    /// The buttons of the list that it opens, in order. Those open none.
    #[graphql(complexity = "page_cost(IN_LIST, child_complexity)")]
    async fn sub_buttons(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        let rows = match &self.children {
            Some(rows) => rows.clone(),
            None if self.row.parent_id.is_some() => Vec::new(),
            None => {
                let nodes = find(ctx, MenuOfAccount(self.row.account_id.clone())).await?.unwrap_or_default();
                let own = nodes.into_iter().find(|node| node.button.id == self.row.id);
                own.map(|node| node.children).unwrap_or_default()
            }
        };
        let child = |row| Self { row, children: Some(Vec::new()) };
        Ok(rows.into_iter().map(child).collect())
    }

    /// What WeChat has of it besides, as the text of a JSON object: `appid` and `pagepath` of a mini program, `media_id`,
    /// `article_id`, `value` and `news_info` of buttons from the console. Null for nothing. It is published as it is.
    async fn details(&self) -> Option<&str> {
        self.row.details.as_deref()
    }
}

/// What a button can be made to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MenuReplyType {
    /// Answer a click with a text.
    Text,
    /// Answer a click with an image.
    Image,
    /// Answer a click with a voice.
    Voice,
    /// Answer a click with a video.
    Video,
    /// Answer a click with a voice, shown as music with a title and a cover.
    Music,
    /// Answer a click with a news (图文).
    News,
    /// Open a web address.
    Link,
}

impl MenuReplyType {
    fn action(self, id: String) -> Action {
        let kind = match self {
            Self::Text => ReplyKind::Text,
            Self::Image => ReplyKind::Image,
            Self::Voice => ReplyKind::Voice,
            Self::Video => ReplyKind::Video,
            Self::Music => ReplyKind::Music,
            Self::News => ReplyKind::News,
            Self::Link => return Action::Link(id),
        };
        Action::Reply(Target { kind, id })
    }
}

/// A menu to be fetched.
#[derive(InputObject)]
pub struct FetchMenuInput {
    /// The account.
    account_id: ID,
    /// Whether to replace the buttons that are here. Without it, the menu is fetched only once, and only while there are no
    /// buttons.
    #[graphql(default)]
    force: bool,
}

/// A menu to be published.
#[derive(InputObject)]
pub struct PublishMenuInput {
    /// The account.
    account_id: ID,
}

/// A button to be made.
#[derive(InputObject)]
pub struct CreateMenuButtonInput {
    /// The account.
    account_id: ID,
    /// The button of the bar in whose list it is to be; `0`, empty or absent: in the bar itself.
    parent_id: Option<ID>,
    /// What is written on it: 1 to 100 characters. WeChat takes 16 bytes in the bar and 60 in a list, 3 for a Chinese
    /// character.
    name: String,
    /// Its place among its siblings, from 1; brought within what there is. Absent: the last.
    sequence: Option<i32>,
}

/// Changes of a button; what is absent stays as it is.
#[derive(InputObject)]
pub struct UpdateMenuButtonInput {
    /// The account.
    account_id: ID,
    /// The button.
    id: ID,
    /// What is written on it: 1 to 100 characters.
    name: Option<String>,
    /// Its place among its siblings, from 1; brought within what there is. The siblings in between move.
    sequence: Option<i32>,
}

/// A button to be deleted, or to be made to do nothing.
#[derive(InputObject)]
pub struct MenuButtonInput {
    /// The account.
    account_id: ID,
    /// The button.
    id: ID,
}

/// What a button is to do.
#[derive(InputObject)]
pub struct BindMenuButtonInput {
    /// The account.
    account_id: ID,
    /// The button.
    id: ID,
    /// What it is to do.
    reply_type: MenuReplyType,
    /// Id of the text, image, voice, video or news that answers, of music that of the voice; with `LINK` the address: http
    /// or https, at most 1,024 bytes.
    reply_id: ID,
}

/// The menu that a mutation concerned, as it is now.
#[derive(SimpleObject)]
pub struct MenuPayload {
    /// The menu.
    menu: Menu,
}

/// The button that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct MenuButtonPayload {
    /// The button.
    menu_button: MenuButton,
}

impl MenuButtonPayload {
    const fn of(row: menu_button::Model) -> Self {
        Self { menu_button: MenuButton::alone(row) }
    }
}

/// Mutations of menus.
#[derive(Default)]
pub struct MenuMutation;

#[Object]
impl MenuMutation {
    /// Replaces the menu here by the one at WeChat, wherever that was made. Buttons whose keys were here before keep their
    /// ids and replies. Conditional menus are not fetched.
    async fn fetch_menu(&self, ctx: &Context<'_>, input: FetchMenuInput) -> Result<Option<MenuPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        menu::fetch(domain(ctx), &scope, input.force).await?;
        Ok(Some(MenuPayload { menu: Menu { account_id: scope.account.id } }))
    }

    /// Makes WeChat show the menu as it is here; without buttons, none. A menu that WeChat would refuse is refused, naming
    /// the button. An empty menu also deletes the conditional menus at WeChat.
    async fn publish_menu(&self, ctx: &Context<'_>, input: PublishMenuInput) -> Result<Option<MenuPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        menu::publish(domain(ctx), &scope).await?;
        Ok(Some(MenuPayload { menu: Menu { account_id: scope.account.id } }))
    }

    /// Makes a button that does nothing yet. A button that gets its first one below it does nothing but open its list from
    /// then on.
    async fn create_menu_button(
        &self,
        ctx: &Context<'_>,
        input: CreateMenuButtonInput,
    ) -> Result<Option<MenuButtonPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let parent_id = input.parent_id.map(|id| id.0);
        let new = NewButton { parent_id, name: input.name, sequence: input.sequence };
        Ok(Some(MenuButtonPayload::of(menu::create(domain(ctx), &scope, new).await?)))
    }

    /// Renames and moves a button among its siblings.
    async fn update_menu_button(
        &self,
        ctx: &Context<'_>,
        input: UpdateMenuButtonInput,
    ) -> Result<Option<MenuButtonPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let changes = Changes { name: input.name, sequence: input.sequence };
        Ok(Some(MenuButtonPayload::of(menu::update(domain(ctx), &scope, &input.id, changes).await?)))
    }

    /// Deletes a button, and the list that it opens.
    async fn delete_menu_button(&self, ctx: &Context<'_>, input: MenuButtonInput) -> Result<Option<MenuButtonPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        Ok(Some(MenuButtonPayload::of(menu::delete(domain(ctx), &scope, &input.id).await?)))
    }

    /// Makes a button reply or open an address, in place of whatever it did. Refused for a button that opens a list.
    async fn bind_menu_button(
        &self,
        ctx: &Context<'_>,
        input: BindMenuButtonInput,
    ) -> Result<Option<MenuButtonPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let action = input.reply_type.action(input.reply_id.0);
        Ok(Some(MenuButtonPayload::of(menu::bind(domain(ctx), &scope, &input.id, action).await?)))
    }

    /// Makes a button do nothing. Its key comes back when it is bound again.
    async fn unbind_menu_button(&self, ctx: &Context<'_>, input: MenuButtonInput) -> Result<Option<MenuButtonPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        Ok(Some(MenuButtonPayload::of(menu::unbind(domain(ctx), &scope, &input.id).await?)))
    }
}
