//! Which messages a list shows.

use async_graphql::{Context, ID, InputObject};

use super::MessageType;
use crate::domain::messages::{Filter, Wanted};
use crate::error::Result;
use crate::graphql::domain;
use crate::graphql::scalars::DateTime;

/// Which messages a list shows: those of which all that is given is true.
#[derive(Clone, Debug, Default, InputObject)]
pub struct MessageFilter {
    /// Only what was sent then or later.
    sent_from: Option<DateTime>,
    /// Only what was sent earlier.
    sent_before: Option<DateTime>,
    /// As `sentFrom`, in the time zone of the service: a date, `2014-08-27`, which is the start of that day, or a date and a
    /// time, `2014-08-27 08:30:00`, also with a `T` between. Blank is no bound.
    sent_from_local: Option<String>,
    /// As `sentBefore`, in the time zone of the service: a date, `2014-08-28`, which is the start of that day, or a date and
    /// a time, `2014-08-28 08:30:00`, also with a `T` between. Blank is no bound.
    sent_before_local: Option<String>,
    /// Whether to leave out what a keyword rule answered.
    #[graphql(default = false)]
    without_keyword_replies: bool,
    /// Only text messages that contain this, at most 500 characters; the case and the width of letters do not count, and
    /// nothing in it is a wildcard. Every text contains an empty one.
    text: Option<String>,
    /// Only messages of these kinds.
    types: Option<Vec<MessageType>>,
    /// Only what this follower sent.
    openid: Option<ID>,
}

impl MessageFilter {
    /// Whose messages are wanted.
    pub(super) fn sender(&self) -> Option<&str> {
        self.openid.as_deref().map(String::as_str)
    }

    /// Errors: `Invalid`, naming the field.
    pub(in crate::graphql) fn checked(self, ctx: &Context<'_>) -> Result<Filter> {
        let kinds = |types: Vec<MessageType>| types.into_iter().flat_map(|ty| ty.kinds().iter().copied()).collect();
        let wanted = Wanted {
            sent_from: self.sent_from.map(|DateTime(at)| at),
            sent_before: self.sent_before.map(|DateTime(at)| at),
            sent_from_local: self.sent_from_local,
            sent_before_local: self.sent_before_local,
            without_keyword_replies: self.without_keyword_replies,
            text: self.text,
            kinds: self.types.map(kinds),
            openid: self.openid.map(|openid| openid.0),
        };
        Filter::new(domain(ctx), wanted)
    }
}
