//! Mass sends: what they show, how far they are, what became of each part.

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::mass_send::{Kind, Model, State, Way};
use entity::mass_send_chunk::{self, State as ChunkState};

use super::connection::Count;
use super::follower::Gender;
use super::group::Group;
use super::loaders::{ChunksOfMassSend, GroupById, MassSendCount, find};
use super::reply::{Material, material};
use super::scalars::DateTime;
use crate::domain::groups;
use crate::domain::mass_sends::{self, Summary};

pub mod changes;
mod estimate;
mod progress;

pub use estimate::{MassSendEstimate, MassSendQuota};
pub use progress::MassSendSubscription;

/// What a mass send shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum MassSendType {
    /// A text.
    Text,
    /// An image.
    Image,
    /// A voice.
    Voice,
    /// A video. WeChat refuses to send videos that came to it over its API.
    Video,
    /// A news (图文) with all its articles.
    News,
}

/// How WeChat is told who gets a mass send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Way")]
pub enum MassSendWay {
    /// By lists of followers, at most 10,000 in each. Only a verified 服务号 can.
    Openids,
    /// By one of WeChat's tags: whoever carries it. For a 公众号.
    Tag,
    /// To all followers; it then stands in the account's history. For a 公众号.
    Everybody,
    /// As a preview, because there is a single recipient, and WeChat's lists begin with two.
    Preview,
}

/// Where a mass send stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum MassSendState {
    /// It waits for its time.
    Queued,
    /// What it shows is being taken to WeChat.
    Preparing,
    /// The account's administrator has to confirm it in WeChat, within 30 minutes.
    AwaitingApproval,
    /// It is being handed to WeChat.
    Sending,
    /// WeChat has taken all of it, and has not yet reported on all of it.
    Sent,
    /// WeChat has sent all of it.
    Finished,
    /// Some of it was sent, and some of it was refused or cancelled.
    PartlyFailed,
    /// Nothing of it was sent.
    Failed,
    /// It was stopped before anything of it went out.
    Cancelled,
    /// Whether some of it was sent is not known; a person has to look, and to decide with `decideMassSendChunk`.
    Unclear,
}

/// Where a part of a mass send stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ChunkState")]
pub enum MassSendChunkState {
    /// Nothing of it was sent. `error` says if WeChat asked to come back later.
    Pending,
    /// WeChat is being asked to send it.
    Submitting,
    /// The account's administrator has to confirm it in WeChat.
    AwaitingApproval,
    /// WeChat took it, and has not reported yet.
    Sent,
    /// WeChat has sent it.
    Finished,
    /// It was not sent.
    Failed,
    /// Whether it was sent is not known. It is not sent again by itself.
    Unclear,
    /// It was stopped before it was sent.
    Cancelled,
}

/// One message to many followers. Who gets it was settled when it was accepted; of a 公众号 it is who then is in the tag, or
/// follows.
pub struct MassSend(pub(super) Model);

/// One message to many followers. Who gets it was settled when it was accepted; of a 公众号 it is who then is in the tag, or
/// follows.
#[Object]
impl MassSend {
    /// Id of the mass send.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// What it shows.
    #[graphql(name = "type")]
    async fn kind(&self) -> MassSendType {
        self.0.kind.into()
    }

    /// WeChat's name of the type, under which it is sent: `text`, `image`, `voice`, `mpvideo`, `mpnews`.
    async fn wechat_type(&self) -> &str {
        mass_sends::wechat_type(self.0.kind)
    }

    /// Id of the text, image, voice, video or news.
    async fn material_id(&self) -> ID {
        ID(self.0.material_id.clone())
    }

    /// The text, image, voice, video or news, as it is now; null when it was deleted.
    async fn material(&self, ctx: &Context<'_>) -> Result<Option<Material>> {
        material(ctx, &self.0.account_id, &mass_sends::target(&self.0)).await
    }

    /// Id of the group that was chosen; `-1` for everybody.
    async fn group_id(&self) -> ID {
        ID(self.0.group_id.clone())
    }

    /// The group that was chosen; null for everybody, and for a group that was deleted.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<Group>> {
        if self.0.group_id == groups::ALL {
            return Ok(None);
        }
        Ok(find(ctx, GroupById((self.0.account_id.clone(), self.0.group_id.clone()))).await?.map(Group))
    }

    /// The gender that was chosen; null for any.
    async fn gender(&self) -> Option<Gender> {
        self.0.gender.map(Gender::of)
    }

    /// How WeChat is told who gets it.
    async fn way(&self) -> MassSendWay {
        self.0.way.into()
    }

    /// Whether it goes out also where WeChat finds an article to be a reprint.
    async fn ignore_reprint(&self) -> bool {
        self.0.ignore_reprint
    }

    /// Where it stands.
    async fn state(&self) -> MassSendState {
        self.0.state.into()
    }

    /// Where it stands, as REST clients know it: `sending` until WeChat has reported on all of it, then WeChat's words, such as
    /// `send success`, `send fail` or `err(20001)`; of several the first that are no success. `unclear` and `cancelled` are this
    /// service's.
    async fn status(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.summary(ctx).await?.status)
    }

    /// How many followers it goes to.
    async fn recipient_count(&self) -> i64 {
        self.0.recipients
    }

    /// How many it was to go to, by WeChat's count, over all parts that WeChat has reported on; null before the first.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.summary(ctx).await?.total_count)
    }

    /// How many of these were left after WeChat's filters: followers' settings, the blacklist, the limit of four a month.
    async fn filter_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.summary(ctx).await?.filter_count)
    }

    /// How many it was sent to. WeChat counts a little early, so the number is approximate.
    async fn sent_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.summary(ctx).await?.sent_count)
    }

    /// To how many it could not be sent.
    async fn error_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.summary(ctx).await?.error_count)
    }

    /// The parts in which WeChat takes it, in order.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn chunks(&self, ctx: &Context<'_>) -> Result<Vec<MassSendChunk>> {
        Ok(self.rows(ctx).await?.into_iter().map(MassSendChunk).collect())
    }

    /// What went wrong last while it was prepared; null otherwise.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Not to go out before; null: at once.
    async fn scheduled_at(&self) -> Option<DateTime> {
        self.0.scheduled_at.map(Into::into)
    }

    /// When everything that it shows was at WeChat.
    async fn prepared_at(&self) -> Option<DateTime> {
        self.0.prepared_at.map(Into::into)
    }

    /// When nothing was left to be done; null before.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(Into::into)
    }

    /// When its articles were deleted at WeChat; null where they were not.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(Into::into)
    }

    /// Who sends it, as the audit trail names him.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// When it was accepted.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl MassSend {
    async fn rows(&self, ctx: &Context<'_>) -> Result<Vec<mass_send_chunk::Model>> {
        let key = (self.0.account_id.clone(), self.0.id.clone());
        Ok(find(ctx, ChunksOfMassSend(key)).await?.unwrap_or_default())
    }

    async fn summary(&self, ctx: &Context<'_>) -> Result<Summary> {
        Ok(Summary::of(&self.0, &self.rows(ctx).await?))
    }
}

/// What one call to WeChat sends.
pub struct MassSendChunk(mass_send_chunk::Model);

/// What one call to WeChat sends.
#[Object]
impl MassSendChunk {
    /// Id of the part.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The `clientmsgid` under which WeChat sends it once.
    async fn client_msg_id(&self) -> &str {
        &self.0.client_msg_id
    }

    /// How many followers it goes to.
    async fn recipient_count(&self) -> i64 {
        self.0.recipients
    }

    /// Where it stands.
    async fn state(&self) -> MassSendChunkState {
        self.0.state.into()
    }

    /// WeChat's number of it; null before WeChat took it.
    async fn wechat_msg_id(&self) -> Option<i64> {
        self.0.msg_id
    }

    /// How it ended, in WeChat's words; null before.
    async fn status(&self) -> Option<&str> {
        self.0.status.as_deref()
    }

    /// WeChat's code when it refused; null otherwise.
    async fn errcode(&self) -> Option<i64> {
        self.0.errcode
    }

    /// Why it was not sent yet, was not sent at all, or why that is not known; null otherwise.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// How many it was to go to, by WeChat's count; null before WeChat reported.
    async fn total_count(&self) -> Option<i64> {
        self.0.total_count
    }

    /// How many of these were left after WeChat's filters; null before WeChat reported.
    async fn filter_count(&self) -> Option<i64> {
        self.0.filter_count
    }

    /// How many it was sent to; null before WeChat reported.
    async fn sent_count(&self) -> Option<i64> {
        self.0.sent_count
    }

    /// To how many it could not be sent; null before WeChat reported.
    async fn error_count(&self) -> Option<i64> {
        self.0.error_count
    }

    /// When WeChat was first asked to send it, and might have; null before.
    async fn submitted_at(&self) -> Option<DateTime> {
        self.0.submitted_at.map(Into::into)
    }

    /// When WeChat took it; null before.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(Into::into)
    }

    /// When it ended, in whatever way; null before.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(Into::into)
    }

    /// When its articles were deleted at WeChat; null where they were not.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(Into::into)
    }
}

/// How many mass sends an account has.
pub struct MassSendTotal(pub(super) String);

#[Object]
impl MassSendTotal {
    /// How many mass sends the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.count(ctx).await
    }
}

impl Count for MassSendTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, MassSendCount(self.0.clone())).await?.unwrap_or_default())
    }
}
